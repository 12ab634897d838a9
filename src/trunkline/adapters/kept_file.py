"""A file that somebody else keeps: CSV with a line of heads, read again when it has changed."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
UNREADABLE = (OSError, ValueError, csv.Error)
"""What reading such a file may end in."""


class KeptFile(Generic[K, V]):
    """What the lines of a file say, by key; `entry` takes a line's values by head and its number.

    `needed` are the heads that there must be. Of two lines with one key the last one counts.
    """

    def __init__(
        self, path: Path, needed: Sequence[str],
        entry: Callable[[Mapping[str, str], int], tuple[K, V]],
    ) -> None:  # fmt: skip
        """Remember the file; it is read when it is first asked."""
        self._path = path
        self._needed = needed
        self._entry = entry
        self._lock = threading.Lock()
        self._read_at = -1.0
        self._held: Mapping[K, V] = {}

    def held(self) -> Mapping[K, V]:
        """Return what the file says now. Raises one of `UNREADABLE`."""
        with self._lock:
            changed_at = self._path.stat().st_mtime
            if changed_at != self._read_at:
                self._held = self._taken()
                self._read_at = changed_at
            return self._held

    def _taken(self) -> Mapping[K, V]:
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [one for one in self._needed if one not in (rows.fieldnames or ())]
            if missing:
                raise ValueError(f"its first line lacks {', '.join(missing)}")
            found = {}
            for row in rows:
                values = {name: (value or "").strip() for name, value in row.items() if name}
                key, one = self._entry(values, rows.line_num)
                found[key] = one
            return found
