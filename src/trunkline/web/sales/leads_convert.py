"""Converting a lead: to whom, on which account, with a sale or without; one form, filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.matching.possible import Possible, possible_duplicates
from trunkline.matching.score import REASON_TITLES
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.sales.lead.carrying import organization_body, person_body
from trunkline.sales.lead.converting import Conversion, convert
from trunkline.sales.lead.lead import SalesLead
from trunkline.sales.opportunity.cycle import SHIPPED
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.web.desk import Desk
from trunkline.web.duplicates.new_record import may_check
from trunkline.web.duplicates.reasons import percent
from trunkline.web.forms import Form
from trunkline.web.records import seen
from trunkline.web.sales.leads_open import OpenLeadPage

FIELDS = ("customer", "known", "known.text", "givenName", "account", "opportunity", "name",
          "salesCycle", "apart", "status")  # fmt: skip


class ConvertPage(OpenLeadPage):
    """`/leads/{ident}/convert`."""

    template = "sales_convert.html"

    def do(self, work: Work, ident: str, form: Form) -> str:
        """Convert it and return the address of the sale, or of the customer where there is none."""
        made = convert(work, ident, _said(form))
        shown = made.opportunity or made.customer
        return f"{self._desk.addresses.of_record(shown.resource, shown.key)}?done=converted"

    def values(
        self, work: Work, lead: SalesLead, said: dict[str, Any], form: Form | None
    ) -> dict[str, Any]:
        """Return what the lead would become, and whom of them we may know."""
        found = _known(work, lead)
        customers = [seen(work, one) for one in _customers(work, found)]
        typed = {name: form.text(name) if form else "" for name in FIELDS}
        if form is None:
            typed |= {
                "givenName": said.get("givenName") or "",
                "opportunity": "yes",
                "account": "yes",
                "status": "active",
                "name": said.get("name") or "",
            }
        return {
            "lead": {"lines": len(lead.sales_lead_item)},
            "action": f"/leads/{lead.key}/convert",
            "found": [_told(one, self._desk) for one in found],
            "customers": [
                {"id": one.id, "key": one.key, "name": one.document.get("name") or one.key}
                for one in customers
            ],
            "typed": typed,
            "cycles": [{"code": one.code, "name": one.name} for one in SHIPPED],
            "may_sell": work.actor.grant(SalesOpportunity.resource, "create") is not None,
            "may_bill": work.actor.grant(BillingAccount.resource, "create") is not None,
            "must_say_why": any(one.score.value >= 0.8 for one in found),
        }


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
