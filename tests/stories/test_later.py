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
