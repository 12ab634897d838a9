"""A network that loses, delays, repeats and reverses what it says, and a worker that keeps dying.

The worker dies at every step boundary in turn, each time with a batch of orders under way.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.faults import oracle
from tests.faults.every_step import CALLED_BACK, COUNTS_MAX, Orders, judge, orders_of, sweeping
from tests.faults.place import FaultProgram
from tests.faults.verdict import Verdict

SEED = 20_261_207
ITEMS = 5_000
LINES = 2
POINTS_MAX = 90
LOSING = {
    "mode": "callback", "delay_ms": [0, 200], "lost_answer": 0.25, "late_callback": 0.1,
    "late_ms": 2_000, "duplicate_callback": 0.05, "out_of_order": 0.05,
}  # fmt: skip
CONTROL_BATCHES = 10
COUNTED = COUNTS_MAX + 1


@dataclass
class Batches:
    """Sends orders in batches, a batch for each death; `size` may change on the way."""

    orders: Orders
    size: int = 1
    sent: int = 0

    def __call__(self, _number: int) -> None:
        for _ in range(self.size):
            self.orders(self.sent)
            self.sent += 1


def lose(
    program: FaultProgram, *, items: int, batches: int = POINTS_MAX, control: str = ""
) -> Verdict:
    """Carry so many items out while answers are lost and the worker dies; judge all of them."""
    with sweeping(program, "losses", seed=SEED, network=CALLED_BACK, control=control) as sweep:
        size = -(-items // (LINES * batches))
        told = Batches(Orders(program, orders_of(program, size * batches + COUNTED, seed=SEED)))
        sweep.count(told)
        sweep.verdict.violated.pop("points that are not there each time", None)
        assert program.network is not None
        program.network.behave(**LOSING)
        told.size = size
        spread = [sweep.points[n * len(sweep.points) // batches] for n in range(batches)]
        sweep.die_about(spread, told)
        judge(sweep, told.orders.told, path=oracle.ORDER, table="product_order")
        oracle.judge_orders(program, sweep.verdict, must_complete=False)
        sweep.verdict.tried["items"] = told.sent * LINES
    return sweep.verdict


@pytest.mark.scenario(20)
def test_each_command_takes_effect_once_whatever_is_lost(
    request: pytest.FixtureRequest, full: bool
) -> None:
    """A quarter of the answers lost, a tenth late, some twice, some in the wrong sequence, and
    a death at each step boundary: one effect per command, nothing stuck without fallout."""
    if not full:
        pytest.skip("five thousand items run with --full")
    program: FaultProgram = request.getfixturevalue("program")
    verdict = lose(program, items=ITEMS)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["items"] >= ITEMS
    assert verdict.tried["deaths at points"] >= POINTS_MAX // 2


def test_control(program: FaultProgram) -> None:
    """Without keys of their own, commands take effect that no step knows."""
    verdict = lose(program, items=120, batches=CONTROL_BATCHES, control="no-command-key")
    verdict.tell()
    assert "commands in effect that nobody knows" in verdict.red
