"""Time and randomness, injected: nothing below reads a clock or makes up bytes by itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

RANDOM_BITS = 74


def machine_time() -> datetime:
    """Return what the machine's clock says: for leases, sign-ins and signatures."""
    return datetime.now(UTC)


@dataclass
class Chance:
    """Where ids and nonces come from.

    UUIDs are of version 7: in order of time, and within one process in order of making, too.
    """

    random_bytes: Callable[[int], bytes] = os.urandom
    milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    _last: int = 0
    _counter: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def uuid(self) -> str:
        """Return a new UUIDv7."""
        with self._lock:
            now = self.milliseconds()
            if now <= self._last:
                now = self._last
                self._counter += 1
            else:
                self._last = now
                self._counter = int.from_bytes(self.random_bytes(2)) & 0x3FF
            if self._counter > 0xFFF:
                self._last = now = now + 1
                self._counter = 0
            counter = self._counter
        tail = int.from_bytes(self.random_bytes(8)) & ((1 << 62) - 1) | (1 << 63)
        text = f"{now:012x}7{counter:03x}{tail:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
