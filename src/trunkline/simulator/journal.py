"""The journal: one JSON line per thing that happened, so that a restart keeps effects.

A line is handed to the operating system before the answer leaves: the journal survives a killed
process, not a power cut (nothing is synced to disk, since this is a simulator).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from .document import Document, decode, encode


class JournalDamaged(Exception):
    """A line of the journal, other than a torn last one, cannot be read."""


class Journal:
    """An append-only file of records."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def append(self, record: Document) -> None:
        """Write one record and hand it to the operating system."""
        self._file.write(encode(record) + b"\n")
        self._file.flush()

    def replay(self) -> Iterator[Document]:
        """Read all records in order; a last line torn by a kill is cut off."""
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                yield decode(line)
            except msgspec.DecodeError as error:
                raise JournalDamaged(
                    f"line {number} of {self._path} cannot be read ({error}); "
                    "restore the file or start with another one"
                ) from error

    def clear(self) -> None:
        """Forget everything."""
        self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
