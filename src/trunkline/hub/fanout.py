"""Fan-out: an event becomes one piece of work for each subscription that may want it."""

from __future__ import annotations

from typing import Any

from trunkline.hub.event_name import ANY_API, event_type, resources_of, view_of
from trunkline.hub.query import EventQuery, Queries
from trunkline.hub.subscription import LANE, kind_of
from trunkline.kernel.resource import Registry, View
from trunkline.kernel.services import MOVED, Happening
from trunkline.leases.queue import NewWork

_Wish = tuple[str, EventQuery, View | None]


class Fanout:
    """Knows the active subscriptions of one configuration generation; put it in `fanout`.

    It runs in the transaction of the change, so it looks only at what is known there: the name
    of the event. Rights and content are looked at when the message is sent.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._queries = Queries(registry)
        self._cached: tuple[int, dict[str, list[_Wish]]] = (-1, {})

    def __call__(self, connection: Any, generation: int, happening: Happening) -> list[NewWork]:
        """Return the work that goes with an event."""
        known, wishes = self._cached
        if known != generation:
            wishes = self._load(connection)
            if generation != MOVED:
                self._cached = (generation, wishes)
        resource = happening.resource
        return [
            NewWork(kind_of(ident), happening.subject, None, {"event": happening.event_id},
                    lane=LANE)
            for number in (resource.api.number, ANY_API)
            for ident, query, view in wishes.get(number, ())
            if query.wants(resource, event_type(resource, happening.kind, view))
        ]  # fmt: skip

    def _load(self, connection: Any) -> dict[str, list[_Wish]]:
        rows = connection.execute(
            "select id::text, api_number, view_version, filter from subscription "
            "where active order by id"
        ).fetchall()
        found: dict[str, list[_Wish]] = {}
        for ident, number, version, text in rows:
            query = self._queries.of(text, number, version)
            view = view_of(resources_of(self._registry, number), version)
            if query is not None:
                found.setdefault(number, []).append((ident, query, view))
        return found
