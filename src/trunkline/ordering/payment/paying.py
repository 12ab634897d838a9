"""Paying: a deposit is reserved and taken before an order begins, and given back where it ends.

What is asked of the provider is asked without a transaction open, under a key; where no answer
came it is asked what became of it before anything is sent again. An outcome that is not known is
never taken for a refusal: it is asked for until it is known.
"""

from __future__ import annotations

from decimal import Decimal

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.capture.deciding import about, decide, order_id, order_of
from trunkline.ordering.capture.header_task import UNDONE, HeaderTask
from trunkline.ordering.capture.moving import HELD, Ordered, stage_of
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.given import GivenSystem, given, pause_for
from trunkline.ordering.design.places import leave_places
from trunkline.ordering.payment.payments import (
    PaymentAction,
    PaymentAnswer,
    PaymentRequest,
    Payments,
    payments_of,
)
from trunkline.ordering.payment.task_payment import MOVING, TaskPayment
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import CALL_LANE
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.shared.money import Money
from trunkline.workspace.about import must_have_over_all
from trunkline.workspace.timer import try_later

PAY, REFUND = "ordering:takePayment", "billing:refund"
CARRY, PROVIDER = "ordering.payment", "payment provider"
PAYMENTS = "payment-provider"
"""The code under which the pace and the hours of the provider are kept."""
TOKEN_MAX = 200
PAUSE_S = 5.0
COME_TO_NOTHING = ("canceled", "rejected")


def pay(work: Work, ident: str, token: str) -> HeaderTask:
    """Have the deposit of a task paid by a token; the order goes on when it is taken.

    Refuses (409) a task that asks for no deposit or is over, one that is being paid, and where no
    provider is connected.
    """
    must_have_over_all(work.actor, PAY)
    if not token or len(token) > TOKEN_MAX:
        raise Invalid.of([Fault("token", "badValue", "send the payer's token")])
    task = _task(work, ident)
    order = order_of(work, task)
    task = work.lock(HeaderTask, task.id)
    if payments_of(work.services) is None:
        raise Conflict("conflictNoProvider", "no payment provider is connected")
    if task.deposit is None or task.deposit.amount <= 0 or task.deposit.unit is None:
        raise Conflict("conflictNoDeposit", f"{task.key} asks for no deposit")
    if task.state not in UNDONE or stage_of(order) not in HELD:
        raise Conflict("conflictTaskState", f"{task.key} is {task.state}; nothing is paid for it")
    before = task.payment
    if before is not None and before.state != "refused":
        raise Conflict("conflictBeingPaid", f"{task.key} is paid already; it is {before.state}")
    with work.edit(HeaderTask, task.id) as held:
        attempt = before.attempt + 1 if before is not None else 1
        held.payment = TaskPayment(state="requested", attempt=attempt, token=token)
    work.schedule(NewWork(CARRY, task.id, lane=CALL_LANE))
    return held


def refund(work: Work, ident: str, amount: Decimal | None, reason: str) -> HeaderTask:
    """Give back what was taken, or a part of it.

    Refuses (409) what was not taken, and (400) more than is left of it.
    """
    must_have_over_all(work.actor, REFUND)
    task = work.lock(HeaderTask, _task(work, ident).id)
    paid = task.payment
    if paid is None or paid.state != "captured":
        raise Conflict("conflictNotPaid", f"{task.key} has nothing that can be given back")
    left = _left(task, paid)
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise Invalid.of([Fault("amount", "amountTooHigh", f"send at most {left:f}")])
    with work.edit(HeaderTask, task.id) as held:
        _send_back(held, wanted)
        held.comment = reason
    work.schedule(NewWork(CARRY, task.id, lane=CALL_LANE))
    return held


@on(
    event(ProductOrder, "state_changed").to(*COME_TO_NOTHING),
    event(ServiceOrder, "state_changed").to("cancelled", "rejected"),
    event(ResourceOrder, "state_changed").to("cancelled", "rejected"),
)
def give_deposits_back(work: Work, order: Ordered) -> None:
    """Give back what was paid for an order that comes to nothing."""
    if not order.intake_policy and payments_of(work.services) is None:
        return
    for task in work.find(HeaderTask, {about(order): order.id}):
        if task.payment is None or task.payment.state not in ("authorized", "captured"):
            continue
        with work.edit(HeaderTask, task.id) as held:
            _return_all(held)
        work.schedule(NewWork(CARRY, task.id, lane=CALL_LANE))


@handler(CARRY)
def carry(services: Services, row: Row) -> None:
    """Ask the provider for the next thing, and write down what it says."""
    with as_system(services, PROVIDER) as work:
        task = work.get(HeaderTask, row.subject)
        root = order_id(task) if task is not None else None
    is_asked = task is not None and _request(task) is not None
    asked = {"kind": CARRY, "root": root}
    pause_s = pause_for(services, PAYMENTS, row.subject, **asked) if is_asked else 0
    with as_system(services, PROVIDER) as work:
        if pause_s > 0:
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
        task = work.get(HeaderTask, row.subject)
        request = _request(task) if task is not None else None
        if task is None or request is None:
            leave_places(work, [row.subject])
            if not queue.finish(work.connection, row):
                raise LeaseLost(row.kind)
            return
    answer, problem = _asked(payments_of(services), request, is_new=row.attempt == 1)
    with as_system(services, PROVIDER) as work:
        order = order_of(work, task)
        if not queue.hold(work.connection, row):
            raise LeaseLost(row.kind)
        task = work.lock(HeaderTask, row.subject)
        if _request(task) != request:
            queue.put_back(work.connection, row, pause_s=0, free=True)
            return
        if answer is None or answer.kind == "pending":
            _wait(work, row, task, problem)
            return
        is_moving = _note(work, order, task, request, answer)
        queue.finish(work.connection, row)
        if is_moving:
            work.schedule(NewWork(CARRY, row.subject, lane=CALL_LANE))


