"""The page of an order: what was ordered, how far it is, and its plan as a picture."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import falcon

from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Fragment, Shown, Visit
from trunkline.web.facts import Teller
from trunkline.web.fallout_source import fallout_of_order
from trunkline.web.navigation import TASKS_SEEN_BY, is_customer, may_see
from trunkline.web.order_items import OrderKind, items_of
from trunkline.web.plan import Plan, picture_of, progress_of, read_plan, rows_of
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.task_form import form_of
from trunkline.web.task_page import may_complete
from trunkline.web.values import EMPTY, instant, state
from trunkline.web.wording import words

DATES = ("orderDate", "requestedStartDate", "requestedCompletionDate", "committedCompletionDate",
         "expectedCompletionDate", "startDate", "completionDate", "cancellationDate")  # fmt: skip
ABOUT = frozenset({"externalId", "priority", "category", "description", "billingAccount",
                   "orderTotalPrice", "note", "productOrder", "serviceOrder"})  # fmt: skip
FINISHED = frozenset({"completed", "failed", "partial", "cancelled", "rejected"})
WHOLES = (("productOrder", "ProductOrder"), ("serviceOrder", "ServiceOrder"))


class OrderPage:
    """`{base}{ident}`: an order of one kind with its plan; `{base}{ident}/plan` is the plan."""

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the order."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_plan(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer with the plan as it is now, or 204 where the page shows that already.

        The page asks for it again and again, which is no use of the session.
        """
        self._desk.answer(req, resp, partial(self._view_plan, ident=ident), is_use=False)

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        kind = self._kind
        with self._desk.work(visit) as work:
            order = record_of(work, kind.type.resource, ident)
            teller = teller_of(self._desk, work, order)
            values = head_of(self._desk, order) | {
                "plan_html": self._plan(visit, work, order, live=False)[0],
                "dates": [
                    {"label": words(name), "cell": instant(order.document[name], self._desk.zone)}
                    for name in DATES
                    if isinstance(order.document.get(name), str)
                ],
                "about": [
                    one
                    for one in teller.facts(kind.type, order.document)
                    if one.name in ABOUT
                ],
                "parties": _parties(kind, order, teller),
                "items": items_of(kind, order, teller),
                "subject": words(kind.subject),
                "made_from": words(kind.made_from).rpartition(" ")[2].capitalize(),
            }  # fmt: skip
        return Shown("order.html", values)

    def _view_plan(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, self._kind.type.resource, ident)
            html, digest = self._plan(visit, work, order, live=True)
        return Fragment(None if visit.req.get_param("seen") == digest else html)

    def _plan(self, visit: Visit, work: Work, order: Record, *, live: bool) -> tuple[str, str]:
        """Return the plan as HTML, and the digest by which the page asks for news.

        A live one brings the state in the page's head along.
        """
        plan = read_plan(work, order.id)
        mentions = mentions_of(work, self._desk.addresses, plan.linked)
        published = order.document.get("state")
        sees = work.actor.must(order.resource, "read").sees
        is_own = is_customer(work.actor)
        address = self._kind.base + order.key
        values: dict[str, Any] = {
            "address": address,
            "csrf": visit.csrf,
            "state": state(published) if isinstance(published, str) else EMPTY,
            "is_open": published not in FINISHED,
            "picture": picture_of(plan) if plan.steps else None,
            "whole": None if plan.steps else self._whole(work, order),
            "steps": rows_of(
                plan, mentions, self._desk.zone, with_messages="personal" in sees and not is_own
            ),
            "customer": is_own,
            "forms": self._forms(work, plan, address),
            "sees_tasks": may_see(work.services.registry, work.actor, *TASKS_SEEN_BY),
            "progress": progress_of(plan),
            "fallout": fallout_of_order(self._desk, work, self._kind.reference, order.id),
        }
        text = self._desk.renderer.html("plan.html", values | {"seen": "", "live": False})
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        html = self._desk.renderer.html("plan.html", values | {"seen": digest, "live": live})
        return html, digest

    def _forms(self, work: Work, plan: Plan, back: str) -> dict[str, dict[str, Any]]:
        """Return the forms of the steps that somebody is asked for, by step."""
        if not may_complete(work.actor):
            return {}
        return {
            one.id: form_of(work, one, back=back)
            for one in plan.steps
            if one.kind == "manual" and one.state == "ready"
        }

    def _whole(self, work: Work, order: Record) -> dict[str, Any] | None:
        """Return the order that this one is a part of, with its steps in that order's plan.

        None where it stands alone, or is a part of what the visitor may not read.
        """
        for name, resource in WHOLES:
            value = order.document.get(name)
            ident = value.get("id") if isinstance(value, dict) else None
            found = mentions_of(work, self._desk.addresses, {resource: [ident]} if ident else {})
            if not isinstance(ident, str) or ident not in found:
                continue
            steps = read_plan(work, ident).steps
            own = [one for one in steps if order.id in {one.service_order, one.resource_order}]
            if steps:
                return {
                    "order": found[ident],
                    "steps": [
                        {"id": one.id, "name": one.name, "state": state(one.state)} for one in own
                    ],
                }
        return None


def _parties(kind: OrderKind, order: Record, teller: Teller) -> list[dict[str, Any]]:
    """Return the parties of an order with their roles."""
    attribute = kind.type.by_json_name()["relatedParty"]
    found = order.document.get("relatedParty")
    return [
        {
            "role": words(str(one.get("role") or "party")),
            "cell": teller.link(attribute.shape, one) or EMPTY,
        }
        for one in found or ()
        if isinstance(one, dict)
    ]
