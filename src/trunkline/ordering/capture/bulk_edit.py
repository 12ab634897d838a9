"""Bulk edit: one change to many lines of an order that has not been accepted yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.branch import COUNT_MAX
from trunkline.ordering.capture.deciding import look_again, undone, withdraw
from trunkline.ordering.capture.moving import move
from trunkline.ordering.intake import order_prices
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.rest.writing import change

MERGE = "application/merge-patch+json"
DISCOUNT = "Order discount"
WHY = "its lines are edited"


@dataclass(frozen=True, kw_only=True)
class BulkEdit:
    """What is done to the lines with these ids, or to all top lines where none is named.

    `quantity` is that of top lines; what lies inside follows. `discount` is in percent of the list;
    lines with prices of their own keep them unless `overwrites`. `place` is a site, `account` who
    is billed. `removes` takes the lines out, with all inside.
    """

    items: frozenset[str] = frozenset()
    quantity: int | None = None
    discount: Decimal | None = None
    overwrites: bool = False
    place: str | None = None
    account: str | None = None
    removes: bool = False

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be done to any line."""
        said = (self.quantity, self.discount, self.place, self.account)
        if not self.removes and all(one is None for one in said):
            yield Fault("", "nothingSaid", "say what is to be done to the lines")
        if self.quantity is not None and not 1 <= self.quantity <= COUNT_MAX:
            yield Fault("quantity", "quantityInvalid", f"is 1 to {COUNT_MAX}")
        if self.discount is not None and not 0 <= self.discount <= 100:
            yield Fault("discount", "badValue", "is a percentage from 0 to 100")
        if self.removes and not self.items:
            yield Fault("item", "required", "name the lines to take out")


def edit_lines(work: Work, ident: str, edit: BulkEdit) -> ProductOrder:
    """Do one thing to many lines of a draft, a rejected order or one that is to be approved.

    What was asked of an order to be approved is asked anew. Refuses (409) one that was accepted.
    """
    work.actor.must(ProductOrder.resource, "update")
    wrong = list(edit.faults())
    if wrong:
        raise Invalid.of(wrong)
    order = work.lock(ProductOrder, ident)
    is_new = order.internal_state == "new"
    if not is_new and order.internal_state not in UNSENT:
        raise Conflict("conflictOrderSent", f"{order.key} is {order.state}; its lines stay")
    lines = lines_of(order)
    unknown = edit.items - lines.keys()
    if unknown:
        named = ", ".join(sorted(unknown))
        raise Invalid.of([Fault("item", "unknownItem", f"the order has no item {named}")])
    catalog = order_catalog.load(work, order) if edit.discount is not None else CatalogSnapshot()
    if is_new:
        order = move(work, order, "enrichmentOnHold", WHY)
    items = edited(order, lines_of(order), edit, catalog, work.now)
    change(work, order, {"productOrderItem": list(items)}, MERGE)
    if is_new:
        withdraw(work, undone(work, order))
        look_again(work, order)
    return work.lock(ProductOrder, order.id)


def edited(
    order: ProductOrder, lines: Mapping[str, Line], edit: BulkEdit, catalog: CatalogSnapshot,
    at: datetime,
) -> list[dict[str, Json]]:  # fmt: skip
    """Return the items of an order as an edit leaves them."""
    meant = edit.items or {one.id for one in lines.values() if one.whole is None}
    if edit.removes:
        gone = {ident for ident in lines if _within(ident, edit.items, lines)}
        return _without([one.raw for one in order.product_order_item], gone)
    by_id = {ident: _changed(one, edit, catalog, at) for ident, one in lines.items()
             if ident in meant}  # fmt: skip
    return [_placed(one.raw, by_id) for one in order.product_order_item]


def _placed(item: dict[str, Json], by_id: Mapping[str, dict[str, Json]]) -> dict[str, Json]:
    """Return an item with what changed in it and inside it."""
    found: dict[str, Json] = copied(item) | by_id.get(item["id"], {})
    inside = item.get("productOrderItem")
    if inside:
        found["productOrderItem"] = [_placed(one, by_id) for one in inside]
    return found


def _changed(
    line: Line, edit: BulkEdit, catalog: CatalogSnapshot, at: datetime
) -> dict[str, Json]:  # fmt: skip
    found: dict[str, Json] = {}
    raw = line.item.raw
    if edit.quantity is not None and line.whole is None and line.action == "add":
        found["quantity"] = edit.quantity
    if edit.account is not None:
        found["billingAccount"] = {"id": edit.account}
    if edit.place is not None and line.action == "add":
        place = {"id": edit.place, "@referredType": "GeographicSite", "role": "installation"}
        found["product"] = copied(raw.get("product") or {}) | {"place": [place]}
    if edit.discount is not None:
        found |= _discounted(line, edit, catalog, at)
    return found


def _discounted(
    line: Line, edit: BulkEdit, catalog: CatalogSnapshot, at: datetime
) -> dict[str, Json]:  # fmt: skip
    """Return the prices of a line with the discount; prices of its own stay unless overwritten."""
    offering = catalog.offerings.get(order_catalog.offering_id(line.item) or "")
    own: list[dict[str, Json]] = line.item.raw.get("itemPrice") or []
    if offering is None:
        return {}
    listed = [copied(one.raw) for one in order_prices(catalog.prices_of(offering, at))]
    if not edit.overwrites and not all(_is_ours(one) or _is_listed(one, listed) for one in own):
        return {}
    if not edit.discount:
        return {"itemPrice": listed}
    alteration = {
        "name": DISCOUNT,
        "priceType": "discount",
        "price": {"percentage": edit.discount},
    }
    return {"itemPrice": [one | {"priceAlteration": [alteration]} for one in listed]}


def _is_ours(price: Mapping[str, Json]) -> bool:
    return any(one.get("name") == DISCOUNT for one in price.get("priceAlteration") or ())


def _is_listed(price: Mapping[str, Json], listed: Iterable[Mapping[str, Json]]) -> bool:
    """Tell whether a price is that of the list, as orders are filled in, and nobody's own."""
    if price.get("priceAlteration"):
        return False
    return any(
        price.get("price") == one.get("price")
        and price.get("recurringChargePeriod") == one.get("recurringChargePeriod")
        and (price.get("productOfferingPrice") or {}).get("id")
        == (one.get("productOfferingPrice") or {}).get("id")
        for one in listed
    )


def _within(ident: str, wholes: frozenset[str], lines: Mapping[str, Line]) -> bool:
    """Tell whether a line is one of some, or lies inside one of them."""
    current: str | None = ident
    while current is not None:
        if current in wholes:
            return True
        current = lines[current].whole
    return False


def _without(items: list[dict[str, Json]], gone: set[str]) -> list[dict[str, Json]]:
    """Return items without those that go, and without what points at them."""
    found = []
    for one in items:
        if one["id"] in gone:
            continue
        kept = copied(one)
        if kept.get("productOrderItem"):
            kept["productOrderItem"] = _without(kept["productOrderItem"], gone)
        if kept.get("productOrderItemRelationship"):
            kept["productOrderItemRelationship"] = [
                each for each in kept["productOrderItemRelationship"] if each.get("id") not in gone
            ]
        found.append(kept)
    return found
