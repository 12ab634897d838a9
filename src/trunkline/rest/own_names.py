"""Own names: an attribute by whose value a record is found as by its number.

The value stands among the other names of the record, written with it in one transaction, so that
addresses, references, filters and search take it. Two records of a kind cannot share one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work

SYSTEM = "own name"
Also = Callable[[Work, Document, Json], None]
A = TypeVar("A", bound=Also)
_found_by: dict[str, str] = {}
_also: dict[str, Also] = {}
_given_back: dict[str, Callable[[Work, Document], None]] = {}


def find_by(kind: type[Document], attribute: str) -> None:
    """Let records of a kind be found by the text in one of their attributes."""
    _found_by[kind.resource.name] = kind.resource.type.attributes()[attribute].json_name


def found_by(resource: Resource) -> str:
    """Return the attribute by whose text records of a kind are found, empty where there is none."""
    return _found_by.get(resource.name, "")


def remember_also(*kinds: type[Document]) -> Callable[[A], A]:
    """Let `also(work, document, before)` keep further names of the records that clients write."""

    def attach(also: A) -> A:
        for kind in kinds:
            _also[kind.resource.name] = also
        return also

    return attach


def give_back_also(kind: type[Document], also: Callable[[Work, Document], None]) -> None:
    """Let `also(work, document)` free further names of removed records of a kind."""
    _given_back[kind.resource.name] = also


def remember_own_name(work: Work, document: Document, before: Json = None) -> None:
    """Let a written record be found by its present name, and no longer by the one before.

    Refuses (409) a name that another record of the kind has.
    """
    kind = document.resource.name
    if kind in _also:
        _also[kind](work, document, before)
    path = _found_by.get(kind)
    if path is None:
        return
    former = before.get(path) if isinstance(before, dict) else None
    name = document.raw.get(path)
    if name == former:
        return
    if former is not None:
        work.connection.execute(
            "delete from alias where system = %s and value = %s and type = %s",
            [SYSTEM, former, kind],
        )
    if isinstance(name, str):
        _remember(work, document, kind, name)


def give_names_back(work: Work, document: Document) -> None:
    """Free what a removed record was called by its own attributes, for others of its kind."""
    kind = document.resource.name
    if kind in _given_back:
        _given_back[kind](work, document)
    if document.raw.get(_found_by.get(kind, "")) is not None:
        work.connection.execute(
            "delete from alias where system = %s and type = %s and record = %s",
            [SYSTEM, kind, document.id],
        )


def _remember(work: Work, document: Document, kind: str, name: str) -> None:
    """Keep the name; one that a removed record had is free again."""
    work.connection.execute(
        "delete from alias a using record r where a.system = %s and a.value = %s and a.type = %s "
        "and r.id = a.record and r.deleted_at is not null",
        [SYSTEM, name, kind],
    )
    done = work.connection.execute(
        "insert into alias (system, value, type, record) values (%s, %s, %s, %s::uuid) "
        "on conflict do nothing",
        [SYSTEM, name, kind, document.id],
    )
    if not done.rowcount:
        raise Conflict("conflictId", f"another {document.resource} is called {name}")
