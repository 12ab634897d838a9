"""Removal: what DELETE does to a record, also where a kind of records is kept in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.rest.own_names import give_names_back

Instead: TypeAlias = Callable[[Work, Any], bool]
F = TypeVar("F", bound=Instead)

_instead: dict[str, Instead] = {}


def instead_of_removal(*types: type[Document]) -> Callable[[F], F]:
    """Say what becomes of records of these kinds instead: `act(work, record)` does it.

    It gets the record locked, and returns False where the record is removed after all.
    """

    def attach(act: F) -> F:
        _instead.update({one.resource.name: act for one in types})
        return act

    return attach


def remove(work: Work, document: Document) -> None:
    """Remove a locked record, or do what its kind says instead."""
    act = _instead.get(document.resource.name)
    if act is None or not act(work, document):
        work.remove(type(document), document.id)
        give_names_back(work, document)
