"""Sent header: whose an order is stays once it was sent in; who is billed is still the customer."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_context
from trunkline.ordering.billed_currency import billed_currency_faults
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.capture.moving import Ordered
from trunkline.ordering.domain_item_rules import is_begun
from trunkline.ordering.installed import customer_of
from trunkline.ordering.intake_rules import account_faults
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder


@rule(ProductOrder, ServiceOrder, ResourceOrder)
def a_sent_order_keeps_its_customer(
    work: Work, old: Ordered | None, new: Ordered
) -> Iterator[Fault]:
    """Refuse another customer for an order that was sent in: what it makes is the first one's."""
    if old is None or work.actor.kind == "system":
        return
    before, after = (customer_of(one.related_party) for one in (old, new))
    if before is None or before == after or not _is_sent(old):
        return
    held, wanted = buyer_of(work, old), buyer_of(work, new)
    if held is None or wanted is None or held.id != wanted.id:
        message = "the customer of an order that was sent in stays; cancel it and order anew"
        yield Fault("relatedParty", "conflictCustomerStays", message)


def _is_sent(order: Ordered) -> bool:
    if isinstance(order, ProductOrder):
        return order.internal_state not in UNSENT
    return order.came_from is not None or is_begun(order)


@rule(ProductOrder)
def accounts_of_a_sent_order_may_be_billed(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse for an order that was sent in accounts as they are refused when it is sent in."""
    if old is None or work.actor.kind == "system" or old.order_version != new.order_version:
        return  # what a revision changes was looked at as a whole
    if not _is_sent(old) or not must_be_right(new) or _billed(old) == _billed(new):
        return
    lines, context = lines_of(new), order_context.load(work, new, holds=False)
    yield from account_faults(new, context, lines)
    yield from billed_currency_faults(new, lines, context)


def _billed(order: ProductOrder) -> list[Json]:
    """Return which accounts an order names, by item and for its product."""
    items = [(path, item.raw) for path, item in placed_product_items(order.product_order_item)]
    named = [("", order.raw), *items]
    named += [(f"{path}.product", raw["product"]) for path, raw in items if raw.get("product")]
    return [[path, (raw.get("billingAccount") or {}).get("id")] for path, raw in named]
