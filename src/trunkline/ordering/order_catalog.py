"""The part of the catalog that an order needs, found from its items."""

from __future__ import annotations

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.catalog.snapshot import load as load_catalog
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items


def load(work: Work, order: ProductOrder) -> CatalogSnapshot:
    """Return the offerings and specifications that the items of an order name, and all below."""
    items = [item for _, item in placed_product_items(order.product_order_item)]
    offering_ids = [one for item in items if (one := offering_id(item)) is not None]
    specification_ids = [one for item in items if (one := specification_id(item)) is not None]
    return load_catalog(
        work, dict.fromkeys(offering_ids), specification_ids=dict.fromkeys(specification_ids)
    )


def offering_id(item: ProductOrderItem) -> str | None:
    """Return the offering that an item names, at the item or at its product."""
    if item.product_offering is not None:
        return item.product_offering.id
    offering = item.product.product_offering if item.product is not None else None
    return offering.id if offering is not None else None


def specification_id(item: ProductOrderItem) -> str | None:
    """Return the product specification that an item names."""
    specification = item.product.product_specification if item.product is not None else None
    return specification.id if specification is not None else None
