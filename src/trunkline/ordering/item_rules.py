"""What holds for one item of a product order that is sent in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trunkline.catalog.configuration import completed
from trunkline.catalog.entry import ENDED, Specification
from trunkline.catalog.offering import ProductOffering, is_available, is_on_sale
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.ordering.branch import COUNT_MAX
from trunkline.ordering.intake import is_other, order_prices
from trunkline.ordering.macd.operations import is_resumed_before
from trunkline.ordering.node import NodeAction
from trunkline.ordering.order_catalog import offering_id, specification_id
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import Line
from trunkline.ordering.place_rules import place_faults, unplaced_faults

# What may be done to a product in which status; a suspended one is resumed or ended first.
ALLOWED: dict[NodeAction, tuple[str, ...]] = {
    "modify": ("active",),
    "suspend": ("active",),
    "resume": ("suspended",),
    "delete": ("active", "suspended"),
}


CHANGING = frozenset({"modify", "change", "suspend", "resume"})
DONE_ONCE = "{name} is done once and changes no more"
"""What is said of what is `transient`."""


def is_done_once(specification: Specification, action: str) -> bool:
    """Tell whether an action would change what is done once; its record may still be ended."""
    return specification.transient is True and action in CHANGING


def line_faults(
    line: Line, lines: Mapping[str, Line], context: OrderContext, *, is_filled: bool = False
) -> Iterator[Fault]:
    """Yield everything that is wrong with an item; `is_filled` says that parts are added to it.

    Codes: offeringMissing, offeringRetired, offeringNotOnSale, specificationMismatch, those of
    configuration and places, priceMissing, quantityInvalid, productMissing, productForeign,
    productNotActive, productTransient, wholeSuspended, conflictOpenOrder.
    """
    if line.action is None:
        if is_filled:
            yield from _filled_faults(line, context)
        return
    adds = line.action == "add"
    yield from quantity_faults(line.path, line.quantity, "product", adds=adds)
    if line.action == "add":
        if not context.is_transfer:  # what is handed over may be on sale no more
            yield from _offering_faults(line, context)
            yield from unplaced_faults(line, context)
            yield from _price_faults(line, lines, context)
    else:
        yield from _product_faults(line, line.action, context)
    if line.action in ("add", "modify"):
        yield from _configuration_faults(line, context)
        yield from place_faults(line, context.changed(line), context.foreign_sites)


def _filled_faults(line: Line, context: OrderContext) -> Iterator[Fault]:
    """Yield that what is not changed itself gets a part, although nothing may be done to it."""
    product = context.changed(line)
    if product is not None:
        yield from _status_faults(line, product, "modify", context)


def _status_faults(
    line: Line, product: Product, action: NodeAction, context: OrderContext
) -> Iterator[Fault]:
    is_later = product.id in context.awaited and not context.is_leaving(product)
    if product.status not in ALLOWED[action] and not is_later:
        wanted = " or ".join(ALLOWED[action])
        message = f"product {product.key} is {product.status}; to {action} it, it must be {wanted}"
        yield Fault(f"{line.path}.product.id", "productNotActive", message)


def quantity_faults(path: str, quantity: int, what: str, *, adds: bool) -> Iterator[Fault]:
    """Yield that an item asks for too many, or none, or more than the one that it is about."""
    spot = f"{path}.quantity"
    if adds and not 1 <= quantity <= COUNT_MAX:
        message = f"is {quantity}; order 1 to {COUNT_MAX} at once"
        yield Fault(spot, "quantityInvalid", message)
    elif not adds and quantity != 1:
        message = f"is {quantity}; an item is about one existing {what}, so leave it out"
        yield Fault(spot, "quantityInvalid", message)


def _offering_faults(line: Line, context: OrderContext) -> Iterator[Fault]:
    ident = offering_id(line.item)
    if ident is None:
        message = "name the offering that is ordered"
        yield Fault(f"{line.path}.productOffering", "offeringMissing", message)
        return
    offering = context.catalog.offerings.get(ident)
    if offering is None:  # what names nothing at all is refused as a dangling reference
        return
    spot = f"{line.path}.productOffering.id"
    sold = is_on_sale if line.whole is None else is_available
    if offering.lifecycle_status in ENDED:
        message = f"{offering.name} is {offering.lifecycle_status} and cannot be ordered any more"
        yield Fault(spot, "offeringRetired", message)
    elif not sold(offering, context.now):
        message = f"{offering.name} is not on sale by itself now; order another offering"
        yield Fault(spot, "offeringNotOnSale", message)
    yield from _specification_faults(line, offering)


def _specification_faults(line: Line, offering: ProductOffering) -> Iterator[Fault]:
    named, own = specification_id(line.item), offering.product_specification
    if named is not None and own is not None and named != own.id:
        message = f"{offering.name} is made by another specification; leave it out"
        yield Fault(
            f"{line.path}.product.productSpecification.id", "specificationMismatch", message
        )


def _price_faults(line: Line, lines: Mapping[str, Line], context: OrderContext) -> Iterator[Fault]:
    """Yield a fault for an item that costs nothing at all, parts included: price it at 0."""
    if line.whole is not None or _has_price(line, context):
        return
    if not any(_has_price(one, context) for one in lines.values() if _lies_in(one, line, lines)):
        message = "the offering has no price in force; give the item one, 0 where it is free"
        yield Fault(f"{line.path}.itemPrice", "priceMissing", message)


def _has_price(line: Line, context: OrderContext) -> bool:
    """Return whether an item or its offering says a price; an unknown offering is another fault."""
    offering = context.offering(line)
    if line.item.item_price or offering is None:
        return True
    if any(order_prices(context.catalog.prices_of(offering, context.now))):
        return True
    # One that is sold in other currencies only is told as such.
    return bool(context.catalog.currencies_of(offering, context.now))


def _lies_in(line: Line, whole: Line, lines: Mapping[str, Line]) -> bool:
    current = line.whole
    while current is not None and current != whole.id:
        current = lines[current].whole
    return current is not None


def _product_faults(line: Line, action: NodeAction, context: OrderContext) -> Iterator[Fault]:
    spot = f"{line.path}.product.id"
    if line.product_id is None:
        message = f"name the product to {action}"
        yield Fault(spot, "productMissing", message)
        return
    product = context.products.get(line.product_id)
    if product is None:  # what names nothing at all is refused as a dangling reference
        return
    owners = {one.id for one in product.related_party}
    if context.customer is not None and not owners & context.customer_ids:
        message = f"product {product.key} is not this customer's; name one that is"
        yield Fault(spot, "productForeign", message)
        return
    if action == "resume" and _ends_a_pause(product, context):
        return
    is_later = line.product_id in context.awaited and not context.is_leaving(product)
    yield from _status_faults(line, product, action, context)
    own = product.product_specification
    specification = context.catalog.product_specifications.get(own.id if own else "")
    if specification is not None and is_done_once(specification, action):
        message = f"{DONE_ONCE.format(name=specification.name)}; leave product {product.key} out"
        yield Fault(f"{line.path}.action", "productTransient", message)
    whole = context.suspended_wholes.get(line.product_id) if action == "resume" else None
    if whole is not None and not is_later:
        message = f"product {product.key} is a part of {whole}, which is suspended; resume that"
        yield Fault(spot, "wholeSuspended", message)
    yield from busy_faults(line, context)


def busy_faults(line: Line, context: OrderContext) -> Iterator[Fault]:
    """Yield that another order is not done with a product, unless one starts after the other."""
    product = context.changed(line)
    other = context.open_orders.get(line.product_id or "")
    if product is not None and other is not None:
        message = (
            f"product {product.key} is in order {other}, which is not done; wait, cancel it, or "
            "let this order start after it: orderRelationship with type startsAfter"
        )
        yield Fault(f"{line.path}.product.id", "conflictOpenOrder", message)


def _ends_a_pause(product: Product, context: OrderContext) -> bool:
    """Tell whether what is open about a product is a suspension to come, which resuming ends."""
    operations = context.operations.get(product.id, ())
    starts_at = context.starts_at or context.now
    return is_resumed_before(operations, product.status, max(starts_at, context.now))


def _configuration_faults(line: Line, context: OrderContext) -> Iterator[Fault]:
    """Yield what is wrong with the characteristics given.

    What is installed is judged again only where another offering does not have such a value.
    """
    specification = context.specification(line)
    if specification is None:
        return
    given = list(line.item.product.product_characteristic) if line.item.product else []
    sent = {one.name for one in given}
    held = context.changed(line)
    known = list(given)
    if held is not None:
        known += [one for one in held.product_characteristic if one.name not in sent]
    offering = context.offering(line)
    path = f"{line.path}.product.productCharacteristic"
    allowed = context.catalog.allowed(specification, offering, context.now)
    _, faults = completed(allowed, known, path=path)
    yield from faults_of_given(faults, len(given), len(known), path, is_held=held is not None)
    if held is None or offering is None or not is_other(offering, held):
        return
    of_held = {f"{path}[{at}]": known[at].value for at in range(len(given), len(known))}
    for fault in faults:
        value = of_held.get(path + fault.path.removeprefix(path).partition("]")[0] + "]")
        if value is not None and fault.code != "characteristicUnknown":
            message = f"{fault.message}; product {held.key} has {value}, say another"
            yield Fault(path, fault.code, message)


def faults_of_given(
    faults: Iterable[Fault], given: int, known: int, path: str, *, is_held: bool
) -> Iterator[Fault]:
    """Yield the faults of the values that were given: the first so many of those that are known.

    What is installed (`is_held`) is not judged again, and lacks nothing; pure.
    """
    of_held = tuple(f"{path}[{index}]" for index in range(given, known))
    for fault in faults:
        missing = fault.code == "characteristicMissing" and is_held
        if not missing and not fault.path.startswith(of_held):
            yield fault
