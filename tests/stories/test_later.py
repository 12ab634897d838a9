"""Ada orders today for next month: the order waits, and starts by itself on its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.operator import Operator

DAY_S = 86_400


@pytest.mark.accepts("ORD-17")
def test_the_order_waits_and_starts_by_itself(operator: Operator) -> None:
    """Nothing is sent before the day; when it has come the order is carried out untouched."""
    ada = operator.ada()
    wanted = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    order = ada.orders(ada.fibre("1"), requestedStartDate=wanted)
    operator.settle()
    assert order.product()["status"] == "pendingActive"
    assert order.read()["productOrderItem"][0]["internalState"] == "scheduled"
    operator.site.move_clock(29 * DAY_S)
    operator.wait_until(lambda: True)
    assert operator.commands() == []
    assert order.state != "completed"
    operator.site.move_clock(1 * DAY_S + 60)
    operator.wait_until(lambda: order.state == "completed", timeout_s=5)
    assert order.product()["status"] == "active"
    assert order.product()["startDate"] >= wanted[:19]
    assert {channel for _, channel, _ in operator.audit(order.id)[1:]} == {"worker"}


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
    """Suspended, then to be ended next month, then kept after all: it is suspended as before."""
    ada = operator.ada()
    had = ada.has(ada.voice("1"))
    product = had.product()["id"]
    ada.has(ada.change("1", "suspend", product))
    wanted = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    ending = ada.orders(ada.change("1", "delete", product), requestedStartDate=wanted)
    operator.settle()
    assert ending.product()["status"] == "pendingTerminate"
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
