"""Orders that stand by themselves: service and resource orders placed without a product order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trunkline.catalog.closure import present
from trunkline.catalog.configuration import allowed_by, completed
from trunkline.catalog.entry import Specification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault
from trunkline.documents.shape import Json
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store, waiting
from trunkline.ordering.capture import linked
from trunkline.ordering.capture.deciding import look_into
from trunkline.ordering.capture.moving import HELD as LOOKED_AT
from trunkline.ordering.capture.moving import stage_of
from trunkline.ordering.edits import Edits
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.fulfilment import Fulfilment, fulfilment_of
from trunkline.ordering.handoff import outbound
from trunkline.ordering.jeopardy.follow import has_dates
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.new_plan import END, milestone
from trunkline.ordering.plan_item import ItemKind, Plan, PlanItem
from trunkline.ordering.pooled.standing_alone import take_values
from trunkline.ordering.progress import go_on
from trunkline.ordering.resource_order import ResourceOrder, ResourceOrderItem
from trunkline.ordering.service_order import (
    DOMAIN_ORDER_MOVES,
    ON_REQUEST,
    ServiceOrder,
    ServiceOrderErrorMessage,
    ServiceOrderItem,
)
from trunkline.ordering.standalone_line import (
    ACTIONS,
    Line,
    Order,
    each_copy,
    line_faults,
    lines_alone,
)
from trunkline.shared.note import Note

HELD = ("held",)
RELEASED = ("pending", "inProgress")
LOOKS_MAX = 5
"""How often it is looked what an order starts after, while that ends."""
STARTABLE = ("acknowledged", "inProgress")


@rule(ServiceOrder, ResourceOrder)
def new_order_has_not_begun(work: Work, old: Order | None, new: Order) -> Iterator[Fault]:
    """Refuse a new order by itself that says it is in progress: nobody would carry it out."""
    if old is not None or new.product_order is not None or work.actor.kind == "system":
        return
    if new.state == "inProgress":
        message = "a new order starts as acknowledged, pending, not inProgress; it begins by itself"
        yield Fault("state", "lifecycleStart", message)


@rule(ServiceOrder, ResourceOrder)
def pending_order_is_acknowledged_first(
    work: Work, old: Order | None, new: Order
) -> Iterator[Fault]:
    """Refuse to say of a pending order that it is in progress: acknowledging it begins it."""
    if old is None or (old.state, new.state) != ("pending", "inProgress"):
        return
    if new.product_order is not None or work.actor.kind == "system":
        return
    if plan_store.read(work, new.id) is None:
        allowed = [one for one in DOMAIN_ORDER_MOVES["pending"] if one in ON_REQUEST]
        names = ", ".join(one for one in allowed if one != "inProgress")
        yield Fault(
            "state",
            "lifecycleMove",
            f"cannot go from pending to inProgress before it has begun; allowed from here: {names}."
            " Acknowledge it, and it begins",
        )


@on(
    event(ServiceOrder, "created").to("acknowledged"),
    event(ServiceOrder, "state_changed").to("acknowledged"),
)
def begin_service_order(work: Work, order: ServiceOrder) -> None:
    """Carry out a service order placed by itself, one command per line; go on after a hold."""
    _begin_or_go_on(work, order)


@on(
    event(ResourceOrder, "created").to("acknowledged"),
    event(ResourceOrder, "state_changed").to("acknowledged"),
)
def begin_resource_order(work: Work, order: ResourceOrder) -> None:
    """Carry out a resource order placed by itself; go on after a hold."""
    _begin_or_go_on(work, order)


@on(
    event(ServiceOrder, "state_changed").to(*RELEASED, since=HELD),
    event(ResourceOrder, "state_changed").to(*RELEASED, since=HELD),
)
def go_on_after_hold(work: Work, order: Order) -> None:
    """Go on with an order by itself after a hold, or begin it where it had not begun."""
    _begin_or_go_on(work, order, released=True)


@on(event(ServiceOrder, "changed"), event(ResourceOrder, "changed"))
def follow_changed_order(work: Work, order: Order) -> None:
    """Begin at another time where an order by itself that has not begun is wanted at another."""
    if order.product_order is not None:
        return
    plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    if plan is None and isinstance(order, ServiceOrder) and order.intake_policy:
        _begin_or_go_on(work, order)  # all who were to look at it may have agreed
    if plan is None or plan.wait is None:
        return
    has_faults = any(line_faults(lines_alone(order)))
    if has_faults or plan.wait.due_at != waiting.later_start(order, work.now):
        begin_again(work, plan)


def begin_again(work: Work, plan: Plan) -> None:
    """Begin an order that has waited for its day, or let it wait for another one.

    An order that is on hold stays so: it begins when it is released.
    """
    if plan.wait is None or not plan.may_start:
        return
    is_service = plan.kind == "ServiceOrder"
    order = work.lock(ServiceOrder if is_service else ResourceOrder, plan.root)
    assert isinstance(order, ServiceOrder | ResourceOrder)
    waiting.stop_waiting(work, plan.wait)
    plan_store.remove(work, plan.root)
    _begin(work, order)


def _begin_or_go_on(work: Work, order: Order, *, released: bool = False) -> None:
    """Go on with an order that has begun; begin another one, or let people look at it first.

    What was put aside by then begins when it is acknowledged, or `released` from a hold.
    """
    if order.product_order is not None:
        return
    plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    if plan is not None and plan.wait is not None:
        begin_again(work, plan)
    elif plan is not None:
        go_on(work, plan, Edits(work))
    elif order.state not in STARTABLE and not (released and order.state == "pending"):
        return
    elif isinstance(order, ServiceOrder) and stage_of(order) in LOOKED_AT:
        look_into(work, order)
    else:
        _begin(work, order)


def _begin(work: Work, order: Order) -> None:
    edits = Edits(work)
    edits.keep(order)
    lines = lines_alone(order)
    faults = list(line_faults(lines))
    if faults:
        _give_up(edits, order, faults)
        return
    is_service = isinstance(order, ServiceOrder)
    plan = Plan(order.id, "ServiceOrder" if is_service else "ResourceOrder", "inProgress")
    later = waiting.later_start(order, work.now)
    if later is not None:
        ident = work.services.chance.uuid()
        _wait(edits, order, plan, waiting.day_item(order, ident, later, work.now))
        return
    if isinstance(order, ServiceOrder) and _waits_for_others(work, edits, order, plan):
        return
    wanted = [one.specification for one in lines if one.specification]
    kind = ServiceSpecification if is_service else ResourceSpecification
    specifications: Mapping[str, Specification] = present(work, kind, wanted)
    if isinstance(order, ResourceOrder):
        faults = take_values(work, edits, order, lines, specifications)
        if faults:
            _give_up(edits, order, faults)
            return
        lines = lines_alone(order)
    else:
        _fill_in(work, lines, specifications)
        lines = each_copy(lines_alone(order))
    for line in lines:
        _make_record(edits, order, line)
    outbound.clear(order)
    default: ItemKind = "callout" if is_service else "automatic"
    plan.extend(_steps(work, order, lines, specifications, default))
    plan.is_watched = has_dates(plan, order, policies(work))
    set_order_state(order, "inProgress")
    order.start_date = work.now
    go_on(work, plan, edits)


def _waits_for_others(work: Work, edits: Edits, order: ServiceOrder, plan: Plan) -> bool:
    """Let an order wait that starts after others; return whether it does, or cannot begin at all.

    What it waits for may end at this moment: then it is looked at once more.
    """
    for _ in range(LOOKS_MAX):
        first = linked.before(work, order)
        if first.faults:
            _give_up(edits, order, first.faults)
            return True
        if not first.all:
            return False
        if not first.begun or waiting.begin_waiting(work, order, first.begun):
            ident = work.services.chance.uuid()
            _wait(edits, order, plan, waiting.wait_item(order, ident, first.all, work.now))
            if first.others:
                linked.look_later(work, order)
            return True
    raise Conflict("conflictGone", f"what {order.key} starts after changes all the time")


def _wait(edits: Edits, order: Order, plan: Plan, step: PlanItem) -> None:
    """Let an order wait for its day or for others; until then nothing is done for it."""
    plan.extend([step])
    set_order_state(order, "inProgress")
    for item in _items(order):
        item.state = "acknowledged"
    go_on(edits.work, plan, edits)


def _fill_in(
    work: Work, lines: Sequence[Line], specifications: Mapping[str, Specification]
) -> None:
    """Write the default values of what a service order adds into it, as its services get them."""
    for line in lines:
        specification = specifications.get(line.specification or "")
        if line.action != "add" or specification is None:
            continue
        allowed = allowed_by(specification.characteristics, (), at=work.now)
        found, _ = completed(allowed, line.characteristics, path=line.path)
        said = {one.name for one in line.characteristics}
        added = [load(encode(one.raw)) for one in found if one.name not in said]
        if added:
            held: list[Json] = line.content.get("serviceCharacteristic") or []
            line.content["serviceCharacteristic"] = [*held, *added]


def _give_up(edits: Edits, order: Order, faults: Sequence[Fault]) -> None:
    """End an order that cannot be carried out, and say why."""
    # People may have released it before its first step; what is in progress can only fail.
    set_order_state(order, "failed" if order.state == "inProgress" else "rejected")
    if isinstance(order, ServiceOrder):
        order.error_message = [
            ServiceOrderErrorMessage(code=one.code, message=f"{one.path}: {one.message}")
            for one in faults
        ]
    else:
        said = [Note(text=f"{one.path}: {one.message}") for one in faults]
        order.note = [*order.note, *said]
    edits.write()


def _items(order: Order) -> Sequence[ServiceOrderItem | ResourceOrderItem]:
    return order.service_order_item if isinstance(order, ServiceOrder) else order.order_item


def _make_record(edits: Edits, order: Order, line: Line) -> None:
    """Make what a line adds, and let the line name it."""
    if line.action != "add" or line.content.get("id") is not None:
        return
    ident = edits.work.services.chance.uuid()
    raw: dict[str, Json] = load(encode(line.content))
    raw.pop("@referredType", None)
    raw.setdefault("relatedParty", [load(encode(one.raw)) for one in order.related_party])
    if isinstance(order, ServiceOrder):
        raw["state"] = "designed"
        raw["serviceOrderItem"] = [
            {"serviceOrderId": order.id, "itemId": line.item, "itemAction": "add"}
        ]
        edits.new(Service.wrap(raw), ident)
    else:
        raw.setdefault("resourceSpecification", {"id": line.specification})
        raw.setdefault("name", "Resource")
        raw["resourceStatus"], raw["usageState"] = "reserved", "idle"
        raw["resourceOrderItem"] = [
            {"resourceOrderId": order.id, "itemId": line.item, "itemAction": "add"}
        ]
        edits.new(Resource.wrap(raw), ident)
    line.content["id"] = ident


def _steps(
    work: Work,
    order: Order,
    lines: Sequence[Line],
    specifications: Mapping[str, Specification],
    default: ItemKind,
) -> list[PlanItem]:
    new_id = work.services.chance.uuid
    ids = {one.id: new_id() for one in lines}
    steps = [
        _step(order, line, position, ids, specifications.get(line.specification or ""), default)
        for position, line in enumerate(lines)
    ]
    steps = [replace(one, command_key=new_id()) if one.kind == "callout" else one for one in steps]
    last = milestone(
        order, new_id(), len(steps), END, f"Order {order.key}", needs=[one.id for one in steps]
    )
    service_order, resource_order = _own_order(order)
    return [*steps, replace(last, service_order=service_order, resource_order=resource_order)]


def _step(
    order: Order,
    line: Line,
    position: int,
    ids: Mapping[str, str],
    specification: Specification | None,
    default: ItemKind,
) -> PlanItem:
    said = specification is not None and "fulfilment" in specification.raw
    how = fulfilment_of(specification) if specification is not None and said else Fulfilment()
    is_service = isinstance(order, ServiceOrder)
    service_order, resource_order = _own_order(order)
    action = ACTIONS.get(line.action)
    kind: ItemKind = how.kind if said else default
    name = specification.name if specification is not None else line.content.get("name")
    return PlanItem(
        id=ids[line.id],
        root=order.id,
        position=position,
        node_key=line.id,
        layer="service" if is_service else "resource",
        kind=kind if action is not None else "milestone",
        name=str(name or f"Item {line.item}"),
        item_id=line.item,
        title=how.title,
        action=action,
        service=line.content.get("id") if is_service else None,
        resource=None if is_service else line.content.get("id"),
        specification=line.specification,
        characteristic={one.name: one.value for one in line.characteristics} or None,
        point_of_no_return=how.point_of_no_return,
        role=how.role,
        duration_minutes=how.duration_minutes,
        delay_s=how.delay_seconds,
        system=how.system if kind == "callout" else None,
        owner=order.meta.owner,
        partner=order.meta.partner,
        needs=tuple(ids[one] for one in line.needs if one in ids),
        service_order=service_order,
        resource_order=resource_order,
    )


def _own_order(order: Order) -> tuple[str | None, str | None]:
    """Return the order's id as that of a service order or of a resource order."""
    return (order.id, None) if isinstance(order, ServiceOrder) else (None, order.id)
