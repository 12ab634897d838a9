"""Ended once: what a contract that is cancelled charges beside the orders that end its products.

One end costs one fee. What an order charges that has begun, or is done, is left to that order; the
contract says so where it says what its own end comes to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.early_end import ChargedByOrder, fee_of, is_bound_alone
from trunkline.contract.service.lasting import FINAL
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.shared.program import as_program
from trunkline.shared.reference import ProductOrderRef

BY = "contract"
GIVEN_UP = ("canceled", "cancellationInProgress", "rejected", "failed")
"""The states of items that end nothing any more."""


def charge_early_end(work: Work, contract: Contract, also: Collection[str] = ()) -> None:
    """Write the fee into a contract that is being cancelled after it began; a waived one, too.

    `also` are the ids of lines that ended with it just before, and so still count.
    """
    if contract.termination_fee is not None or contract.ended_at is not None:
        return
    if contract.began_at is None:
        return
    charged = charged_by_orders(work, contract, also)
    contract.termination_fee = fee_of(contract, work.now, also, charged)
    for line in contract.contract_line:
        one = charged.get(str(line.id))
        if one is not None:
            line.end_charged_by = ProductOrderRef(id=one.order)


def fee_at(work: Work, contract: Contract, at: datetime) -> TerminationFee | None:
    """Return what ending a contract at a moment costs as its orders stand now, None for nothing."""
    if contract.began_at is None:
        return None
    return fee_of(contract, at, charged=charged_by_orders(work, contract))


def charged_by_orders(
    work: Work, contract: Contract, also: Collection[str] = ()
) -> dict[str, ChargedByOrder]:
    """Return by line the order that ends its product and says what that costs."""
    lines = {
        str(line.id): line.product.id for line in contract.contract_line
        if line.product is not None and is_bound_alone(contract, line)
        and (line.state not in FINAL or line.id in also)
    }  # fmt: skip
    if not lines:
        return {}
    program = as_program(work, BY)  # whoever ends the contract, whatever they see of its orders
    by_product = _charged(program, sorted(set(lines.values())))
    return {line: by_product[one] for line, one in lines.items() if one in by_product}


def _charged(work: Work, products: Sequence[str]) -> dict[str, ChargedByOrder]:
    ends = list(_ends(work, products))
    orders = work.many(ProductOrder, {order for _, order, _ in ends})
    items = {
        (order.id, item.id): item
        for order in orders.values()
        for _, item in placed_product_items(order.product_order_item)
    }
    found: dict[str, ChargedByOrder] = {}
    for product, order, ident in ends:
        item = items.get((order, ident))
        if item is None or item.termination_fee is None or item.internal_state in GIVEN_UP:
            continue
        amount = item.termination_fee.amount
        if amount is not None and amount.unit is not None:
            found[product] = ChargedByOrder(order, orders[order].key, amount.unit)
    return found


def _ends(work: Work, products: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield which products end, or have ended, by which item of which order that has begun."""
    for step in plan_store.open_about(work, products):
        is_end = step.action == "delete" and step.direction == "do"
        if is_end and step.product is not None and step.item_id is not None:
            yield step.product, step.root, step.item_id
    for product in work.many(Product, products).values():
        for link in product.product_order_item if product.status in ENDED_PRODUCT else ():
            if link.order_item_action == "delete":
                yield product.id, link.product_order_id, link.order_item_id
