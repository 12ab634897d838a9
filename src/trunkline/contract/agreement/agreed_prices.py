"""Agreed prices: what an order is completed with by the agreements of its customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trunkline.catalog.agreed import NOTHING, Agreed, Terms
from trunkline.catalog.price import ProductOfferingPriceRefOrValue, not_agreed
from trunkline.contract.agreement.agreement import Agreement
from trunkline.contract.agreement.price_list import PriceList, PriceListLine
from trunkline.contract.agreement.usable import lists_named, usable_lists
from trunkline.documents.errors import Fault
from trunkline.kernel.work import Work
from trunkline.ordering.capture.agreed import NOT_ACTIVE, keeps_agreements
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer


class KeptAgreements:
    """The agreements of this program, as the intake of orders asks for them."""

    def agreed(
        self, work: Work, customer: Customer, order: ProductOrder, offerings: frozenset[str]
    ) -> Agreed:
        """Return what holds for an order: by the agreements that it names, else by the oldest.

        For each of its offerings that is the oldest active one about it, else the oldest one that
        is about everything. An order that was sent in once keeps what it names, whatever ended.
        """
        usable = usable_lists(work, customer)
        named = [one.id for one in order.agreement]
        if not named:
            chosen = default_lists(usable, offerings)
            return agreed_by(chosen) if chosen else NOTHING
        lists = {one.agreement.id: one for one in usable}
        missing = [one for one in named if one not in lists]
        if missing and order.meta.version:
            lists |= lists_named(work, customer, missing)
        return agreed_by([lists[one] for one in named if one in lists])

    def faults(self, work: Work, customer: Customer | None, order: ProductOrder) -> Iterator[Fault]:
        """Yield the named agreements that are not active now, or not this customer's."""
        usable = usable_lists(work, customer) if customer is not None else ()
        active = {one.agreement.id for one in usable}
        named = [one.id for one in order.agreement]
        missing = [one for one in named if one not in active]
        if not missing:
            return
        own = lists_named(work, customer, missing) if customer is not None else {}
        choice = ", ".join(dict.fromkeys(one.agreement.name or one.key for one in usable))
        for index, ident in enumerate(named):
            if ident in active:
                continue
            path = f"agreement[{index}].id"
            way = f"choose another: {choice}" if choice else "leave it out"
            if ident in own or _is_to_come(work, ident):
                yield Fault(path, NOT_ACTIVE, f"this agreement is not active now; {way}")
            else:
                message = f"this agreement is not this customer's; {way}"
                yield Fault(path, "agreementForeign", message)


def agreed_by(lists: Iterable[PriceList]) -> Agreed:
    """Return what price lists say; of two that are about an offering the first counts.

    What one list says about an offering in several lines holds together, each charge once.
    """
    prices: dict[str, Sequence[ProductOfferingPriceRefOrValue]] = {}
    terms: dict[str | None, Terms] = {}
    names: list[str] = []
    for one in lists:
        names.append(one.agreement.id)
        own = _terms_in(one)
        for offering, lines in lines_by_offering(one).items():
            if offering in terms:
                continue
            terms[offering] = own.get(offering) or own.get(None) or ()
            if offering is not None:
                prices[offering] = _together(lines)
    return Agreed(tuple(names), prices, terms)


def default_lists(lists: Sequence[PriceList], offerings: frozenset[str]) -> list[PriceList]:
    """Return the lists that an order goes by where nobody chooses: the oldest of each offering.

    Pure.
    """
    chosen: set[str] = set()
    for offering in offerings:
        found = next((one for one in lists if offering in lines_by_offering(one)), None)
        found = found or next((one for one in lists if None in lines_by_offering(one)), None)
        if found is not None:
            chosen.add(found.id)
    return [one for one in lists if one.id in chosen]


def lines_by_offering(one: PriceList) -> dict[str | None, list[PriceListLine]]:
    """Return the lines of a list by offering, under None those for everything."""
    found: dict[str | None, list[PriceListLine]] = {}
    for line in one.line:
        offering = line.product_offering.id if line.product_offering is not None else None
        found.setdefault(offering, []).append(line)
    return found or {None: []}


def _terms_in(one: PriceList) -> dict[str | None, Terms]:
    found: dict[str | None, Terms] = {}
    for offering, lines in lines_by_offering(one).items():
        held = next((line.item_term for line in lines if line.item_term), ())
        found[offering] = [each.raw for each in held]
    return found


def _together(lines: Iterable[PriceListLine]) -> list[ProductOfferingPriceRefOrValue]:
    found: list[ProductOfferingPriceRefOrValue] = []
    for line in lines:
        found += not_agreed(line.product_offering_price, found)
    return found


def _is_to_come(work: Work, ident: str) -> bool:
    found = work.get(Agreement, ident)
    return found is not None and found.internal_state in ("draft", "pendingActivation")


keeps_agreements(KeptAgreements())
