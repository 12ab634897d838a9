"""Read ahead: what a page has read at once of the records that another one points at.

A screen asks for single records, such as the specification that says what a form asks for; what
the page has read of them already is not read again in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

D = TypeVar("D", bound=Document)


@dataclass
class ReadAhead:
    """The records of one transaction by kind and id; None for one that is not there."""

    found: dict[tuple[str, str], Document | None] = field(default_factory=dict)
    sought: dict[tuple[str, str, int], Sequence[Document]] = field(default_factory=dict)
    """What searches found: by the kind, the values at the paths as they are told, and the limit."""


def read_ahead(work: Work) -> ReadAhead:
    """Return what a transaction has read ahead."""
    known: ReadAhead = work.kept.setdefault(ReadAhead, ReadAhead())
    return known


def keep(work: Work, kind: str, asked: Iterable[str], found: Iterable[Document]) -> None:
    """Keep the records of a kind that were found of those asked for."""
    known = read_ahead(work).found
    known.update(((kind, one), None) for one in asked)
    known.update(((kind, one.id), one) for one in found)


def held(work: Work, kind: type[D], ident: str) -> D | None:
    """Return a record by its id, read where the transaction has not read it ahead."""
    known = read_ahead(work).found
    place = (kind.resource.name, ident)
    if place not in known:
        known[place] = work.get(kind, ident)
    return cast("D | None", known[place])


def held_among(work: Work, kind: type[D], idents: Iterable[str]) -> dict[str, D]:
    """Return records by their ids, those that the transaction has not read ahead read at once."""
    known, name, wanted = read_ahead(work).found, kind.resource.name, set(idents)
    missing = [one for one in wanted if (name, one) not in known]
    keep(work, name, missing, work.many(kind, missing).values())
    found = {one: cast("D | None", known[name, one]) for one in wanted}
    return {ident: one for ident, one in found.items() if one is not None}


def keep_sought(
    work: Work, kind: type[D], wanted: Mapping[str, Json], limit: int, records: Sequence[D]
) -> None:
    """Keep what `Work.find` would find, where a page has read it together with other things."""
    read_ahead(work).sought[_asked(kind, wanted, limit)] = records


def sought(work: Work, kind: type[D], wanted: Mapping[str, Json], *, limit: int) -> list[D]:
    """Return what `Work.find` finds, read where the transaction has not read it ahead."""
    known = was_sought(work, kind, wanted, limit=limit)
    return known if known is not None else work.find(kind, wanted, limit=limit)


def was_sought(
    work: Work, kind: type[D], wanted: Mapping[str, Json], *, limit: int
) -> list[D] | None:
    """Return what the transaction has read ahead of that; None where it has not."""
    known = read_ahead(work).sought.get(_asked(kind, wanted, limit))
    return list(cast("Sequence[D]", known)) if known is not None else None


def _asked(kind: type[Document], wanted: Mapping[str, Json], limit: int) -> tuple[str, str, int]:
    return kind.resource.name, repr(sorted(wanted.items())), limit
