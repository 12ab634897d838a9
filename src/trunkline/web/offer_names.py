"""Offer names: what offerings are called in the reader's language, where records name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.shape import Shape
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.pages.language import spoken


@dataclass(frozen=True)
class OfferNames:
    """The offerings that a page names, by their ids."""

    offerings: Mapping[str, ProductOffering]

    def told(self, ident: str | None, held: str) -> str:
        """Return a name that a record keeps, translated where it is that of the offering."""
        one = self.offerings.get(ident or "")
        return held if one is None or held != one.name else one.name_in(spoken().code)

    def of_item(self, item: Shape, held: str) -> str:
        """Return what an item of an order or a cart, or a product, is called."""
        return self.told(_offering_of(item), held)


PLAIN = OfferNames({})
"""Names as the records have them."""


def offer_names(work: Work, items: Iterable[Shape], parts: Iterable[Shape] = ()) -> OfferNames:
    """Return the names of the offerings of items or products, and of a bundle's parts."""
    idents = {str(one.raw["id"]) for one in parts if one.raw.get("id")}
    idents |= {ident for one in items if (ident := _offering_of(one)) is not None}
    if not idents or work.actor.grant(ProductOffering.resource, "read") is None:
        return PLAIN
    return OfferNames(work.many(ProductOffering, idents))


def items_of(orders: Iterable[ProductOrder]) -> list[ProductOrderItem]:
    """Return the items of orders."""
    return [item for one in orders for item in one.product_order_item]


def _offering_of(item: Shape) -> str | None:
    """Return the id of the offering of an item, or of the product in it."""
    for raw in (item.raw, item.raw.get("product") or {}):
        if isinstance(raw, Mapping):
            ident = (raw.get("productOffering") or {}).get("id")
            if ident:
                return str(ident)
    return None
