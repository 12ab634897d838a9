"""The part of an order's page on what comes before it begins: decisions, who has it, its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.actor import system
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering.capture import deciding, holding
from trunkline.ordering.capture.handing_in import APPROVE
from trunkline.ordering.capture.header_task import UNDONE, HeaderTask, TaskResult
from trunkline.ordering.capture.moving import HELD, Ordered
from trunkline.ordering.capture.state_history import state_moves
from trunkline.ordering.intake import submit
from trunkline.ordering.payment.paying import PAY, pay
from trunkline.ordering.payment.payments import payments_of
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.rest.writing import change
from trunkline.shared.money import Money
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Visit
from trunkline.web.details.moves import state_patch
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form
from trunkline.web.navigation import is_customer
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.records import Record, record_of
from trunkline.web.values import EMPTY, instant, state
from trunkline.web.wording import words

Doing = Callable[[Work, Record, str], object]
DOINGS: Mapping[str, Doing] = {
    "approve": lambda work, order, said: deciding.approve(
        work, order.id, said or None, kind(order)
    ),
    "reject": lambda work, order, said: deciding.reject(work, order.id, needed(said), kind(order)),
    "ask": lambda work, order, said: deciding.ask_for_information(
        work, order.id, needed(said), kind(order)
    ),
    "answer": lambda work, order, said: deciding.give_information(
        work, order.id, needed(said), kind(order)
    ),
    "submit": lambda work, order, _: send_again(work, order),
    "take": lambda work, order, _: holding.take_order(work, order.id),
    "release": lambda work, order, said: holding.release_order(work, order.id, said or None),
}
BY_THEMSELVES = ("approve", "reject", "ask", "answer", "submit")
SYSTEM = system("pages")
RESULTS: tuple[TaskResult, ...] = ("accept", "deposit", "stop")


def _money(amount: Money | None) -> str:
    return f"{amount.amount:f} {amount.unit or ''}".strip() if amount is not None else ""


def needed(said: str) -> str:
    """Return what was said, or refuse where nothing was."""
    if not said:
        raise Invalid("reasonMissing", "say why in a few words")
    return said


def kind(order: Record) -> type[Ordered]:
    """Return which kind of order a record is."""
    found: type[Ordered]
    for found in (ServiceOrder, ResourceOrder):
        if order.resource is found.resource:
            return found
    return ProductOrder


def send_again(work: Work, order: Record) -> None:
    """Send an order again that was sent back."""
    if kind(order) is ProductOrder:
        submit(work, order.id)
    else:
        patch = state_patch(order.resource, "acknowledged", "")
        change(work, work.lock(kind(order), order.id), patch, MERGE)


class IntakePanel:
    """`{base}{ident}/intake`: what is to be decided, who has the order, and its states.

    Who has it and its states are told of orders of products.
    """

    needs = "ProductOrder:read"

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Decide something, or take or release the order."""
        self._desk.act(req, resp, partial(self._do, ident=ident))

    def _view(self, visit: Visit, *, ident: str, problem: str = "", said: str = "") -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, self._kind.type.resource, ident)
            values = self._values(work, order) | {
                "address": self._kind.base + order.key, "csrf": visit.csrf, "problem": problem,
                "said": said,
            }  # fmt: skip
        return Fragment(self._desk.renderer.html("orders_intake.html", values))

    def _values(self, work: Work, order: Record) -> dict[str, Any]:
        is_product_order = kind(order) is ProductOrder
        inside = str(internal_state(order.resource, order.document))
        if not is_product_order:
            inside = str(order.document.get("intakeState") or inside)
        sees = "personal" in work.actor.must(order.resource, "read").sees
        moves = state_moves(work, order.id, order.document) if is_product_order else []
        staff = not is_customer(work.actor)
        can = staff and work.actor.grant(order.resource, "update") is not None
        is_open = inside not in PRODUCT_ORDER_LIFECYCLE.final
        is_held = inside in HELD
        holder, pool = order.document.get("assignee"), order.document.get("pool")
        decides = staff and work.actor.may(APPROVE) is not None
        return {
            "tasks": self._tasks(work, order) if staff and order.document.get("intakePolicy")
            else [],
            "is_held": is_held,
            "may_approve": decides and inside == "new",
            "may_ask": decides and inside in ("new", "enrichmentInProgress"),
            "may_reject": decides and is_held,
            "may_answer": can and inside == "enrichmentOnHold",
            "may_submit": can and inside == "rejected",
            "tells_states": is_product_order,
            "may_take": can and is_open,
            "holder": holder.get("name") if staff and isinstance(holder, dict) else "",
            "is_mine": isinstance(holder, dict) and holder.get("id") == work.actor.id,
            "pool": pool if staff and isinstance(pool, str) else "",
            "moves": [
                {
                    "state": state(one.state),
                    "at": instant(one.at, self._desk.zone),
                    "by": one.by_name if one.by != SYSTEM.id else "",
                    "reason": one.reason if sees or not one.is_said else "",
                    "is_said": one.is_said,
                }
                for one in reversed(moves)
            ],
        }  # fmt: skip

    def _tasks(self, work: Work, order: Record) -> list[dict[str, Any]]:
        if work.actor.grant(HeaderTask.resource, "read") is None:
            return []
        found = work.find(HeaderTask, {f"{self._kind.reference}.id": order.id})
        may = {
            "review": work.actor.may(APPROVE) is not None,
            "task": work.actor.may(deciding.COMPLETE_TASK) is not None,
        }
        may["creditCheck"] = may["prepayment"] = may["task"]
        may_pay = payments_of(work.services) is not None and work.actor.may(PAY) is not None
        zone = self._desk.zone
        return [
            {
                "key": one.key,
                "title": one.title,
                "kind": words(one.kind),
                "state": state(one.state or ""),
                "role": one.role or "",
                "due": instant(one.due_at, zone) if one.due_at is not None else EMPTY,
                "result": words(one.result or ""),
                "by": one.decided_by.name if one.decided_by is not None else "",
                "comment": one.comment or "",
                "is_waived": one.kind == "prepayment",
                "deposit": _money(one.deposit),
                "payment": words(one.payment.state) if one.payment is not None else "",
                "problem": (one.payment.problem or "") if one.payment is not None else "",
                "may_pay": may_pay and one.state in UNDONE and one.deposit is not None
                and (one.payment is None or one.payment.state == "refused"),
                "results": deciding.RESULTS.get(one.kind, ())
                if one.state in UNDONE and may.get(one.kind) else (),
            }
            for one in reversed(found)
            if one.state != "canceled"
        ]  # fmt: skip

    def _do(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        name, task, said = form.text("do"), form.text("task"), form.text("said").strip()
        try:
            with self._desk.work(visit) as work:
                order = record_of(work, self._kind.type.resource, ident)
                self._done(work, order, name, task, said)
        except NotFound:
            raise
        except Refusal as refusal:
            problem = "; ".join(one.message for one in refusal.faults) or refusal.message
            if visit.req.get_header("HX-Request") == "true":
                return self._view(visit, ident=ident, problem=problem, said=said)
            raise
        return Moved(f"{self._kind.base}{order.key}?done=saved")

    def _done(self, work: Work, order: Record, name: str, task: str, said: str) -> None:
        result = next((one for one in RESULTS if one == name), None)
        known = DOINGS if kind(order) is ProductOrder else BY_THEMSELVES
        if task and result is not None:
            deciding.complete_header_task(work, task, result=result, comment=said or None)
        elif task and name == "pay":
            pay(work, task, said)
        elif name in known:
            DOINGS[name](work, order, said)
        else:
            raise Invalid("badChoice", f"choose one of {', '.join(known)}")
