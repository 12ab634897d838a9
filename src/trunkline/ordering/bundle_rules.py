"""Bundle rules: what the bundles of an order consist of once the order is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trunkline.catalog.cardinality import count_faults
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.ordering.order_context import LEAVING, OrderContext
from trunkline.ordering.order_line import Line

Inside = Mapping[str, Sequence[Line]]


def bundle_faults(
    lines: Mapping[str, Line], inside: Inside, context: OrderContext
) -> Iterator[Fault]:
    """Yield what is wrong with the counts of bundles' parts, installed and ordered together.

    `inside` are the lines that add parts, by the line that they lie in.

    A bundle that the order does not mention counts too where the order takes a part out of it.
    Parts that other open orders are to end count as gone.
    Codes: bundlePartUnknown, bundlePartCount, bundleGroupCount.
    """
    for line in lines.values():
        bundle = context.offering(line)
        if line.action == "add" and bundle is not None and bundle.bundled_product_offering:
            parts = _added(line, inside, context)
            yield from count_faults(bundle, parts, path=f"{line.path}.productOrderItem")
    about = {
        one.product_id: one
        for one in lines.values()
        if one.product_id is not None and one.action not in (None, "add")
    }
    for line in lines.values():  # what is itself not changed, but gets parts
        if line.action is None and line.product_id is not None and line.id in inside:
            about.setdefault(line.product_id, line)
    for whole in context.products.values():
        yield from _installed_faults(whole, about, inside, context)


def _installed_faults(
    whole: Product, about: Mapping[str, Line], inside: Inside, context: OrderContext
) -> Iterator[Fault]:
    """Yield what is wrong with an installed bundle whose parts the order changes, unless it ends.

    `about` holds the lines by the product that they change.
    """
    own = about.get(whole.id)
    bundle = context.offering(own) if own is not None else context.offering_of(whole)
    if bundle is None or not bundle.bundled_product_offering:
        return
    if whole.status in LEAVING or (own is not None and own.action == "delete"):
        return
    before: Counter[str] = Counter()
    after = _added(own, inside, context) if own is not None else Counter()
    changed: list[Line] = []
    for child in whole.product:
        held = context.products.get(child.id or "")
        if held is None or held.product_offering is None or context.is_leaving(held):
            continue
        before[held.product_offering.id] += 1
        line = about.get(held.id)
        if line is None or line.action != "delete":
            offering = context.offering(line) if line is not None else None
            after[offering.id if offering is not None else held.product_offering.id] += 1
        if line is not None:
            changed.append(line)
    if after == before:
        return
    if own is not None:
        yield from count_faults(bundle, after, path=f"{own.path}.productOrderItem")
        return
    for fault in count_faults(bundle, after, path=f"{changed[0].path}.product.id"):
        message = f"{fault.message}; the item takes it out of {whole.key}: end or change that too"
        yield replace(fault, message=message)


def _added(whole: Line, inside: Inside, context: OrderContext) -> Counter[str]:
    """Return how many of each offering the lines inside a line add to its bundle."""
    found: Counter[str] = Counter()
    for line in inside.get(whole.id, ()):
        offering = context.offering(line)
        if offering is not None:
            found[offering.id] += line.quantity
    return found
