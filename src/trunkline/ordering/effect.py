"""Effects: what a step that is done, skipped or called off means for the records it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product, ProductTerm
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.ordering.closing import closed_by
from trunkline.ordering.configured import put_values
from trunkline.ordering.edits import Edits, may_reach, set_state
from trunkline.ordering.left_out import never_handed_over
from trunkline.ordering.links import carry_over_links
from trunkline.ordering.macd.commitment import agreed_terms, begin_terms
from trunkline.ordering.new_records import billed_anew, order_item_link, prices
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.price_history import succeeded
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.retroactive import counts_since
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.steps import needed_steps
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.price import ProductPrice

SERIAL_NUMBER = "serialnumber"
PRODUCT_STATUS = {"suspend": "suspended", "resume": "active"}
REPLACED = {"place", "productOffering", "productPrice", "billingAccount"}
ORDER_STATE = {"completed": "completed", "skipped": "failed", "canceled": "cancelled"}


def carry_over(edits: Edits, plan: Plan, items: Iterable[PlanItem], at: datetime) -> None:
    """Bring products, services, resources and their orders to where ended steps leave them."""
    ended = sorted(items, key=lambda one: one.position)
    for item in ended:
        if item.part_of is not None:  # the record is done when its own step is, which comes last
            continue
        for one in closed_by(plan, item):
            _domain_order(edits, one, at)
        if item.kind in {"milestone", "timer"}:
            continue
        if item.product is not None:
            _product(edits, plan, item, at)
        elif item.service is not None:
            _service(edits, plan, item, at)
        elif item.resource is not None:
            _resource(edits, plan, item, at)
    carry_over_links(edits, ended)


def begin_orders(edits: Edits, items: Iterable[PlanItem], at: datetime) -> None:
    """Bring the service and resource orders of steps that begin into progress."""
    begun = [one for one in items if one.direction == "do"]
    orders: list[ServiceOrder | ResourceOrder] = [
        *edits.take(ServiceOrder, [one.service_order for one in begun]),
        *edits.take(ResourceOrder, [one.resource_order for one in begun]),
    ]
    for order in orders:
        if order.state in {"acknowledged", "pending"}:
            set_order_state(order, "inProgress")
            order.start_date = at


def set_order_state(order: ServiceOrder | ResourceOrder, state: str) -> None:
    """Set the state of a service or resource order and of its lines."""
    set_state(order, state)
    for item in order.every_item:
        item.raw["state"] = state


def _domain_order(edits: Edits, item: PlanItem, at: datetime) -> None:
    """End the service or resource order of a step; one that has ended stays as it is.

    An order that stands by itself ends with its last milestone.
    """
    state = "cancelled" if item.direction == "undo" else ORDER_STATE[item.state]
    orders: list[ServiceOrder | ResourceOrder] = [
        *edits.take(ServiceOrder, [item.service_order]),
        *edits.take(ResourceOrder, [item.resource_order]),
    ]
    for order in orders:
        if order.id == item.root or not may_reach(order, state):
            continue
        set_order_state(order, state)
        if state == "cancelled" and isinstance(order, ServiceOrder):
            order.cancellation_date = at
        else:
            order.completion_date = at


# --- products ----------------------------------------------------------------------------------


def _product(edits: Edits, plan: Plan, item: PlanItem, at: datetime) -> None:
    product = edits.one(Product, item.product)
    if product is None:
        return
    if item.state != "completed":
        _product_not_done(edits, plan, product, item, at)
        return
    effect = item.effect
    is_new = item.action == "add" or item.direction == "undo"
    order = None if is_new else edits.one(ProductOrder, plan.root)
    since = at if order is None else counts_since(order, item.item_id, at)
    if effect == "add":
        _begin_product(product, at)
    elif effect == "delete":
        _end_product(product, since)
    elif effect == "modify":
        put_values(product.product_characteristic, item.values)
        _put(product, item)
    elif may_reach(product, PRODUCT_STATUS[effect or "resume"]):
        set_state(product, PRODUCT_STATUS[effect or "resume"])
    if item.direction == "undo":
        return
    if item.action in {"add", "modify"}:
        found = assigned(plan, item) | gathered(plan, item) | never_handed_over(plan, item)
        put_values(product.product_characteristic, found)
    if order is not None:
        _note_order_item(order, product, item, since)


def _begin_product(product: Product, at: datetime) -> None:
    if may_reach(product, "active"):
        set_state(product, "active")
        if product.start_date is None:
            product.start_date = at
        begin_terms(product.product_term, product.start_date)


def _end_product(product: Product, at: datetime) -> None:
    """End a product; one that never became active is canceled."""
    if may_reach(product, "cancelled"):
        set_state(product, "cancelled")
    elif may_reach(product, "terminated"):
        set_state(product, "terminated")
        product.termination_date = _not_before(product, at)


def _product_not_done(
    edits: Edits, plan: Plan, product: Product, item: PlanItem, at: datetime
) -> None:
    """A product that was not made is canceled; one that was not ended is what it was."""
    if item.direction == "undo":
        return
    if item.action == "add" and may_reach(product, "cancelled"):
        set_state(product, "cancelled")
        _release_below(edits, plan, item, at)
    if item.action == "delete" and product.status == "pendingTerminate":
        former = item.former if isinstance(item.former, dict) else {}
        set_state(product, str(former.get("state") or "active"))


def _not_before(product: Product, at: datetime) -> datetime:
    """Return an instant, or the start of the product where that comes later."""
    return at if product.start_date is None else max(at, product.start_date)


def _note_order_item(
    order: ProductOrder, product: Product, item: PlanItem, since: datetime
) -> None:
    """Write the order item to the product, and what a modification says beside its values.

    The parts of a product that change with it have offerings and prices of their own.
    """
    line = _line(order, item.item_id)
    if line is None:
        return
    product.raw.setdefault("productOrderItem", []).append(order_item_link(order.id, line))
    if item.action != "modify" or item.node_key != f"{line.id}/product":
        return
    product.raw.update(billed_anew(order, line))
    held, offering = product.product_offering, line.product_offering
    is_other = offering is not None and (held is None or held.id != offering.id)
    if offering is not None and is_other:
        product.product_offering = ProductOfferingRef.wrap(dict(offering.raw))
    if line.item_term:
        product.product_term = [ProductTerm.wrap(one) for one in agreed_terms(line.item_term)]
        begin_terms(product.product_term, _not_before(product, since))
    changed = line.product.product_price if line.product is not None else []
    found = [ProductPrice.wrap(dict(one.raw)) for one in changed] or [
        ProductPrice.wrap(one) for one in prices(line)
    ]
    if found:
        product.product_price = succeeded(
            list(product.product_price),
            found,
            since=_not_before(product, since),
            is_other_offering=is_other,
        )


def _line(order: ProductOrder, ident: str | None) -> ProductOrderItem | None:
    placed = placed_product_items(order.product_order_item)
    return next((one for _, one in placed if one.id == ident), None)


# --- services and resources --------------------------------------------------------------------


def _service(edits: Edits, plan: Plan, item: PlanItem, at: datetime) -> None:
    service = edits.one(Service, item.service)
    if service is None:
        return
    if item.state != "completed":
        if item.direction == "do" and item.action == "add" and may_reach(service, "terminated"):
            set_state(service, "terminated")
            service.end_date = at
            _release_below(edits, plan, item, at)
        return
    effect = item.effect
    if effect in {"add", "resume"} and may_reach(service, "active"):
        set_state(service, "active")
        if service.start_date is None:
            service.start_date = at
    elif effect == "suspend" and may_reach(service, "inactive"):
        set_state(service, "inactive")
    elif effect == "delete" and may_reach(service, "terminated"):
        set_state(service, "terminated")
        service.end_date = at
    if effect == "modify" or (effect == "add" and item.direction == "do"):
        put_values(service.service_characteristic, item.values)
        _put(service, item)
    for back in _left_out_changes(plan, item):
        put_values(service.service_characteristic, back.values)
        _put(service, back)
    if item.direction == "do" and item.action in {"add", "modify"}:
        values = answered(item) if item.kind != "automatic" else assigned(plan, item)
        values = {**values, **gathered(plan, item)}
        if item.kind == "automatic" and item.origin is None:
            values |= never_handed_over(plan, item)
        put_values(service.service_characteristic, values)
        _supply(edits, plan, item, values)


def _left_out_changes(plan: Plan, item: PlanItem) -> list[PlanItem]:
    """Return what takes back the changes of a new service that were not handed over after all.

    These are changes of its order that its plan definition was to hand over, the latest first: the
    service is made as it was handed over before.
    """
    if item.origin is None or item.effect != "add" or item.direction == "undo":
        return []
    own = [one for one in needed_steps(plan.items, item) if one.part_of == item.id]
    left_out = [one for one in own if one.action == "modify" and one.state == "skipped"]
    ordered = sorted(left_out, key=lambda step: step.position, reverse=True)
    return [replace(one, direction="undo") for one in ordered]


def _supply(edits: Edits, plan: Plan, item: PlanItem, values: Mapping[str, Json]) -> None:
    """Give the resources below a service the values that the network assigned for them."""
    below = [plan.items[one] for one in item.needs if plan.items[one].layer == "resource"]
    for one in below if values else ():
        wanted = {name: values[name] for name in one.wants or () if name in values}
        resource = edits.one(Resource, one.resource) if wanted else None
        if resource is not None:
            _identify(resource, wanted)


def _identify(resource: Resource, values: Mapping[str, Json]) -> None:
    """Set values of a resource; the first text among them is what it is known by."""
    put_values(resource.resource_characteristic, values)
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        if name.lower().endswith(SERIAL_NUMBER):
            if resource.serial_number is None:
                resource.serial_number = value
        elif resource.value is None:
            resource.value = value


def _resource(edits: Edits, plan: Plan, item: PlanItem, at: datetime) -> None:
    resource = edits.one(Resource, item.resource)
    if resource is None:
        return
    if item.state != "completed":
        if item.direction == "do" and item.action == "add":
            _release(resource, at)
        return
    if item.effect in {"add", "resume"}:
        resource.usage_state = "active"
        resource.operational_state = "enable"
        if resource.start_operating_date is None:
            resource.start_operating_date = at
    elif item.effect == "delete":
        _release(resource, at)
    elif item.effect == "suspend":
        resource.usage_state = "idle"
    elif item.effect == "modify":
        put_values(resource.resource_characteristic, item.values)
        _put(resource, item)
    if item.direction == "do" and item.action in {"add", "modify"}:
        _identify(resource, {**answered(item), **gathered(plan, item)})


def _release_below(edits: Edits, plan: Plan, item: PlanItem, at: datetime) -> None:
    """Free the resources that were made ready only for what is left out.

    In an order that is being canceled, undoing their own steps does that.
    """
    going_on = {
        need
        for one in plan
        if one.kind != "milestone" and one.state != "skipped"
        for need in one.needs
    }
    below = [plan.items[one] for one in item.needs if item.state == "skipped"]
    for one in below:
        is_made = one.layer == "resource" and one.action == "add" and one.state == "completed"
        if is_made and one.id not in going_on:
            resource = edits.one(Resource, one.resource)
            if resource is not None:
                _release(resource, at)


def _release(resource: Resource, at: datetime) -> None:
    resource.resource_status = "available"
    resource.usage_state = "idle"
    resource.operational_state = "disable"
    resource.end_operating_date = at


# --- values ------------------------------------------------------------------------------------


def answered(item: PlanItem) -> Mapping[str, Json]:
    """Return the values that came back with a step's answer."""
    answer = item.answer if isinstance(item.answer, dict) else {}
    found = answer.get("characteristic")
    return found if isinstance(found, dict) else {}


