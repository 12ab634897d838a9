"""Shows when a failing listener is left in peace and how it comes back."""

import random

from hypothesis import given
from hypothesis import strategies as st

from trunkline.hub.breaker import Breaker, State


def test_breaker_opens_after_ten_failures_in_a_row() -> None:
    breaker = Breaker()
    for second in range(9):
        breaker.record(False, second)
    assert breaker.may_send(9)
    breaker.record(True, 9)
    for second in range(10, 20):
        assert breaker.may_send(second)
        breaker.record(False, second)
    assert not breaker.may_send(20)
    assert breaker.retry_at(20) == 19 + 30


def test_breaker_opens_on_twenty_failures_and_more_than_half() -> None:
    breaker = Breaker()
    for second in range(20):  # every other one fails: 20 of 40 is not more than half
        breaker.record(True, second)
        breaker.record(False, second)
    assert breaker.state(20) is State.CLOSED
    breaker.record(False, 20)
    assert breaker.state(20) is State.OPEN


def test_breaker_forgets_after_five_minutes() -> None:
    for at, state in ((299, State.OPEN), (320, State.CLOSED)):
        breaker = Breaker()
        for second in range(18):
            breaker.record(False, second)
            breaker.record(True, second)
        breaker.record(False, 18)
        breaker.record(False, at)  # the 20th failure of 38 results, unless the others are too old
        assert breaker.state(at) is state


def test_breaker_probes_with_doubling_pauses_up_to_an_hour() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.record(False, 0)
    now, pauses = 0.0, []
    for _ in range(9):
        opens_at = breaker.retry_at(now)
        pauses.append(opens_at - now)
        assert not breaker.may_send(opens_at - 0.001)
        assert breaker.may_send(opens_at)
        assert not breaker.may_send(opens_at)  # one probe only
        breaker.record(False, opens_at)
        now = opens_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    now = breaker.retry_at(now)
    assert breaker.may_send(now)
    breaker.record(True, now)
    assert breaker.may_send(now)
    for _ in range(10):
        breaker.record(False, now)
    assert breaker.retry_at(now) == now + 30


def test_breaker_gives_a_lost_probe_up_and_ignores_late_results() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.record(False, 0)
    breaker.record(True, 5)  # sent before it opened
    assert breaker.state(5) is State.OPEN
    assert breaker.may_send(30)
    assert not breaker.may_send(59)
    assert breaker.may_send(60)


@given(st.integers(0, 2**32))
def test_breaker_always_offers_a_way_back(seed: int) -> None:
    """After any history, waiting until `retry_at` allows a message whose success closes it."""
    draw = random.Random(seed)
    breaker, now = Breaker(), 0.0
    for _ in range(200):
        now += draw.choice((0.0, 1.0, 40.0, 400.0))
        if breaker.may_send(now):
            breaker.record(draw.random() < 0.2, now)
    now = breaker.retry_at(now)
    assert breaker.may_send(now)
    breaker.record(True, now)
    assert breaker.state(now) is State.CLOSED
