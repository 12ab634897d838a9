"""The program itself within somebody's transaction: what it looks at and writes for them."""

from __future__ import annotations

from trunkline.kernel.actor import system
from trunkline.kernel.work import Work


def as_program(work: Work, by: str) -> Work:
    """Return the same transaction for the program itself, which sees and writes everything."""
    return Work(work.services, work.connection, system(by), work.now, work.generation,
                work.request)  # fmt: skip
