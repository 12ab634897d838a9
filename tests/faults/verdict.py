"""Verdicts: what was tried, what was violated, and with which seed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sized
from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 3


@dataclass
class Verdict:
    """The result of a run; `violated` holds the number of violations by name."""

    name: str
    seed: int
    tried: dict[str, Any] = field(default_factory=dict)
    violated: dict[str, int] = field(default_factory=dict)
    examples: dict[str, Any] = field(default_factory=dict)

    def check(self, name: str, found: Sized) -> None:
        """Count violations of one promise."""
        self.violated[name] = len(found)
        if found:
            self.examples[name] = list(found)[:EXAMPLES]  # type: ignore[call-overload]

    @property
    def red(self) -> set[str]:
        """The names of what was violated."""
        return {name for name, number in self.violated.items() if number}

    def tell(self) -> None:
        """Print the result in one line, also where pytest keeps output back."""
        line = json.dumps(
            {"run": self.name, "seed": self.seed, "tried": self.tried, "violated": self.violated}
        )
        print(line, file=sys.__stderr__ if os.environ.get("FAULTS_TELL") else sys.stdout)

    def must_be_clean(self, logs: str = "") -> None:
        self.tell()
        assert not self.red, f"{self.violated}\n{self.tried}\n{self.examples}\n{logs}"
