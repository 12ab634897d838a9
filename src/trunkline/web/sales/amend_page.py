"""Amending an agreement: from which day its next version holds, and why there is one."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import falcon

from trunkline.contract.agreement.agreement import Agreement
from trunkline.contract.agreement.amending import amend
from trunkline.documents.errors import Fault, Invalid, Refusal
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import record_of

ADDRESS = "/agreements/{ident}/amend"


class AmendPage:
    """`/agreements/{ident}/amend`."""

    needs = "Agreement:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for the day and the reason."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make the next version, and go to it."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                start = self._start(form.text("start"))
                made = amend(work, ident, start=start, reason=form.text("reason") or None)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, form=form, refusal=refusal)
        place = self._desk.addresses.of_facts(Agreement.resource, made.key)
        return Moved(f"{place}?done=created")

    def _start(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._desk.zone)
        except ValueError:
            message = "must be a day such as 2026-11-30"
            raise Invalid.of([Fault("startDateTime", "badValue", message)]) from None

    def _view(
        self, visit: Visit, *, ident: str, form: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        visit.actor.must(Agreement.resource, "create")
        with self._desk.work(visit) as work:
            found = record_of(work, Agreement.resource, ident)
        values = {
            "key": found.key,
            "name": found.document.get("name") or found.key,
            "version": found.document.get("version") or "",
            "address": self._desk.addresses.of_facts(Agreement.resource, found.key),
            "start": form.text("start") if form else "",
            "reason": form.text("reason") if form else "",
            "problems": problems_of(refusal),
        }
        return Shown("sales_amend.html", values, refusal.status if refusal else 200)
