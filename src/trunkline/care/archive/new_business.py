"""New business with who is archived: refused until the customer is taken out of the archive."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.care.archive.open_things import RESTING
from trunkline.documents.errors import Fault
from trunkline.documents.references import references
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.archived import lies_in_archive

BUSINESS = frozenset(
    {"TroubleTicket", "CustomerRequest", "PartyInteraction", "Quote", "QuoteRequest",
     "SalesOpportunity", "ShoppingCart"}
)  # fmt: skip
"""Kinds of records by which business with a customer begins, beside orders."""
WHO: tuple[type[Document], ...] = (Customer, Individual, Organization)
NAMES = frozenset(one.resource.name for one in WHO)
ARCHIVED = " union all ".join(
    f"select t.key from {one.resource.table} t where t.id = any(%(ids)s::uuid[]) "  # noqa: S608
    "and t.p_is_archived"
    for one in WHO
)


@rule(ProductOrder, ServiceOrder)
def no_order_is_of_an_archived_customer(
    work: Work, old: Document | None, new: ProductOrder | ServiceOrder
) -> Iterator[Fault]:
    """Refuse a new order of an archived customer; the customer was read for the order anyway."""
    if old is not None or work.actor.kind == "system":
        return
    buyer = buyer_of(work, new)
    if buyer is not None and lies_in_archive(buyer.raw):
        yield _fault(buyer.key)


@rule()
def nothing_begins_with_who_is_archived(
    work: Work, old: Document | None, new: Document
) -> Iterator[Fault]:
    """Refuse records that begin, or are opened again, and name who is archived."""
    if new.resource.name not in BUSINESS or not _begins(old, new) or work.actor.kind == "system":
        return
    found = references(type(new), new.raw)
    named = sorted(
        {one.id for one in found if UUID.match(one.id) and not NAMES.isdisjoint(one.shape.targets)}
    )
    rows = work.connection.execute(ARCHIVED, {"ids": named}).fetchall() if named else ()
    for (key,) in rows[:1]:
        yield _fault(key)


def _begins(old: Document | None, new: Document) -> bool:
    """Tell whether a record is new, or goes on after it had ended or rested."""
    lifecycle = new.resource.lifecycle
    if old is None or lifecycle is None:
        return old is None
    over = lifecycle.final | RESTING.get(new.resource.name, frozenset())
    before, now = (internal_state(new.resource, one.raw) for one in (old, new))
    return before in over and now not in over


def _fault(key: str) -> Fault:
    return Fault("relatedParty", "archived", f"{key} is archived; restore it first")
