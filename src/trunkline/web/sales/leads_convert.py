"""Converting a lead: to whom, on which account, with a sale or without; one form, filled in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.matching.possible import Possible, possible_duplicates
from trunkline.matching.score import REASON_TITLES
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.sales.lead.carrying import organization_body, person_body
from trunkline.sales.lead.converting import Conversion, convert, lead_of
from trunkline.sales.lead.lead import OPEN, SalesLead
from trunkline.sales.opportunity.cycle import SHIPPED
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.duplicates.new_record import may_check
from trunkline.web.duplicates.reasons import percent
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import seen

FIELDS = ("customer", "known", "known.text", "givenName", "account", "opportunity", "name",
          "salesCycle", "apart", "status")  # fmt: skip


class ConvertPage:
    """`/leads/{ident}/convert`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what the lead would become."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Convert it."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                made = convert(work, ident, _said(form))
                shown = made.opportunity or made.customer
                key, resource = shown.key, shown.resource
        except Refusal as refusal:
            if refusal.status not in {400, 409} or refusal.code == "conflictLeadEnded":
                raise
            return self._view(visit, ident=ident, form=form, refusal=refusal)
        return Moved(f"{self._desk.addresses.of_record(resource, key)}?done=converted")

    def _view(
        self, visit: Visit, *, ident: str, form: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(SalesLead.resource, "update")
            lead = lead_of(work, ident)
            if lead.stage not in OPEN:
                raise Conflict("conflictLeadEnded", f"{lead.key} has ended; nothing is converted")
            found = _known(work, lead)
            customers = [seen(work, one) for one in _customers(work, found)]
            said = seen(work, lead).document
            may_sell = work.actor.grant(SalesOpportunity.resource, "create") is not None
            may_bill = work.actor.grant(BillingAccount.resource, "create") is not None
        typed = {name: form.text(name) if form else "" for name in FIELDS}
        if form is None:
            typed |= {
                "givenName": said.get("givenName") or "",
                "opportunity": "yes",
                "account": "yes",
                "status": "active",
                "name": said.get("name") or "",
            }
        values: dict[str, Any] = {
            "lead": {"key": lead.key, "name": said.get("name") or lead.key,
                     "company": said.get("companyName") or "",
                     "lines": len(lead.sales_lead_item),
                     "address": self._desk.addresses.of_record(SalesLead.resource, lead.key)},
            "action": f"/leads/{lead.key}/convert",
            "found": [_told(one, self._desk) for one in found],
            "customers": [
                {"id": one.id, "key": one.key, "name": one.document.get("name") or one.key}
                for one in customers
            ],
            "typed": typed,
            "problems": problems_of(refusal),
            "cycles": [{"code": one.code, "name": one.name} for one in SHIPPED],
            "may_sell": may_sell,
            "may_bill": may_bill,
            "must_say_why": any(one.score.value >= 0.8 for one in found),
        }  # fmt: skip
        return Shown("sales_convert.html", values, refusal.status if refusal else 200)


def _said(form: Form) -> Conversion:
    """Return what a form asks a lead to become."""
    opportunity: dict[str, Json] | None = None
    if form.text("opportunity") == "yes":
        pairs = (("name", form.text("name")), ("salesCycle", form.text("salesCycle")))
        opportunity = {name: text for name, text in pairs if text}
    customer = form.text("known") or form.text("customer")
    given = form.text("givenName")
    return Conversion(
        customer=customer,
        new_account={} if form.text("account") == "yes" else None,
        person={"givenName": given} if given else {},
        status="active" if form.text("status") == "active" else "prospect",
        opportunity=opportunity,
        apart=form.text("apart"),
    )


def _known(work: Work, lead: SalesLead) -> Sequence[Possible]:
    """Return whom of those that would be made we may know already."""
    found: list[Possible] = []
    if lead.family_name and may_check(work, Individual.resource):
        found += possible_duplicates(work, Individual.resource, person_body(lead, {}))
    if lead.company_name and may_check(work, Organization.resource):
        found += possible_duplicates(work, Organization.resource, organization_body(lead))
    return found


def _customers(work: Work, found: Sequence[Possible]) -> Sequence[Customer]:
    """Return the customers that those whom we may know are."""
    if not found or work.actor.grant(Customer.resource, "read") is None:
        return ()
    return list(work.find(Customer, {"engagedParty.id": [one.id for one in found]}, limit=20))


def _told(one: Possible, desk: Desk) -> dict[str, Any]:
    return {
        "key": one.key,
        "name": one.name,
        "kind": one.resource.title,
        "percent": percent(one.score.value),
        "reasons": [REASON_TITLES[reason] for reason in one.score.reasons],
        "address": desk.addresses.of_record(one.resource, one.key),
    }
