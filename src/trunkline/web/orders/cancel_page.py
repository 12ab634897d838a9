"""Calling an order off: what would be taken back and what not, and the wish to do it."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.repair.calling_off import Effects, preview_order
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import price, state
from trunkline.web.wording import words


class CancelPage:
    """`{base}{ident}/cancel`: shows what calling an order off does, and does it."""

    needs = "byRecord"

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
                work.actor.must(self._kind.cancel.resource, "create")
                order = record_of(work, self._kind.type.resource, ident)
                wish: dict[str, Any] = {self._kind.reference: {"id": order.id}}
                if reason:
                    wish["cancellationReason"] = reason
                create(work, self._kind.cancel.resource, wish)
        except NotFound:
            raise
        except Refusal as refusal:
            messages = problems_of(refusal)
            return self._view(visit, ident=ident, problem="; ".join(messages), reason=reason)
        return Moved(f"{self._kind.base}{order.key}?done=cancel")


def preview(work: Work, order: Record) -> dict[str, Any]:
    """Return what calling an order off would do to its steps now; nothing is written."""
    found = work.get(order.resource.type, order.id)
    return effects_shown(preview_order(work, found) if found is not None else Effects())


def effects_shown(found: Effects) -> dict[str, Any]:
    """Return what calling an order off does as pages show it.

    `barrier` names the step that is past the point of no return, empty where there is none.
    """
    barrier, fee = found.barrier, found.fee
    groups = (("undone", found.undone), ("awaited", found.awaited), ("kept", found.kept),
              ("left", found.left))  # fmt: skip
    return {
        "barrier": (barrier.title or barrier.name) if barrier is not None else "",
        "fee": price(fee.value, fee.unit or "") if fee is not None and fee.value is not None
        else "",
        "nothing_done": not found.is_planned,
        "groups": [
            {"kind": name, "steps": [_told(one, found.turn(one)) for one in steps]}
            for name, steps in groups if steps
        ],
    }  # fmt: skip


def _told(step: PlanItem, turn: int | None) -> dict[str, Any]:
    return {
        "turn": turn,
        "name": step.called,
        "layer": words(step.layer),
        "action": words(step.action or ""),
        "item": step.item_id or "",
        "state": state(step.state),
        "reason": step.reason or "",
    }
