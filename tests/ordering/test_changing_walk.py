"""Orders placed, changed, canceled, failed, put right and killed at random, by what chance says."""

from __future__ import annotations

from pathlib import Path

from tests.ordering.walk.log import Log, state_of
from tests.ordering.walk.machine import go
from tests.support.program import Site

STEPS = 24
CHOSEN_BY = 16
"""A number by which both kinds of plans are chosen, somebody dies, and an order about something
that is there is called off. Whoever changes what may be done in a walk looks for another one."""


def test_a_walk_loses_nothing_and_does_nothing_twice(site: Site) -> None:
    """After each step of any walk inventory, network, outside systems and numbers are what the
    orders say, and in the end every order is over: by plans of both kinds."""
    walks = go(site, walks=3, steps=STEPS, chosen_by=CHOSEN_BY)
    assert any(one.deaths.died for one in walks)
    assert any(one.compared for one in walks)
    assert {one.by_plan for one in walks} == {True, False}


def test_the_same_walk_is_gone_twice(site: Site) -> None:
    """What a walk finds can be looked at again: the same is done, and the same comes of it."""
    first, second = (go(site, walks=2, steps=STEPS // 3, chosen_by=8) for _ in range(2))
    assert [(one.trace, one.told) for one in first] == [(one.trace, one.told) for one in second]


def test_a_stop_loses_nothing_of_a_long_proof(tmp_path: Path) -> None:
    """What was gone through and right counts, for the same program; a row that was cut off, and
    what failed, is gone through again."""
    program = tmp_path / "program.py"
    program.write_text("before = 1", "utf-8")
    state = state_of((tmp_path,))
    log = Log(tmp_path / "deep" / "walks.jsonl", state)
    assert log.gone() == {}
    log.append(1, "right", orders=3)
    log.append(2, "wrong", told=["why"])
    log.append(3, "right")
    log.append(3, "wrong")
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"seed": 4, "outcome": "right", "sta')
    log.append(5, "right")
    log.append(6, "right")
    assert {seed: row.get("orders") for seed, row in log.gone().items()} == {
        1: 3, 5: None, 6: None,
    }  # fmt: skip
    program.write_text("before = 2", "utf-8")
    assert Log(log.path, state_of((tmp_path,))).gone() == {}
