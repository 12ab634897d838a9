"""Transfer orders: what a transfer asks for, as one order of each customer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import ProductOrder

TRANSFERRED_FROM = "transferredFrom"
"""The relationship of a product to the one that it was for the customer before."""
COPIED = (
    "name", "description", "isCustomerVisible", "place", "productCharacteristic", "productTerm",
    "productSerialNumber", "productSpecification", "productOffering", "realizingService",
    "realizingResource",
)  # fmt: skip


def taking_order(
    transfer: OwnershipTransfer, products: Mapping[str, Product], at: datetime
) -> ProductOrder:
    """Return the order of the taking customer: the same products, on the same services."""
    numbers = iter(range(1, len(products) + 1))

    def item(ident: str) -> Json:
        product = products[ident]
        inside = [one.id for one in product.product if one.id in products]
        body: dict[str, Json] = {
            "id": str(next(numbers)),
            "action": "add",
            "operation": "transfer",
            "product": _product(product),
            "itemPrice": list(_prices(product, at)),
        }
        if product.product_offering is not None:
            body["productOffering"] = {"id": product.product_offering.id}
        if inside:
            body["productOrderItem"] = [item(one) for one in inside if one is not None]
        return body

    items = [item(one.id) for one in transfer.product]
    raw = _head(transfer, transfer.to_customer.id, items)
    raw["billingAccount"] = {"id": transfer.billing_account.id}
    if transfer.requested_start_date is not None and transfer.requested_start_date > at:
        raw["requestedStartDate"] = format_instant(transfer.requested_start_date)
    return ProductOrder.wrap(raw)


def ending_order(transfer: OwnershipTransfer) -> ProductOrder:
    """Return the order of the giving customer: its products end, what they ran on goes on."""
    items: list[Json] = [
        {
            "id": str(number),
            "action": "delete",
            "operation": "transfer",
            "disconnectionReason": "transferred",
            "product": {"id": one.id},
        }
        for number, one in enumerate(transfer.product, 1)
    ]
    return ProductOrder.wrap(_head(transfer, transfer.from_customer.id, items))


def _head(transfer: OwnershipTransfer, customer: str, items: list[Json]) -> dict[str, Json]:
    known = transfer.__dict__.get("meta")
    raw: dict[str, Json] = {
        "category": "ownershipTransfer",
        "relatedParty": [{"id": customer, "role": "customer", "@referredType": "Customer"}],
        "productOrderItem": items,
    }
    if known is not None:
        raw["ownershipTransfer"] = {"id": transfer.id}
    return raw


def _product(product: Product) -> dict[str, Json]:
    raw: dict[str, Json] = {
        name: copied(product.raw[name]) for name in COPIED if product.raw.get(name)
    }
    raw["productRelationship"] = [
        {"relationshipType": TRANSFERRED_FROM, "product": {"id": product.id}}
    ]
    return raw


def _prices(product: Product, at: datetime) -> Iterable[Json]:
    """Yield what a product costs from now on; what was charged once is not charged again."""
    for one in product.product_price:
        begun = one.valid_for is None or one.valid_for.contains(at)
        kind = "".join(filter(str.isalpha, one.price_type.lower()))
        if not begun or not is_current(one, at) or kind == "onetime":
            continue
        raw = copied(one.raw)
        raw.pop("validFor", None)
        alterations = raw.pop("productPriceAlteration", None)
        yield raw | ({"priceAlteration": alterations} if alterations else {})
