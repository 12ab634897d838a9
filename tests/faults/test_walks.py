"""Random walks of orders that are placed, changed, called off, fail and are put right, in full.

Processes die in them, too, at points in this one process: what a seed has found comes again with
it. The proofs by kill -9 of real processes stand beside it (`test_orders.py`, `test_losses.py`).
"""

from __future__ import annotations

import pytest

from tests.ordering.walk.walk import Walk
from tests.support.program import Site

SEEDS = 200
STEPS = 50
SEEDS_AT_ONCE = 20


@pytest.mark.parametrize("first", range(1, SEEDS + 1, SEEDS_AT_ONCE))
def test_no_walk_loses_or_repeats_anything(
    request: pytest.FixtureRequest, full: bool, first: int
) -> None:
    """Whatever is done in whatever sequence: each order ends, and all is as the orders say."""
    if not full:
        pytest.skip("two hundred walks of fifty steps run with --full")
    site: Site = request.getfixturevalue("site")
    for seed in range(first, first + SEEDS_AT_ONCE):
        Walk(site, seed).steps(STEPS)
