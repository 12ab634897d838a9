"""The page of a problem: whom it hits, its tickets, what all were told, and what ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.assurance.credit.service_credit import ServiceCredit
from trunkline.assurance.problem.affected import affected_customers
from trunkline.assurance.problem.closing import (
    link_tickets,
    proposed,
    resolve_tickets,
    unlink_ticket,
)
from trunkline.assurance.problem.noticing import hit_by, tell_all
from trunkline.assurance.problem.outages import is_planned
from trunkline.assurance.problem.problem import OPEN, ServiceProblem
from trunkline.assurance.ticket.ticket import OPEN as OPEN_TICKETS
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.documents.errors import Refusal
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.record_page import head_of
from trunkline.web.records import matching, record_of
from trunkline.web.values import EMPTY, instant, state
from trunkline.web.wording import words
from trunkline.workspace.message_texts import in_language, texts_in

SHOWN_MAX, TICKETS_MAX = 50, 200
PREFIX = "outage-"
DONE = {
    "linked": "The tickets are linked.",
    "unlinked": "The ticket is no longer linked.",
    "told": "Everybody is being told.",
    "resolved": "The tickets were resolved.",
    "partly": "Some tickets are still open; they have steps that must be done first.",
}


class ProblemPage:
    """`/problems/{ident}`."""

    needs = "ServiceProblem:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Link tickets, tell everybody, or resolve what hangs on it."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def _view(self, visit: Visit, *, ident: str, refusal: str = "", status: int = 200) -> Answer:
        with self._desk.work(visit) as work:
            record = record_of(work, ServiceProblem.resource, ident)
            problem = ServiceProblem.wrap(dict(record.document))
            values = head_of(self._desk, record) | {
                "problem": refusal,
                "kind_of": words(problem.category or ""),
                "reason": problem.reason or "",
                "priority": problem.priority,
                "description": problem.description or "",
                "is_open": problem.status in OPEN,
                "is_over": problem.status in ("resolved", "closed"),
                "is_planned": is_planned(problem),
                "services": problem.affected_number_of_services or 0,
                "expected": self._moment(problem.expected_resolution_date),
                "since": self._moment(problem.creation_date),
                "over": self._moment(problem.resolution_date),
                "hit": self._hit(work, problem),
                "tickets": [*self._tickets(work, problem)],
                "notices": [*self._notices(problem)],
                "texts": _texts(work) if self._may_tell(work) else [],
                "may_change": work.actor.grant(ServiceProblem.resource, "update") is not None,
                "may_tell": self._may_tell(work),
                "open_count": len(_open_tickets(work, problem)),
                "credits": _credits(work, problem),
                "may_resolve": _may_resolve(work),
                "said": DONE.get(visit.req.get_param("done") or "", ""),
                "csrf": visit.csrf,
            }
        return Shown("assurance_problem.html", values, status)

    def _moment(self, moment: Any) -> Any:
        return instant(moment, self._desk.zone) if moment is not None else EMPTY

    def _hit(self, work: Work, problem: ServiceProblem) -> dict[str, Any]:
        """Return the first customers whom it hits, and how many there are."""
        kinds: Sequence[Resource] = (Customer.resource, Product.resource, Service.resource)
        if any(work.actor.grant(one, "read") is None for one in kinds):
            return {"may_see": False, "rows": [], "count": 0, "more": 0}
        tickets = [one.id for one in problem.trouble_ticket]
        found, count = affected_customers(work, *hit_by(problem), tickets, limit=SHOWN_MAX)
        customers = _labels(work, Customer.resource, [one.customer for one in found])
        products = _labels(work, Product.resource, [p for one in found for p in one.products])
        rows = [
            {
                "label": customers[one.customer][1],
                "address": f"/customer/{customers[one.customer][0]}",
                "products": [
                    {"label": products[p][1], "address": f"/r/product/{products[p][0]}"}
                    for p in one.products
                    if p in products
                ],
                "services": len(one.services),
            }
            for one in found
            if one.customer in customers
        ]
        return {"may_see": True, "rows": rows, "count": count, "more": max(0, count - len(found))}

    def _tickets(self, work: Work, problem: ServiceProblem) -> Iterator[dict[str, Any]]:
        wanted = [one.id for one in problem.trouble_ticket][:TICKETS_MAX]
        if not wanted or work.actor.grant(TroubleTicket.resource, "read") is None:
            return
        found = matching(work, TroubleTicket.resource, {"id": wanted}, limit=TICKETS_MAX)
        for one in found.records if found is not None else ():
            status = str(one.document.get("status") or "")
            yield {
                "key": one.key,
                "label": one.label,
                "address": f"/tickets/{one.key}",
                "state": state(status),
                "is_open": status in OPEN_TICKETS,
            }

    def _notices(self, problem: ServiceProblem) -> Iterator[dict[str, Any]]:
        for one in reversed(problem.notice):
            yield {"subject": one.subject or "", "at": self._moment(one.said_at),
                   "by": one.said_by or "", "told": one.told or 0, "not_told": one.not_told or 0,
                   "already": one.already_told or 0,
                   "is_done": bool(one.is_done)}  # fmt: skip

    def _may_tell(self, work: Work) -> bool:
        grant = work.actor.grant
        return (
            grant(ServiceProblem.resource, "update") is not None
            and grant(CommunicationMessage.resource, "create") is not None
        )

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        verb = form.text("verb")
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, ServiceProblem.resource, ident)
                done = _done(work, record.id, verb, form)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, refusal=refusal.told, status=refusal.status)
        return Moved(f"/problems/{quote(record.key)}?done={done}")


def _done(work: Work, ident: str, verb: str, form: Form) -> str:
    """Do what a form asks for and return its word."""
    if verb == "tell":
        tell_all(
            work, ident, text=form.text("text"), subject=form.text("subject"),
            content=form.text("content"), again=bool(form.text("again")),
        )  # fmt: skip
        return "told"
    if verb == "resolve":
        ended = resolve_tickets(work, ident, tickets=form.all("ticket"), reason=form.text("reason"))
        return "partly" if any(one.problem for one in ended) else "resolved"
    if verb == "unlink":
        unlink_ticket(work, ident, form.text("ticket"))
        return "unlinked"
    link_tickets(work, ident, form.text("keys").upper().replace(",", " ").split())
    return "linked"


def _credits(work: Work, problem: ServiceProblem) -> dict[str, Any] | None:
    """Return how far the look is for what is given back, None for who may not see that."""
    run = problem.credit_run
    if work.actor.grant(ServiceCredit.resource, "read") is None:
        return None
    return {
        "is_known": run is not None, "is_done": run is not None and bool(run.is_done),
        "proposed": (run.proposed or 0) + (run.decided or 0) if run is not None else 0,
        "without": run.without or 0 if run is not None else 0,
    }  # fmt: skip


def _may_resolve(work: Work) -> bool:
    kinds: Sequence[Resource] = (ServiceProblem.resource, TroubleTicket.resource)
    return all(work.actor.grant(one, "update") is not None for one in kinds)


def _open_tickets(work: Work, problem: ServiceProblem) -> list[TroubleTicket]:
    if work.actor.grant(TroubleTicket.resource, "read") is None:
        return []
    return proposed(work, problem)


def _labels(work: Work, resource: Resource, idents: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return key and name of records by id, as the visitor sees them."""
    if not idents:
        return {}
    wanted = sorted(set(idents))
    found = matching(work, resource, {"id": wanted}, limit=len(wanted))
    return {one.id: (one.key, one.label) for one in found.records} if found is not None else {}


def _texts(work: Work) -> list[dict[str, str]]:
    found = in_language(texts_in(work.connection), spoken().code)
    return [{"name": one.name, "title": one.title} for one in found if one.name.startswith(PREFIX)]
