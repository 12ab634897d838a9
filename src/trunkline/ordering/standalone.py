"""Orders that stand by themselves: service and resource orders placed without a product order."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store, waiting
from trunkline.ordering.capture.deciding import look_into
from trunkline.ordering.capture.linked import waits_for_former
from trunkline.ordering.capture.moving import HELD as LOOKED_AT
from trunkline.ordering.capture.moving import stage_of
from trunkline.ordering.edits import Edits
from trunkline.ordering.progress import go_on
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import DOMAIN_ORDER_MOVES, ON_REQUEST, ServiceOrder
from trunkline.ordering.standalone_line import DomainOrder, line_faults, lines_alone
from trunkline.ordering.start import look_again, start

HELD = ("held",)
RELEASED = ("pending", "inProgress")
STARTABLE = ("acknowledged", "inProgress")


@rule(ServiceOrder, ResourceOrder)
def new_order_has_not_begun(
    work: Work, old: DomainOrder | None, new: DomainOrder
) -> Iterator[Fault]:
    """Refuse a new order by itself that says it is in progress: nobody would carry it out."""
    if old is not None or new.came_from is not None or work.actor.kind == "system":
        return
    if new.state == "inProgress":
        message = "a new order starts as acknowledged, pending, not inProgress; it begins by itself"
        yield Fault("state", "lifecycleStart", message)


@rule(ServiceOrder, ResourceOrder)
def pending_order_is_acknowledged_first(
    work: Work, old: DomainOrder | None, new: DomainOrder
) -> Iterator[Fault]:
    """Refuse to say of a pending order that it is in progress: acknowledging it begins it."""
    if old is None or (old.state, new.state) != ("pending", "inProgress"):
        return
    if new.came_from is not None or work.actor.kind == "system":
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
    """Break a service order placed by itself down and begin it; go on after a hold."""
    _begin_or_go_on(work, order)


@on(
    event(ResourceOrder, "created").to("acknowledged"),
    event(ResourceOrder, "state_changed").to("acknowledged"),
)
def begin_resource_order(work: Work, order: ResourceOrder) -> None:
    """Break a resource order placed by itself down and begin it; go on after a hold."""
    _begin_or_go_on(work, order)


@on(
    event(ServiceOrder, "state_changed").to(*RELEASED, since=HELD),
    event(ResourceOrder, "state_changed").to(*RELEASED, since=HELD),
)
def go_on_after_hold(work: Work, order: DomainOrder) -> None:
    """Go on with an order by itself after a hold, or begin it where it had not begun."""
    _begin_or_go_on(work, order, released=True)


@on(event(ServiceOrder, "changed"), event(ResourceOrder, "changed"))
def follow_changed_order(work: Work, order: DomainOrder) -> None:
    """Begin at another time where an order by itself that has not begun is wanted at another."""
    if order.came_from is not None:
        return
    plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    if plan is None and order.intake_policy:
        _begin_or_go_on(work, order)  # all who were to look at it may have agreed
    if plan is None or plan.wait is None:
        return
    is_other = any(line_faults(lines_alone(order))) or waits_for_former(order, plan.wait)
    if is_other or plan.wait.due_at != waiting.later_start(order, work.now):
        look_again(work, plan)


def _begin_or_go_on(work: Work, order: DomainOrder, *, released: bool = False) -> None:
    """Go on with an order that has begun; begin another one, or let people look at it first.

    What was put aside by then begins when it is acknowledged, or `released` from a hold.
    """
    if order.came_from is not None:
        return
    plan = plan_store.read(work, order.id)  # the reaction holds the order's lock
    if plan is not None and plan.wait is not None:
        look_again(work, plan)
    elif plan is not None:
        go_on(work, plan, Edits(work))
    elif order.state not in STARTABLE and not (released and order.state == "pending"):
        return
    elif stage_of(order) in LOOKED_AT:
        look_into(work, order)
    else:
        start(work, order)
