"""Asking for credit: the check that a policy wants, put to the house that is connected."""

from __future__ import annotations

from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering import order_catalog
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.capture.credit_check import (
    CreditAnswer,
    CreditQuestion,
    credit_check_of,
)
from trunkline.ordering.capture.deciding import decide, order_id, order_of, ordered_of
from trunkline.ordering.capture.header_task import HeaderTask
from trunkline.ordering.capture.moving import HELD, Ordered, stage_of
from trunkline.ordering.capture.worth import NOTHING, worth_of
from trunkline.ordering.design.given import GivenSystem, given, pause_for
from trunkline.ordering.design.places import leave_places
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.money import Money

ASK = "headerTask.askForCredit"
"""The kind of work that asks the connected credit check about an order."""
CREDIT = "credit-check"
"""The code under which the pace and the hours of the connected credit check are kept."""


@on(event(HeaderTask, "created"))
def have_credit_checked(work: Work, task: HeaderTask) -> None:
    """Have the credit of a customer checked where a house for that is connected."""
    is_asked = task.kind == "creditCheck" and task.state == "open"
    if is_asked and credit_check_of(work.services) is not None:
        work.schedule(NewWork(ASK, task.id, once=f"{ASK} {task.id}"))


@handler(ASK)
def ask_for_credit(services: Services, row: Row) -> None:
    """Ask, and let the answer decide; a house that is away is asked again later."""
    check = credit_check_of(services)
    with as_system(services, ASK) as work:
        root = _held_by(work, row.subject)
        if root is None:
            leave_places(work, [row.subject])
            queue.finish(work.connection, row)
            return
    pause_s = pause_for(services, CREDIT, row.subject, kind=ASK, root=root)
    with as_system(services, ASK) as work:
        if pause_s > 0:
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
        question = _question(work, row.subject)
    answer = check.ask(question) if check is not None and question is not None else None
    with as_system(services, ASK) as work:
        task = work.get(HeaderTask, row.subject)
        order = order_of(work, task) if task is not None else None
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        task = work.lock(HeaderTask, row.subject)
        is_held = order is not None and stage_of(order) in HELD
        if answer is not None and is_held and task.state == "open":
            decide(work, task, answer.result, answer.reason or None, _deposit(answer))


def _held_by(work: Work, ident: str) -> str | None:
    """Return the order that a task still holds; None where nobody has to ask any more."""
    task = work.get(HeaderTask, ident)
    order = work.get(ordered_of(task), order_id(task)) if task is not None else None
    is_held = order is not None and stage_of(order) in HELD
    is_open = task is not None and task.state == "open" and is_held
    return order.id if is_open and order is not None else None


def _question(work: Work, ident: str) -> CreditQuestion | None:
    task = work.get(HeaderTask, ident)
    order: Ordered | None = None
    if task is not None:
        order = work.get(ordered_of(task), order_id(task))
    buyer = buyer_of(work, order) if order is not None else None
    if order is None or buyer is None:
        return None
    worth, unit = NOTHING, None
    if isinstance(order, ProductOrder):  # a service has no price
        worth = worth_of(order, order_catalog.load(work, order), work.now)
        effects = added_up(line_effects(lines_of(order), {}, at=work.now).values())
        unit = next((one.kind.currency for one in effects), None)
    return CreditQuestion(
        names=tuple(one for one in (buyer.id, buyer.key, buyer.code) if one),
        order=order.key,
        once=worth.once,
        monthly=worth.monthly,
        unit=unit,
    )


def _deposit(answer: CreditAnswer) -> Money | None:
    if answer.deposit is None or answer.unit is None:
        return None
    return Money.of(answer.deposit, answer.unit)


given(GivenSystem(CREDIT, "Credit check", lambda one: bool(credit_check_of(one)), (ASK,)))
