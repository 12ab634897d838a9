"""What was agreed with the customer of an order: prices and terms other than the catalog's.

Who keeps agreements stands above; it is asked here for what an order is to be completed with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from trunkline.catalog.agreed import NOTHING, Agreed
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.party.customer import Customer

NOT_ACTIVE = "agreementNotActive"
"""The code of the fault that an agreement is not in force now."""
ORDERED = "contract.agreementOrdered"
"""The kind of work that counts in agreements what was ordered under them."""


class Agreements(Protocol):
    """Whoever keeps the agreements with customers."""

    def agreed(
        self, work: Work, customer: Customer, order: ProductOrder, offerings: frozenset[str]
    ) -> Agreed:
        """Return what holds for an order of some offerings: as it names, else by default."""
        ...

    def faults(self, work: Work, customer: Customer | None, order: ProductOrder) -> Iterator[Fault]:
        """Yield the agreements that an order names and that its customer cannot order by now."""
        ...


_kept: list[Agreements] = []


def keeps_agreements(keeper: Agreements) -> None:
    """Let a keeper of agreements say what orders are completed with."""
    _kept.append(keeper)


def agreed_for(work: Work, order: ProductOrder, offerings: frozenset[str]) -> Agreed:
    """Return what was agreed for an order of some offerings."""
    if not _kept or not offerings:
        return NOTHING
    customer = buyer_of(work, order)
    if customer is None or customer.engaged_party.referred_type == "Individual":
        return NOTHING
    return next((one.agreed(work, customer, order, offerings) for one in _kept), NOTHING)


def agreement_faults(work: Work, order: ProductOrder) -> Iterator[Fault]:
    """Yield what is wrong with the agreements that an order names.

    What comes from a quote keeps what was agreed there, though it may have ended since.
    """
    for fault in every_agreement_fault(work, order):
        if fault.code != NOT_ACTIVE or not order.quote:
            yield fault


def every_agreement_fault(work: Work, order: ProductOrder) -> Iterator[Fault]:
    """Yield what is wrong with the agreements that an order names, from wherever it comes."""
    if order.agreement:
        for keeper in _kept:
            yield from keeper.faults(work, buyer_of(work, order), order)


@rule(ProductOrder)
def order_names_agreements_in_force(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order that is sent in by an agreement that its customer cannot order by."""
    if not new.agreement or new.internal_state in UNSENT or not must_be_right(new):
        return
    is_same = old is not None and old.internal_state not in UNSENT and (
        [one.id for one in old.agreement] == [one.id for one in new.agreement]
    )  # fmt: skip
    if not is_same:
        yield from agreement_faults(work, new)
