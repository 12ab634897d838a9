"""What holds for a service order that is sent in by itself: as much as for a product order.

What a service order does not have is not asked for: offerings, prices and who is billed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from trunkline.catalog.closure import present
from trunkline.catalog.configuration import allowed_by, completed
from trunkline.catalog.entry import ENDED, LIVE
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.catalog.snapshot import load as load_catalog
from trunkline.documents.errors import Fault
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.capture.handing_in import looked_at, policy_faults
from trunkline.ordering.capture.linked import followed, in_line
from trunkline.ordering.capture.moving import is_sent_in
from trunkline.ordering.domain_item_rules import is_begun
from trunkline.ordering.installed import Record, customer_of, is_live, part_ids
from trunkline.ordering.intake_rules import customer_faults, sent_before
from trunkline.ordering.item_rules import faults_of_given, quantity_faults
from trunkline.ordering.order_line import ACTIONS
from trunkline.ordering.place_rules import foreign_among, site_fault, unplaced_fault
from trunkline.ordering.retroactive import RETROACTIVE, is_past, past_fault
from trunkline.ordering.service_order import (
    ServiceOrder,
    ServiceOrderItem,
    placed_service_items,
)
from trunkline.ordering.standalone_line import line_faults, lines_alone
from trunkline.party.customer import names_of

SENT_BEFORE = """
select o.key
from service_order o
join ordering_reference r on r.source = o.id
where o.p_external_id = %s
  and r.target = %s::uuid
  and r.path = 'relatedParty'
  and o.id <> %s::uuid
  and not jsonb_path_exists(o.doc::jsonb, '$.productOrder.id')
  and not jsonb_path_exists(o.doc::jsonb, '$.serviceOrder.id')
