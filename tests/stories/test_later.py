"""Ada orders today for next month: the order waits, and starts by itself on its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.operator import ORDER, OWN, PRODUCT, Operator

DAY_S = 86_400


@pytest.mark.accepts("ORD-17")
def test_the_order_waits_and_starts_by_itself(operator: Operator) -> None:
    """Nothing is sent before the day; when it has come the order is carried out untouched."""
    ada = operator.ada()
    wanted = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    order = ada.orders(ada.fibre("1"), requestedStartDate=wanted)
    operator.settle()
    assert order.read()["productOrderItem"][0]["internalState"] == "scheduled"
    (step,) = order.plan["item"]
    assert (step["name"], step["dueAt"][:10]) == ("Requested start", wanted[:10])
    assert "simulate" in step["reason"]
    assert operator.find(PRODUCT, relatedParty__id=ada.id) == []
    told = operator.staff.post(f"{OWN}/productOrder/{order.id}/simulate").json
    held = order.read()
    assert held["expectedCompletionDate"][:16] == told["completionDate"][:16] > wanted[:16]
    assert held["productOrderItem"][0]["expectedCompletionDate"] == held["expectedCompletionDate"]
    for query in ("", "?line=1"):
        why = operator.staff.get(f"{OWN}/productOrder/{order.id}/explanation{query}").json
        texts = [one["text"] for one in why]
        assert not [one for one in texts if "0 of 0" in one]
        (day,) = [one for one in why if one.get("name") == "requestedStartDate"]
        assert (day["given"][:16], day["about"]) == (wanted[:16], "start")
        assert held["expectedCompletionDate"] in [one.get("given") for one in why]
    assert {one["name"] for one in told["item"]} >= {"Fibre Access", "Internet Access"}
    operator.site.move_clock(29 * DAY_S)
    operator.wait_until(lambda: True)
    assert operator.commands() == []
    assert order.state != "completed"
    operator.site.move_clock(1 * DAY_S + 60)
    operator.wait_until(lambda: order.state == "completed")
    assert order.product()["status"] == "active"
    assert order.product()["startDate"] >= wanted[:19]
    assert {channel for _, channel, _ in operator.audit(order.id)[1:]} == {"worker"}


def test_what_comes_to_an_order_that_waits_is_filled_in(operator: Operator) -> None:
    """Voice comes to next month's internet by a patch that says no more than the offering: it has
    its name, specification and prices as if it had come at once, and both begin together."""
    ada = operator.ada()
    at_once = ada.orders(ada.voice("1")).read()["productOrderItem"][0]
    wanted = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    order = ada.orders(ada.fibre("1"), requestedStartDate=wanted)
    operator.settle()
    items = [*order.read()["productOrderItem"], ada.voice("2")]
    address = f"{ORDER}/{order.id}"
    assert operator.staff.patch(address, {"productOrderItem": items}).status_code == 200
    first, second = order.read()["productOrderItem"]
    assert first == items[0]
    for name in ("name", "productSpecification"):
        assert second["product"][name] == at_once["product"][name]
    assert second["itemPrice"] == at_once["itemPrice"]
    assert (second["state"], second["internalState"]) == ("acknowledged", "scheduled")
    operator.settle()
    assert all(one["expectedCompletionDate"] > wanted for one in order.read()["productOrderItem"])
    assert operator.staff.patch(address, {"requestedStartDate": None}).status_code == 200
    operator.settle()
    assert order.state == "completed"
    assert order.items == {"1": "completed", "2": "completed"}
    assert order.read().get("expectedCompletionDate", "") < wanted
    items = [*order.read()["productOrderItem"], ada.voice("3")]
    refused = operator.staff.patch(address, {"productOrderItem": items})
    assert refused.status_code == 409


def test_an_order_that_waits_can_still_be_taken_back(operator: Operator) -> None:
    ada = operator.ada()
    wanted = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    order = ada.orders(ada.fibre("1"), requestedStartDate=wanted)
    operator.settle()
    assert order.cancel()["cancellationResult"] == "canceled"
    operator.site.move_clock(31 * DAY_S)
    operator.hurry()
    assert order.state == "cancelled"
    assert operator.commands() == []


def test_a_withdrawn_end_leaves_the_product_as_it_was(operator: Operator) -> None:
    """Suspended, then to be ended next month, then kept after all: it is suspended as before.
    Until its day the order changes nothing."""
    ada = operator.ada()
    had = ada.has(ada.voice("1"))
    product = had.product()["id"]
    ada.has(ada.change("1", "suspend", product))
    wanted = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    ending = ada.orders(ada.change("1", "delete", product), requestedStartDate=wanted)
    operator.settle()
    assert ending.product()["status"] == "suspended"
    assert ending.cancel()["cancellationResult"] == "canceled"
    assert ending.product()["status"] == "suspended"
    assert {one["state"] for one in had.services.values()} == {"inactive"}
    ada.has(ada.change("1", "resume", product))
    assert {one["state"] for one in had.services.values()} == {"active"}


def test_what_has_ended_is_not_brought_back(operator: Operator) -> None:
    """A router is given back at once while the new line hangs: the order is not canceled any
    more, since an ended product stays ended."""
    ada = operator.ada()
    router = ada.has(ada.add("1", "Wi-Fi Router Wave 6", model="Wave 6")).product()["id"]
    operator.network.behave(fail=[{"kind": "business", "specification": "Fibre*"}])
    order = ada.orders(ada.change("1", "delete", router), ada.fibre("2"))
    operator.settle()
    assert order.product()["status"] == "terminated"
    task = order.cancel()
    assert task["cancellationResult"] == "refused"
    assert "past the point of no return" in task["cancellationResultReason"]
