"""Calling an order off: what would be taken back and what not, and the wish to do it."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.cancellation import NOT_BEGUN, call_off, point_of_no_return
from trunkline.ordering.plan_item import UNDER_WAY, PlanItem
from trunkline.ordering.shown_plan import as_shown
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import state
from trunkline.web.wording import words


class CancelPage:
    """`{base}{ident}/cancel`: shows what calling an order off does, and does it."""

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what would become of each step."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for it."""
        self._desk.act(req, resp, partial(self._ask, ident=ident))

    def _view(self, visit: Visit, *, ident: str, problem: str = "", reason: str = "") -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(self._kind.cancel.resource, "create")
            order = record_of(work, self._kind.type.resource, ident)
            values = head_of(self._desk, order) | preview(work, order) | {
                "address": self._kind.base + order.key, "problem": problem, "reason": reason,
            }  # fmt: skip
        return Shown("orders_cancel.html", values, 409 if problem else 200)

    def _ask(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        reason = form.text("reason")
        try:
            with self._desk.work(visit) as work:
                order = record_of(work, self._kind.type.resource, ident)
                wish: dict[str, Any] = {self._kind.reference: {"id": order.id}}
                if reason:
                    wish["cancellationReason"] = reason
                create(work, self._kind.cancel.resource, wish)
        except NotFound:
            raise
        except Refusal as refusal:
            messages = [one.message for one in refusal.faults] or [refusal.message]
            return self._view(visit, ident=ident, problem="; ".join(messages), reason=reason)
        return Moved(f"{self._kind.base}{order.key}?done=cancel")


def preview(work: Work, order: Record) -> dict[str, Any]:
    """Return what calling an order off would do to its steps now; nothing is written.

    `barrier` names the step that is past the point of no return, empty where there is none.
    """
    plan = plan_store.read(work, order.id)
    name = str(internal_state(order.resource, order.document) or order.document.get("state"))
    found: dict[str, Any] = {"barrier": "", "groups": [], "nothing_done": plan is None
                             or name in NOT_BEGUN}  # fmt: skip
    if plan is None:
        return found
    barrier = point_of_no_return(plan)
    if barrier is not None:
        return found | {"barrier": barrier.title or barrier.name}
    call_off(work, plan, work.services.chance.uuid())
    undoing = as_shown(work, [one for one in plan.added.values() if one.undoes is not None])
    awaited = {one.undoes for one in undoing if plan.items[one.undoes or ""].state in UNDER_WAY}
    kept = [one for one in undoing if one.state == "skipped"]
    undone = [one for one in undoing if one.state != "skipped"]
    groups = [
        ("undone", [one for one in undone if one.undoes not in awaited]),
        ("awaited", [one for one in undone if one.undoes in awaited]),
        ("kept", kept),
        ("left", [one for one in as_shown(work, plan.moved("canceled"))
                  if one.kind != "milestone"]),
    ]  # fmt: skip
    return found | {
        "groups": [
            {"kind": name, "steps": [_told(one) for one in steps]}
            for name, steps in groups
            if steps
        ]
    }


def _told(step: PlanItem) -> dict[str, Any]:
    return {
        "name": step.name,
        "layer": words(step.layer),
        "action": words(step.action or ""),
        "item": step.item_id or "",
        "state": state(step.state),
        "reason": step.reason or "",
    }
