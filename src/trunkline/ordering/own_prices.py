"""Own prices: who orders for oneself or one's own customers pays what the catalog asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.intake import order_prices
from trunkline.ordering.macd.early_end import is_termination_charge
from trunkline.ordering.order_line import action_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.shared.price import OrderPrice

MESSAGE = "is not what the catalog asks; leave it out, it is filled in"
COMPARED = (
    "priceType", "recurringChargePeriod", "unitOfMeasure", "price", "priceAlteration", "validFor",
)  # fmt: skip


@rule(ProductOrder)
def own_hand_sets_no_price(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse a price of a customer's or partner's own making; the staff may agree on others."""
    grant = work.actor.grant(ProductOrder.resource, "create" if old is None else "update")
    if grant is None or grant.is_staffs:
        return
    known = {item.id: item for _, item in _items(old)} if old is not None else {}
    asked = [
        (path, item)
        for path, item in _items(new)
        if _said(item) and (item.id not in known or _said(known[item.id]) != _said(item))
    ]
    if not asked:
        return
    catalog = order_catalog.load(work, new)
    for path, item in asked:
        offering = catalog.offerings.get(order_catalog.offering_id(item) or "")
        listed = order_prices(catalog.prices_of(offering, work.now)) if offering else ()
        allowed = price_marks(
            one for one in listed if item.action == "add" or one.recurring_charge_period
        )
        prices = _own_hand(item)
        if prices and price_marks(prices) != allowed:
            yield Fault(f"{path}.itemPrice", "priceNotYours", MESSAGE)
        if item.product is not None and item.product.product_price:
            yield Fault(f"{path}.product.productPrice", "priceNotYours", MESSAGE)


def _items(order: ProductOrder) -> Iterable[tuple[str, ProductOrderItem]]:
    return placed_product_items(order.product_order_item)


def _said(item: ProductOrderItem) -> list[bytes]:
    """Return all that an item says of prices, in a form that compares."""
    own = item.product.product_price if item.product is not None else ()
    return [encode(one.raw) for one in (*_own_hand(item), *own)]


def _own_hand(item: ProductOrderItem) -> list[OrderPrice]:
    """Return the prices of an item without the fee for ending it early, which is ours."""
    ends = action_of(item) == "delete"
    return [one for one in item.item_price if not (ends and is_termination_charge(one))]


def price_marks(prices: Iterable[OrderPrice]) -> list[str]:
    """Return what prices come to, whatever they are called, in a form that compares."""
    return sorted(repr(_plain({name: one.raw.get(name) for name in COMPARED})) for one in prices)


def _plain(value: Json) -> Json:
    """Return a value in a form in which equal ones look alike, such as 49.9 and 49.90."""
    if isinstance(value, dict):
        return [(name, _plain(value[name])) for name in sorted(value)]
    if isinstance(value, list):
        return [_plain(one) for one in value]
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return Decimal(value).normalize() if is_number else value
