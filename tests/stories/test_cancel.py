"""Ada changes her mind: before the point of no return all is taken back, after it nothing is."""

from __future__ import annotations

import pytest

from tests.stories.test_looked_at_first import somebody
from tests.support.operator import (
    CANCEL,
    FALLOUT,
    ORDER,
    OWN,
    PRODUCT,
    Operator,
    Order,
    step_name,
)

NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}


def half_done(operator: Operator, *more: dict[str, object]) -> Order:
    """Return an order whose voice line is there while the access line was refused."""
    operator.network.behave(fail=[NO_PORT, *more])
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"))
    operator.settle()
    assert order.steps["Voice Line"] == "completed"
    assert order.steps["Fibre Access"] == "fallout"
    return order


@pytest.mark.scenario(9)
def test_what_was_done_is_undone_in_reverse(operator: Operator) -> None:
    """The voice line goes before its number, and every record that the order made ends."""
    order = half_done(operator)
    assert operator.in_network() == {"Voice Line": ["active"]}
    before = order.read(), order.steps
    told = operator.read(f"{OWN}/productOrder/{order.id}/cancel/preview")
    assert (told["order"]["key"], told["pointOfNoReturn"], told["awaited"]) == (order.key, [], [])
    assert {"Voice Line", "Phone Number"} <= {one["name"] for one in told["undone"]}
    assert "Fibre Access" in {one["name"] for one in told["left"]}
    assert (order.read(), order.steps) == before
    (voice,) = [one for name, one in order.service_orders.items() if name == "Voice Line"]
    part = operator.staff.get(f"{OWN}/serviceOrder/{voice['id']}/cancel/preview")
    assert (part.status_code, part.json["code"]) == (409, "conflictPartOfOrder")
    nobody = operator.site.unentitled().get(f"{OWN}/productOrder/{order.id}/cancel/preview")
    reader = somebody(operator, "ProductOrder:read")
    assert reader.get(f"{ORDER}/{order.id}").status_code == 200
    looking = reader.get(f"{OWN}/productOrder/{order.id}/cancel/preview")
    assert (nobody.status_code, looking.status_code) == (403, 403)
    assert [one["sequence"] for one in told["undone"]] == [1, 2, 3, 4][: len(told["undone"])]
    task = order.cancel()
    did = sorted((one for one in order.plan["item"] if "undoes" in one),
                 key=lambda one: one["endedAt"])  # fmt: skip
    assert [one["undoes"] for one in did] == [one["id"] for one in told["undone"]]
    assert (task["state"], task["cancellationResult"]) == ("done", "canceled")
    assert task["effectiveCancellationDate"]
    assert (order.state, set(order.items.values())) == ("cancelled", {"cancelled"})
    assert operator.in_network() == {"Voice Line": ["terminated"]}
    undone = [one for one in order.plan["item"] if one["direction"] == "undo"]
    at = {step_name(one): one for one in undone}
    assert at["Undo: Voice Line"]["endedAt"] <= at["Undo: Phone Number"]["startedAt"]
    needs = {(one["item"], one["needs"]) for one in order.plan["dependency"]}
    assert (at["Undo: Phone Number"]["id"], at["Undo: Voice Line"]["id"]) in needs
    assert {order.product(item)["status"] for item in "12"} == {"cancelled"}
    assert {one["state"] for one in order.services.values()} == {"terminated"}
    assert {one["resourceStatus"] for one in order.resources.values()} == {"available"}
    made = (*order.service_orders.values(), *order.resource_orders.values())
    assert {one["state"] for one in made} <= {"cancelled", "completed"}
    assert {one["state"] for one in order.fallouts()} == {"canceled"}
    told = [
        one["event"]["productOrder"]["state"]
        for one in operator.events(order.id, "ProductOrderStateChangeEvent")
    ]
    assert told == ["inProgress", "assessingCancellation", "pendingCancellation", "cancelled"]
    assert [who for who, *_ in operator.audit(task["id"])][0] == "Admin"


