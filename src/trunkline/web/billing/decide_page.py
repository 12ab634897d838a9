"""A correction that waits for another person: what it is, and the two things that may be said."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.billing.api import APPROVE
from trunkline.billing.correction.correction import Correction
from trunkline.billing.correction.deciding import approve, reject
from trunkline.documents.errors import NotFound, Refusal
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.record_page import facts_of, head_of
from trunkline.web.records import record_of

ASKED = (
    "kind", "amount", "reason", "note", "billingAccount", "customerBill", "payment",
    "requestedBy", "requestedAt", "decidedBy", "decidedAt", "decisionNote",
)  # fmt: skip
COMES = {
    "refund": "The money is given back.",
    "writeOff": "A credit note gives up what is open of the bill.",
    "adjustment": "A credit note lowers the bill.",
}


class DecidePage:
    """`/corrections/{ident}/decide`."""

    needs = "billing:approve"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what is asked for, and what agreeing to it makes."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Agree to it, or refuse it with the reason."""
        self._desk.act(req, resp, partial(self._decide, ident=ident))

    def _decide(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        act = approve if form.text("decision") == "approve" else reject
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, Correction.resource, ident)
                act(work, record.id, form.text("note"))
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 403, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal, form=form)
        return Moved(self._desk.addresses.of_facts(Correction.resource, record.key))

    def _view(
        self, visit: Visit, *, ident: str, refusal: Refusal | None = None, form: Form | None = None
    ) -> Answer:
        visit.actor.must_have(APPROVE)
        with self._desk.work(visit) as work:
            record = record_of(work, Correction.resource, ident)
            told = facts_of(self._desk, work, record)
        facts = {one.name: one for one in (*told["small"], *told["large"])}
        values: dict[str, Any] = head_of(self._desk, record) | {
            "facts": [facts[name] for name in ASKED if name in facts],
            "comes": COMES.get(str(record.document.get("kind")), ""),
            "is_open": record.document.get("state") == "requested",
            "is_own": record.document.get("requestedById") == visit.actor.id,
            "note": form.text("note") if form is not None else "",
            "problems": problems_of(refusal),
        }
        return Shown("billing_decide.html", values, refusal.status if refusal else 200)
