"""Stores: what modules keep of people beside their records, each with how it forgets one.

A store forgets in one transaction and may be asked twice. What is sealed with the person's own key
needs none: the key is destroyed at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trunkline.kernel.work import Work
from trunkline.privacy.pseudonym import Foreseen, Forgetting

RECORDS = "(select record from erasure_record where request = %(request)s and is_own)"
"""SQL: the ids of the person's own records."""


@dataclass(frozen=True)
class Erasing:
    """One erasure as a store sees it: `owners` are those whose keys seal what is the person's."""

    work: Work
    request: str
    forgetting: Forgetting
    owners: Sequence[str]
    idents: Sequence[str]

    def run(self, sql: str, **more: object) -> int:
        """Run a statement about the person and return how many rows it was about."""
        named = {"request": self.request, "owners": list(self.owners),
                 "idents": list(self.idents), "pseudonym": self.forgetting.pseudonym}  # fmt: skip
        return int(self.work.connection.execute(sql, {**named, **more}).rowcount)


Forget = Callable[[Erasing], int]


@dataclass(frozen=True)
class Store:
    """How a store forgets; `is_told` where what is gone is counted in the answer to the person."""

    forget: Forget
    is_told: bool


_stores: dict[str, Store] = {}
_foreseen: list[Callable[[Work], Foreseen]] = []


def store(name: str, *, is_told: bool = False) -> Callable[[Forget], Forget]:
    """Name the function by which a store forgets a person; it returns how much is gone."""

    def attach(forget: Forget) -> Forget:
        _stores[name] = Store(forget, is_told)
        return forget

    return attach


def stores() -> dict[str, Store]:
    """Return the stores by name."""
    return _stores


def foreseen_by(ask: Callable[[Work], Foreseen]) -> Callable[[Work], Foreseen]:
    """Let a function say which values of characteristics the operator foresees: they stay."""
    _foreseen.append(ask)
    return ask


def foreseen_in(work: Work) -> Foreseen:
    """Return what tells whether a value of a characteristic is one that the operator foresees."""
    asked = [ask(work) for ask in _foreseen]
    return lambda name, value: any(one(name, value) for one in asked)
