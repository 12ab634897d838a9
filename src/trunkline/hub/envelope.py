"""Envelopes: an event as somebody gets to see it now, whatever was allowed when it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.limits import LIES_IN
from trunkline.documents.references import references
from trunkline.documents.shape import Json, format_instant
from trunkline.hub.event_name import event_type, property_name
from trunkline.kernel.actor import Actor
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.reading import fill_names
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Registry, Resource, View
from trunkline.kernel.select import may_reach
from trunkline.kernel.services import Services

HAPPENED = {
    "created": "was created",
    "changed": "was changed",
    "state_changed": "changed its state",
    "deleted": "was deleted",
}


@dataclass(frozen=True)
class StoredEvent:
    """An event as written; the payload is the record's document, sealed for its owner."""

    id: str
    at: datetime
    type: str
    kind: str
    subject: str
    key: str | None
    version: int
    owner: str | None
    partner: str | None
    request: str | None
    payload: bytes
    lies_in: Sequence[str] | None = None


@dataclass(frozen=True)
class Withheld:
    """Says why an event is not shown: notAllowed, outOfReach, erased or notInstalled."""

    reason: str


@dataclass(frozen=True)
class Seen:
    """An event with its record as one reader gets to see it, in stored form."""

    event: StoredEvent
    resource: Resource
    document: dict[str, Json]


def load_events(connection: Any, idents: Iterable[str]) -> dict[str, StoredEvent]:
    """Return the events with these ids; those that retention removed are not in it."""
    rows = connection.execute(
        "select id::text, at, type, kind, subject::text, key, version, owner::text, "  # noqa: S608
        f"partner::text, request, payload, {LIES_IN.format('event.owner')} "
        "from event where id = any(%s::uuid[])",
        [sorted(set(idents))],
    ).fetchall()
    return {row[0]: StoredEvent(*row) for row in rows}


def open_documents(
    services: Services, connection: Any, events: Sequence[StoredEvent]
) -> dict[str, dict[str, Json]]:
    """Return the records of events by event id, with the present names of what they refer to.

    An event whose owner's key is gone is not in it.
    """
    registry, opened = services.registry, {}
    for event in events:
        if event.type not in registry.resources:
            continue
        body = services.keyring.open(
            connection, event.owner, f"event|{event.id}", bytes(event.payload)
        )
        if body is not None:
            opened[event.id] = load(body)
    kinds = {one.id: one.type for one in events}
    names = _names(registry, connection, [(kinds[one], raw) for one, raw in opened.items()])
    for ident, document in opened.items():
        fill_names(registry[kinds[ident]], document, names)
    return opened


def _names(
    registry: Registry, connection: Any, documents: Sequence[tuple[str, dict[str, Json]]]
) -> Mapping[str, str]:
    live = [one.name for one in registry if one.live_name]
    wanted = {
        found.id
        for kind, document in documents
        for found in references(registry[kind].type, document)
        if UUID.match(found.id) and not set(found.shape.targets).isdisjoint(live)
    }
    if not wanted:
        return {}
    rows = connection.execute(
        "select id::text, label from record where id = any(%s::uuid[]) and type = any(%s) "
        "and label is not null",
        [sorted(wanted), live],
    ).fetchall()
    return dict(rows)


def show(
    registry: Registry, actor: Actor, event: StoredEvent, document: dict[str, Json] | None
) -> Seen | Withheld:
    """Return what an actor may see of an event with the rights that it has now."""
    resource = registry.resources.get(event.type)
    if resource is None:
        return Withheld("notInstalled")
    grant = actor.grant(resource, "read")
    if grant is None:
        return Withheld("notAllowed")
    owned = (event.owner, event.partner, event.lies_in)
    if is_scoped(resource) and not may_reach(actor, grant, *owned):
        return Withheld("outOfReach")
    if document is None:
        return Withheld("erased")
    hidden = hidden_paths(resource, grant.sees)
    return Seen(event, resource, document if hidden is None else mask(document, hidden))


def envelope(seen: Seen, *, prefix: str, view: View | None = None) -> dict[str, Json]:
    """Return the published form of an event (TMF630), in one version.

    `prefix` is the address under which the program is reached. `resourceVersion` counts the
    changes of the record without gaps, so that a listener can order them and miss none.
    """
    event, resource = seen.event, seen.resource
    name = event_type(resource, event.kind, view)
    moment = format_instant(event.at)
    base = view.base if view else resource.api.base
    ident = seen.document.get("id", event.subject)  # stored only where it is not the subject
    head = {"id": ident, "href": f"{prefix}{base}/{resource.path}/{ident}"}
    document: Json = head | {"key": event.key} | seen.document
    if view is not None:
        document = view.outward(resource.name, document)
    what = f"{resource.title} {event.key}"
    found: dict[str, Json] = {
        "eventId": event.id,
        "eventTime": moment,
        "eventType": name,
        "domain": resource.module,
        "title": name,
        "description": f"{what} {HAPPENED[event.kind]}",
        view.time_name if view else "timeOcurred": moment,
        "resourceVersion": event.version,
        "event": {property_name(resource, view): document},
    }
    if event.request:
        found["correlationId"] = event.request
    if view is not None:
        found["@type"] = name
    return found


def message(seen: Seen, *, prefix: str, view: View | None = None) -> bytes:
    """Return the body of the message that carries an event."""
    return encode(envelope(seen, prefix=prefix, view=view))
