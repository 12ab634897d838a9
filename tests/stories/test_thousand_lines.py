"""A company orders a thousand lines at once: they are broken down while it waits."""

from __future__ import annotations

import time

import pytest

from tests.support.operator import SERVICE_ORDER, Operator
from trunkline.worker.steps import run_until_idle

LINES = 1000
SECONDS_MAX = 60


@pytest.mark.accepts("DEC-12")
def test_a_thousand_lines_are_broken_down_within_a_minute(operator: Operator) -> None:
    """From being sent in until every line has its product and service orders, and each of two
    sites the one access line that its lines share."""
    company = operator.company("Nordhaven", "Eastmere")
    lines = [
        company.add(str(n), "Voice Flat", at=n % 2, lines=1) if n > 2 else company.fibre(str(n))
        for n in range(1, LINES + 1)
    ]
    begun = time.monotonic()
    order = company.orders(*lines)
    run_until_idle(operator.site.services, lanes=("reaction",))
    assert order.state == "inProgress"
    assert time.monotonic() - begun < SECONDS_MAX
    steps = [(one["name"], one["layer"]) for one in order.plan["item"]]
    assert sum(layer == "product" for _, layer in steps) == LINES
    assert steps.count(("Voice Line", "service")) == LINES - 2
    assert steps.count(("Telephony", "service")) == LINES - 2
    assert steps.count(("Fibre Access", "service")) == 2
    made = operator.staff.get(SERVICE_ORDER, query_string=f"productOrder.id={order.id}&limit=1")
    services = sum(layer == "service" for _, layer in steps)
    assert made.headers["x-total-count"] == str(services)
