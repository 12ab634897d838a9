"""An order as its customer follows it: stages, dates, what comes next, and what may be done."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancellation import BEGUN, NOT_BEGUN
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.plan_item import ENDED, Plan
from trunkline.ordering.price_effect import added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.repair.calling_off import preview_order
from trunkline.ordering.revision.passed import passed_in, specifications_of
from trunkline.ordering.shown_plan import as_shown
from trunkline.rest.writing import create
from trunkline.sales.self_care.amending import amend, may_amend
from trunkline.shared.note import shown_outside
from trunkline.web.capture.body import start_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.offer_names import offer_names
from trunkline.web.portal.order_values import costs_confirmed, values_by_line
from trunkline.web.portal.order_words import dates_of, next_action, stages, told_state
from trunkline.web.portal.own import effects_told, of_key, read_own
from trunkline.web.records import document_at
from trunkline.web.values import date, price

ACTIONS = {"add": "New", "modify": "Change", "delete": "End", "suspend": "Pause",
           "resume": "Go on", "noChange": "Stays"}  # fmt: skip

ENDED_LINES = {"completed": "Done", "cancelled": "Called off", "failed": "Did not work",
               "rejected": "Not possible"}  # fmt: skip
"""What a customer reads of a line that has come to its end."""


class PortalOrder:
    """`/my/orders/{ident}`, and what the customer does with it."""

    needs = "ProductOrder:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how far it is."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_cancel(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what calling it off means."""
        self._desk.answer(req, resp, partial(self._ask, ident=ident))

    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Call it off."""
        self._desk.act(req, resp, partial(self._cancel, ident=ident))

    def on_post_amend(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move its date, or leave something out."""
        self._desk.act(req, resp, partial(self._amend, ident=ident))

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            read_own(work, GeographicSite, beside=of_key(ProductOrder, ident))
            order = _order(work, ident)
            values = self._told(work, order)
        values["problems"] = problems_of(refusal)
        values["done"] = visit.req.get_param("done") or ""
        return Shown("portal_order.html", values, refusal.status if refusal else 200)

    def _told(self, work: Work, order: ProductOrder) -> dict[str, Any]:
        zone = self._desk.zone
        plan = plan_store.read(work, order.id)
        word, tone = told_state(order)
        dates = dates_of(order, work.now)
        lines = lines_of(order)
        names = offer_names(work, [one.item for one in lines.values()])
        amends = may_amend(order)
        leaving = leavable(work, order, plan) if amends.leave_out else frozenset()
        changed = values_by_line(work, order, as_shown(work, list(plan or ())))

        def day(moment: Any) -> str:
            return date(moment.astimezone(zone)) if moment is not None else ""

        return {
            "key": order.key, "state": word, "tone": tone, "next": next_action(order),
            "stages": [{"title": one.title, "standing": one.standing, "at": day(one.at),
                        "done": one.done, "of": one.of} for one in stages(order, plan or ())],
            "ordered": day(order.order_date), "expected": day(dates.expected),
            "promised": day(dates.promised), "wished": day(dates.wished), "is_late": dates.is_late,
            "begins": day(order.requested_start_date),
            "begins_at": f"{order.requested_start_date.astimezone(zone):%Y-%m-%d}"
            if order.requested_start_date else "",
            "lines": [{"id": one.id, "name": names.of_item(one.item, _name(one.item)),
                       "action": ACTIONS.get(
                           one.action or "noChange", "Change"),
                       "quantity": one.quantity, "may_leave": one.id in leaving,
                       "ended": ENDED_LINES.get(one.item.state or "", ""),
                       "changes": changed.get(one.id, [])}
                      for one in lines.values()],
            "prices": effects_told(added_up(
                effects for ident, effects in line_effects(lines, {}, at=work.now).items()
                if order.state == "cancelled" or lines[ident].item.state != "cancelled")),
            "costs": costs_confirmed(order),
            "may_cancel": order.internal_state in BEGUN | NOT_BEGUN,
            "may_move": amends.date,
            "reason": order.cancellation_reason or "",
            "awaited": awaited_by(work, plan),
            "terms": [one.raw for one in order.accepted_terms],
            "notes": [{"text": one.text, "at": day(one.date)} for one in shown_outside(order.note)],
        }  # fmt: skip

    def _ask(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(CancelProductOrder.resource, "create")
            order = _order(work, ident)
            effects = preview_order(work, order)
        fee = effects.fee
        values = {
            "key": order.key,
            "barrier": effects.barrier is not None,
            "fee": price(fee.value, fee.unit or "") if fee is not None and fee.value else "",
            "may": order.internal_state in BEGUN | NOT_BEGUN,
            "problems": problems_of(refusal),
        }
        return Shown("portal_order_cancel.html", values, refusal.status if refusal else 200)

    def _cancel(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                work.actor.must(CancelProductOrder.resource, "create")
                order = _order(work, ident)
                wish: dict[str, Any] = {"productOrder": {"id": order.id}}
                if form.text("reason"):
                    wish["cancellationReason"] = form.text("reason")
                create(work, CancelProductOrder.resource, wish)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._ask(visit, ident=ident, refusal=refusal)
        return Moved(f"/my/orders/{order.key}?done=cancel")

    def _amend(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                order = _order(work, ident)
                start = start_of(form.text("date"), work.now, self._desk.zone)
            amend(
                self._desk.services, visit.actor, order.id, start=start or "",
                leave_out=form.text("line"),
            )  # fmt: skip
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"/my/orders/{order.key}?done=amend")


def leavable(work: Work, order: ProductOrder, plan: Plan | None) -> frozenset[str]:
    """Return the lines that may still be left out: not ended, and nothing of them past return."""
    lines = lines_of(order)
    kept = {one.id for one in lines.values() if one.item.state in ENDED_LINES}
    if plan is not None:
        passed = passed_in(order, plan, specifications_of(work, plan))
        kept |= {ident for ident, one in passed.items() if one.kind == "hard"}
    for line in lines.values():
        whole = line.whole if line.id in kept else None
        while whole is not None and whole not in kept:
            kept.add(whole)
            whole = lines[whole].whole
    return frozenset(one.id for one in lines.values() if one.whole is None and one.id not in kept)


def awaited_by(work: Work, plan: Plan | None) -> list[dict[str, str]]:
    """Return the orders that one waits for; of somebody else's no more than that there is one."""
    wait = plan.wait if plan is not None else None
    if wait is None or wait.state in ENDED:
        return []
    (shown,) = as_shown(work, [wait])
    named = [one.get("order") or {} for one in shown.awaits or () if isinstance(one, dict)]
    return [{"key": str(one.get("key") or ""), "name": str(one.get("name") or "")} for one in named]


def _order(work: Work, ident: str) -> ProductOrder:
    found = document_at(work, ProductOrder, ident)
    if found is None:
        raise NotFound("notFound", f"you have no order {ident}")
    return found


def _name(item: Any) -> str:
    named = (item.product.name if item.product is not None else None) or (
        item.product_offering.name if item.product_offering is not None else None
    )
    return str(named or item.id)
