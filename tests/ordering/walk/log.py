"""The log of a long proof: a row for each number of walks, so that a stop loses nothing.

A row counts for the program and the walks as they were then (`state_of`); what was gone through
before a change of either is gone through again, and so is what failed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from os import SEEK_END, fsync
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[3]
LOG = ROOT / "test-results" / "walks.jsonl"
WALKED = (ROOT / "src" / "trunkline", Path(__file__).parent)


def state_of(folders: tuple[Path, ...] = WALKED) -> str:
    """Return a sum over the program and the walks."""
    sum_ = sha256()
    for one in sorted(path for folder in folders for path in folder.rglob("*")
                      if path.suffix in (".py", ".sql")):  # fmt: skip
        sum_.update(f"{one.name}\n".encode() + one.read_bytes())
    return sum_.hexdigest()[:16]


@dataclass(frozen=True)
class Log:
    """The rows of one state of the program."""

    path: Path
    state: str

    def gone(self) -> dict[int, dict[str, Any]]:
        """Return the rows of what has been gone through and was right, by its number."""
        rows = {one["seed"]: one for one in self._rows() if one["state"] == self.state}
        return {seed: one for seed, one in rows.items() if one["outcome"] == "right"}

    def append(self, seed: int, outcome: str, **facts: object) -> None:
        """Write a row, on the disk before anything else is done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        row = {"seed": seed, "outcome": outcome, **facts, "state": self.state}
        with self.path.open("ab+") as file:
            if file.seek(0, SEEK_END) and not _ends_well(file):
                file.write(b"\n")
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            fsync(file.fileno())

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Yield every whole row; one that was cut off by a stop never was."""
        lines = self.path.read_text("utf-8").split("\n")[:-1] if self.path.exists() else ()
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _ends_well(file: IO[bytes]) -> bool:
    """Tell whether the last row of a file is whole."""
    file.seek(-1, SEEK_END)
    return file.read() == b"\n"
