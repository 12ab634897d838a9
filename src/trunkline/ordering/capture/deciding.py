"""Deciding: what happens to an order that policies hold, until it is accepted or rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256

from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid
from trunkline.governance.role_names import roles
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.capture.handing_in import APPROVE, looked_at
from trunkline.ordering.capture.header_task import (
    UNDONE,
    DecidedBy,
    HeaderTask,
    TaskKind,
    TaskResult,
    TaskState,
)
from trunkline.ordering.capture.moving import ENRICHING, HELD, move
from trunkline.ordering.capture.policies import Policy, policies, policies_met
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.reference import ProductOrderRef
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
def look_into(work: Work, order: ProductOrder) -> None:
    """Ask for what policies want of an order that was handed in, or pass it on."""
    if order.internal_state != "submitted":
        return
    wanted = _wanted(work, order)
    first = [one for one in wanted if one.effect != "approval"]
    if not first:
        _to_approval(work, order, wanted)
        return
    for one in first:
        _ask_for(work, order, one)
    move(work, order.id, "enrichmentInProgress", _named(first))


@on(event(ProductOrder, "state_changed").to("canceled", "rejected", since=HELD))
def call_tasks_off(work: Work, order: ProductOrder) -> None:
    """Call off what was still asked for about an order that was canceled or rejected."""
    withdraw(work, undone(work, order.id))


def withdraw(work: Work, tasks: Sequence[HeaderTask]) -> None:
    """Call off what is asked for no more."""
    for task in tasks:
        _end(work, task, "canceled")


def _wanted(work: Work, order: ProductOrder) -> list[Policy]:
    return [one for one in policies(work) if one.key in order.intake_policy]


def _named(asked: Sequence[Policy]) -> str:
    """Return in words what is asked; how fraud is looked for is not for everybody."""
    return "; ".join(one.name if one.effect != "review" else "is reviewed" for one in asked)


def _to_approval(work: Work, order: ProductOrder, wanted: Sequence[Policy]) -> None:
    """Let an order with nothing left to do be approved, or accept it where nobody has to."""
    approvals = [one for one in wanted if one.effect == "approval"]
    move(work, order.id, "new", _named(approvals) or ACCEPTED_BY_ALL)
    for one in approvals:
        _ask_for(work, order, one)
    if not approvals:
        move(work, order.id, "acknowledged", ACCEPTED_BY_ALL)


def _ask_for(work: Work, order: ProductOrder, policy: Policy) -> None:
    due = work.now + timedelta(days=policy.due_days) if policy.due_days is not None else None
    assert policy.effect != "refuse" and policy.effect != "project"  # noqa: PT018, PLR1714
    work.add(
        HeaderTask(
            kind=policy.effect,
            title=policy.name,
            product_order=ProductOrderRef(id=order.id),
            policy=policy.key,
            seen=_seen(order),
            role=policy.role,
            due_at=due,
            deposit=policy.deposit,
        )
    )


def _seen(order: ProductOrder) -> str:
    return sha256(looked_at(order)).hexdigest()[:32]


def undone(work: Work, order: str) -> list[HeaderTask]:
    """Return what is still asked for about an order, oldest first."""
    found = work.find(HeaderTask, {"productOrder.id": order, "state": list(UNDONE)})
    return found[::-1]


# --- what people do ---------------------------------------------------------------------------


def approve(work: Work, ident: str, comment: str | None) -> ProductOrder:
    """Agree to an order as far as the one who asks may; with the last agreement it is accepted.

    Refuses (409) an order that waits for no approval, and (403) who holds none of the roles.
    """
    must_have_over_all(work.actor, APPROVE)
    order = work.lock(ProductOrder, ident)
    if order.internal_state != "new":
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; nobody has to approve it")
    asked = undone(work, order.id)
    mine = [one for one in asked if _may_decide(work, one)]
    if asked and not mine:
        named = ", ".join(sorted({str(one.role) for one in asked}))
        raise Forbidden("notAllowed", f"only {named} may approve {order.key}")
    for task in mine:
        _end(work, task, "done", "accept", comment)
    if len(mine) == len(asked):
        order = move(work, order.id, "acknowledged", comment or "approved")
    return order


def reject(work: Work, ident: str, comment: str) -> ProductOrder:
    """Send an order back with a comment; it may be corrected and handed in again.

    Refuses (409) an order that has begun, or was not handed in.
    """
    must_have_over_all(work.actor, APPROVE)
    order = work.lock(ProductOrder, ident)
    if order.internal_state not in (*HELD, "acknowledged"):
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; it cannot be rejected")
    return _reject(work, order, comment)


def _reject(work: Work, order: ProductOrder, comment: str) -> ProductOrder:
    withdraw(work, undone(work, order.id))
    if order.internal_state in HELD and order.internal_state != "new":
        move(work, order.id, "new")
    return move(work, order.id, "rejected", comment)


def ask_for_information(work: Work, ident: str, question: str) -> ProductOrder:
    """Hold an order until its requester has said more.

    Refuses (409) an order that nobody looks at.
    """
    must_have_over_all(work.actor, APPROVE)
    order = work.lock(ProductOrder, ident)
    if order.internal_state not in ("enrichmentInProgress", "new"):
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; nobody looks at it")
    _note(work, order.id, question)
    for task in undone(work, order.id):
        if task.state == "open":
            _end(work, task, "waiting")
    return move(work, order.id, "enrichmentOnHold", question)


def give_information(work: Work, ident: str, answer: str) -> ProductOrder:
    """Say what was asked for; where the order asks for something else by now, all look again.

    Refuses (409) an order of which nothing is asked.
    """
    work.actor.must(ProductOrder.resource, "update")
    order = work.lock(ProductOrder, ident)
    if order.internal_state != "enrichmentOnHold":
        raise Conflict("conflictNotHeld", f"{order.key} is {order.state}; nothing is asked of it")
    _note(work, order.id, answer)
    asked = undone(work, order.id)
    if all(one.seen == _seen(order) for one in asked):
        for task in asked:
            if task.result is None:
                _end(work, task, "open")
        advance(work, order.id, answer)
    else:
        withdraw(work, asked)
        look_again(work, order)
    return work.lock(ProductOrder, order.id)


def look_again(work: Work, order: ProductOrder) -> None:
    """Ask for everything that policies want of an order as it is by now."""
    met = [one for one in policies_met(work, order) if one.effect != "refuse"]
    with work.edit(ProductOrder, order.id) as held:
        held.intake_policy = [one.key for one in met]
    again = [one for one in met if one.effect != "approval"]
    for one in again:
        _ask_for(work, order, one)
    if again:
        move(work, order.id, "enrichmentInProgress", _named(again))
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
    order = work.lock(ProductOrder, task.product_order.id)
    if task.state not in UNDONE or order.internal_state not in HELD:
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
    order = work.lock(ProductOrder, task.product_order.id)
    if result == "deposit":
        _end(work, task, "waiting", result, comment, deposit)
        move(work, order.id, "enrichmentOnHold", comment)
    elif result == "stop":
        _end(work, task, "done", result, comment)
        _reject(work, order, comment or task.title)
    else:
        _end(work, task, "done", result, comment)
        advance(work, order.id, comment)
    return task


def advance(work: Work, ident: str, why: str | None = None) -> None:
    """Bring an order as far as what is done about it allows."""
    order = work.lock(ProductOrder, ident)
    if order.internal_state not in ENRICHING:
        return
    asked = undone(work, order.id)
    if any(one.state == "waiting" for one in asked):
        move(work, order.id, "enrichmentOnHold", why)
    elif any(one.kind != "approval" for one in asked):
        move(work, order.id, "enrichmentInProgress", why)
    elif asked:  # information was asked for while somebody was to approve it
        move(work, order.id, "new", why)
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


def _note(work: Work, ident: str, text: str) -> None:
    with work.edit(ProductOrder, ident) as order:
        order.note.append(Note(text=text, author=work.actor.name, date=work.now))
