"""Requests at the portal: what a customer has asked for, how far it is, and asking for more."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.care.own_requests import PORTAL, may_call_off, types_offered
from trunkline.care.request import OPEN, CustomerRequest
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.rest.writing import change, create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import document_at
from trunkline.web.values import date

MERGE = "application/merge-patch+json"
LISTED_MAX = 200
TEXT_MAX = 4000
WORDS = {
    "acknowledged": ("Received", "busy"),
    "inProgress": ("Being worked on", "busy"),
    "pending": ("Waits", "warn"),
    "completed": ("Done", "good"),
    "rejected": ("Refused", "idle"),
    "cancelled": ("Called off", "idle"),
}


class PortalRequests:
    """`/my/requests`, `/my/requests/new` and `/my/requests/{ident}`."""

    needs = "CustomerRequest:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what the customer has asked for."""
        self._desk.answer(req, resp, self._view)

    def on_get_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what may be asked for."""
        self._desk.answer(req, resp, self._form)

    def on_post_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask for it."""
        self._desk.act(req, resp, self._ask)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how far a request is."""
        self._desk.answer(req, resp, partial(self._one, ident=ident))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Call it off."""
        self._desk.act(req, resp, partial(self._call_off, ident=ident))

    def _view(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(CustomerRequest.resource, "read")
            found = work.find(CustomerRequest, {}, limit=LISTED_MAX)
            told = [
                self._told(one)
                for one in sorted(found, key=lambda one: (one.meta.created_at, one.id),
                                  reverse=True)
            ]  # fmt: skip
            may_ask = bool(types_offered(work))
        values: dict[str, Any] = {
            "open": [one for one in told if one["is_open"]],
            "last": [one for one in told if not one["is_open"]],
            "may_ask": may_ask,
        }
        return Shown("portal_requests.html", values)

    def _form(
        self, visit: Visit, form: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(CustomerRequest.resource, "create")
            types = [
                {"id": one.id, "name": one.name or one.key, "help": one.description or "",
                 "days": one.due_days}
                for one in types_offered(work)
            ]  # fmt: skip
        values: dict[str, Any] = {
            "types": types,
            "chosen": form.text("type") if form is not None else "",
            "text": form.text("text") if form is not None else "",
            "text_max": TEXT_MAX,
            "problems": problems_of(refusal),
        }
        return Shown("portal_request_new.html", values, refusal.status if refusal else 200)

    def _ask(self, visit: Visit, form: Form) -> Answer:
        try:
            with self._desk.work(visit) as work:
                made = create(work, CustomerRequest.resource, _body(work, form))
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._form(visit, form, refusal)
        return Moved(f"/my/requests/{made.key}?done=sent")

    def _one(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            request = _own(work, ident)
            values = self._told(request)
            values |= {
                "text": request.description or "",
                "answer": request.resolution or "",
                "history": [
                    {"state": WORDS.get(one.status, (one.status, "idle"))[0],
                     "at": self._day(one.date), "reason": one.reason or "",
                     "is_last": place == len(request.history)}
                    for place, one in enumerate(request.history, start=1)
                ],
                "may_call_off": may_call_off(work, request),
            }  # fmt: skip
        values["problems"] = problems_of(refusal)
        values["done"] = visit.req.get_param("done") or ""
        return Shown("portal_request.html", values, refusal.status if refusal else 200)

    def _call_off(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        if form.text("word") != "cancel":
            raise NotFound("notFound", "there is no such page")
        try:
            with self._desk.work(visit) as work:
                found = _own(work, ident)
                request = work.lock(CustomerRequest, found.id)
                change(work, request, {"status": "cancelled"}, MERGE)
                key = request.key
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._one(visit, ident=ident, refusal=refusal)
        return Moved(f"/my/requests/{key}?done=cancel")

    def _told(self, one: CustomerRequest) -> dict[str, Any]:
        """Return what a card shows of a request; its day is the one that was promised last."""
        word, tone = WORDS.get(str(one.status), (str(one.status), "idle"))
        promised, due = one.promised_date, one.due_date
        is_open = one.status in OPEN
        is_later = is_open and promised is not None and due is not None and due > promised
        return {
            "key": one.key,
            "name": one.name or one.key,
            "state": word,
            "tone": tone,
            "asked": self._day(one.request_date),
            "until": self._day(due or promised) if is_open else "",
            "is_late": is_later or (is_open and one.delayed_at is not None),
            "ended": self._day(one.completion_date),
            "is_open": is_open,
        }

    def _day(self, moment: datetime | None) -> str:
        return date(moment.astimezone(self._desk.zone)) if moment is not None else ""


def _own(work: Work, ident: str) -> CustomerRequest:
    """Return a request of the visitor's, or refuse (404)."""
    found = document_at(work, CustomerRequest, ident)
    if found is None:
        raise NotFound("notFound", f"you have no request {ident}")
    return found


def _body(work: Work, form: Form) -> dict[str, Any]:
    """Return the request that a form says; refuses one that says nothing."""
    chosen, text = form.text("type"), form.text("text").strip()
    offered = {one.id for one in types_offered(work)}
    if chosen not in offered:
        raise Invalid.of([Fault("requestType", "missing", "choose what you ask for")])
    if len(text) > TEXT_MAX:
        message = f"has more than {TEXT_MAX} signs; shorten it"
        raise Invalid.of([Fault("description", "tooLong", message)])
    body: dict[str, Any] = {"requestType": {"id": chosen}, "channel": PORTAL}
    return body | ({"description": text} if text else {})