order by o.id
limit 1
"""
# Two orders for one service do not pass each other.
LOCK = """
select count(pg_advisory_xact_lock(hashtextextended(id, 638))) from (
  select unnest(%s::text[]) as id order by id
) wanted
"""
# What a pending order asks for counts once it is acknowledged, as a draft once it is sent; and
# it still counts where an order that has a plan, or is looked at, was put back to pending.
OPEN_ORDERS = """
select r.target::text, o.id::text,
  coalesce(o.doc #>> '{productOrder,id}', o.doc #>> '{serviceOrder,id}'), o.key
from ordering_reference r
join service_order o on o.id = r.source
where r.target = any(%s::uuid[])
  and r.type = 'ServiceOrder'
  and r.path like 'serviceOrderItem%%.service'
  and o.id <> %s::uuid
  and o.p_state <> all(%s)
  and (o.p_state <> 'pending' or jsonb_path_exists(o.doc::jsonb, '$.productOrder.id')
    or jsonb_path_exists(o.doc::jsonb, '$.serviceOrder.id')
    or jsonb_exists(o.doc::jsonb, 'intakeState')
    or exists (select 1 from plan_item p where p.root = o.id))
order by r.target, o.id
"""
# Of several alike, an order names the first; each of them names the order.
STILL_MADE = """
select o.id::text, coalesce(o.doc #>> '{productOrder,id}', o.doc #>> '{serviceOrder,id}'), o.key
from service_order o
where o.id = any(%s::uuid[]) and o.id <> %s::uuid and o.p_state <> all(%s)
"""
CONFIGURED = ("add", "modify", "change")
NOT_OPEN = ["rejected", "cancelled", "completed", "partial", "failed"]


@rule(ServiceOrder)
def service_order_can_be_carried_out(
    work: Work, old: ServiceOrder | None, new: ServiceOrder
) -> Iterator[Fault]:
    """Refuse a service order by itself that could not be carried out, with all that is wrong.

    It is looked at when it is sent in, when it is acknowledged or goes on without that, and when
    what it asks for changes before it has begun. Codes: those of the customer of an order and of
    configurations, policyRefuses, retroactiveNotAllowed, specificationMissing, placeMissing,
    specificationRetired, specificationNotLive, specificationMismatch, recordMissing,
    dependencyCycle, quantityInvalid, siteForeign, serviceForeign, customerForeign, notAllowed,
    serviceTwice, linkForeign, linkEnded, conflictOpenOrder.
    """
    if new.came_from is None and work.actor.kind != "system":
        yield from faults_alone(work, old, new)


def faults_alone(
    work: Work, old: ServiceOrder | None, new: ServiceOrder, *, holds: bool = True
) -> Iterator[Fault]:
    """Yield what keeps a service order by itself from being carried out.

    `holds` lets other orders of its services wait until this one is stored.
    """
    yield from _id_faults(old, new)
    if not _is_due(work, old, new):
        return
    yield from policy_faults(work, new)
    items = {
        path: one
        for path, one in placed_service_items(new.service_order_item)
        if one.action in ACTIONS
    }
    customer = buyer_of(work, new)
    adds = any(one.action == "add" for one in items.values())
    held = _held(work, items, holds=holds)
    if adds or new.related_party or any(one.related_party for one in held.values()):
        # What is nobody's may be changed for nobody.
        yield from customer_faults(new.related_party, customer, adds=adds)
    yield from _start_faults(work, old, new)
    yield from line_faults(lines_alone(new))
    wanted = {path: _specification_of(one, held.get(path)) for path, one in items.items()}
    known = present(work, ServiceSpecification, [one for one in wanted.values() if one])
    names = names_of(customer.id, customer.raw) if customer is not None else []
    yield from _place_faults(work, items, held, set(names))
    yield from _named_faults(work, new, held, names)
    for path, item in items.items():
        yield from _item_faults(path, item, held.get(path), names)
        yield from _party_faults(path, item, held.get(path), names)
        specification = known.get(wanted[path] or "")
        if specification is not None:
            yield from _specified_faults(work, path, item, held.get(path), specification)
    unplaced = {
        path: known[wanted[path] or ""]
        for path, item in items.items()
        if item.action == "add" and "." not in path and not item.service.place
        and wanted[path] in known
    }  # fmt: skip
    yield from _unplaced_faults(work, unplaced)
    yield from _elsewhere_faults(work, new, held)


@rule(ServiceOrder)
def service_order_is_new(
    work: Work, old: ServiceOrder | None, new: ServiceOrder
) -> Iterator[Fault]:
    """Refuse a service order that its customer has sent before, and name that one."""
    if new.came_from is not None or work.actor.kind == "system":
        return
    if old is None or old.external_id != new.external_id:
        yield from sent_before(work, new, new.id, SENT_BEFORE)


def _id_faults(old: ServiceOrder | None, new: ServiceOrder) -> Iterator[Fault]:
    """Yield the ids that are sent for what is added; those that it got when it began stay.

    That the items of an order that has begun stay is told elsewhere, but for ids that fill a gap.
    """
    before = placed_service_items(old.service_order_item) if old is not None else ()
    known = {one.id: one for _, one in before}
    has_begun = old is not None and is_begun(old)
    for path, item in placed_service_items(new.service_order_item):
        former = known.get(item.id)
        given = former.service.id if former is not None else None
        if item.action != "add" or item.service.id is None:
            continue
        if has_begun and (former is None or given is not None):
            continue
        if former is None or (former.action, given) != ("add", item.service.id):
            message = "what is added gets its id here; leave it out, or modify it"
            yield Fault(f"{path}.service.id", "notAllowed", message)


def _is_due(work: Work, old: ServiceOrder | None, new: ServiceOrder) -> bool:
    """Tell whether what an order asks for is to be looked at now."""
    if old is None:
        return True
    if is_begun(old):
        return False
    if looked_at(old) != looked_at(new) or _lets_go(old, new):
        return True
    return is_sent_in(old, new) and plan_store.read(work, new.id) is None


def _lets_go(old: ServiceOrder, new: ServiceOrder) -> bool:
    """Tell whether an order that has not ended starts after another no more."""
    before, after = ({ident for _, ident in followed(one)} for one in (old, new))
    return not before <= after and new.state not in NOT_OPEN


def _start_faults(work: Work, old: ServiceOrder | None, new: ServiceOrder) -> Iterator[Fault]:
    is_said = old is None or old.requested_start_date != new.requested_start_date
    may = work.actor.may(RETROACTIVE) is not None
    if is_said and not may and is_past(new.requested_start_date, work.now):
        yield past_fault("requestedStartDate")


def _held(work: Work, items: Mapping[str, ServiceOrderItem], *, holds: bool) -> dict[str, Service]:
    """Return by path the services that items change, locked against other orders."""
    named = {path: one.service.id for path, one in items.items() if one.action != "add"}
    known = sorted({one for one in named.values() if one and UUID.match(one)})
    if not known:
        return {}
    if holds:
        work.connection.execute(LOCK, [known])
    found = present(work, Service, known)
    return {path: found[one] for path, one in named.items() if one in found}


def _specification_of(item: ServiceOrderItem, held: Service | None) -> str | None:
    """Return the id of what a service is specified by: as the item says, else as it has it."""
    said = item.service.service_specification
    if said is None and held is not None:
        said = held.service_specification
    return said.id if said is not None else None


def _place_faults(
    work: Work, items: Mapping[str, ServiceOrderItem], held: Mapping[str, Service], names: Set[str]
) -> Iterator[Fault]:
    """Yield the sites of other customers, unless a service is there already."""
    named = {each.id for one in items.values() for each in one.service.place if each.id}
    foreign = foreign_among(work, named, names)
    for path, item in items.items():
        kept = {each.id for each in held[path].place} if path in held else set()
        for index, one in enumerate(item.service.place):
            key = foreign.get(one.id or "")
            if key is not None and one.id not in kept:
                yield site_fault(f"{path}.service.place[{index}].id", key)


def _item_faults(
    path: str, item: ServiceOrderItem, held: Service | None, names: Sequence[str]
) -> Iterator[Fault]:
    quantity = 1 if item.quantity is None else item.quantity
    yield from quantity_faults(path, quantity, "service", adds=item.action == "add")
    owners = {one.id for one in held.related_party} if held is not None else set()
    if held is not None and owners and names and owners.isdisjoint(names):
        message = f"service {held.key} is not this customer's; name one that is"
        yield Fault(f"{path}.service.id", "serviceForeign", message)


def _unplaced_faults(work: Work, unplaced: Mapping[str, ServiceSpecification]) -> Iterator[Fault]:
    """Yield what is added without a place although it is at one, or leads to what is."""
    if not unplaced:
        return
    idents = sorted({one.id for one in unplaced.values()})
    catalog = load_catalog(work, (), service_ids=idents)
    for path, specification in unplaced.items():
        yield from unplaced_fault(f"{path}.service.place", specification, catalog)


def _named_faults(
    work: Work, order: ServiceOrder, held: Mapping[str, Service], names: Sequence[str]
) -> Iterator[Fault]:
    """Yield what is another customer's, or has ended, of what items name beside what they change.

    That is what something is put into, and what it is to run on; what it runs on already may stay.
    """
    named: list[tuple[str, str]] = []
    for path, item in placed_service_items(order.service_order_item):
        spot, service = f"{path}.service", item.service
        if item.action not in ACTIONS and service.id is not None:
            named.append((f"{spot}.id", service.id))
        kept = part_ids(held[path]) if path in held else ()
        lists: Mapping[str, Sequence[str | None]] = {
            "supportingService": [one.id for one in service.supporting_service],
            "supportingResource": [one.id for one in service.supporting_resource],
        }
        for name, listed in lists.items():
            for index, ident in enumerate(listed):
                if ident is not None and ident not in kept:
                    named.append((f"{spot}.{name}[{index}].id", ident))
    idents = sorted({one for _, one in named})
    found: dict[str, Record] = {}
    for kind in (Service, Resource) if idents else ():
        found |= present(work, kind, idents)
    for path, record in [(path, found[one]) for path, one in named if one in found]:
        if customer_of(record.related_party) not in (None, *names):
            yield Fault(path, "linkForeign", f"{record.key} is not this customer's; leave it out")
        elif not is_live(record):
            yield Fault(path, "linkEnded", f"{record.key} is not in use any more; leave it out")


def _party_faults(
    path: str, item: ServiceOrderItem, held: Service | None, names: Sequence[str]
) -> Iterator[Fault]:
    """Yield the customers that an item gives a service, unless it is the order's or has them."""
    kept = {one.id for one in held.related_party} if held is not None else set()
    for index, one in enumerate(item.service.related_party):
        is_customer = (one.role or "").lower() == "customer"
        if is_customer and names and one.id not in names and one.id not in kept:
            message = "is not the customer of this order; leave it out"
            where = f"{path}.service.relatedParty[{index}].id"
            yield Fault(where, "customerForeign", message)


def _specified_faults(
    work: Work, path: str, item: ServiceOrderItem, held: Service | None,
    specification: ServiceSpecification,
) -> Iterator[Fault]:  # fmt: skip
    """Yield what is wrong with a specification, and with the values that are given for it."""
    spot = f"{path}.service.serviceSpecification.id"
    own = held.service_specification if held is not None else None
    if held is not None and own is not None and own.id != specification.id:
        message = f"service {held.key} has another specification; leave it out"
        yield Fault(spot, "specificationMismatch", message)
        return
    status = specification.lifecycle_status
    if item.action == "add" and status in ENDED:
        message = f"{specification.name} is {status} and cannot be ordered any more"
        yield Fault(spot, "specificationRetired", message)
    elif item.action == "add" and status not in LIVE:
        message = f"{specification.name} is {status}; publish it before it is ordered"
        yield Fault(spot, "specificationNotLive", message)
    if item.action not in CONFIGURED:
        return
    given = item.service.service_characteristic
    sent = {one.name for one in given}
    kept = held.service_characteristic if held is not None else []
    known = [*given, *(one for one in kept if one.name not in sent)]
    where = f"{path}.service.serviceCharacteristic"
    allowed = allowed_by(specification.characteristics, (), at=work.now)
    _, faults = completed(allowed, known, path=where)
    yield from faults_of_given(faults, len(given), len(known), where, is_held=held is not None)


def _made_by(service: Service) -> list[str]:
    """Return the orders that a service says it was made by."""
    found = [one.service_order_id for one in service.service_order_item]
    return [one for one in found if one is not None and UUID.match(one)]


def _elsewhere_faults(
    work: Work, order: ServiceOrder, held: Mapping[str, Service]
) -> Iterator[Fault]:
    """Yield the services that two items are about, or an open order beside this one."""
    if not held:
        return
    idents = sorted({one.id for one in held.values()})
    made_by = {one.id: _made_by(one) for one in held.values()}
    named = sorted({each for one in made_by.values() for each in one})
    asked = [idents, order.id, NOT_OPEN]
    found: list[tuple[str, str, str | None, str]] = []
    if named:
        makers = work.connection.execute(STILL_MADE, [named, *asked[1:]]).fetchall()
        for ident, product_order, key in makers:
            made = (one for one, orders in made_by.items() if ident in orders)
            found += ((one, ident, product_order, key) for one in made)
    found = [*work.connection.execute(OPEN_ORDERS, asked).fetchall(), *found]
    others = _first_besides(work, order, found)
    seen: dict[str, str] = {}
    for path, service in held.items():
        first = seen.setdefault(service.id, path)
        if first != path:
            message = f"{first} is about the same service; put both into one item"
            yield Fault(f"{path}.service.id", "serviceTwice", message)
        elif service.id in others:
            message = (
                f"service {service.key} is in order {others[service.id]}, which is not done; wait, "
                "cancel it, or let this order start after it: orderRelationship with type "
                "startsAfter"
            )
            yield Fault(f"{path}.service.id", "conflictOpenOrder", message)


def _first_besides(
    work: Work, order: ServiceOrder, found: Sequence[tuple[str, str, str | None, str]]
) -> dict[str, str]:
    """Return by service the first of the open orders about it that is not in line with this one.

    One that a product order has made is in line where that is; `found` holds the service, the
    order, the product order and the order's key.
    """
    if not found:
        return {}
    named = {one for _, ident, product_order, _ in found for one in (ident, product_order) if one}
    line = in_line(work, order, named)
    besides: dict[str, str] = {}
    for service, ident, product_order, key in found:
        if line.ahead.isdisjoint((ident, product_order)) and ident not in line.behind:
            besides.setdefault(service, key)
    return besides
