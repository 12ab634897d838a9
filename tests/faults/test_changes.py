"""The changes that fault tests make to their children still meet the program."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.faults.place import CHANGED
from trunkline.hub import delivery, feed
from trunkline.leases import queue

TEXT = (CHANGED / "sitecustomize.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", sorted(set(re.findall(r'@change\("([\w.]+)"', TEXT))))
def test_what_is_changed_is_there(module: str) -> None:
    """A module that has moved would quietly be left as it is, and a control would stay green."""
    assert importlib.util.find_spec(module) is not None


def test_statements_that_controls_break_have_the_parts_that_they_take_out() -> None:
    either, earlier = (
        re.search(rf'{name} = "+(.*?)"', TEXT, re.DOTALL) for name in ("EITHER", "EARLIER")
    )
    assert either is not None
    assert earlier is not None
    assert either[1] in queue.CLAIM
    assert earlier[1] in delivery.CLAIM
    assert "and e.xid < pg_snapshot_xmin(pg_current_snapshot())" in feed.FEED
