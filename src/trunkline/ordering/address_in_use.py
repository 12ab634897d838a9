"""Addresses in use: one is not turned into another place while orders or bills go there.

Nor is a site put at another address meanwhile. Who moves gets an address of its own record. What
an address only lacked, such as its postcode, is filled in at any time, and spelling is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.documents.errors import Fault
from trunkline.geography.address import GeographicAddress
from trunkline.geography.location import GeographicLocation
from trunkline.geography.site import GeographicSite
from trunkline.geography.validation import comparable
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.status_checks import ENDED
from trunkline.party.account import BillingAccount, PartyAccount

SHOWN_MAX = 5
ORDERS = """
select distinct t.key from ordering_reference f join product_order t on t.id = f.source
where f.type = 'ProductOrder' and t.p_state <> all(%s) and f.target in (
  select %s::uuid union all select s.source from geography_reference s
  where s.target = %s and s.type = 'GeographicSite' and s.path = 'place')
order by t.key limit 6
"""
BILLED = """
select t.key from party_reference f join {table} t on t.id = f.source
where f.target = %s and f.type = %s and f.path = 'place' and lower(f.role) = 'billing'
  and t.p_state <> 'closed' order by t.key limit 6
"""


@dataclass(frozen=True)
class Use:
    """What an address is used for: records by key, the kind of which must be read to be named."""

    kind: type[Document]
    keys: list[str]
    words: str
    next_step: str


@rule(GeographicAddress)
def address_in_use_stays_where_it_is(
    work: Work, old: GeographicAddress | None, new: GeographicAddress
) -> Iterator[Fault]:
    """Refuse to make an address that open orders or bills go to another place."""
    if old is None:
        return
    before, after = comparable(old), comparable(new)
    moved = [name for name, part in before.items() if after.get(name) != part]
    if not moved:
        return
    path = GeographicAddress.attributes()[moved[0]].json_name
    for use in _uses(work, new.id):
        if use.keys:
            yield Fault(path, "conflictAddressInUse", _message(work, use))


@rule(GeographicSite)
def site_in_use_stays_at_its_address(
    work: Work, old: GeographicSite | None, new: GeographicSite
) -> Iterator[Fault]:
    """Refuse to put a site that open orders or bills go to at another address.

    An address that it lacked, and its point on the map, are filled in at any time.
    """
    if old is None or not _addresses(old) - _addresses(new):
        return
    for use in _uses(work, new.id):
        if use.keys:
            yield Fault("place", "conflictAddressInUse", _message(work, use))


def _addresses(site: GeographicSite) -> set[str]:
    """Return what tells the addresses of a site apart: their ids, or the names of others."""
    return {
        one.id or one.name or ""
        for one in site.place
        if one.referred_type != GeographicLocation.resource.name
    }


def _uses(work: Work, ident: str) -> Iterator[Use]:
    rows = work.connection.execute(ORDERS, [list(ENDED), ident, ident]).fetchall()
    yield Use(
        ProductOrder,
        [key for (key,) in rows],
        "is delivered to by",
        "change or cancel these orders first, or enter the other place as an address of its own",
    )
    for kind in (BillingAccount, PartyAccount):
        sql = BILLED.format(table=kind.resource.table)
        rows = work.connection.execute(sql, [ident, kind.resource.name]).fetchall()
        yield Use(
            kind,
            [key for (key,) in rows],
            "gets the bills of",
            "enter the other place as an address of its own and name it on these accounts",
        )


def _message(work: Work, use: Use) -> str:
    """Return what uses the address, by key for who may read that."""
    if work.actor.grant(use.kind.resource, "read") is None:
        return f"{use.words} others; {use.next_step}"
    shown = ", ".join(use.keys[:SHOWN_MAX])
    more = " and more" if len(use.keys) > SHOWN_MAX else ""
    return f"{use.words} {shown}{more}; {use.next_step}"
