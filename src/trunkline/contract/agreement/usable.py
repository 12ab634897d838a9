"""Usable agreements: the price lists that a customer orders by, its own and those of its group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.catalog.offering import ProductOffering
from trunkline.contract.agreement.price_list import PriceList
from trunkline.kernel.references import UUID
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer

# The party and all above it in its group, whichever of two says that one lies below the other.
ABOVE = """
with recursive above(id) as (
  select %(party)s::uuid
  union
  select next.id
  from above
  cross join lateral (
    select r.target as id from party_reference r
    where r.source = above.id and r.path = 'organizationParentRelationship.organization'
    union all
    select r.source from party_reference r
    where r.target = above.id and r.path = 'organizationChildRelationship.organization'
  ) next
)
"""
LISTS = f"""{ABOVE}
select {ROW} from price_list t
where t.p_party_id in (select id::text from above) and t.p_state = 'published'
  and t.p_valid_for_start_date_time <= %(at)s
  and (t.p_valid_for_end_date_time is null or t.p_valid_for_end_date_time > %(at)s)
order by t.p_agreed_since, t.id
"""  # noqa: S608 - constant text
NAMED = f"""{ABOVE}
select {ROW} from price_list t
where t.p_agreement_id = any(%(agreements)s) and t.p_party_id in (select id::text from above)
order by t.id desc
"""  # noqa: S608 - constant text
OWN = f"select {ROW} from price_list t where t.p_agreement_id = %s order by t.id desc"  # noqa: S608


@dataclass
class Lists:
    """The price lists that were looked up in this transaction, by party and moment."""

    known: dict[tuple[str, datetime], Sequence[PriceList]] = field(default_factory=dict)


def party_of(customer: Customer) -> str | None:
    """Return the organization behind a customer; agreements are not made with persons."""
    party = customer.engaged_party
    return None if party.referred_type == "Individual" else party.id


def usable_lists(work: Work, customer: Customer) -> Sequence[PriceList]:
    """Return the price lists that a customer may order by now, the oldest agreement first.

    They are no secret to the customer's own people, whatever records they may open.
    """
    party = party_of(customer)
    if party is None:
        return ()
    kept: Lists = work.kept.setdefault(Lists, Lists())
    spot = (party, work.now)
    if spot not in kept.known:
        rows = work.connection.execute(LISTS, {"party": party, "at": work.now}).fetchall()
        kept.known[spot] = [document_of(PriceList, row) for row in rows]
    return kept.known[spot]


def lists_named(
    work: Work, customer: Customer, agreements: Iterable[str]
) -> Mapping[str, PriceList]:
    """Return the price lists of agreements that are or were a customer's, by agreement."""
    party, wanted = party_of(customer), [one for one in agreements if UUID.match(one)]
    if party is None or not wanted:
        return {}
    rows = work.connection.execute(NAMED, {"party": party, "agreements": wanted}).fetchall()
    found = [document_of(PriceList, row) for row in rows]
    return {one.agreement.id: one for one in reversed(found)}


def lists_of_agreement(work: Work, agreement: str) -> list[PriceList]:
    """Return the price lists of an agreement that the one who asks may read."""
    rows = work.connection.execute(OWN, [agreement]).fetchall()
    return [document_of(PriceList, row) for row in rows]


def offerings_shown(work: Work, customer: Customer | None) -> frozenset[str] | None:
    """Return the offerings that a customer is shown, by the policy of its agreements; None for all.

    As soon as one of its active agreements is for nothing but what is agreed on, the customer is
    shown what any of them names.
    """
    lists = usable_lists(work, customer) if customer is not None else ()
    if not any(one.only_agreed for one in lists):
        return None
    return frozenset(
        line.product_offering.id
        for one in lists
        for line in one.line
        if line.product_offering is not None
    )


def shown_to(
    work: Work, customer: Customer | None, offerings: Iterable[ProductOffering]
) -> list[ProductOffering]:
    """Return those of some offerings that a customer is shown."""
    shown = offerings_shown(work, customer)
    return [one for one in offerings if shown is None or one.id in shown]
