"""The badge that says whether it is sure who a customer is, and the form that says it anew."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.care.verification import IdentityVerification, methods_in_use, standing_of
from trunkline.documents.errors import Refusal
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import record_of
from trunkline.web.values import instant


class VerificationPart:
    """`/customer/{ident}/verification`."""

    needs = "IdentityVerification:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the badge as it is now; a page asks on its own, which is no use of the session."""
        self._desk.answer(req, resp, partial(self._view, ident=ident), is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Write that the customer was verified."""
        self._desk.act(req, resp, partial(self._verify, ident=ident))

    def _view(self, visit: Visit, *, ident: str, problem: str = "", said: str = "") -> Answer:
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            methods = methods_in_use(work)
            now = standing_of(work, customer.id, methods)
            may = work.actor.grant(IdentityVerification.resource, "create") is not None
        values: dict[str, Any] = {
            "customer_key": customer.key,
            "until": instant(now.until, self._desk.zone) if now.until is not None else None,
            "by": now.by,
            "missing": now.missing,
            "methods": [(one.id, str(one.name)) for one in methods] if may else [],
            "problem": problem,
            "said": said,
        }
        return Shown("care_verification.html", values)

    def _verify(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        is_part = visit.req.get_header("HX-Request") == "true"
        try:
            with self._desk.work(visit) as work:
                work.actor.must(IdentityVerification.resource, "create")
                customer = record_of(work, Customer.resource, ident)
                body: dict[str, Any] = {
                    "customer": {"id": customer.id},
                    "method": {"id": form.text("method")},
                }
                if form.text("evidence"):
                    body["evidence"] = form.text("evidence")
                create(work, IdentityVerification.resource, body)
        except Refusal as refusal:
            if refusal.status != 400 or not is_part:
                raise
            messages = refusal.told
            return self._view(visit, ident=ident, problem=messages)
        if is_part:
            return self._view(visit, ident=ident, said="Verified.")
        return Moved(f"/customer/{customer.key}")