@pytest.mark.accepts("IFC-07", "FAL-06")
def test_an_undo_that_fails_waits_for_people(operator: Operator) -> None:
    """Undoing goes in reverse; where the network refuses it, it is fallout like any other step,
    and once that is put right the rest is undone and the order is canceled."""
    order = half_done(
        operator, {"kind": "business", "specification": "Voice Line", "action": "delete",
                   "code": "busy", "once": True}
    )  # fmt: skip
    task = order.cancel()
    assert (task["state"], order.state) == ("inProgress", "pendingCancellation")
    assert order.steps["Undo: Voice Line"] == "fallout"
    assert order.steps["Undo: Phone Number"] == "pending"
    (undo,) = order.fallouts(state="open")
    assert (undo["taskName"], undo["cause"]["code"]) == ("Undo: Register the voice line", "busy")
    assert operator.staff.post(f"{FALLOUT}/{undo['id']}/retry").status_code == 200
    operator.settle()
    assert order.steps["Undo: Phone Number"] == "completed"
    assert order.state == "cancelled"
    assert operator.read(CANCEL, task["id"])["state"] == "done"
    assert operator.in_network() == {"Voice Line": ["terminated"]}


@pytest.mark.scenario(10)
def test_past_the_point_of_no_return_nothing_is_canceled(operator: Operator) -> None:
    """The task is done and says why not; the order goes on to its end as if nobody had asked."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    before = order.steps
    told = operator.read(f"{OWN}/productOrder/{order.key}/cancel/preview")
    assert ([one["name"] for one in told["pointOfNoReturn"]], told["undone"]) == (
        ["Fibre Access"], []
    )  # fmt: skip
    task = order.cancel()
    assert (task["state"], task["cancellationResult"]) == ("done", "refused")
    reason = "Light up the fibre line is past the point of no return"
    assert task["cancellationResultReason"] == reason
    assert "effectiveCancellationDate" not in task
    assert (order.state, order.items, order.steps) == ("inProgress", {"1": "inProgress"}, before)
    assert order.product()["status"] == "pendingActive"
    operator.network.release("orders")
    operator.hurry()
    operator.settle()
    assert order.state == "completed"
    assert operator.in_network() == {"Fibre Access": ["active"]}


@pytest.mark.accepts("IFC-11")
def test_early_it_ends_at_once_and_when_completed_never(operator: Operator) -> None:
    """A draft and an order just sent in end at once; a completed one is kept, and the answer
    offers to order the end of its products."""
    ada = operator.ada()
    draft, sent = ada.orders(ada.fibre("1"), state="pending"), ada.orders(ada.voice("1"))
    with operator.site.services.database.app.connection() as connection:
        connection.execute("delete from work where subject = %s", [sent.id])
    for order in (draft, sent):
        task = order.cancel()
        assert (task["state"], task["cancellationResult"]) == ("done", "canceled")
        assert order.state == "cancelled"
        assert order.plan["item"] == []
    assert operator.commands() == []
    assert operator.find(PRODUCT, relatedParty__id=ada.id) == []
    done = ada.has(ada.voice("1"))
    ended = operator.staff.get(f"{OWN}/productOrder/{done.id}/cancel/preview")
    assert (ended.status_code, ended.json["code"]) == (409, "conflictEnded")
    gone = operator.staff.get(f"{OWN}/resourceOrder/{done.id}/cancel/preview")
    assert gone.status_code == 404
    task = done.cancel()
    assert task["cancellationResult"] == "refused"
    assert "order the end of its products instead" in task["cancellationResultReason"]
    assert done.state == "completed"
    assert done.product()["status"] == "active"


def test_the_inventory_follows_the_order(operator: Operator) -> None:
    """What is ordered is there before it works, works when the order is completed, and is gone
    when it is canceled."""
    operator.network.behave(fail=[{**NO_PORT, "count": 2}])
    ada, other = operator.ada(), operator.ada()
    kept, dropped = ada.orders(ada.fibre("1")), other.orders(other.voice("1"))
    operator.settle()
    assert kept.product()["status"] == dropped.product()["status"] == "pendingActive"
    assert kept.services["Fibre Access"]["state"] == "designed"
    assert kept.resources["Fibre Port"]["resourceStatus"] == "reserved"
    dropped.cancel()
    (fallout,) = kept.fallouts()
    operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry")
    operator.settle()
    assert (kept.product()["status"], dropped.product()["status"]) == ("active", "cancelled")
    active = operator.find(PRODUCT, relatedParty__id=ada.id, status="active")
    assert [one["id"] for one in active] == [kept.product()["id"]]


def test_a_cancellation_of_nothing_is_refused(operator: Operator) -> None:
    for body in ({}, {"productOrder": {"id": "ORD999999"}}):
        answer = operator.staff.post(CANCEL, body)
        assert answer.status_code == 400
        assert answer.json["fault"]
    ada = operator.ada()
    order = ada.orders(ada.voice("1"))
    answer = operator.staff.patch(f"{ORDER}/{order.id}", {"state": "completed"})
    assert answer.status_code in (400, 409)
