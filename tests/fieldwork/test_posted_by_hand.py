"""A work order that somebody posts for a running order holds the task that it is for."""

from __future__ import annotations

import pytest

from tests.fieldwork.conftest import WORK_ORDER, Field
from tests.ordering.scripted import refused
from tests.support.operator import SERVICE_ORDER


@pytest.mark.parametrize("ends", ["reported", "called off"])
def test_an_order_waits_for_a_visit_that_was_posted_for_it(visits: Field, ends: str) -> None:
    """Fibre is stuck; a technician is sent to look at the house for its service order. Got going
    again, the line and its service order are not done before the visit is, and go on by themselves
    then, also where the visit is called off."""
    operator = visits.operator
    visits.network.script["Fibre Access"] = [refused]
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"))
    operator.settle()
    assert order.steps["Fibre Access"] == "fallout"
    stuck = order.service_orders["Fibre Access"]["id"]
    posted = operator.make(WORK_ORDER, {
        "description": "Look at the house", "serviceOrder": {"id": stuck},
        "relatedParty": [{"id": ada.id, "role": "customer", "@referredType": "Customer"}],
        "workOrderItem": [{"id": "1", "action": "add"}],
    })  # fmt: skip
    operator.settle()
    assert order.steps["Look at the house"] == "waiting"
    (fallout,) = order.fallouts()
    assert operator.staff.post(f"/api/ordering/v1/fallout/{fallout['id']}/retry").status_code == 200
    operator.settle()
    assert order.items == {"1": "inProgress", "2": "completed"}
    assert order.steps["Fibre Access"] == "completed"
    assert operator.read(SERVICE_ORDER, stuck)["state"] == "inProgress"
    found = operator.read(WORK_ORDER, posted["id"])
    if ends == "reported":
        answer = visits.report(found)
    else:
        answer = operator.staff.patch(f"{WORK_ORDER}/{posted['id']}", {"state": "cancelled"})
    assert answer.status_code == 200, answer.json
    operator.settle()
    assert operator.read(SERVICE_ORDER, stuck)["state"] == "completed"
    assert (order.state, order.steps["Look at the house"]) == ("completed", "completed")