def gathered(plan: Plan, item: PlanItem) -> dict[str, Json]:
    """Return the values that the steps of a record's plan definition brought, in their sequence."""
    if item.origin is None:
        return {}
    own = [one for one in needed_steps(plan.items, item) if one.part_of == item.id]
    found: dict[str, Json] = {}
    for one in sorted(own, key=lambda step: step.position):
        found |= answered(one)
    return found


def assigned(plan: Plan, item: PlanItem) -> dict[str, Json]:
    """Return the values that a record still wants, from the answers of the steps below it."""
    wants: Sequence[str] = item.wants or ()
    found: dict[str, Json] = {}
    if item.kind == "callout":
        found = {name: value for name, value in answered(item).items() if name in wants}
    waiting = list(item.needs) if wants else []
    seen: set[str] = set(waiting)
    for ident in waiting:  # grows while it is walked
        below = plan.items[ident]
        found.update({name: value for name, value in answered(below).items() if name in wants})
        for need in below.needs:
            if need not in seen:
                seen.add(need)
                waiting.append(need)
    return found


def _put(record: Product | Service | Resource, item: PlanItem) -> None:
    """Put a record where a modification moves it; undoing one brings back all that it replaced."""
    former = item.former if isinstance(item.former, dict) and item.action == "modify" else {}
    if item.direction == "undo":
        for name in REPLACED & former.keys():
            record.raw[name] = load(encode(former[name]))
            if former[name] is None:
                del record.raw[name]
    elif "place" in former:
        record.raw["place"] = _moved(former["place"], load(encode(item.place)))


def _moved(held: Json, place: dict[str, Json]) -> Json:
    """Return the places of a record that moves: the first is another one, in the same role."""
    places: list[dict[str, Json]] = held if isinstance(held, list) else [held or {}]
    role = {"role": places[0]["role"]} if places and "role" in places[0] else {}
    moved = {**role, **place}
    return moved if isinstance(held, dict) else [moved, *load(encode(places[1:]))]
