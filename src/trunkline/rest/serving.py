"""Serving: what a mechanism lets clients read and write in another place than where it is kept.

The interfaces go through here, the pages do not: those show what is kept where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from trunkline.documents.shape import DataClass, Json
from trunkline.kernel.reading import Found
from trunkline.kernel.resource import Document, Resource, View
from trunkline.kernel.work import Work


class Serving(Protocol):
    """What a mechanism does to what goes out, and to what comes in."""

    def shown(
        self, work: Work, resource: Resource, sees: frozenset[DataClass], rows: Sequence[Found]
    ) -> Sequence[Found]:
        """Return stored records as they are answered to one who sees these classes."""

    def taken(self, work: Work, resource: Resource, sent: dict[str, Json]) -> None:
        """Bring what a client sent of a new record to where it is kept."""

    def patched(self, work: Work, document: Document, patch: Json, kind: str) -> tuple[Json, str]:
        """Return a patch, and its kind, that changes what is kept as the client's says."""

    def asked(self, work: Work, resource: Resource, query: str) -> str:
        """Return a query string that asks where the values are kept."""


class AsKept:
    """Serves records as they are kept."""

    def shown(
        self, _work: Work, _resource: Resource, _sees: frozenset[DataClass], rows: Sequence[Found]
    ) -> Sequence[Found]:
        """Return the records as they are."""
        return rows

    def taken(self, _work: Work, _resource: Resource, _sent: dict[str, Json]) -> None:
        """Leave what was sent where it is."""

    def patched(self, _work: Work, _document: Document, patch: Json, kind: str) -> tuple[Json, str]:
        """Return the patch as it is."""
        return patch, kind

    def asked(self, _work: Work, _resource: Resource, query: str) -> str:
        """Return the query as it is."""
        return query


AS_KEPT = AsKept()
_served: dict[str, Serving] = {}


class InTurn:
    """Serves records through one mechanism and then another."""

    def __init__(self, first: Serving, second: Serving) -> None:
        self._first, self._second = first, second

    def shown(
        self, work: Work, resource: Resource, sees: frozenset[DataClass], rows: Sequence[Found]
    ) -> Sequence[Found]:
        """Return the records as both show them."""
        return self._second.shown(
            work, resource, sees, self._first.shown(work, resource, sees, rows)
        )

    def taken(self, work: Work, resource: Resource, sent: dict[str, Json]) -> None:
        """Bring what was sent to where both keep it."""
        self._first.taken(work, resource, sent)
        self._second.taken(work, resource, sent)

    def patched(self, work: Work, document: Document, patch: Json, kind: str) -> tuple[Json, str]:
        """Return the patch as both make it."""
        first = self._first.patched(work, document, patch, kind)
        return self._second.patched(work, document, *first)

    def asked(self, work: Work, resource: Resource, query: str) -> str:
        """Return the query as both make it."""
        return self._second.asked(work, resource, self._first.asked(work, resource, query))


def serve(resource: Resource, serving: Serving) -> None:
    """Let what is served of a kind go through a mechanism, after those that it goes through."""
    known = _served.get(resource.name)
    _served[resource.name] = InTurn(known, serving) if known is not None else serving


def serving_of(resource: Resource, view: View | None) -> Serving:
    """Return what stands between a kind's records and its clients, mostly nothing.

    A view has its own words, so nothing else is put in them.
    """
    return AS_KEPT if view is not None else _served.get(resource.name, AS_KEPT)
