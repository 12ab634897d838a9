"""Links: what hangs on a product, service or resource, here and in other systems."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.work import Work
from trunkline.ordering.held.pending import pending_of
from trunkline.screens.read_ahead import held_among

ROLES = ("configurationItem", "ticket", "test")
MENTIONS_MAX = 100
TICKET = "TroubleTicket"
"""The kind of record that is a ticket; the module that keeps them stands above."""


@dataclass(frozen=True)
class Links:
    """References as JSON: running orders, things in other systems by role, records that name it.

    With the tickets of other systems stand those that are kept here.
    """

    open_orders: Sequence[Json]
    outside: Mapping[str, Sequence[Json]]
    mentions: Sequence[Json]


def outside_of(raw: Mapping[str, Json]) -> Mapping[str, Sequence[Json]]:
    """Return what other systems have about a record, by role; `raw` is what may be seen of it."""
    found: dict[str, list[Json]] = {}
    for entity in raw.get("relatedEntity") or ():
        role = entity.get("role")
        found.setdefault(role if role in ROLES else "other", []).append(entity)
    return found


def tickets_of(
    work: Work, ident: str, among: Collection[str] | None = None
) -> list[dict[str, Json]]:
    """Return the tickets that are kept here and name a record, as far as the asker may read them.

    The newest come first. `among` are the ids of the tickets that name it, where that is known.
    """
    resource = work.services.registry.resources.get(TICKET)
    grant = work.actor.grant(resource, "read") if resource is not None else None
    if resource is None or grant is None:
        return []
    hidden = hidden_paths(resource, grant.sees)
    named = {"relatedEntity.id": ident}
    tickets = (
        work.find(resource.type, named, limit=MENTIONS_MAX)
        if among is None
        else held_among(work, resource.type, among).values()
    )
    found: list[dict[str, Json]] = []
    for one in sorted(tickets, key=lambda one: one.id, reverse=True):
        seen = mask(one.raw, hidden) if hidden is not None else one.raw
        told: dict[str, Json] = {"id": one.id, "key": one.key, "role": "ticket"}
        told |= {name: seen[name] for name in ("name", "status") if name in seen}
        found.append({**told, "@referredType": resource.type_name})
    return found


def links_of(work: Work, record: Product | Service | Resource) -> Links:
    """Return what hangs on a record, as far as the asker may read that kind."""
    registry = work.services.registry
    products = {record.id: record} if isinstance(record, Product) else {}
    orders = [
        {**one.mention, "action": one.action}
        for one in pending_of(work, [record.id], products=products).get(record.id, ())
        if one.mention is not None
    ]
    hidden = hidden_paths(record.resource, work.actor.must(record.resource, "read").sees)
    seen = mask(record.raw, hidden) if hidden is not None else record.raw
    mentions: list[Json] = []
    for kind, ident, path in work.used_by(record.id, limit=MENTIONS_MAX):
        resource = registry[kind]
        if work.actor.grant(resource, "read") is not None:
            mentions.append({"id": ident, "@referredType": resource.type_name, "path": path})
    outside = dict(outside_of(seen))
    outside["ticket"] = [*tickets_of(work, record.id), *outside.get("ticket", ())]
    return Links(orders, outside, mentions)
