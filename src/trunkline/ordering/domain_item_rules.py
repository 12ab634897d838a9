"""What holds for the items of service and resource orders that other systems place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.catalog.closure import present
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Fault
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service, ServiceState
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.installed import customer_of, values_of
from trunkline.ordering.item_rules import DONE_ONCE, is_done_once, quantity_faults
from trunkline.ordering.resource_order import RESOURCE_ORDER_LIFECYCLE, ResourceOrder
from trunkline.ordering.service_order import (
    SERVICE_ORDER_LIFECYCLE,
    ServiceOrder,
    placed_service_items,
)
from trunkline.ordering.standalone_line import DomainOrder, lines_alone
from trunkline.party.customer import names_of
from trunkline.shared.characteristic import Characteristic

# What may be done to a service in which state; an inactive one is a suspended one.
ALLOWED: Mapping[str, tuple[ServiceState, ...]] = {
    "modify": ("feasibilityChecked", "designed", "reserved", "inactive", "active"),
    "change": ("feasibilityChecked", "designed", "reserved", "inactive", "active"),
    "suspend": ("active",),
    "resume": ("inactive",),
    "delete": ("feasibilityChecked", "designed", "reserved", "inactive", "active"),
}
# Orders in these states have not begun: what they ask for may still change.
OPEN = ("acknowledged", "pending")
# Nor have those in these whose items are acknowledged: they wait for their day.
WAITING = ("inProgress", "held")


@dataclass(frozen=True)
class Asked:
    """What an item asks for: where it stands, what to do with which record, and its state.

    `given` are the values that it says, `count` how many it adds.
    """

    path: str
    id: str
    action: str
    record: str | None
    state: str | None
    given: Sequence[Characteristic] = ()
    count: int = 1


@rule(ServiceOrder)
def service_items_can_be_carried_out(
    work: Work, old: ServiceOrder | None, new: ServiceOrder
) -> Iterator[Fault]:
    """Refuse an item that a service's state does not allow, and a changed one of a begun order."""
    asked = _of_services(new)
    before = _of_services(old) if old is not None else []
    if new.came_from is not None:
        if old is not None and work.actor.kind != "system":
            yield from _part_faults(asked, before, old.key)
        return
    yield from _start_faults(asked, before, SERVICE_ORDER_LIFECYCLE.may_start)
    changed = _changed(asked, before)
    if old is not None and is_begun(old):
        yield from _begun_faults(changed, asked, before, old.key)
        return
    services = present(work, Service, [one.record for one in changed if one.record is not None])
    for one in changed:
        service = services.get(one.record or "")
        if service is None or one.action not in ALLOWED:
            continue
        if service.state not in ALLOWED[one.action]:
            wanted = " or ".join(ALLOWED[one.action])
            yield Fault(
                f"{one.path}.action",
                "serviceStateWrong",
                f"service {service.key} is {service.state}; to {one.action} it, it must be "
                f"{wanted}",
            )
    yield from _transient_faults(work, changed, services)


def _transient_faults(
    work: Work, changed: Sequence[Asked], services: Mapping[str, Service]
) -> Iterator[Fault]:
    """Yield a fault for each item that would change what is done once."""
    made = {ident: one.service_specification for ident, one in services.items()}
    named = [one.id for one in made.values() if one is not None and one.id]
    specifications = present(work, ServiceSpecification, named)
    for one in changed:
        own = made.get(one.record or "")
        found = specifications.get(own.id or "") if own is not None else None
        if found is not None and is_done_once(found, one.action):
            message = f"{DONE_ONCE.format(name=found.name)}; take this item out"
            yield Fault(f"{one.path}.action", "serviceTransient", message)


@rule(ResourceOrder)
def resource_items_can_be_carried_out(
    work: Work, old: ResourceOrder | None, new: ResourceOrder
) -> Iterator[Fault]:
    """Refuse an item in a state that none begins in, and a changed one of a begun order.

    None asks for too many, for several of what is there already, or for what another customer has.
    """
    asked = _of_resources(new)
    before = _of_resources(old) if old is not None else []
    if new.came_from is not None:
        if old is not None and work.actor.kind != "system":
            yield from _part_faults(asked, before, old.key)
        return
    if old is None or old.order_item != new.order_item:
        for line in lines_alone(new):
            adds = line.action == "add"
            yield from quantity_faults(line.path, line.quantity, "resource", adds=adds)
        if work.actor.kind != "system":
            yield from _foreign_faults(work, new)
    yield from _start_faults(asked, before, RESOURCE_ORDER_LIFECYCLE.may_start)
    if old is not None and is_begun(old):
        yield from _begun_faults(_changed(asked, before), asked, before, old.key)


