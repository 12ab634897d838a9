"""Orders placed, changed, canceled, failed, put right and killed at random, by what a seed says."""

from __future__ import annotations

import pytest

from tests.ordering.walk.walk import Walk
from tests.support.program import Site

STEPS = 24


@pytest.mark.parametrize("seed", [1, 2])
def test_a_walk_loses_nothing_and_does_nothing_twice(site: Site, seed: int) -> None:
    """After any walk every order is over, and inventory, network, outside systems and numbers are
    what the orders say: by plans of specifications (odd seeds) and published ones (even seeds)."""
    walk = Walk(site, seed)
    walk.steps(STEPS)
    assert walk.deaths.died


def test_a_seed_walks_the_same_way_twice(site: Site) -> None:
    """What a walk finds can be looked at again: the same is done, and the same comes of it."""
    first, second = Walk(site, 8), Walk(site, 8)
    for walk in (first, second):
        walk.steps(STEPS // 2)
    assert first.trace == second.trace
    assert first.told == second.told
