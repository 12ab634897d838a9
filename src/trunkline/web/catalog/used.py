"""Where an entry is used: counted by what uses it, each count with the list that it counts.

Each kind stands once. Where its records name the entry in several ways, and no one of the ways
finds them all, each way stands below it with its own count and list.

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
from trunkline.web.wording import plural, words

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
class Way:
    """So many records name the entry by one attribute; there may be more than were counted.

    The address is that of the list of these, empty for who may count but not see them.
    """

    by: str
    count: int
    is_more: bool
    address: str

    @property
    def said(self) -> str:
        """The number, with a plus where there are more."""
        return number(self.count) + ("+" if self.is_more else "")


@dataclass(frozen=True)
class Use(Way):
    """So many records of a kind name the entry, in the ways that are listed where they differ."""

    kind: str
    ways: Sequence[Way] = ()


@dataclass(frozen=True)
class Uses:
    """The uses of one part of the program."""

    title: str
    uses: list[Use]


@dataclass(frozen=True)
class _Asked:
    """A number that is asked for: what it counts, and the query of (count, how many were read).

    `is_all` counts the records of a kind once, whichever of several ways they name the entry in.
    """

    title: str
    kind: str
    by: str
    address: str
    most: int
    query: str
    parameters: Sequence[Any]
    is_all: bool = False


def uses_of(work: Work, addresses: Addresses, record: Record) -> list[Uses]:
    """Return where an entry is used, as far as the visitor may know; what is open stands first."""
    asked = list(_asked(work, addresses, record))
    kinds: dict[tuple[str, str], list[tuple[_Asked, Way]]] = {}
    for one, (count, read) in zip(asked, _counts(work, asked), strict=True):
        if count:
            way = Way(one.by, min(count, one.most), read > one.most, one.address)
            kinds.setdefault((one.title, one.kind), []).append((one, way))
    groups: dict[str, list[Use]] = {}
    for (title, kind), found in kinds.items():
        groups.setdefault(title, []).append(_use(kind, found))
    for uses in groups.values():
        uses.sort(key=lambda use: (use.kind != OPEN_ORDERS, -use.count))
    order = [*TITLES.values(), ELSEWHERE]
    return [Uses(title, groups[title]) for title in order if title in groups]


def _use(kind: str, found: Sequence[tuple[_Asked, Way]]) -> Use:
    """Return how a kind uses the entry: with one list where one finds all, else with each."""
    ways = [way for one, way in found if not one.is_all]
    whole = next((way for one, way in found if one.is_all), ways[0])
    if len(ways) == 1:
        return Use(whole.by, whole.count, whole.is_more, whole.address, kind)
    full = next((one for one in ways if one.count == whole.count and not one.is_more), None)
    if full is not None or not ways[0].address:
        address = full.address if full is not None else ""
        return Use("", whole.count, whole.is_more, address, kind)
    return Use("", whole.count, whole.is_more, "", kind, ways)


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
    kinds: dict[str, list[str]] = {}
    for name, path in _ways(work, record.id):
        kinds.setdefault(name, []).append(path)
    for name, every in kinds.items():
        resource = work.services.registry.resources.get(name)
        if resource is None or not addresses.has(resource):
            continue
        is_seen = work.actor.grant(resource, "read") is not None
        if not is_seen and not may_count(work):
            continue
        paths = [one for one in every if not is_seen or not _is_hidden(work, resource, one)]
        listed = addresses.of_list(resource) if is_seen else ""
        if resource is ProductOrder.resource:
            yield from _of_kind(work, record, resource, paths, listed, OPEN)
        if resource is Product.resource:
            yield from _of_owners(work, record, paths, listed)
        yield from _of_kind(work, record, resource, paths, listed)


def _of_kind(
    work: Work,
    record: Record,
    resource: Resource,
    paths: Sequence[str],
    listed: str,
    states: Sequence[str] = (),
) -> Iterator[_Asked]:
    """Yield the numbers of a kind: by each way, and of all together where there are several."""
    title = TITLES.get(resource.module, ELSEWHERE)
    kind = OPEN_ORDERS if states else plural(resource.title)
    narrowed = f"&state={','.join(states)}" if states else ""
    called = [_called(record, resource, one, is_one=len(paths) == 1) for one in paths]
    for path, by in zip(paths, called, strict=True):
        address = f"{listed}?{path}.id={record.id}{narrowed}" if listed else ""
        words_by = by if called.count(by) == 1 else label_of_path(path)
        text, parameters = _records(work, resource, [path], record.id, states)
        yield _Asked(title, kind, words_by, address, COUNTED_MAX, text, parameters)
    if len(paths) > 1:
        text, parameters = _records(work, resource, paths, record.id, states)
        yield _Asked(title, kind, "", "", COUNTED_MAX, text, parameters, is_all=True)


def _of_owners(work: Work, record: Record, paths: Sequence[str], listed: str) -> Iterator[_Asked]:
    """Yield the number of customers who have products of the entry."""
    path = PRODUCTS_BY.get(record.resource.name, "")
    if path in paths and _may_count_owners(work):
        text, parameters = _owners(path, record.id)
        address = f"{listed}?{path}.id={record.id}" if listed else ""
        title = TITLES[Product.resource.module]
        yield _Asked(title, "Customers", OWNER, address, OWNERS_MAX, text, parameters)


def _called(record: Record, resource: Resource, path: str, *, is_one: bool) -> str:
    """Return what names the entry, as people call it: the part of a record that does.

    An attribute that is called as the entry's own kind says nothing; it is not told where it is
    the only one.
    """
    *above, last = path.split(".")
    kind = record.resource.name
    if last != kind[0].lower() + kind[1:]:
        return words(last)
    if is_one:
        return ""
    return words(above[-1]) if above else resource.title


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
    work: Work, resource: Resource, paths: Sequence[str], ident: str, states: Sequence[str]
) -> tuple[str, list[Any]]:
    """Return the query that counts the records of a kind that name one, within reach, to a most.

    A record that names it in several of the ways counts once.
    """
    joined = ""
    condition = "f.target = %s and f.type = %s and f.path = any(%s) and f.source <> %s"
    parameters: list[Any] = [ident, resource.name, list(paths), ident]
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
