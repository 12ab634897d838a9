"""Early ends: the fee for ending products before their commitments are over, with its order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from trunkline.catalog.closure import closure
from trunkline.documents.errors import Fault, Forbidden, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.installed import ENDED
from trunkline.ordering.intake import NOT_BEGUN
from trunkline.ordering.line_dates import LineDates
from trunkline.ordering.macd.commitment import EarlyEnd, early_ends
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.ordering.order_line import action_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.shared.money import Money
from trunkline.shared.price import OrderPrice, Price

WAIVE = "ordering:waiveFee"
"""The permission to leave the fee for an early end uncharged."""
CHARGE = "TerminationCharge"
"""The `@type` of the price that charges it."""
SETTLED = "conflictFeeSettled"
Binding: TypeAlias = Callable[[Work, Collection[str]], Mapping[str, Sequence[Product]]]
_bindings: list[Binding] = []


def binds(find: Binding) -> Binding:
    """Attach what binds products beside their own terms, such as contracts that cover them.

    `find(work, ids)` returns by the id of a product what is counted in its place. Where that costs
    anything the product's own terms do not: the same months are never charged twice.
    """
    _bindings.append(find)
    return find


def counts_anew(old: ProductOrder, new: ProductOrder) -> bool:
    """Tell whether the fees of an order that has not begun are to be counted again."""
    return is_open(new) and _basis(old) != _basis(new)


@enrich(ProductOrder, again=counts_anew)
def charge_early_ends(work: Work, order: ProductOrder) -> None:
    """Say what ending products before their commitments are over costs, as a price of the line.

    Refuses (400) a line whose fees are in several currencies, unless they are waived.
    """
    placed = _placed_ends(order)
    if not placed or order.internal_state == "draft":
        return
    items = [item for _, item in placed]
    named = [one.product.id for one in items if one.product is not None and one.product.id]
    products = closure(work, Product, named, order_catalog.child_ids)
    own, dates = set(named), LineDates(order)
    instead = [find(work, products) for find in _bindings] if products else []
    for path, item in placed:
        at = max(work.now, dates.start(item.id) or work.now)
        ends: list[EarlyEnd] = []
        for one in _ended_with(item, products, own):
            bound = [list(early_ends(found.get(one.id, ()), at)) for found in instead]
            ends += next(filter(None, bound), list(early_ends([one], at)))
        _charge(path, item, ends)


def _ended_with(
    item: ProductOrderItem, products: Mapping[str, Product], own: set[str]
) -> list[Product]:
    """Return the live products that a line ends, without those that other lines are about."""
    found: dict[str, Product] = {}
    waiting = [item.product.id or "" if item.product is not None else ""]
    first = waiting[0]
    while waiting:
        product = products.get(waiting.pop())
        if product is None or product.id in found or product.status in ENDED:
            continue
        if product.id == first or product.id not in own:
            found[product.id] = product
            waiting += order_catalog.child_ids(product)
    return list(found.values())


def _charge(path: str, item: ProductOrderItem, ends: list[EarlyEnd]) -> None:
    """Write the fee to a line and charge it, unless it is waived."""
    charges = [one for one in item.item_price if one.raw.get("@type") != CHARGE]
    if len(charges) != len(item.item_price):
        item.item_price = charges
    item.termination_fee = None
    due = [one for one in ends if one.fee.amount]
    unit = (due or ends)[0].fee.unit if ends else None
    counted = [one for one in ends if one.fee.unit == unit]
    if not counted or unit is None:
        return
    amount = Money.of(sum(one.fee.amount for one in counted), unit)
    is_waived = item.fee_waiver_reason is not None
    if any(one.fee.unit != unit for one in due) and not is_waived:
        said = " and ".join(sorted({str(one.fee.unit) for one in due}))
        message = f"ending it costs {said}; end a part by an order of its own, or waive the fee"
        refuse([Fault(f"{path}.product", "currenciesMixed", message)])
    item.termination_fee = TerminationFee(
        amount=amount, is_waived=is_waived, explanation=[one.explanation for one in counted]
    )
    if amount.amount and not is_waived:
        charge = OrderPrice(
            name="Early termination fee", price_type="oneTime", price=Price(duty_free_amount=amount)
        )
        charge.raw["@type"] = CHARGE
        item.item_price = [*charges, charge]


@rule(ProductOrder)
def who_waives_a_fee_may(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to waive a fee without the permission, and to change it once the order has begun."""
    waived = _waivers(new)
    former = _waivers(old) if old is not None else {}
    is_new = any(former.get(item) != reason for item, reason in waived.items())
    if is_new and work.actor.may(WAIVE) is None:
        raise Forbidden("notAllowed", f"it takes the permission {WAIVE} to waive a fee")
    if old is not None and not is_open(new) and work.actor.kind != "system":
        known = {one.id: _said(one) for one in _ending(old)}
        for path, item in placed_product_items(new.product_order_item):
            if item.id in known and known[item.id] != _said(item):
                yield Fault(path, SETTLED, "the order has begun; its fee stays as it is")


def is_termination_charge(price: OrderPrice) -> bool:
    """Tell whether a price of a line charges an early end; those are counted here alone."""
    return price.raw.get("@type") == CHARGE


def _placed_ends(order: ProductOrder) -> list[tuple[str, ProductOrderItem]]:
    """Return the items that end products with their paths, none where somebody takes these over."""
    if order.ownership_transfer is not None:
        return []
    placed = placed_product_items(order.product_order_item)
    return [(path, item) for path, item in placed if action_of(item) == "delete"]


def _ending(order: ProductOrder) -> list[ProductOrderItem]:
    return [item for _, item in _placed_ends(order)]


def is_open(order: ProductOrder) -> bool:
    """Tell whether an order has not begun: it was not broken down, or waits for its day."""
    return all(
        item.internal_state in NOT_BEGUN or item.internal_state in (None, "scheduled")
        for item in order.product_order_item
    )


def _basis(order: ProductOrder) -> list[Json]:
    dates = LineDates(order)
    return [[one.id, _product(one), _said(one), str(dates.start(one.id))] for one in _ending(order)]


def _said(item: ProductOrderItem) -> list[Json]:
    names = ("terminationFee", "feeWaiverReason", "itemPrice")
    return [item.raw.get(name) for name in names]


def _product(item: ProductOrderItem) -> str | None:
    return item.product.id if item.product is not None else None


def _waivers(order: ProductOrder) -> dict[str, str]:
    placed = placed_product_items(order.product_order_item)
    return {item.id: item.fee_waiver_reason for _, item in placed if item.fee_waiver_reason}
