"""Calling off from a fallout: its line or its order, what that would do, and the wish to do it."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.repair.calling_off import (
    KINDS,
    Offer,
    Scope,
    call_off_line,
    call_off_order,
    offer_of,
    preview_line,
    preview_order,
)
from trunkline.ordering.revision.verbs import REVISE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.orders.cancel_page import effects_shown
from trunkline.web.orders.change_page import preview_shown
from trunkline.web.orders.order_items import order_address


class CallOffPage:
    """`/fallout/{ident}/cancel`; `?scope=order` looks at the whole order instead of the line."""

    needs = "CancelProductOrder:create CancelServiceOrder:create CancelResourceOrder:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what calling the line or the order off would do."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for it."""
        self._desk.act(req, resp, partial(self._ask, ident=ident))

    def _view(
        self, visit: Visit, *, ident: str, scope: str = "", reason: str = "", problem: str = ""
    ) -> Answer:
        with self._desk.work(visit) as work:
            offer = offer_of(work, ident)
            chosen = _scope(work.actor, offer, scope or visit.req.get_param("scope") or "")
            values = {
                "key": offer.record.key, "task": offer.record.task_name,
                "order": {"key": offer.order.key, "address": order_address(offer.order.key)},
                "line": offer.line or "", "line_name": _line_name(offer), "only": offer.only,
                "address": f"/fallout/{offer.record.key}/cancel",
                "back": f"/fallout/{offer.record.key}",
                "scope": chosen, "scopes": _scopes(work.actor, offer),
                "reason": reason, "problem": problem, "preview": None, "barrier": "",
            }  # fmt: skip
            values |= self._effects(work, offer, chosen)
        return Shown("fallout_cancel.html", values, 409 if problem else 200)

    def _effects(self, work: Work, offer: Offer, scope: Scope) -> dict[str, Any]:
        if scope == "order":
            return effects_shown(preview_order(work, offer.order))
        found = preview_line(work, offer)
        return {"preview": preview_shown(found), "faulty": bool(found.faults)}

    def _ask(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        scope, reason = form.text("scope"), form.text("reason")
        try:
            with self._desk.work(visit) as work:
                if not reason:
                    raise Invalid("reasonMissing", "Say why it is called off.")
                offer = offer_of(work, ident)
                act = call_off_line if scope == "line" else call_off_order
                act(work, offer, reason=reason)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            messages = problems_of(refusal)
            return self._view(
                visit, ident=ident, scope=scope, reason=reason, problem="; ".join(messages)
            )
        done = "saved" if scope == "line" else "cancel"
        return Moved(f"{order_address(offer.order.key)}?done={done}")


def _scopes(actor: Actor, offer: Offer) -> list[Scope]:
    """Return what of an order the visitor may call off."""
    may = {
        "line": actor.may(REVISE) is not None,
        "order": actor.grant(KINDS[offer.reference][1].resource, "create") is not None,
    }
    return [one for one in offer.scopes if may[one]]


def _scope(actor: Actor, offer: Offer, wanted: str) -> Scope:
    """Return what is looked at; refuses (403) who may call neither off."""
    found = _scopes(actor, offer)
    if not found:
        actor.must(KINDS[offer.reference][1].resource, "create")
    return next((one for one in found if one == wanted), found[0])


def _line_name(offer: Offer) -> str:
    order = offer.order
    line = lines_of(order).get(offer.line or "") if isinstance(order, ProductOrder) else None
    offering = line.item.product_offering if line is not None else None
    return (offering.name or "") if offering is not None else ""
