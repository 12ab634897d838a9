"""Needed: the entries that one leads to, of all kinds and down to the resources, read at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import scope
from trunkline.kernel.work import Work

LEADS = (
    "bundledProductOffering",
    "productOfferingPrice",
    "bundledPopRelationship",
    "popRelationship",
    "productSpecification",
    "productSpecificationRelationship",
    "bundledProductSpecification",
    "serviceSpecification",
    "serviceSpecRelationship",
    "resourceSpecification",
    "resourceSpecRelationship",
)
"""The references by which an entry needs another one."""

KINDS: tuple[type[CatalogEntry], ...] = (
    ProductOffering,
    ProductOfferingPrice,
    ProductSpecification,
    ServiceSpecification,
    ResourceSpecification,
)
BY_NAME = {one.resource.name: one for one in KINDS}
"""The kinds of entries that need others or are needed, by their names."""

REACHED = """with recursive needed as (
  select unnest(%s::uuid[]) as id
  union
  select f.target from needed n
  join catalog_reference f on f.source = n.id and f.path = any(%s) and f.target_type = any(%s)
)"""


def needed(work: Work, *idents: str) -> list[CatalogEntry]:
    """Return entries and all that they lead to; what is needed stands before what needs it.

    What the actor may not read is not in it.
    """
    selects: list[str] = []
    parameters: list[Any] = [list(idents), list(LEADS), list(BY_NAME)]
    for name, kind in BY_NAME.items():
        grant = work.actor.grant(kind.resource, "read")
        if grant is not None:
            condition = scope(kind.resource, work.actor, grant)
            condition.also("t.id in (select id from needed)")
            selects.append(
                f"select '{name}', {ROW} from {kind.resource.table} t "  # noqa: S608 - declared
                f"where {condition.text}"
            )
            parameters += condition.parameters
    if not selects:
        return []
    sql = f"{REACHED} {' union all '.join(selects)}"
    rows = work.connection.execute(sql, parameters).fetchall()
    found = {one.id: one for one in (document_of(BY_NAME[row[0]], row[1:]) for row in rows)}
    return list(deepest_first(found, idents))


def leads_to(entry: CatalogEntry) -> Iterator[str]:
    """Yield the ids of the entries that one needs."""
    for name in LEADS:
        held = entry.raw.get(name)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                yield one["id"]


def deepest_first(
    found: Mapping[str, CatalogEntry], idents: Iterable[str]
) -> Iterator[CatalogEntry]:
    """Yield what entries lead to and they themselves, nothing before what it needs."""
    seen: set[str] = set()
    waiting = [(one, False) for one in idents]
    while waiting:
        one, is_done = waiting.pop()
        if is_done:
            yield found[one]
        elif one in found and one not in seen:
            seen.add(one)
            waiting.append((one, True))
            waiting += [(each, False) for each in leads_to(found[one])]
