"""Time and randomness, injected: nothing below reads a clock or makes up bytes by itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

RANDOM_BITS = 74
DRAWN_AT_ONCE = 4_096
VARIANTS = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}
"""The first digit of the random part, with the two bits that say which kind of UUID it is."""


def machine_time() -> datetime:
    """Return what the machine's clock says: for leases, sign-ins and signatures."""
    return datetime.now(UTC)


class _Drawn:
    """Random bytes of the system, drawn many at once and each handed out once.

    Every draw is a call of the system, at which another thread takes the interpreter over. A
    process that is forked off draws its own.
    """

    _read: Callable[[int], bytes]

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self, count: int) -> bytes:
        found = self._read(count)  # one call, which no other thread gets into
        while len(found) < count:
            self._read = BytesIO(os.urandom(max(count, DRAWN_AT_ONCE))).read
            found = self._read(count)
        return found

    def _forget(self) -> None:
        self._read = BytesIO().read


_drawn = _Drawn()


@dataclass
class Chance:
    """Where ids and nonces come from.

    UUIDs are of version 7: in order of time, and within one process in order of making, too.
    """

    random_bytes: Callable[[int], bytes] = _drawn
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
        time, tail = f"{now:012x}", self.random_bytes(8).hex()
        variant = VARIANTS[tail[0]]
        return f"{time[:8]}-{time[8:]}-7{counter:03x}-{variant}{tail[1:4]}-{tail[4:]}"
