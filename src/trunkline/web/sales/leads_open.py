"""A page about a lead that is open: what it asks, what is done, and what is refused shown on it."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Refusal
from trunkline.kernel.work import Work
from trunkline.sales.lead.converting import lead_of
from trunkline.sales.lead.lead import OPEN, SalesLead
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import seen

ENDED = "conflictLeadEnded"


class OpenLeadPage:
    """`/leads/{ident}/…`: a form about one open lead; a page says what it asks and does."""

    needs = "SalesLead:update"

    template: str

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the form."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do what the form says, or show it again with what is wrong."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def do(self, work: Work, ident: str, form: Form) -> str:
        """Do it and return the address to go to."""
        raise NotImplementedError

    def values(
        self, work: Work, lead: SalesLead, said: dict[str, Any], form: Form | None
    ) -> dict[str, Any]:
        """Return what the form shows beside the lead; `said` is the lead as its reader sees it."""
        raise NotImplementedError

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                address = self.do(work, ident, form)
        except Refusal as refusal:
            if refusal.status not in {400, 409} or refusal.code == ENDED:
                raise
            return self._view(visit, ident=ident, form=form, refusal=refusal)
        return Moved(address)

    def _view(
        self, visit: Visit, *, ident: str, form: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(SalesLead.resource, "update")
            lead = lead_of(work, ident)
            if lead.stage not in OPEN:
                raise Conflict(ENDED, f"{lead.key} has ended: it is {lead.stage} already")
            said = seen(work, lead).document
            values = self.values(work, lead, said, form)
        told = {
            "key": lead.key,
            "name": said.get("name") or lead.key,
            "company": said.get("companyName") or "",
            "address": self._desk.addresses.of_record(SalesLead.resource, lead.key),
        }
        values |= {"lead": told | values.get("lead", {}), "problems": problems_of(refusal)}
        return Shown(self.template, values, refusal.status if refusal else 200)
