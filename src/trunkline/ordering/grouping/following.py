"""Following: the orders of a group take its due date, the group goes where its orders go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import handler, on, rule
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.edits import Edits, set_state
from trunkline.ordering.grouping.order_group import GroupState, OrderGroup
from trunkline.ordering.jeopardy.levels import highest
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, ProductOrder
from trunkline.shared.reference import OrderGroupRef, ProductOrderRef

LOOK = "orderGroup.look"
"""The kind of work that brings a group to where its orders are."""
MEMBERS_MAX = 500
ENDS = frozenset({*PRODUCT_ORDER_LIFECYCLE.final, "rejected"})
NOT_BEGUN = frozenset({"draft", "submitted", "enrichmentInProgress", "enrichmentOnHold", "new",
                       "acknowledged"})  # fmt: skip


def group_looks(order: ProductOrder) -> list[NewWork]:
    """Return the work that an order leaves which has come further; none where it is in no group."""
    group = order.order_group
    return [] if group is None else [NewWork(LOOK, group.id)]


@rule(OrderGroup)
def orders_can_be_grouped(work: Work, old: OrderGroup | None, new: OrderGroup) -> Iterator[Fault]:
    """Refuse too many orders, one of another group, and a date before one of them may start."""
    if len(new.product_order) > MEMBERS_MAX:
        yield Fault("productOrder", "tooMany", f"a group has {MEMBERS_MAX} orders at most")
        return
    known = {one.id for one in old.product_order} if old is not None else set()
    is_moved = old is None or old.requested_completion_date != new.requested_completion_date
    asked = [one.id for one in new.product_order if is_moved or one.id not in known]
    found = work.many(ProductOrder, asked) if asked else {}
    due = new.requested_completion_date
    for index, one in enumerate(new.product_order):
        order, path = found.get(one.id), f"productOrder[{index}]"
        if order is None:
            continue
        if order.order_group is not None and order.order_group.id != new.id:
            yield Fault(path, "conflictGrouped", f"{order.key} is in another group; take it out")
        start = order.requested_start_date
        is_over = order.internal_state in ENDS
        if due is not None and start is not None and due < start and not is_over:
            message = f"{order.key} starts after that; choose a later date, or start it earlier"
            yield Fault("requestedCompletionDate", "endsBeforeStart", message)


@rule(ProductOrder)
def an_order_keeps_the_date_of_its_group(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to give an order of a group another due date than the group has."""
    if old is None or old.order_group is None or work.actor.kind == "system":
        return
    if old.requested_completion_date != new.requested_completion_date:
        message = f"is that of the group {old.order_group.name or ''}; change it there, or leave it"
        yield Fault("requestedCompletionDate", "conflictGroupDate", message)


@on(event(OrderGroup, "created"), event(OrderGroup, "changed"))
def give_orders_the_date(work: Work, group: OrderGroup) -> None:
    """Give the orders of a group its due date, and leave those alone that it has no more."""
    named = {one.id for one in group.product_order}
    left = [one for one in work.find(ProductOrder, {"orderGroup.id": group.id}, limit=MEMBERS_MAX)
            if one.id not in named]  # fmt: skip
    for one in left:
        with work.edit(ProductOrder, one.id) as order:
            order.order_group = None
    for ident in sorted(named):
        with work.edit(ProductOrder, ident) as order:
            order.order_group = OrderGroupRef(id=group.id, name=group.name)
            if group.requested_completion_date and order.internal_state not in ENDS:
                order.requested_completion_date = group.requested_completion_date
    _settle(work, group.id)


@handler(LOOK)
def look_at_group(services: Services, row: Row) -> None:
    """Bring a group to where its orders are."""
    with as_system(services, LOOK) as work:
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        _settle(work, row.subject)


def _settle(work: Work, ident: str) -> None:
    group = work.get(OrderGroup, ident)
    if group is None:
        return
    group = work.lock(OrderGroup, ident)
    orders = list(work.many(ProductOrder, [one.id for one in group.product_order]).values())
    edits = Edits(work)
    edits.keep(group)
    state = state_of([str(one.internal_state) for one in orders])
    if group.state != state:
        set_state(group, state)
    in_danger = [one for one in orders if one.jeopardy_level not in (None, "none")]
    level = highest(one.jeopardy_level for one in in_danger if one.jeopardy_level is not None)
    if level != "none" or group.jeopardy_level is not None:
        group.jeopardy_level = level
    if in_danger:
        group.threatened_by = [ProductOrderRef(id=one.id) for one in _by_id(in_danger)]
    else:
        group.raw.pop("threatenedBy", None)
    edits.write()


def _by_id(orders: Iterable[ProductOrder]) -> list[ProductOrder]:
    return sorted(orders, key=lambda one: one.id)


def state_of(states: Sequence[str]) -> GroupState:
    """Return where a group is whose orders are in these (internal) states."""
    if all(one in NOT_BEGUN for one in states):
        return "open"
    if any(one not in ENDS for one in states):
        return "inProgress"
    done = {one for one in states if one in ("completed", "partial")}
    if not done:
        return "canceled"
    return "completed" if set(states) == {"completed"} else "partial"
