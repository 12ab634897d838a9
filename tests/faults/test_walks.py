"""Random walks of orders that are placed, changed, called off, fail and are put right, in full.

Processes die in them, too, at points in this one process. The proofs by kill -9 of real processes
stand beside it (`test_orders.py`, `test_losses.py`). What was gone through stands in a log
(`test-results/walks.jsonl`): a run that was stopped goes on where it was, and
`tail -f` shows how far it is.
"""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.ordering.walk.log import LOG, Log, state_of
from tests.ordering.walk.machine import go
from tests.support.program import Site

SEEDS = 200
WALKS = 3
STEPS = 50
SEEDS_AT_ONCE = 10


@pytest.mark.parametrize("first", range(1, SEEDS + 1, SEEDS_AT_ONCE))
def test_no_walk_loses_or_repeats_anything(
    request: pytest.FixtureRequest, full: bool, first: int
) -> None:
    """Whatever is done in whatever sequence: after each step all is as the orders say, and each
    order ends. A seed is three walks of fifty steps; the first of them is the simplest one."""
    if not full:
        pytest.skip("two hundred seeds of walks of fifty steps run with --full")
    log = Log(LOG, state_of())
    left = sorted({*range(first, first + SEEDS_AT_ONCE)} - log.gone().keys())
    if left:
        site: Site = request.getfixturevalue("site")
        for seed in left:
            walk(site, log, seed)


def walk(site: Site, log: Log, seed: int) -> None:
    """Go the walks of one seed, and write down what came of them."""
    begun = time.monotonic()
    try:
        gone = go(site, walks=WALKS, steps=STEPS, chosen_by=seed)
    except Exception as broken:
        told = [str(broken), *getattr(broken, "__notes__", ())]
        log.append(seed, "wrong", seconds=round(time.monotonic() - begun, 1), told=told)
        raise
    steps = Counter(one for walk in gone for one in walk.trace if " " not in one)
    log.append(
        seed, "right", seconds=round(time.monotonic() - begun, 1),
        orders=sum(len(one.orders) for one in gone), deaths=sum(one.deaths.died for one in gone),
        commands=sum(len(one.told) for one in gone), steps=dict(steps),
    )  # fmt: skip
