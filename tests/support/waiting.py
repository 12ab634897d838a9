"""Waiting for what others do in their own time: until it is so, and never for ever."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(
    true: Callable[[], object], what: str = "it came true", *, timeout_s: float = 30.0
) -> float:
    """Wait until something is true; return how many seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < timeout_s, f"in vain for {timeout_s:.0f} s: until {what}"
        time.sleep(0.02)
    return time.monotonic() - began
