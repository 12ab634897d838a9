"""Whom a problem hits: from services, resources and places up to products and their customers.

And the other way round: which open problems hit something that a customer has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.inventory.service import ENDED_SERVICE, Service
from trunkline.kernel.select import Sql, array_of
from trunkline.kernel.work import Work

GONE = {"gone_services": sorted(ENDED_SERVICE), "gone_products": sorted(ENDED_PRODUCT)}
HIT = """
with recursive hit_place(id) as (
  select unnest(%(places)s::uuid[])
  union select f.source from hit_place p join geography_reference f on f.target = p.id
    where f.path = 'place' and f.type = 'GeographicSite'
), hit_resource(id) as (
  select unnest(%(resources)s::uuid[])
  union select f.source from hit_place p join inventory_reference f on f.target = p.id
    where f.type = 'Resource' and f.path = 'place'
), hit_service(id) as (
  select s.id from (
    select unnest(%(services)s::uuid[])
    union select f.source from hit_resource r join inventory_reference f on f.target = r.id
      where f.type = 'Service' and f.path = 'supportingResource'
    union select f.source from hit_place p join inventory_reference f on f.target = p.id
      where f.type = 'Service' and f.path = 'place'
  ) s(id)
  union select f.source from hit_service h join inventory_reference f on f.target = h.id
    where f.type = 'Service' and f.path = 'supportingService'
), live_service(id) as (
  select h.id from hit_service h join service s on s.id = h.id
  where s.p_state <> all(%(gone_services)s)
), live_product(id) as (
  select p.id from product p where p.p_status <> all(%(gone_products)s) and p.id in (
    select f.source from live_service h join inventory_reference f on f.target = h.id
      where f.type = 'Product' and f.path = 'realizingService'
    union select f.source from hit_resource r join inventory_reference f on f.target = r.id
      where f.type = 'Product' and f.path = 'realizingResource'
    union select f.source from hit_place h join inventory_reference f on f.target = h.id
      where f.type = 'Product' and f.path = 'place')
)
"""
SERVICES = HIT + "select id::text from live_service order by id"  # noqa: S608 - our own text
CUSTOMERS = (
    HIT  # noqa: S608 - our own text
    + """
, named(kind, thing, party) as (
  select f.type, f.source, f.target
  from (select id from live_service union all select id from live_product) h
  join inventory_reference f on f.source = h.id
  where f.path = 'relatedParty'
    and (f.target_type = 'Customer' or lower(f.role) = 'customer')
  union select 'TroubleTicket', f.source, f.target from assurance_reference f
  where f.source = any(%(tickets)s::uuid[]) and f.type = 'TroubleTicket'
    and f.path = 'relatedParty'
    and (f.target_type = 'Customer' or lower(f.role) = 'customer')
), owned(kind, thing, customer) as (
  select n.kind, n.thing, c.id from named n join customer c on c.id = n.party
  union select n.kind, n.thing, f.source from named n
  join party_reference f on f.target = n.party and f.path = 'engagedParty' and f.type = 'Customer'
)
select customer::text,
  coalesce(array_agg(distinct thing::text) filter (where kind = 'Product'), '{}'),
  coalesce(array_agg(distinct thing::text) filter (where kind = 'Service'), '{}'),
  count(*) over ()
from owned where %(after)s = '' or customer > nullif(%(after)s, '')::uuid
group by customer order by customer limit %(limit)s offset %(offset)s
"""
)
TOUCHING = """
with recursive held(id) as (
  select unnest(%s::uuid[])
  union (select f.source from inventory_reference f where f.target = any(%s::uuid[])
    and f.path = 'relatedParty' and f.type in ('Product', 'Service')
    and (f.target_type = 'Customer' or lower(f.role) = 'customer'))
), thing(id) as (
  select h.id from held h
  where not exists (select from product p
      where p.id = h.id and p.p_status = any(%s))
    and not exists (select from service s
      where s.id = h.id and s.p_state = any(%s))
  union select r.target from thing t cross join lateral (
    select f.target from inventory_reference f where f.source = t.id and f.path in
      ('realizingService', 'realizingResource', 'supportingService', 'supportingResource', 'place')
    union all select g.target from geography_reference g
      where g.source = t.id and g.path = 'place'
  ) r
)
select distinct f.source from thing t join assurance_reference f on f.target = t.id
join service_problem p on p.id = f.source
where f.type = 'ServiceProblem' and p.p_status = any(%s)
  and f.path in ('affectedService', 'affectedResource', 'affectedLocation')
"""


@dataclass(frozen=True)
class HitCustomer:
    """A customer whom a problem hits, with the products and services that are."""

    customer: str
    products: Sequence[str]
    services: Sequence[str]


def affected_services(
    work: Work, services: Sequence[str], resources: Sequence[str], places: Sequence[str]
) -> list[str]:
    """Return the ids of the services that do not run where these things do not."""
    given = _given(services, resources, places)
    return [one for (one,) in work.connection.execute(SERVICES, given).fetchall()]


def affected_customers(
    work: Work,
    services: Sequence[str],
    resources: Sequence[str],
    places: Sequence[str],
    tickets: Sequence[str] = (),
    *,
    after: str = "",
    offset: int = 0,
    limit: int = 100,
) -> tuple[list[HitCustomer], int]:
    """Return customers who are hit, by id, and how many there are from there on in all.

    `tickets` are some whose customers count as hit, too.
    """
    work.actor.must(Product.resource, "read")
    work.actor.must(Service.resource, "read")
    given = _given(services, resources, places) | {
        "tickets": array_of(tickets), "after": after, "offset": offset, "limit": limit,
    }  # fmt: skip
    rows = work.connection.execute(CUSTOMERS, given).fetchall()
    found = [HitCustomer(*row[:3]) for row in rows]
    return found, rows[0][3] if rows else 0


def problems_touching(
    work: Work, things: Iterable[str], states: Sequence[str], *, parties: Iterable[str] = ()
) -> list[str]:
    """Return the ids of the problems in some states that hit any of these things.

    With `parties` those count, too, that hit a product or a service of theirs.
    """
    asked = touching(things, states, parties=parties)
    sql = f"select h.source::text from ({asked.text}) h"  # noqa: S608 - our own text
    return [one for (one,) in work.connection.execute(sql, asked.parameters).fetchall()]


def touching(things: Iterable[str], states: Sequence[str], *, parties: Iterable[str] = ()) -> Sql:
    """Return the SQL that finds the ids of the same problems."""
    gone = (GONE["gone_products"], GONE["gone_services"])
    return Sql(TOUCHING, [array_of(things), array_of(parties), *gone, list(states)])


def _given(
    services: Sequence[str], resources: Sequence[str], places: Sequence[str]
) -> dict[str, object]:
    return {
        "services": array_of(services),
        "resources": array_of(resources),
        "places": array_of(one for one in places if one),
        **GONE,
    }
