"""What a customer has, row by row: state, site, price, what is open about it, what can be ordered.

The same is shown on the customer's page and answered by our own interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.assurance.installed.prices import Price, prices_of
from trunkline.assurance.ticket.ticket import OPEN as OPEN_TICKETS
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, array_of, scope
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.party.customer import Customer, names_of

STARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("change", "Change", ("active", "suspended")),
    ("suspend", "Suspend", ("active",)),
    ("resume", "Resume", ("suspended",)),
    ("move", "Move", ("active",)),
    ("disconnect", "Disconnect", ("active", "suspended")),
)
"""What can be ordered for a product that is in one of these states."""
ROWS_MAX = 500
# An order names what it changes, a product the order that made it. A ticket may be about the
# product itself or about a service that realizes it.
ORDERS_OF = """
select distinct p.id as product, t.id, t.key, t.p_state as state
from unnest(%s::uuid[]) p(id) cross join lateral (
  select f.source as id from ordering_reference f
    where f.target = p.id and f.type = 'ProductOrder'
  union select f.target from inventory_reference f
    where f.source = p.id and f.path = 'productOrderItem.productOrder'
) n join product_order t on t.id = n.id where t.p_state <> all(%s) and """
TICKETS_OF = """
select distinct p.id as product, t.id, t.key, t.p_status as state
from unnest(%s::uuid[]) p(id) cross join lateral (
  select f.source as id from assurance_reference f
    where f.target = p.id and f.type = 'TroubleTicket' and f.path = 'relatedEntity'
  union select f.source from inventory_reference s
    join assurance_reference f on f.target = s.target
    where s.source = p.id and s.path = 'realizingService'
      and f.type = 'TroubleTicket' and f.path = 'relatedEntity'
) n join trouble_ticket t on t.id = n.id where t.p_status = any(%s) and """


@dataclass(frozen=True)
class OpenRecord:
    """An order or a ticket that is open, as far as a row tells of it."""

    resource: Resource
    id: str
    key: str
    state: str


@dataclass
class Around:
    """What is open about a product, as far as it may be read, newest first."""

    orders: list[OpenRecord] = field(default_factory=list)
    tickets: list[OpenRecord] = field(default_factory=list)


@dataclass(frozen=True)
class InstalledRow:
    """One product of a customer; `site` is None where it lies at no site that is known."""

    product: Product
    site: GeographicSite | None
    prices: Sequence[Price]
    around: Around
    starts: Sequence[str]


def around(work: Work, products: Iterable[str]) -> Mapping[str, Around]:
    """Return what is open about each of some products: orders and tickets."""
    wanted = sorted(set(products))
    found = {one: Around() for one in wanted}
    if not wanted:
        return found
    asked = (
        (ORDERS_OF, ProductOrder.resource, sorted(FINISHED)),
        (TICKETS_OF, TroubleTicket.resource, list(OPEN_TICKETS)),
    )
    branches: list[Sql] = []
    for text, resource, states in asked:
        grant = work.actor.grant(resource, "read")
        if grant is not None:
            reach = scope(resource, work.actor, grant)
            given = [array_of(wanted), states, *reach.parameters]
            branches.append(
                Sql(f"select '{resource.name}', o.* from ({text}{reach.text}) o", given)  # noqa: S608
            )
    if not branches:
        return found
    rows = work.connection.execute(
        f"select * from ({' union all '.join(one.text for one in branches)}) r order by id desc",  # noqa: S608 - our own texts
        [value for one in branches for value in one.parameters],
    ).fetchall()
    known = {resource.name: resource for _, resource, _ in asked}
    for kind, product, ident, key, state in rows:
        one = OpenRecord(known[kind], str(ident), key, str(state or ""))
        held = found[str(product)]
        (held.orders if kind == ProductOrder.resource.name else held.tickets).append(one)
    return found


def installed_rows(work: Work, customer: Customer) -> list[InstalledRow]:
    """Return the products that a customer has and that have not ended, by site and name."""
    work.actor.must(Product.resource, "read")
    named = names_of(customer.id, customer.raw)
    held = [
        one
        for one in work.find(Product, {"relatedParty.id": named}, limit=ROWS_MAX)
        if one.status not in ENDED_PRODUCT
    ]
    open_ = around(work, [one.id for one in held])
    sites = _sites(work, held)
    may_order = work.actor.grant(ProductOrder.resource, "create") is not None
    rows = [
        InstalledRow(
            one,
            sites.get(one.id),
            prices_of(one, work.now),
            open_[one.id],
            starts_of(one.status) if may_order else (),
        )
        for one in held
    ]
    return sorted(rows, key=_place)


def starts_of(status: str | None) -> list[str]:
    """Return what can be ordered for a product in a state."""
    return [name for name, _, states in STARTS if status in states]


def _sites(work: Work, products: Sequence[Product]) -> dict[str, GeographicSite]:
    """Return the site of each product that lies at one; a part may lie where its bundle does."""
    places = {one.id: [place.id for place in one.place if place.id is not None] for one in products}
    for one in products:
        for part in _parts(one):
            if part in places and not places[part]:
                places[part] = places[one.id]
    wanted = {place for some in places.values() for place in some}
    if work.actor.grant(GeographicSite.resource, "read") is None:
        return {}
    known = work.many(GeographicSite, wanted)
    return {
        ident: next(known[one] for one in some if one in known)
        for ident, some in places.items()
        if any(one in known for one in some)
    }


def _parts(product: Product) -> list[str]:
    inside = [one.id for one in product.product if one.id]
    return inside + [
        one.product.id
        for one in product.product_relationship
        if one.relationship_type in {"bundles", "contains"} and one.product.id
    ]


def _place(row: InstalledRow) -> tuple[bool, str, str, str]:
    site = label_of(GeographicSite.resource, row.site.raw) if row.site is not None else None
    return site is None, site or "", row.product.name or "", row.product.key
