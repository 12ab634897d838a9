"""Where an entry is used: counted by what uses it, each count with the list that it counts.

Two statements, whatever uses it: the ways in which records name the entry, then all their counts,
each of which ends at a most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.inventory.product import Product
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import scope
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.web.addresses import Addresses
from trunkline.web.editing.problems import label_of_path
from trunkline.web.records import Record
from trunkline.web.values import number
from trunkline.web.wording import plural

COUNT_USES = "catalog:countUses"
"""The right to know how often an entry is used without the right to see what uses it."""
COUNTED_MAX = 10_000
OWNERS_MAX = 2_000
PRODUCTS_BY = {"ProductOffering": "productOffering", "ProductSpecification": "productSpecification"}
OPEN = ("acknowledged", "inProgress", "held", "pending", "partial")
TITLES = {"catalog": "In the catalog", "inventory": "Installed", "ordering": "Orders"}
OWNER = "owner of a product"
OPEN_ORDERS, ELSEWHERE = "Open orders", "Elsewhere"


@dataclass(frozen=True)
class Use:
    """So many records of a kind name the entry in one way; there may be more than were counted.

    The address is that of the list of these, empty for who may count but not see them.
    """

    kind: str
    by: str
    count: int
    is_more: bool
    address: str

    @property
    def said(self) -> str:
        """The number, with a plus where there are more."""
        return number(self.count) + ("+" if self.is_more else "")


@dataclass(frozen=True)
class Uses:
    """The uses of one part of the program."""

    title: str
    uses: list[Use]


@dataclass(frozen=True)
class _Asked:
    """A number that is asked for: what it counts, and the query of (count, how many were read)."""

    title: str
    kind: str
    by: str
    address: str
    most: int
    query: str
    parameters: Sequence[Any]


def uses_of(work: Work, addresses: Addresses, record: Record) -> list[Uses]:
    """Return where an entry is used, as far as the visitor may know; what is open stands first."""
    asked = list(_asked(work, addresses, record))
    found: list[tuple[_Asked, Use]] = []
    for one, (count, read) in zip(asked, _counts(work, asked), strict=True):
        if count:
            use = Use(one.kind, one.by, min(count, one.most), read > one.most, one.address)
            found.append((one, use))
    found.sort(key=lambda pair: (pair[1].kind != OPEN_ORDERS, -pair[1].count))
    groups: dict[str, list[Use]] = {}
    for one, use in found:
        groups.setdefault(one.title, []).append(use)
    order = [*TITLES.values(), ELSEWHERE]
    return [Uses(title, groups[title]) for title in order if title in groups]


def unseen(work: Work) -> list[str]:
    """Return what of installed products and orders the visitor may not see, by its title."""
    kinds = (Product.resource, ProductOrder.resource)
    return [plural(one.title) for one in kinds if work.actor.grant(one, "read") is None]


def may_count(work: Work) -> bool:
    """Tell whether the visitor may count what the visitor does not see."""
    grant = work.actor.may(COUNT_USES)
    return grant is not None and grant.reach == "all" and not is_narrow(work.actor)


def _asked(work: Work, addresses: Addresses, record: Record) -> Iterator[_Asked]:
    """Yield the numbers that the visitor may know."""
    for name, path in _ways(work, record.id):
        resource = work.services.registry.resources.get(name)
        if resource is None or not addresses.has(resource):
            continue
        if work.actor.grant(resource, "read") is None:
            if not may_count(work):
                continue
            address = ""
        elif _is_hidden(work, resource, path):
            continue
        else:
            address = f"{addresses.of_list(resource)}?{path}.id={record.id}"
        title = TITLES.get(resource.module, ELSEWHERE)
        by = label_of_path(path)
        if resource is ProductOrder.resource:
            text, parameters = _records(work, resource, path, record.id, OPEN)
            narrowed = address and f"{address}&state={','.join(OPEN)}"
            yield _Asked(title, OPEN_ORDERS, by, narrowed, COUNTED_MAX, text, parameters)
        is_of_products = PRODUCTS_BY.get(record.resource.name) == path
        if resource is Product.resource and is_of_products and _may_count_owners(work):
            text, parameters = _owners(path, record.id)
            yield _Asked(title, "Customers", OWNER, address, OWNERS_MAX, text, parameters)
        text, parameters = _records(work, resource, path, record.id)
        yield _Asked(title, plural(resource.title), by, address, COUNTED_MAX, text, parameters)


def _may_count_owners(work: Work) -> bool:
    kinds = (Customer.resource, Product.resource)
    grants = [work.actor.grant(one, "read") for one in kinds]
    return may_count(work) or all(one is not None and one.reach == "all" for one in grants)


def _is_hidden(work: Work, resource: Resource, path: str) -> bool:
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    return hidden is not None and is_hidden(hidden, f"{path}.id")


def _ways(work: Work, ident: str) -> list[tuple[str, str]]:
    """Return the kinds and paths by which records refer to one.

    Each is found by a step in the index to the next, however many records refer so.
    """
    tables = sorted({one.reference_table for one in work.services.registry})
    union = " union all ".join(
        f"(with recursive way as ((select type, path from {table} where target = %s "  # noqa: S608
        "order by type, path limit 1) union all select n.type, n.path from way w "
        f"cross join lateral (select type, path from {table} where target = %s "
        "and (type, path) > (w.type, w.path) order by type, path limit 1) n) select * from way)"
        for table in tables
    )
    rows = work.connection.execute(union, [ident] * (2 * len(tables))).fetchall()
    return [(kind, path) for kind, path in rows]


def _counts(work: Work, asked: Sequence[_Asked]) -> list[tuple[int, int]]:
    """Return each number with how many records were read for it."""
    if not asked:
        return []
    union = " union all ".join(
        f"select {n}, c.* from ({one.query}) c"  # noqa: S608 - our own queries
        for n, one in enumerate(asked)
    )
    parameters = [value for one in asked for value in one.parameters]
    rows = work.connection.execute(f"{union} order by 1", parameters).fetchall()
    return [(count, read) for _, count, read in rows]


def _records(
    work: Work, resource: Resource, path: str, ident: str, states: Sequence[str] = ()
) -> tuple[str, list[Any]]:
    """Return the query that counts the records of a kind that name one, within reach, to a most."""
    joined = ""
    condition = "f.target = %s and f.type = %s and f.path = %s and f.source <> %s"
    parameters: list[Any] = [ident, resource.name, path, ident]
    grant = work.actor.grant(resource, "read")
    reach = scope(resource, work.actor, grant) if grant is not None else None
    if states or (reach is not None and reach.parameters):
        joined = f"join {resource.table} t on t.id = f.source"
    if reach is not None and reach.parameters:
        condition += f" and {reach.text}"
        parameters += reach.parameters
    if states:
        condition += " and t.p_state = any(%s)"
        parameters.append(list(states))
    return (
        "select count(*) as count, count(*) as read from (select distinct f.source from "  # noqa: S608
        f"{resource.reference_table} f {joined} where {condition} limit {COUNTED_MAX + 1}) u",
        parameters,
    )


def _owners(path: str, ident: str) -> tuple[str, list[Any]]:
    """Return the query that counts whose products name an entry, among so many of these."""
    product = Product.resource
    return (
        "select count(distinct o.owner) as count, count(*) as read from "  # noqa: S608
        f"(select p.owner from {product.reference_table} f join {product.table} p "
        "on p.id = f.source where f.target = %s and f.type = %s and f.path = %s "
        f"and p.owner is not null limit {OWNERS_MAX + 1}) o",
        [ident, product.name, path],
    )
