"""Eligibility: who may have an offering, what it goes with, and what stands in the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.catalog.compatibility import Bonds, There, bond_faults
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.catalog.qualification_terms import QualificationTerms
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.ordering.beside import RUNNING
from trunkline.party.customer import Customer


@dataclass(frozen=True)
class Ordered:
    """A line of an order that is under way: which offering at which places, on which product."""

    order: str
    offering: str | None
    product: str | None
    places: frozenset[str] = frozenset()
    adds: bool = False


@dataclass(frozen=True)
class Asker:
    """Who asks, where and through what: all that eligibility looks at.

    `parties` are the ids under which records name the customer, `places` those of the place and of
    what it lies at, `channel` its id and name. `bonds` say what the offerings exclude and need,
    `there` what of that is asked about together, is on order or installed, `needed` by product what
    goes on needing it where it is asked whether it may end.
    """

    now: datetime
    customer: Customer | None = None
    channel: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    installed: Sequence[Product] = ()
    ordered: Sequence[Ordered] = ()
    parties: Sequence[str] = ()
    bonds: Bonds = field(default_factory=Bonds)
    there: There = field(default_factory=dict)
    needed: Mapping[str, Fault] = field(default_factory=dict)


@dataclass(frozen=True)
class Brought:
    """An offering that is asked about, or a part of one, and what it is known by beside others."""

    line: str
    offering: ProductOffering


def ineligible(
    offering: ProductOffering, asker: Asker, *, action: str, product: str | None, bound: bool,
    brought: Iterable[Brought] = (),
) -> Iterator[Fault]:  # fmt: skip
    """Yield why a customer may not have an offering; the faults are at no path.

    `bound` says that the offering needs a line at the place, of which there is one; `brought` are
    it and its parts where they come new. Codes:
    notOnSale, wrongCustomerType, wrongSegment, creditTooLow, creditUnknown, wrongChannel,
    wrongPlace, customerNotActive, excluded, required, openOrder, alreadyThere, productNotActive,
    stillNeeded.
    """
    if action == "add" and not is_on_sale(offering, asker.now):
        yield Fault("", "notOnSale", f"{offering.name} is not on sale")
    yield from _who(offering, asker)
    yield from _through(offering, asker)
    for one in brought:
        yield from bond_faults(one.offering, asker.bonds, asker.there, line=one.line)
    if action == "add":
        yield from _twice(offering, asker, bound=bound)
    elif product is not None:
        yield from _changeable(asker, product)
        if action == "delete" and product in asker.needed:
            yield asker.needed[product]


def _who(offering: ProductOffering, asker: Asker) -> Iterator[Fault]:
    customer = asker.customer
    if customer is not None and customer.status in ("suspended", "terminated"):
        yield Fault("", "customerNotActive", f"the customer is {customer.status}")
    terms = offering.qualification or QualificationTerms()
    kind = customer.customer_type if customer is not None else None
    if list(terms.customer_type) and not _named(kind, terms.customer_type):
        kinds = ", ".join(terms.customer_type)
        yield Fault("", "wrongCustomerType", f"is for customers of these types only: {kinds}")
    segment = customer.customer_segment if customer is not None else None
    segments = [*terms.customer_segment]
    segments += [text for one in offering.market_segment for text in (one.id, one.name) if text]
    if segments and not _named(segment, segments):
        yield Fault("", "wrongSegment", "is for customers of another segment")
    if terms.credit_score_minimum is not None or terms.credit_risk_rating_maximum is not None:
        yield from _credit(terms, customer, asker.now)


def _credit(terms: QualificationTerms, customer: Customer | None, now: datetime) -> Iterator[Fault]:
    held = [one for one in customer.credit_profile if one.valid_for.contains(now)] if (
        customer is not None) else []  # fmt: skip
    newest = max(held, key=lambda one: one.credit_profile_date, default=None)
    score = newest.credit_score if newest is not None else None
    risk = newest.credit_risk_rating if newest is not None else None
    least, most = terms.credit_score_minimum, terms.credit_risk_rating_maximum
    if (least is not None and score is None) or (most is not None and risk is None):
        yield Fault("", "creditUnknown", "the customer's credit has to be checked first")
    elif (least is not None and score is not None and score < least) or (
        most is not None and risk is not None and risk > most
    ):
        yield Fault("", "creditTooLow", "the customer's credit class does not allow it")


def _through(offering: ProductOffering, asker: Asker) -> Iterator[Fault]:
    channels = {text.casefold() for one in offering.channel for text in (one.id, one.name) if text}
    if channels and not channels & {one.casefold() for one in asker.channel}:
        names = ", ".join(sorted(one.name or one.id for one in offering.channel))
        yield Fault("", "wrongChannel", f"is sold through these channels only: {names}")
    places = {one.id for one in offering.place}
    if places and not places & asker.places:
        yield Fault("", "wrongPlace", "is not sold at this place")


def _twice(offering: ProductOffering, asker: Asker, *, bound: bool) -> Iterator[Fault]:
    """Yield what is there or under way at the place already, of what is had there once."""
    if not bound or not asker.places:
        return
    for one in asker.installed:
        at = {place.id for place in one.place if place.id}
        is_same = one.product_offering is not None and one.product_offering.id == offering.id
        if is_same and one.status in RUNNING and at & asker.places:
            yield Fault(
                "", "alreadyThere", f"is installed here already ({one.key}); change that instead"
            )
            return
    for line in asker.ordered:
        if line.adds and line.offering == offering.id and line.places & asker.places:
            yield Fault("", "openOrder", f"is ordered for this place already ({line.order})")
            return


def _changeable(asker: Asker, product: str) -> Iterator[Fault]:
    held = next((one for one in asker.installed if one.id == product), None)
    if held is not None and held.status not in ("active", "suspended"):
        yield Fault("", "productNotActive", f"{held.key} is {held.status}")
    busy = next((one.order for one in asker.ordered if one.product == product), None)
    if busy is not None:
        yield Fault("", "openOrder", f"order {busy} is changing it; wait for its end")


def _named(value: str | None, allowed: Sequence[str]) -> bool:
    return value is not None and value.casefold() in {one.casefold() for one in allowed}
