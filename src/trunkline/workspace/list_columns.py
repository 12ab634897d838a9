"""Columns of lists by their paths: which ones there are of a kind of record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.errors import Fault
from trunkline.documents.paths import walk_path
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.screens.values_at import plain_path

STAMPS = ("updatedAt",)
OF_ALL = frozenset({"key", "id", *STAMPS})
"""What every record has, whatever is declared of its kind."""


def is_path(resource: Resource, path: str) -> bool:
    """Tell whether a path leads to a declared attribute of a kind of record."""
    try:
        walk_path(resource.type, plain_path(path))
    except KeyError:
        return False
    return True


def column_faults(work: Work, resource: Resource, columns: Sequence[str]) -> Iterator[Fault]:
    """Yield each column that leads to no attribute, declared or added by the operator."""
    known = OF_ALL | work.defined(resource).keys()
    for at, one in enumerate(columns):
        if one not in known and not is_path(resource, one):
            message = f"{resource.title} has no attribute {one}; correct the name or leave it out"
            yield Fault(f"columns[{at}]", "unknownAttribute", message)