def _asked(
    payments: Payments | None, request: PaymentRequest, *, is_new: bool
) -> tuple[PaymentAnswer | None, tuple[str, str] | None]:
    """Return what the provider says, or why it does not."""
    if payments is None:
        return None, ("noProvider", "no payment provider is connected any more")
    try:
        found = None if is_new else payments.find(request)
        return found or payments.send(request), None
    except (Unavailable, OutcomeUnknown) as error:
        return None, (error.code, error.message)


def _request(task: HeaderTask) -> PaymentRequest | None:
    """Return what is asked of the provider next; None where nothing is."""
    paid, deposit = task.payment, task.deposit
    if paid is None or paid.state not in MOVING or deposit is None or deposit.unit is None:
        return None
    action: PaymentAction = "authorize" if paid.state == "requested" else "capture"
    amount, number = deposit.amount, paid.attempt
    if paid.state == "returning":
        action, number = "refund", paid.returns or 1
        amount = paid.returning.amount if paid.returning is not None else amount
    return PaymentRequest(
        action=action,
        key=f"{task.id} {action} {number}",
        amount=amount,
        unit=deposit.unit,
        about=order_id(task),
        token=paid.token if action == "authorize" else None,
        payment=paid.external_id,
    )


def _wait(work: Work, row: Row, task: HeaderTask, problem: tuple[str, str] | None) -> None:
    """Ask again after a while; what is wrong stands in the task."""
    with work.edit(HeaderTask, task.id) as held:
        assert held.payment is not None
        held.payment.code, held.payment.problem = problem or ("pending", "it is being looked at")
    try_later(work, row, first_s=PAUSE_S)


def _note(
    work: Work, order: Ordered, task: HeaderTask, request: PaymentRequest,
    answer: PaymentAnswer,
) -> bool:  # fmt: skip
    """Write down what a provider said, and what follows; return whether more is asked of it."""
    is_wanted = task.state in UNDONE and stage_of(order) in HELD
    with work.edit(HeaderTask, task.id) as held:
        paid = held.payment
        assert paid is not None
        paid.code, paid.problem = answer.code, answer.message
        if request.action == "authorize":
            paid.token = None
            paid.external_id = answer.payment or paid.external_id
        if answer.kind == "refused":
            # What could not be given back is still ours; what could not be had never was.
            paid.state = "captured" if request.action == "refund" else "refused"
            paid.returning = None
            is_part = request.action == "refund" and request.amount < _left(held, paid)
            return is_part and _rest_returned(held, order)
        if request.action == "refund":
            _note_returned(held, request.amount)
            return _rest_returned(held, order)
        paid.state = "authorized" if request.action == "authorize" else "captured"
        if not is_wanted:
            _return_all(held)
            return True
    if request.action == "authorize":
        return True
    said = f"{request.amount:f} {request.unit} paid"
    decide(work, work.lock(HeaderTask, task.id), "accept", said)
    return False


def _note_returned(held: HeaderTask, amount: Decimal) -> None:
    paid, deposit = held.payment, held.deposit
    assert paid is not None
    assert deposit is not None
    before = paid.returned.amount if paid.returned is not None else Decimal(0)
    paid.returned = Money(unit=deposit.unit, value=before + amount)
    paid.returning = None
    paid.state = "captured" if _left(held, paid) > 0 else "refunded"


def _rest_returned(held: HeaderTask, order: Ordered) -> bool:
    """Give back what is left where the order has ended meanwhile; return whether anything is."""
    assert held.payment is not None
    is_due = stage_of(order) in COME_TO_NOTHING and held.payment.state == "captured"
    if is_due:
        _return_all(held)
    return is_due


def _return_all(held: HeaderTask) -> None:
    assert held.payment is not None
    _send_back(held, _left(held, held.payment))


def _send_back(held: HeaderTask, amount: Decimal) -> None:
    paid, deposit = held.payment, held.deposit
    assert paid is not None
    assert deposit is not None
    paid.state, paid.returns = "returning", (paid.returns or 0) + 1
    paid.returning = Money(unit=deposit.unit, value=amount)


def _left(task: HeaderTask, paid: TaskPayment) -> Decimal:
    assert task.deposit is not None
    return task.deposit.amount - (paid.returned.amount if paid.returned is not None else 0)


def _task(work: Work, ident: str) -> HeaderTask:
    found = work.get(HeaderTask, ident)
    if found is None:
        raise NotFound("notFound", f"there is no header task {ident}")
    return found


given(GivenSystem(PAYMENTS, "Payment provider", lambda one: bool(payments_of(one)), (CARRY,)))
