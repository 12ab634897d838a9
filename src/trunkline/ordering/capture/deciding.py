"""Deciding: what happens to an order that policies hold, until it is accepted or rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256

from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid
from trunkline.documents.shape import Json
from trunkline.governance.role_names import roles
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import FIND_MAX, Work
from trunkline.ordering import plan_store
from trunkline.ordering.capture.handing_in import APPROVE, looked_at
from trunkline.ordering.capture.header_task import (
    UNDONE,
    DecidedBy,
    HeaderTask,
    TaskKind,
    TaskResult,
    TaskState,
)
from trunkline.ordering.capture.moving import ENRICHING, HELD, Ordered, move, stage_of
from trunkline.ordering.capture.policies import Policy, policies, policies_met
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.screens.read_ahead import sought
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.reference import ProductOrderRef, ResourceOrderRef, ServiceOrderRef
from trunkline.workspace.about import must_have_over_all

COMPLETE_TASK = "ordering:completeTask"
RESULTS: Mapping[TaskKind, tuple[TaskResult, ...]] = {
    "task": ("accept",),
    "review": ("accept", "stop"),
    "creditCheck": ("accept", "deposit", "stop"),
    "prepayment": ("accept", "stop"),
}
ACCEPTED_BY_ALL = "what the policies ask for is done"


@on(
    event(ProductOrder, "created").to("submitted"),
    event(ProductOrder, "state_changed").to("submitted"),
)
def look_into(work: Work, order: Ordered) -> None:
    """Ask for what policies want of an order that was handed in, or pass it on."""
    if stage_of(order) != "submitted":
        return
    wanted = _wanted(work, order)
    first = [one for one in wanted if one.effect != "approval"]
    if not first:
        _to_approval(work, order, wanted)
        return
    for one in first:
        _ask_for(work, order, one)
    move(work, order, "enrichmentInProgress", _named(first))


@on(
    event(ProductOrder, "state_changed").to("canceled", "rejected", since=HELD),
    event(ServiceOrder, "state_changed").to("cancelled", "rejected"),
    event(ResourceOrder, "state_changed").to("cancelled", "rejected"),
)
def call_tasks_off(work: Work, order: Ordered) -> None:
    """Call off what was still asked for about an order that was canceled or rejected."""
    if order.intake_policy:
        withdraw(work, undone(work, order))


def withdraw(work: Work, tasks: Sequence[HeaderTask]) -> None:
    """Call off what is asked for no more."""
    for task in tasks:
        _end(work, task, "canceled")


def order_of(work: Work, task: HeaderTask) -> Ordered:
    """Return the order that a header task holds, locked."""
    return work.lock(ordered_of(task), order_id(task))


def ordered_of(task: HeaderTask) -> type[Ordered]:
    """Return the kind of order that a header task holds."""
    if task.resource_order is not None:
        return ResourceOrder
    return ServiceOrder if task.service_order is not None else ProductOrder


def order_id(task: HeaderTask) -> str:
    """Return the id of the order that a header task holds."""
    held = task.service_order or task.resource_order or task.product_order
    assert held is not None
    return held.id


def about(order: Ordered) -> str:
    """Return the path by which header tasks name an order."""
    return f"{type(order).resource.path}.id"


def _wanted(work: Work, order: Ordered) -> list[Policy]:
    return [one for one in policies(work) if one.key in order.intake_policy]


def _named(asked: Sequence[Policy]) -> str:
    """Return in words what is asked; how fraud is looked for is not for everybody."""
    return "; ".join(one.name if one.effect != "review" else "is reviewed" for one in asked)


def _to_approval(work: Work, order: Ordered, wanted: Sequence[Policy]) -> None:
    """Let an order with nothing left to do be approved, or accept it where nobody has to."""
    approvals = [one for one in wanted if one.effect == "approval"]
    order = move(work, order, "new", _named(approvals) or ACCEPTED_BY_ALL)
    for one in approvals:
        _ask_for(work, order, one)
    if not approvals:
        move(work, order, "acknowledged", ACCEPTED_BY_ALL)


def _ask_for(work: Work, order: Ordered, policy: Policy) -> None:
    due = work.now + timedelta(days=policy.due_days) if policy.due_days is not None else None
    assert policy.effect != "refuse" and policy.effect != "project"  # noqa: PT018, PLR1714
    product, service, resource = (
        isinstance(order, one) for one in (ProductOrder, ServiceOrder, ResourceOrder)
    )
    work.add(
        HeaderTask(
            kind=policy.effect,
            title=policy.name,
            product_order=ProductOrderRef(id=order.id) if product else None,
            service_order=ServiceOrderRef(id=order.id) if service else None,
            resource_order=ResourceOrderRef(id=order.id) if resource else None,
            policy=policy.key,
            seen=_seen(order),
            role=policy.role,
            due_at=due,
            deposit=policy.deposit,
        )
    )


def _seen(order: Ordered) -> str:
    return sha256(looked_at(order)).hexdigest()[:32]


def undone(work: Work, order: Ordered) -> list[HeaderTask]:
    """Return what is still asked for about an order, oldest first."""
    return sought(work, HeaderTask, undone_of(order), limit=FIND_MAX)[::-1]


def undone_of(order: Ordered) -> dict[str, Json]:
    """Return by what is found what is still asked for about an order."""
    return {about(order): order.id, "state": list(UNDONE)}


# --- what people do ---------------------------------------------------------------------------


def approve(
    work: Work, ident: str, comment: str | None, kind: type[Ordered] = ProductOrder
) -> Ordered:
    """Agree to an order as far as the one who asks may; with the last agreement it is accepted.

    Refuses (409) an order that waits for no approval, and (403) who holds none of the roles.
    """
    must_have_over_all(work.actor, APPROVE)
    order: Ordered = work.lock(kind, ident)
    if stage_of(order) != "new":
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; nobody has to approve it")
    asked = undone(work, order)
    mine = [one for one in asked if _may_decide(work, one)]
    if asked and not mine:
        named = ", ".join(sorted({str(one.role) for one in asked}))
        raise Forbidden("notAllowed", f"only {named} may approve {order.key}")
    for task in mine:
        _end(work, task, "done", "accept", comment)
    if len(mine) == len(asked):
        order = move(work, order, "acknowledged", comment or "approved")
    return order


def reject(work: Work, ident: str, comment: str, kind: type[Ordered] = ProductOrder) -> Ordered:
    """Send an order back with a comment; it may be corrected and handed in again.

    Refuses (409) an order that has begun, or was not handed in.
    """
    must_have_over_all(work.actor, APPROVE)
    order: Ordered = work.lock(kind, ident)
    if _is_carried_out(work, order) or stage_of(order) not in (*HELD, "acknowledged"):
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; it cannot be rejected")
    return _reject(work, order, comment)


def _is_carried_out(work: Work, order: Ordered) -> bool:
    """Tell whether an order is part of another one, or has begun, where its state may not say."""
    if isinstance(order, ProductOrder):
        return False
    return order.came_from is not None or plan_store.read(work, order.id) is not None


def _reject(work: Work, order: Ordered, comment: str) -> Ordered:
    withdraw(work, undone(work, order))
    if stage_of(order) in HELD and stage_of(order) != "new":
        order = move(work, order, "new")
    return move(work, order, "rejected", comment)


def ask_for_information(
    work: Work, ident: str, question: str, kind: type[Ordered] = ProductOrder
) -> Ordered:
    """Hold an order until its requester has said more.

    Refuses (409) an order that nobody looks at.
    """
    must_have_over_all(work.actor, APPROVE)
    order: Ordered = work.lock(kind, ident)
    if stage_of(order) not in ("enrichmentInProgress", "new"):
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; nobody looks at it")
    _note(work, order, question)
    for task in undone(work, order):
        if task.state == "open":
            _end(work, task, "waiting")
    return move(work, order, "enrichmentOnHold", question)


def give_information(
    work: Work, ident: str, answer: str, kind: type[Ordered] = ProductOrder
) -> Ordered:
    """Say what was asked for; where the order asks for something else by now, all look again.

    Refuses (409) an order of which nothing is asked.
    """
    work.actor.must(kind.resource, "update")
    order: Ordered = work.lock(kind, ident)
    if stage_of(order) != "enrichmentOnHold":
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; nothing is asked of it")
    _note(work, order, answer)
    asked = undone(work, order)
    if all(one.seen == _seen(order) for one in asked):
        for task in asked:
            if task.result is None:
                _end(work, task, "open")
        advance(work, order, answer)
    else:
        withdraw(work, asked)
        look_again(work, order)
    return work.lock(kind, order.id)


def look_again(work: Work, order: Ordered) -> None:
    """Ask for everything that policies want of an order as it is by now."""
    met = [one for one in policies_met(work, order) if one.effect != "refuse"]
    held: Ordered
    with work.edit(type(order), order.id) as held:
        held.intake_policy = [one.key for one in met]
    again = [one for one in met if one.effect != "approval"]
    for one in again:
        _ask_for(work, order, one)
    if again:
        move(work, order, "enrichmentInProgress", _named(again))
    else:
        _to_approval(work, order, met)


def complete_header_task(
    work: Work, ident: str, *, result: TaskResult, comment: str | None
) -> HeaderTask:
    """Report what came of a header task; with the last one the order goes on.

    Refuses (409) a task that is over, and approvals, which are given for the order; (400) a result
    that the kind of task does not have.
    """
    task = work.lock(HeaderTask, ident)
    order = order_of(work, task)
    if task.state not in UNDONE or stage_of(order) not in HELD:
        raise Conflict("conflictTaskState", f"{task.key} is {task.state}; nobody is asked for it")
    if task.kind == "approval":
        raise Conflict("conflictTaskKind", f"approve or reject {order.key} instead")
    must_have_over_all(work.actor, APPROVE if task.kind == "review" else COMPLETE_TASK)
    if not _may_decide(work, task):
        raise Forbidden("notAllowed", f"only {task.role} may complete {task.key}")
    if result not in RESULTS[task.kind] or (result != "accept" and not comment):
        told = " or ".join(RESULTS[task.kind])
        message = f"of this task is {told}; all but accept need a comment"
        raise Invalid.of([Fault("result", "badValue", message)])
    return decide(work, task, result, comment)


def decide(
    work: Work, task: HeaderTask, result: TaskResult, comment: str | None,
    deposit: Money | None = None,
) -> HeaderTask:  # fmt: skip
    """Write down what came of a task, and what follows for its order."""
    order = order_of(work, task)
    if result == "deposit":
        _end(work, task, "waiting", result, comment, deposit)
        move(work, order, "enrichmentOnHold", comment)
    elif result == "stop":
        _end(work, task, "done", result, comment)
        _reject(work, order, comment or task.title)
    else:
        _end(work, task, "done", result, comment)
        advance(work, order, comment)
    return task


def advance(work: Work, order: Ordered, why: str | None = None) -> None:
    """Bring an order, which is locked, as far as what is done about it allows."""
    if stage_of(order) not in ENRICHING:
        return
    asked = undone(work, order)
    if any(one.state == "waiting" for one in asked):
        move(work, order, "enrichmentOnHold", why)
    elif any(one.kind != "approval" for one in asked):
        move(work, order, "enrichmentInProgress", why)
    elif asked:  # information was asked for while somebody was to approve it
        move(work, order, "new", why)
    else:
        _to_approval(work, order, _wanted(work, order))


def _may_decide(work: Work, task: HeaderTask) -> bool:
    """Tell whether the one who asks may decide: whoever has the right, or the role where named."""
    return task.role is None or work.actor.kind == "system" or task.role in roles(work).held


def _end(
    work: Work, task: HeaderTask, state: TaskState, result: TaskResult | None = None,
    comment: str | None = None, deposit: Money | None = None,
) -> None:  # fmt: skip
    with work.edit(HeaderTask, task.id) as held:
        held.state, held.result, held.comment = state, result, comment
        if deposit is not None:
            held.deposit = deposit
        if state == "done":
            held.decided_by = DecidedBy(id=work.actor.id, name=work.actor.name)
            held.decided_at = work.now
    object.__setattr__(task, "raw", held.raw)


def _note(work: Work, order: Ordered, text: str) -> None:
    held: Ordered
    with work.edit(type(order), order.id) as held:
        held.note.append(Note(text=text, author=work.actor.name, date=work.now))
