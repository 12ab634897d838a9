"""A technician comes to Ada's home: the order waits for the report, with evidence."""

from __future__ import annotations

import pytest

from tests.support.operator import ORDER, OWN, SERVICE_ORDER, Operator, values

TASK = f"{OWN}/task"


@pytest.mark.accepts("ORC-11")
def test_the_order_waits_for_the_report_and_closes_from_below(operator: Operator) -> None:
    """The line is lit, the visit is not made: nothing above it is done. Reported with evidence
    and what was found, everything closes up to the order."""
    ada = operator.ada()
    order = ada.orders(ada.fibre("1", installation="technician"))
    operator.settle()
    task = order.step("On-site Installation")
    assert (task["state"], task["role"], task["kind"]) == ("ready", "field", "manual")
    assert task["dueAt"] > task["startedAt"]
    assert order.steps["Fibre Access"] == "completed"
    made = order.service_orders
    assert {name: one["state"] for name, one in made.items()} == {
        "Fibre Access": "completed",
        "On-site Installation": "inProgress",
        "Internet Access": "inProgress",
    }
    assert (order.state, order.product()["status"]) == ("inProgress", "pendingActive")

    address = f"{TASK}/{task['id']}/complete"
    assert operator.staff.post(address, {}).json["code"] == "resultMissing"
    reader = operator.site.user("reader", roles=["auditor"], scopes=("*:read",))
    assert reader.post(address, {"evidence": "none"}).status_code == 403
    assert order.steps["On-site Installation"] == "ready"

    report = {"evidence": "photo 12", "characteristic": [{"name": "socket", "value": "left wall"}]}
    crew = operator.site.user("crew", roles=["administrator"])
    assert crew.post(address, report).status_code == 200
    assert crew.post(address, report).status_code == 200  # once more, its answer was lost
    assert crew.post(address, {"evidence": "again"}).status_code == 409
    operator.settle()
    assert order.state == "completed"
    done = order.step("On-site Installation")
    assert (done["answer"]["by"], done["answer"]["evidence"]) == ("Crew", "photo 12")
    assert values(order.services["On-site Installation"])["socket"] == "left wall"
    made = order.service_orders
    ends = [made[one]["completionDate"] for one in ("On-site Installation", "Internet Access")]
    assert ends[0] <= ends[1] <= order.read()["completionDate"]


@pytest.mark.accepts("ORC-11")
def test_nobody_closes_a_service_order_over_an_open_visit(operator: Operator) -> None:
    """Neither the visit's own order, nor the one above it, nor the customer's is set to completed
    from outside while the technician has not reported."""
    ada = operator.ada()
    order = ada.orders(ada.fibre("1", installation="technician"))
    operator.settle()
    for name in ("Internet Access", "On-site Installation"):
        part = order.service_orders[name]["id"]
        answer = operator.staff.patch(f"{SERVICE_ORDER}/{part}", {"state": "completed"})
        assert answer.status_code in (400, 409), answer.json
    whole = operator.staff.patch(f"{ORDER}/{order.id}", {"state": "completed"})
    assert whole.status_code in (400, 409), whole.json
    assert order.service_orders["Internet Access"]["state"] == "inProgress"
    assert order.state == "inProgress"
