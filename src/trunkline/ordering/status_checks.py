"""Checks of the ordering module that the operator may ask before a record moves on."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.governance.status_checks import check, left_over
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, ProductOrder
from trunkline.party.customer import Customer, names_of

ENDED = {PRODUCT_ORDER_LIFECYCLE.published_state(one) for one in PRODUCT_ORDER_LIFECYCLE.final}
OPEN = [one for one in PRODUCT_ORDER_LIFECYCLE.published_states if one not in ENDED]


@check("noOpenOrders", Customer, title="No order is open")
def no_open_orders(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find orders of a customer that have not ended."""
    found = left_over(work, ProductOrder, "relatedParty", names_of(customer.id, customer.raw), OPEN)
    if found:
        yield Fault("status", "openOrders", f"{found} must be completed or cancelled first")
