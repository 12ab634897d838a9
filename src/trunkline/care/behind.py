"""Whose a record is: the customers that stand behind what was found, of whatever kind it is.

A line, a bill, an order or a site belongs to a customer's party, which the search knows of each; a
contact is one for customers; an address says nothing, but what lies there does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Document, Registry
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.role import PartyRole
from trunkline.rest.reads import note_read
from trunkline.workspace.search import Hit

EACH_MAX, SITES_MAX = 20, 500
"""How many customers behind one record are told, and of how many sites at one address."""
TELLING = (GeographicSite, Customer, BillingAccount, Product, PartyRole)
"""What tells of another record whose it is: by its place, or by whom it is a contact of."""
BEHIND = """
with hit as (
  select e.record as id, e.kind, e.owner from search_entry e
  where e.record = any(%(records)s::uuid[])
), site as (
  select h.id as hit, h.id from hit h union
  select h.id, s.source from hit h cross join lateral (
    select f.source from geography_reference f where f.target = h.id
    and f.type = 'GeographicSite' and f.path = 'place' and f.type = any(%(telling)s)
    order by f.source desc limit {sites}
  ) s
), role as (
  select h.id as hit, h.id from hit h where h.kind = 'PartyRole' union
  select h.id, f.source from hit h join party_reference f on f.target = h.id
  where f.type = 'PartyRole' and f.path = 'engagedParty' and f.type = any(%(telling)s)
), owned as materialized (
  select h.id as hit, h.owner from hit h where h.kind <> 'PartyRole' union
  select s.hit, t.owner from site s join geographic_site t on t.id = s.id union
  select s.hit, t.owner from site s join party_reference f on f.target = s.id
    join customer t on t.id = f.source
  where f.type = 'Customer' and f.path = 'place' and f.type = any(%(telling)s) union
  select s.hit, t.owner from site s join party_reference f on f.target = s.id
    join billing_account t on t.id = f.source
  where f.type = 'BillingAccount' and f.path = 'place' and f.type = any(%(telling)s) union
  select s.hit, t.owner from site s join inventory_reference f on f.target = s.id
    join product t on t.id = f.source
  where f.type = 'Product' and f.path = 'place' and f.type = any(%(telling)s) union
  select r.hit, coalesce(c.owner, f.target) from role r join party_role t on t.id = r.id
    join party_reference f on f.source = t.id and f.type = 'PartyRole' and f.path = 'relatedParty'
    left join customer c on c.id = f.target
  where t.doc::jsonb ->> 'status' = 'active'
    and coalesce((t.doc::jsonb #>> '{validFor,startDateTime}')::timestamptz <= %(now)s, true)
    and coalesce((t.doc::jsonb #>> '{validFor,endDateTime}')::timestamptz > %(now)s, true)
), named as (
  {named}
)
select h.id::text, w.id::text, w.key, w.is_named from hit h cross join lateral (
  select c.id, c.key, exists (
    select from named n where n.source = h.id and n.target = c.id) as is_named
  from owned o join customer c on c.owner = o.owner where o.hit = h.id
  order by is_named desc, c.id desc limit {each}
) w
order by w.id desc
"""
NAMED = (
    "select source, target from {table} "
    "where source = any(%(records)s::uuid[]) and target_type = 'Customer'"
)


def ways_to_customers(work: Work, records: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Return the ids and keys of the customers behind records by the id of each, newest first.

    A record that names a customer of its party has that one, another all customers of the party,
    of a crowded address those of its newest sites. Whether the asker may see them is another
    question.
    """
    if not records or work.actor.grant(Customer.resource, "read") is None:
        return {}
    telling = [
        one.resource.name for one in TELLING if work.actor.grant(one.resource, "read") is not None
    ]
    asked = {"records": sorted(records), "telling": telling, "now": work.now}
    every: dict[str, list[tuple[str, str]]] = {}
    direct: dict[str, list[tuple[str, str]]] = {}
    sql = _behind(work.services.registry)
    for ident, customer, key, is_named in work.connection.execute(sql, asked).fetchall():
        every.setdefault(ident, []).append((customer, key))
        if is_named:
            direct.setdefault(ident, []).append((customer, key))
    return every | direct


@lru_cache(maxsize=4)
def _behind(registry: Registry) -> str:
    """Return the SQL of the way to customers, of all tables that may name one."""
    tables = sorted({one.reference_table for one in registry})
    named = " union all ".join(NAMED.format(table=table) for table in tables)
    filled = BEHIND.replace("{named}", named).replace("{each}", str(EACH_MAX))
    return filled.replace("{sites}", str(SITES_MAX))


def customers_behind(work: Work, records: Collection[Document]) -> dict[str, list[Customer]]:
    """Return the customers behind each record by its id, newest first, as far as within reach.

    A customer stands for itself, and a party for all the customers that it is.
    """
    own = {one.id: [one] for one in records if isinstance(one, Customer)}
    return own | _reached(work, [one.id for one in records if one.id not in own])


def customers_of_hits(work: Work, hits: Sequence[Hit]) -> Mapping[str, Sequence[Customer]]:
    """Return the customers behind what a search found, by the id of each that is none itself."""
    grant = work.actor.grant(Customer.resource, "read")
    if grant is None or grant.reach == "own":
        return {}
    found = _reached(work, others_than_customers(hits))
    if any(found.values()):
        note_read(work.services, work.actor, grant, Customer.resource, None)
    return found


def others_than_customers(hits: Sequence[Hit]) -> list[str]:
    """Return the ids of the hits that are no customers."""
    return [one.record for one in hits if one.kind != Customer.resource.name]


def _reached(work: Work, records: Collection[str]) -> dict[str, list[Customer]]:
    ways = ways_to_customers(work, records)
    held = work.many(Customer, {ident for some in ways.values() for ident, _ in some})
    found = {
        record: [held[ident] for ident, _ in some if ident in held] for record, some in ways.items()
    }
    return {record: some for record, some in found.items() if some}
