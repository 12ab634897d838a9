"""The chain: which records came before one, and which came of it, from lead to what is installed.

Kinds stand in an order. Of two records of which one names the other, the one whose kind stands
earlier came first, whichever names which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import internal_state, label_of
from trunkline.kernel.work import Work

KINDS = (
    "SalesLead", "SalesOpportunity", "ShoppingCart", "Quote", "ProductOrder", "ServiceOrder",
    "ResourceOrder", "WorkOrder", "Product", "Service", "Resource",
)  # fmt: skip
RANK: Mapping[str, int] = {name: place for place, name in enumerate(KINDS)}
LIMIT = 60


@dataclass(frozen=True)
class Link:
    """A record of the chain, by its kind and id, and whether it came before."""

    kind: str
    id: str
    is_earlier: bool


@dataclass(frozen=True)
class Neighbour:
    """A neighbour in the chain that the one who asks may read; `raw` is what that one sees."""

    link: Link
    record: Document
    raw: dict[str, Json]

    @property
    def label(self) -> str:
        """What the record is called, its key where it has no name."""
        return label_of(self.record.resource, self.raw) or self.record.key

    @property
    def state(self) -> str | None:
        """The state that the record is in."""
        return internal_state(self.record.resource, self.record.raw)


def links_of(work: Work, resource: Resource, ident: str) -> list[Link]:
    """Return what stands before and after a record, in the order of the chain.

    One statement, whoever may see them; readers ask for the records as the one who asks.
    """
    if resource.name not in RANK:
        return []
    held = [work.services.registry.resources.get(name) for name in KINDS]
    tables = sorted({one.reference_table for one in held if one is not None})
    own = work.services.registry[resource.name].reference_table
    others = " union all ".join(
        f"(select type, source::text as id from {table} where target = %(id)s "  # noqa: S608
        "and type = any(%(kinds)s) order by source desc limit %(limit)s)"
        for table in tables
    )
    rows = work.connection.execute(
        f"select target_type as type, target::text as id from {own} "  # noqa: S608 - declared names
        f"where source = %(id)s and target_type = any(%(kinds)s) union all {others}",
        {"id": ident, "kinds": list(KINDS), "limit": LIMIT},
    ).fetchall()
    mine = RANK[resource.name]
    found = dict.fromkeys(
        Link(kind, other, RANK[kind] < mine)
        for kind, other in rows
        if other != ident and RANK[kind] != mine
    )
    return sorted(found, key=lambda one: (RANK[one.kind], one.id))


def neighbours_of(work: Work, document: Document) -> list[Neighbour]:
    """Return the neighbours of a record that the one who asks may read."""
    links = links_of(work, document.resource, document.id)
    found: list[Neighbour] = []
    for kind in dict.fromkeys(one.kind for one in links):
        resource = work.services.registry[kind]
        grant = work.actor.grant(resource, "read")
        if grant is None:
            continue
        hidden = hidden_paths(resource, grant.sees)
        records = work.many(resource.type, [one.id for one in links if one.kind == kind])
        found += (
            Neighbour(one, held, held.raw if hidden is None else mask(held.raw, hidden))
            for one in links
            if one.kind == kind and (held := records.get(one.id)) is not None
        )
    return found
