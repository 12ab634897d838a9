"""Intake: what a new product order leaves out, filled in before it is checked and stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice, ProductOfferingPriceRefOrValue
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product, ProductRefOrValue
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.api import Action
from trunkline.ordering.carried import replaced
from trunkline.ordering.moved_parts import place_added_parts, take_parts_along
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.ordering.product_order_item import (
    ITEM_PUBLISHED,
    ItemInternalState,
    OrderTerm,
    ProductOrderItem,
    placed_product_items,
)
from trunkline.shared.catalog_reference import (
    ProductOfferingPriceRef,
    ProductOfferingRef,
    ProductSpecificationRef,
)
from trunkline.shared.price import OrderPrice, Price
from trunkline.shared.reference import AgreementRef

SPELLINGS: dict[str, Action] = {
    "change": "modify",
    "no-change": "noChange",
    "suspend": "modify",
    "resume": "modify",
}
FIRST_STATE: ItemInternalState = "acknowledged"
NOT_BEGUN: frozenset[ItemInternalState] = frozenset(
    {"draft", "submitted", "enrichmentInProgress", "enrichmentOnHold", "new", "acknowledged",
     "rejected"}
)  # fmt: skip


def submit(work: Work, ident: str) -> ProductOrder:
    """Hand a draft in, or a rejected order again: it is completed, checked as a whole and begun.

    Refuses (409) what is neither, and (400) naming all faults of an order that is wrong.
    """
    with work.edit(ProductOrder, ident) as order:
        if order.internal_state not in UNSENT:
            raise Conflict("notADraft", f"{order.key} is {order.state}; only a draft is submitted")
        order.internal_state = "acknowledged" if order.internal_state == "draft" else "submitted"
        order.state_reason = None
    return order


def take_in(
    order: ProductOrder,
    catalog: CatalogSnapshot,
    now: datetime,
    held: Mapping[str, Product] = MappingProxyType({}),
) -> None:
    """Bring a new order's items into one form.

    Actions get TMF622's own spelling (`suspend` and `resume` become an `operation` of a modify),
    items the order's state, and what is added its offering, specification, name and prices where
    the sender left them out; what was agreed with the customer comes first. What comes to an order
    in progress that waits to be broken down is scheduled, like its other items. A change to another
    offering gets that one's recurring prices, and its values where it does not have those of the
    product; `held` are the products that there are. Twice does what once does. A draft is taken in
    without a catalog: what it leaves out is filled in when it is submitted, at the prices of that
    day.
    """
    state = order.internal_state or FIRST_STATE
    if catalog.agreed.agreements and not order.agreement:
        order.agreement = [AgreementRef(id=one) for one in catalog.agreed.agreements]
    for _, item in placed_product_items(order.product_order_item):
        _spell(item)
    take_parts_along(order, held)
    place_added_parts(order, held)
    for _, item in placed_product_items(order.product_order_item):
        own: ItemInternalState = item.internal_state or "scheduled"
        if state in NOT_BEGUN:
            own = state
        item.internal_state, item.state = own, ITEM_PUBLISHED[own]
        offering = catalog.offerings.get(order_catalog.offering_id(item) or "")
        if offering is not None and item.action == "add":
            _fill(item, offering, catalog, now)
        elif offering is not None and item.action == "modify" and item.product is not None:
            product = held.get(item.product.id or "")
            if product is not None and is_other(offering, product):
                _change_over(item, item.product, product, offering, catalog, now)


def is_other(offering: ProductOffering, product: Product) -> bool:
    """Tell whether an offering is another one than that of a product."""
    former = product.product_offering
    return former is not None and former.id != offering.id


def _change_over(
    item: ProductOrderItem,
    said: ProductRefOrValue,
    product: Product,
    offering: ProductOffering,
    catalog: CatalogSnapshot,
    now: datetime,
) -> None:
    if not item.item_price:
        prices = order_prices(catalog.prices_of(offering, now))
        item.item_price = [one for one in prices if one.recurring_charge_period]
    specification = catalog.specification_of(offering)
    if specification is None:
        return
    names = {one.name for one in said.product_characteristic}
    allowed = catalog.allowed(specification, offering, now)
    if values := replaced(allowed, product.product_characteristic, names):
        said.product_characteristic = [*said.product_characteristic, *values]


def _spell(item: ProductOrderItem) -> None:
    if item.action == "suspend":
        item.operation = "suspend"
    elif item.action == "resume":
        item.operation = "resume"
    elif item.action == "change" and item.operation is None:
        item.operation = "change"
    item.action = SPELLINGS.get(item.action, item.action)


def _fill(
    item: ProductOrderItem, offering: ProductOffering, catalog: CatalogSnapshot, now: datetime
) -> None:
    if item.product_offering is None:
        item.product_offering = ProductOfferingRef(id=offering.id, name=offering.name)
    product = item.product
    if product is None:
        product = item.product = ProductRefOrValue()
    if product.name is None:
        product.name = offering.name
    if product.product_offering is None:
        product.product_offering = ProductOfferingRef(id=offering.id, name=offering.name)
    specification = catalog.specification_of(offering)
    if product.product_specification is None and specification is not None:
        product.product_specification = ProductSpecificationRef(
            id=specification.id, name=specification.name
        )
    if not item.item_price:
        item.item_price = list(order_prices(catalog.prices_of(offering, now)))
    listed = (
        one.raw
        for one in offering.product_offering_term
        if one.valid_for is None or one.valid_for.contains(now)
    )
    terms = [
        OrderTerm.wrap(load(encode(dict(one))))
        for one in catalog.agreed.terms_of(offering.id) or listed
    ]
    if terms and not item.item_term:
        item.item_term = terms


def order_prices(
    prices: Iterable[ProductOfferingPrice | ProductOfferingPriceRefOrValue],
) -> Iterable[OrderPrice]:
    """Yield the prices of an offering as an order item carries them; discounts are not applied."""
    for one in prices:
        amount = _amount(one)
        if amount is not None:
            raw: dict[str, Json] = {
                "name": one.name,
                "description": one.description,
                "priceType": one.price_type,
                "recurringChargePeriod": _period(one),
                "price": amount.raw,
            }
            found = OrderPrice.wrap({name: value for name, value in raw.items() if value})
            if one.id is not None:
                found.product_offering_price = ProductOfferingPriceRef(id=one.id, name=one.name)
            yield found


def _amount(price: ProductOfferingPrice | ProductOfferingPriceRefOrValue) -> Price | None:
    if isinstance(price, ProductOfferingPrice):
        if price.price is None and price.percentage is None:
            return None
        rate = next((one.tax_rate for one in price.tax if one.tax_rate is not None), None)
        return Price(duty_free_amount=price.price, percentage=price.percentage, tax_rate=rate)
    if price.price is None:
        return None
    names = ("percentage", "taxRate", "dutyFreeAmount", "taxIncludedAmount")
    held = price.price.raw
    return Price.wrap({name: held[name] for name in names if name in held})


def _period(price: ProductOfferingPrice | ProductOfferingPriceRefOrValue) -> str | None:
    """Return how often a price recurs, as text (`month`, `3 months`)."""
    if isinstance(price, ProductOfferingPriceRefOrValue):
        return price.recurring_charge_period
    kind, length = price.recurring_charge_period_type, price.recurring_charge_period_length
    if kind is None or length in (None, 1):
        return kind
    return f"{length} {kind}" + ("" if kind.endswith("s") else "s")
