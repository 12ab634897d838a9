"""Fees: what orders and contracts cost beside their prices, put down once for the bill.

A fee for an early end is owed when the order that ends the product is done, one for a change when
the change is made, one for a cancellation when the order is called off. A waived fee is not owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trunkline.billing.charging.owing import owe
from trunkline.billing.charging.taxing import tax_beside
from trunkline.contract.service.contract import Contract
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money, rounded
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.price import OrderPrice, ProductPrice

FEE = "fee"
EARLY_END, CHANGE, CANCELLATION = (
    "Early termination fee", "Fee for changing the order", "Fee for cancelling the order",
)  # fmt: skip
TEXT_MAX = 500
Prices = Iterable[ProductPrice | OrderPrice]


@on(event(ProductOrder, "state_changed").to("completed", "partial"))
def early_ends_are_owed(work: Work, order: ProductOrder) -> None:
    """Put down what the early ends cost that an order has carried out, each once."""
    ended = [
        one for _, one in placed_product_items(order.product_order_item)
        if one.state == "completed" and one.termination_fee is not None and one.product is not None
    ]  # fmt: skip
    known = work.many(Product, [one.product.id for one in ended if one.product and one.product.id])
    for item in ended:
        held = known.get(item.product.id or "") if item.product is not None else None
        _owe_early_end(
            work, f"{order.id}/{item.id}/earlyEnd", item.termination_fee,
            _accounts_of(item, held, order), held, f"{order.key}, line {item.id}",
        )  # fmt: skip


@on(event(OrderRevision, "state_changed").to("applied"))
def change_is_owed(work: Work, revision: OrderRevision) -> None:
    """Put down what a change of an order that was under way costs, once it is made."""
    order = work.get(ProductOrder, revision.product_order.id)
    if revision.fee is not None and order is not None:
        text = f"{order.key}, change {revision.order_version or revision.key}"
        _owe_of_order(work, order, f"{revision.id}/change", CHANGE, revision.fee, text)


@on(event(CancelProductOrder, "state_changed").to("done"))
def cancellation_is_owed(work: Work, task: CancelProductOrder) -> None:
    """Put down what cancelling an order costs, once it is called off."""
    order = work.get(ProductOrder, task.product_order.id)
    fee = task.raw.get("cancellationFee")
    if fee is not None and task.cancellation_result == "canceled" and order is not None:
        key = f"{order.id}/cancellation"
        _owe_of_order(work, order, key, CANCELLATION, Money.wrap(fee), order.key)


@on(event(Contract, "state_changed").to("cancelled"))
def early_end_of_a_contract_is_owed(work: Work, contract: Contract) -> None:
    """Put down what cancelling a contract before its end costs, once."""
    named = [contract.billing_account, *(one.billing_account for one in contract.contract_line)]
    if not any(named) and contract.meta.owner is not None:
        theirs = work.find(BillingAccount, {"relatedParty.id": contract.meta.owner}, limit=2)
        named = [BillingAccountRef(id=theirs[0].id)] if len(theirs) == 1 else []
    prices = [price for line in contract.contract_line for price in line.price]
    _owe_early_end(
        work, f"{contract.id}/earlyEnd", contract.termination_fee, named, None, contract.key, prices
    )


def _owe_early_end(
    work: Work, key: str, fee: TerminationFee | None, named: Sequence[BillingAccountRef | None],
    product: Product | None, text: str, prices: Prices = (),
) -> None:  # fmt: skip
    if fee is None or fee.amount is None or fee.is_waived:
        return
    text = "; ".join([text, *fee.explanation])
    beside = product.product_price if product is not None else prices
    _put_down(work, key, named, EARLY_END, fee.amount, beside, text, product)


def _owe_of_order(
    work: Work, order: ProductOrder, key: str, name: str, fee: Money, text: str
) -> None:
    items = [one for _, one in placed_product_items(order.product_order_item)]
    idents = [one.product.id for one in items if one.product is not None and one.product.id]
    known = work.many(Product, idents)
    named = [order.billing_account]
    prices: list[ProductPrice | OrderPrice] = []
    for item in items:
        held = known.get(item.product.id or "") if item.product is not None else None
        named += _accounts_of(item, held, order)
        prices += item.item_price or (held.product_price if held is not None else [])
    _put_down(work, key, named, name, fee, prices, text, None)


def _accounts_of(
    item: ProductOrderItem, held: Product | None, order: ProductOrder
) -> list[BillingAccountRef | None]:
    """Return the accounts that are named for an item, the one that pays it first."""
    own = item.product.billing_account if item.product is not None else None
    paid = held.billing_account if held is not None else None
    return [item.billing_account, own, paid, order.billing_account]


def _put_down(
    work: Work, key: str, named: Sequence[BillingAccountRef | None], name: str, fee: Money,
    beside: Prices, text: str, product: Product | None,
) -> None:  # fmt: skip
    """Put a fee down on the first account that is named; orders are not taken without one."""
    account = next((one for one in named if one is not None), None)
    amount = rounded(fee.amount, fee.unit)
    if account is None or amount <= 0 or not fee.unit:
        return
    held = work.get(BillingAccount, account.id)
    owe(
        work, key=key, account=account.id, product=product.id if product is not None else None,
        name=name, kind=FEE, amount=Money.of(amount, fee.unit),
        tax=tax_beside(held, beside, work.now), day=work.now, description=text[:TEXT_MAX],
    )  # fmt: skip
