"""Cancellation: orders called off before the point of no return, and what they did taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store, waiting
from trunkline.ordering.cancel_product_order import CancelProductOrder, CancelResult
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.edits import Edits, set_state, state_of
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.installed import SHARING_LOCK, customer_of
from trunkline.ordering.keeping import kept_for_others
from trunkline.ordering.plan_item import ENDED, UNDER_WAY, Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.progress import go_on
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.revision.change_policy import cancellation_terms
from trunkline.ordering.revision.no_return import has_done
from trunkline.ordering.roll_up import set_item_state
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.undo import NOTHING_TO_UNDO, call_visits_off, undo_steps

Order: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder
CancelTask: TypeAlias = CancelProductOrder | CancelServiceOrder | CancelResourceOrder

ASSESSING = "assessingCancellation"
NOT_BEGUN = frozenset(
    {"draft", "submitted", "enrichmentInProgress", "enrichmentOnHold", "new", "acknowledged",
     "pending"}
)  # fmt: skip
# What has no plan yet was put on hold before its first step.
PUT_OFF = frozenset({"held", "onHold"})
BEGUN = frozenset({"inProgress", "onHold", "held", "awaitingInformation", "revisionInProgress"})


@rule(CancelServiceOrder)
def service_order_stands_alone(
    work: Work, old: CancelServiceOrder | None, new: CancelServiceOrder
) -> Iterator[Fault]:
    """Refuse to cancel a service order that another order was broken down into."""
    order = work.get(ServiceOrder, new.service_order.id) if old is None else None
    if order is not None and order.came_from is not None:
        yield _part_of(work, "serviceOrder.id", order.came_from)


@rule(CancelResourceOrder)
def resource_order_stands_alone(
    work: Work, old: CancelResourceOrder | None, new: CancelResourceOrder
) -> Iterator[Fault]:
    """Refuse to cancel a resource order that another order was broken down into."""
    order = work.get(ResourceOrder, new.resource_order.id) if old is None else None
    if order is not None and order.came_from is not None:
        yield _part_of(work, "resourceOrder.id", order.came_from)


def _part_of(work: Work, path: str, ident: str) -> Fault:
    kinds: tuple[type[Order], ...] = (ProductOrder, ServiceOrder, ResourceOrder)
    for kind in kinds:
        whole = work.get(kind, ident)
        if whole is not None:
            name = f"{kind.resource.title.lower()} {whole.key}"
            message = f"belongs to {name}; cancel that order instead"
            return Fault(path, "conflictPartOfOrder", message)
    return Fault(path, "conflictPartOfOrder", f"belongs to order {ident}; cancel that instead")


@on(event(CancelProductOrder, "created"))
def cancel_product_order(work: Work, task: CancelProductOrder) -> None:
    """Call a product order off and take back what was done, or say why it cannot be canceled."""
    if task.state == "acknowledged":
        share(work, work.get(ProductOrder, task.product_order.id))
        _cancel(work, task, work.lock(ProductOrder, task.product_order.id))


@on(event(CancelServiceOrder, "created"))
def cancel_service_order(work: Work, task: CancelServiceOrder) -> None:
    """Call a service order that stands by itself off, or say why it cannot be canceled."""
    if task.state == "accepted":
        share(work, work.get(ServiceOrder, task.service_order.id))
        _cancel(work, task, work.lock(ServiceOrder, task.service_order.id))


@on(event(CancelResourceOrder, "created"))
def cancel_resource_order(work: Work, task: CancelResourceOrder) -> None:
    """Call a resource order that stands by itself off, or say why it cannot be canceled."""
    if task.state == "acknowledged":
        share(work, work.get(ResourceOrder, task.resource_order.id))
        _cancel(work, task, work.lock(ResourceOrder, task.resource_order.id))


def share(work: Work, order: Order | None) -> None:
    """Wait until no order of the same customer begins: it may build on what this one made.

    This lock is taken before those of the plan, as by orders that begin.
    """
    customer = customer_of(order.related_party) if order is not None else None
    if customer is not None:
        work.connection.execute(SHARING_LOCK, [customer])


def _cancel(work: Work, task: CancelTask, order: Order) -> None:
    edits = Edits(work)
    edits.keep(task)
    edits.keep(order)
    state = str(state_of(order))
    plan = plan_store.held(work, order.id)
    if plan is None and state in NOT_BEGUN | PUT_OFF:
        _set_states(order, "canceled" if isinstance(order, ProductOrder) else "cancelled")
        if not isinstance(order, ResourceOrder):
            order.cancellation_date = work.now
        _say_why(order, task)
        _finish(task, "canceled", None)
        task.effective_cancellation_date = work.now
        edits.write()
    elif plan is None or state not in BEGUN:
        _finish(task, "refused", _why_not(order, state))
        edits.write()
    else:
        _assess(work, edits, task, order, plan, state)


def _assess(
    work: Work, edits: Edits, task: CancelTask, order: Order, plan: Plan, state: str
) -> None:
    """Hold the order while it is looked at, then call it off or let it go on as before."""
    set_state(task, "inProgress")
    set_state(order, ASSESSING)
    edits.write()
    edits.keep(task)
    edits.keep(order)
    barrier = point_of_no_return(plan)
    if barrier is not None:
        _finish(task, "refused", f"{barrier.title or barrier.name} is past the point of no return")
        set_state(order, state)
        edits.write()
        return
    if plan.wait is not None:
        waiting.stop_waiting(work, plan.wait)
    canceling = "cancellationInProgress" if plan.kind == "ProductOrder" else "pendingCancellation"
    if isinstance(order, ProductOrder):
        fee = cancellation_terms(work, order, plan).fee
        if fee is not None:
            task.raw["cancellationFee"] = fee.raw
    _set_states(order, canceling)
    _say_why(order, task)
    plan.state = canceling
    call_off(work, plan, task.id)
    go_on(work, plan, edits)


def point_of_no_return(plan: Plan) -> PlanItem | None:
    """Return the first step that cannot be taken back and has begun, None where there is none.

    A product or service that has ended, or that the network is about to end, cannot be brought
    back either.
    """
    for item in plan:
        is_final = item.point_of_no_return or (
            item.action == "delete" and item.layer in {"product", "service"}
        )
        has_begun = item.state in UNDER_WAY or item.state == "completed" or item.may_have_happened
        if item.direction == "do" and is_final and has_begun:
            return item
    return None


def call_off(work: Work, plan: Plan, task: str) -> None:
    """Cancel the steps that did nothing yet and add those that undo the others.

    What is under way is waited for, what others use is kept. The last step tells the task.
    """
    undone: list[PlanItem] = []
    taken_back = [one for one in plan if one.direction == "undo" and one.undoes is not None]
    known = {one.undoes for one in taken_back}
    for item in [one for one in plan if one.direction == "do" and one.id not in known]:
        has_effect = item.layer != "order" and item.kind not in NOTHING_TO_UNDO
        if has_effect and has_done(item):
            undone.append(item)
        elif item.state not in ENDED:
            plan.put(replace(item, state="canceled", ended_at=work.now))
    undone = call_visits_off(plan, undone, work.now)
    new_id = work.services.chance.uuid
    steps = undo_steps(plan, undone, new_id, kept=kept_for_others(work, plan, undone))
    plan.extend(steps)
    first = next(iter(plan))
    plan.extend(
        [
            PlanItem(
                id=new_id(),
                root=plan.root,
                position=plan.next_position,
                node_key=f"canceled/{task}",
                layer="order",
                kind="milestone",
                name="Order canceled",
                direction="undo",
                request={"task": task},
                needs=tuple(one.id for one in (*taken_back, *steps)),
                owner=first.owner,
                partner=first.partner,
            )
        ]
    )


def _set_states(order: Order, state: str) -> None:
    if not isinstance(order, ProductOrder):
        set_order_state(order, state)
        return
    set_state(order, state)
    for _, item in placed_product_items(order.product_order_item):
        set_item_state(item, "canceled" if state == "canceled" else "cancellationInProgress")


def _say_why(order: Order, task: CancelTask) -> None:
    """Write the reason of its cancellation to an order that has a place for it."""
    if not isinstance(order, ResourceOrder) and task.cancellation_reason is not None:
        order.cancellation_reason = task.cancellation_reason


def _finish(task: CancelTask, result: CancelResult, reason: str | None) -> None:
    """End the task; what came of it stands beside TMF's attributes."""
    set_state(task, "done")
    task.cancellation_result, task.cancellation_result_reason = result, reason


def _why_not(order: Order, state: str) -> str:
    if state in {"cancellationInProgress", "pendingCancellation", ASSESSING}:
        return f"{order.key} is being canceled already"
    if state == "completed":
        return f"{order.key} is completed; order the end of its products instead"
    return f"{order.key} cannot be canceled any more: it is {state}"
