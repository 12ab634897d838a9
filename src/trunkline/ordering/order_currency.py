"""In which currency an order is: as who pays it is billed, else as what it is about costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.catalog.closure import present
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.price_effect import amounts_of
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.account import BillingAccount


def currency_of(
    work: Work, order: ProductOrder, catalog: CatalogSnapshot, products: Sequence[Product] = ()
) -> str | None:
    """Return the currency in which an order is priced.

    It is that of the first account which it names or which pays its products, else that of prices
    which it says or its products have, else the only one in which the customer is billed. Where
    nobody says any it is the first in which all its offerings can be had.
    """
    return known_currency(work, order, products) or _shared(work, order, catalog)


def known_currency(work: Work, order: ProductOrder, products: Sequence[Product] = ()) -> str | None:
    """Return the currency that who pays an order, or what it is about, says; None where none."""
    return (
        _of_accounts(work, order, products)
        or next(_said(work, order, products), None)
        or _of_customer(work, order)
    )


def currency_of_buyer(work: Work, customer: str | None, account: str = "") -> str | None:
    """Return the currency that a customer is billed in, on an account or on all of them."""
    asked: dict[str, Json] = {"productOrderItem": []}
    if customer is not None:
        asked["relatedParty"] = [{"id": customer, "role": "customer"}]
    if account:
        asked["billingAccount"] = {"id": account}
    return known_currency(work, ProductOrder.wrap(asked))


def _of_accounts(work: Work, order: ProductOrder, products: Sequence[Product]) -> str | None:
    named = [order.billing_account]
    for _, item in placed_product_items(order.product_order_item):
        named.append(item.billing_account)
        if item.product is not None:
            named.append(item.product.billing_account)
    named += [one.billing_account for one in products]
    idents = list(dict.fromkeys(one.id for one in named if one is not None))
    found = present(work, BillingAccount, idents) if idents else {}
    accounts = (found[one] for one in idents if one in found)
    return next((one.currency for one in accounts if one.currency), None)


def _said(work: Work, order: ProductOrder, products: Sequence[Product]) -> Iterator[str]:
    for _, item in placed_product_items(order.product_order_item):
        yield from (kind.currency for kind, _ in amounts_of(item.item_price))
    for product in products:
        held = [one for one in product.product_price if is_current(one, work.now)]
        yield from (kind.currency for kind, _ in amounts_of(held))


def _of_customer(work: Work, order: ProductOrder) -> str | None:
    buyer = buyer_of(work, order)
    if buyer is None:
        return None
    owners: list[str] = [buyer.id, buyer.engaged_party.id]
    found = work.find(BillingAccount, {"relatedParty.id": [*owners], "state": "active"})
    units = {one.currency for one in found}
    return units.pop() if len(units) == 1 else None


def _shared(work: Work, order: ProductOrder, catalog: CatalogSnapshot) -> str | None:
    """Return the first currency that all offerings of an order have prices in; else the first."""
    found: list[list[str]] = []
    for _, item in placed_product_items(order.product_order_item):
        held = item.product_offering or (item.product and item.product.product_offering)
        offering = catalog.offerings.get(held.id) if held else None
        units = catalog.currencies_of(offering, work.now) if offering is not None else None
        if units:
            found.append(sorted(units))
    every = list(dict.fromkeys(one for units in found for one in units))
    shared = [one for one in every if all(one in units for units in found)]
    return next(iter(shared or every), None)
