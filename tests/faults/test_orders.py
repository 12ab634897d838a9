"""Accepted orders survive kill -9 of web and worker processes, and take effect once."""

from __future__ import annotations

from tests.faults.ordering_run import Size, run
from tests.faults.place import FaultProgram

SEED = 20_261_122


def test_accepted_orders_survive_killed_processes(program: FaultProgram, full: bool) -> None:
    """Each acknowledged order is there, completed, once, and in effect in the network once."""
    size = Size(2_000, 110, clients=8, stalls=4) if full else Size(40, 6)
    verdict = run(program, size, seed=SEED)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["kills"] >= size.kills
    assert verdict.tried["acknowledged"] == size.orders
