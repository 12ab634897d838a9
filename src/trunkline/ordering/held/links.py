"""Links: what hangs on a product, service or resource, here and in other systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.work import Work
from trunkline.ordering.held.pending import pending_of
from trunkline.ordering.installed import values

ROLES = ("configurationItem", "ticket", "test")
MENTIONS_MAX = 100


@dataclass(frozen=True)
class Links:
    """References as JSON: running orders, things in other systems by role, records that name it."""

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


def links_of(work: Work, record: Product | Service | Resource) -> Links:
    """Return what hangs on a record, as far as the asker may read that kind."""
    registry = work.services.registry
    now = values(record) if isinstance(record, Product) else None
    orders = [
        {**one.mention, "action": one.action}
        for one in pending_of(work, [record.id], now=now).get(record.id, ())
        if one.mention is not None
    ]
    hidden = hidden_paths(record.resource, work.actor.must(record.resource, "read").sees)
    seen = mask(record.raw, hidden) if hidden is not None else record.raw
    mentions: list[Json] = []
    for kind, ident, path in work.used_by(record.id, limit=MENTIONS_MAX):
        resource = registry[kind]
        if work.actor.grant(resource, "read") is not None:
            mentions.append({"id": ident, "@referredType": resource.type_name, "path": path})
    return Links(orders, outside_of(seen), mentions)