def _foreign_faults(work: Work, order: ResourceOrder) -> Iterator[Fault]:
    """Yield the resources of other customers; what is nobody's, or back in stock, is free."""
    customer = buyer_of(work, order)
    if customer is None:
        return
    names = names_of(customer.id, customer.raw)
    named = [(one.path, one.record_id) for one in lines_alone(order) if one.record_id is not None]
    found = present(work, Resource, [ident for _, ident in named])
    for path, record in [(path, found[one]) for path, one in named if one in found]:
        owner = customer_of(record.related_party)
        if owner not in (None, *names) and record.resource_status != "available":
            message = f"resource {record.key} is not this customer's; name one that is"
            yield Fault(f"{path}.resource.id", "resourceForeign", message)


def is_begun(order: DomainOrder) -> bool:
    """Tell whether an order by itself has begun, so that what it asks for stays."""
    return order.state != "rejected" and has_begun(order)  # what was sent back is put right


def has_begun(order: DomainOrder) -> bool:
    """Tell whether an order by itself has begun, or has ended since."""
    asked = _of_services(order) if isinstance(order, ServiceOrder) else _of_resources(order)
    states = {one.state for one in asked} - {None}
    return order.state not in OPEN and not (order.state in WAITING and states == {"acknowledged"})


def _of_services(order: ServiceOrder) -> list[Asked]:
    return [
        Asked(path, item.id, item.action, item.service.id, item.state,
              item.service.service_characteristic, _count(item.quantity))
        for path, item in placed_service_items(order.service_order_item)
    ]  # fmt: skip


def _count(quantity: int | None) -> int:
    return 1 if quantity is None else quantity


def _of_resources(order: ResourceOrder) -> list[Asked]:
    return [
        Asked(
            f"orderItem[{index}]",
            item.id or str(index + 1),
            item.action or "add",
            item.resource.id if item.resource is not None else None,
            item.state,
            item.resource.resource_characteristic if item.resource is not None else (),
            _count(item.quantity),
        )
        for index, item in enumerate(order.order_item)
    ]


def _start_faults(
    asked: Sequence[Asked], before: Sequence[Asked], may_start: Callable[[str], bool]
) -> Iterator[Fault]:
    """Yield a fault for each new item that is in a state in which none begins."""
    known = {one.id for one in before}
    for one in asked:
        if one.id not in known and one.state is not None and not may_start(one.state):
            message = f"a new item does not start as {one.state}; leave the state out"
            yield Fault(f"{one.path}.state", "lifecycleStart", message)


def _changed(asked: Sequence[Asked], before: Sequence[Asked]) -> list[Asked]:
    """Return the items that are new or ask for something else than before.

    What an item adds gets its id when the order begins.
    """
    known = {one.id: one for one in before}

    def is_same(one: Asked) -> bool:
        old = known.get(one.id)
        return old is not None and old.action == one.action and old.record in (None, one.record)

    return [one for one in asked if not is_same(one)]


def _begun_faults(
    changed: Sequence[Asked], asked: Sequence[Asked], before: Sequence[Asked], key: str
) -> Iterator[Fault]:
    """Yield a fault for each item of a begun order that asks for something else, or is gone."""
    way = "leave its items, or cancel it, and send what is to change as a new order"
    for one in (*changed, *_otherwise(asked, before)):
        yield Fault(one.path, "conflictOrderBegun", f"{key} has begun; {way}")
    here = {one.id for one in asked}
    for one in before:
        if one.id not in here:
            message = f"{key} has begun and item {one.id} is missing; leave its items, or cancel it"
            yield Fault(one.path, "conflictOrderBegun", message)


def _part_faults(asked: Sequence[Asked], before: Sequence[Asked], key: str) -> Iterator[Fault]:
    """Yield a fault for each item of a part of another order that asks for something else."""
    for one in (*_changed(asked, before), *_otherwise(asked, before)):
        message = f"{key} is part of another order; change that one, and this one follows"
        yield Fault(one.path, "conflictPartOfOrder", message)


def _otherwise(asked: Sequence[Asked], before: Sequence[Asked]) -> Iterator[Asked]:
    """Yield the items that ask for the same record, but for other values or another number.

    What an item leaves out of the values that were filled in when it began is not meant otherwise.
    """
    known = {one.id: one for one in before}
    for one in asked:
        old = known.get(one.id)
        if old is None or one.given is old.given and one.count == old.count:
            continue
        values, held = values_of(one.given), values_of(old.given)
        is_other = any(name not in held or held[name] != values[name] for name in values)
        if is_other or one.count != old.count:
            yield one
