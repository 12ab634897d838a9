"""Completing: what a change leaves out, or sends back as it was, filled in from the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.carried import taken_over
from trunkline.ordering.installed import Installed
from trunkline.ordering.intake import take_in
from trunkline.ordering.moved_parts import let_parts_follow
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.ordering.revision.apart import as_order
from trunkline.ordering.revision.before import before_order
from trunkline.ordering.revision.content import content_of

GIVEN = ("priority", "terminationFee")
"""What the program gives a line that was sent without it."""
OF_OFFERING = ("itemPrice", "itemTotalPrice", "itemTerm")
OF_PRODUCT = ("name", "productOffering", "productSpecification", "productPrice")
OF_NAMED, OFFERING = ("name", "href"), ("productOffering",)
"""What of a line, of its product and of how it names its offering is the former offering's where it
comes back as it was."""


def completed(
    work: Work, order: ProductOrder, present: dict[str, Json], content: dict[str, Json], plan: Plan
) -> dict[str, Json]:
    """Return a content as an order that is sent in has it: filled in from the catalog.

    A line that asks for another offering gets that one's prices, terms and values in place of
    those that it had, unless it names others. What the program gave a line and the content leaves
    out stays. What there is counts as it was before the order, which `plan` tells.
    """
    copy = as_order(order, content)
    before = lines_of(as_order(order, present))
    known = {one.id: one.item for one in before.values()}
    other: list[tuple[ProductOrderItem, ProductOrderItem]] = []
    for line in lines_of(copy).values():
        held = known.get(line.id)
        if held is not None and line.item.action == held.action:
            given = {name: copied(held.raw[name]) for name in GIVEN if name in held.raw}
            line.item.raw.update(given | line.item.raw)
        if held is not None and order_catalog.offering_id(held) != order_catalog.offering_id(
            line.item
        ):
            _let_go(line.item, held)
            other.append((line.item, held))
    work.settle_references(copy)
    catalog = order_catalog.load(work, copy)
    for item, held in other:
        offering = catalog.offerings.get(order_catalog.offering_id(item) or "")
        specification = catalog.specification_of(offering) if offering is not None else None
        if item.product is not None and specification is not None:
            own = held.product.product_characteristic if held.product is not None else ()
            allowed = catalog.allowed(specification, offering, work.now)
            values = taken_over(allowed, item.product.product_characteristic, own)
            item.product.product_characteristic = values
    there = Installed(MappingProxyType(order_catalog.held_products(work, copy)))
    products = before_order(there, plan).products
    let_parts_follow(copy, before, products)
    nowhere = _nowhere(before, lines_of(copy))
    take_in(copy, catalog, work.now, products)
    for item in nowhere:
        if item.product is not None:
            item.product.raw.pop("place", None)
    return content_of(copy)


def _nowhere(before: Mapping[str, Line], lines: Mapping[str, Line]) -> list[ProductOrderItem]:
    """Return what is added as it was, nowhere: an order that was taken in before parts got places.

    It stays so, or each change of the order would move it.
    """
    return [
        one.item for one in lines.values()
        if one.action == "add" and one.place is None and (was := before.get(one.id)) is not None
        and was.action == "add" and was.place is None and was.whole == one.whole
    ]  # fmt: skip


def _let_go(item: ProductOrderItem, held: ProductOrderItem) -> None:
    for names, path in ((OF_OFFERING, ()), (OF_PRODUCT, ("product",)), (OF_NAMED, OFFERING)):
        raw, was = item.raw, held.raw
        for one in path:
            raw, was = raw.get(one) or {}, was.get(one) or {}
        for name in names:
            if name in raw and raw[name] == was.get(name):
                del raw[name]
