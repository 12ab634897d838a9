"""Accepted orders survive kill -9 of web and worker processes, and take effect once."""

from __future__ import annotations

import pytest

from tests.faults.ordering_run import Size, run
from tests.faults.place import FaultProgram

SEED = 20_261_122


@pytest.mark.accepts("ORC-10")
def test_accepted_orders_survive_killed_processes(program: FaultProgram, full: bool) -> None:
    """Each acknowledged order is there, completed, once, and in effect in the network once."""
    size = Size(2_000, 110, clients=8, stalls=4) if full else Size(40, 6, pause_s=(0.3, 0.9))
    victims = ("web", "worker") if full else ("web", "worker", "worker", "database")
    verdict = run(program, size, seed=SEED, victims=victims)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["kills"] + verdict.tried["database kills"] >= size.kills
    assert verdict.tried["acknowledged"] == size.orders


@pytest.mark.parametrize(
    "control, broken",
    [
        ("lease-never-ends", {"neither final nor in fallout", "work left over"}),
        ("no-command-key", {"commands in effect that nobody knows"}),
    ],
)
def test_control(program: FaultProgram, control: str, broken: set[str]) -> None:
    """Orders stand still where leases never end; without command keys commands go astray."""
    # Soon after they were handed out, while there is still something to do.
    size = Size(120, 10, pause_s=(0.0, 0.2))
    verdict = run(program, size, seed=SEED, control=control)
    verdict.tell()
    assert broken & verdict.red
