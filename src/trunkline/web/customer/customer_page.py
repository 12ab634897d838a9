"""Customer 360: who a customer is, what is there and under way, and what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.campaign.recommending.next_action import NextAction
from trunkline.care.archive.putting_away import restore
from trunkline.care.interaction import PartyInteraction
from trunkline.care.verification import IdentityVerification
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import parse_instant
from trunkline.fieldwork.appointment import Appointment
from trunkline.geography.site import GeographicSite
from trunkline.governance.profiles import needs_kind
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.party.account import BillingAccount, PartyAccount
from trunkline.party.customer import Customer, names_of
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.archived import RESTORE, lies_in_archive
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.quote.quote import Quote
from trunkline.web.assurance.tickets_panel import tickets_shown
from trunkline.web.campaign.proposals import proposals_shown
from trunkline.web.customer.bills_panel import bills_shown
from trunkline.web.customer.consents import consents_shown
from trunkline.web.customer.contact_people import acting_for, contact_people
from trunkline.web.customer.gathering import gathered, party_of
from trunkline.web.customer.hierarchy import ACCOUNTS, ORGANIZATIONS
from trunkline.web.customer.media import MEDIUM, reach_address
from trunkline.web.customer.orders_panel import counts, orders_shown
from trunkline.web.customer.relatives import below_of, relatives_shown
from trunkline.web.customer.sales_panel import sales_shown
from trunkline.web.customer.services_map import services_map
from trunkline.web.customer.visits_panel import visits_shown
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.reads_page import sees_reads
from trunkline.web.fieldwork.slots_panel import move_told
from trunkline.web.forms import Form
from trunkline.web.governed import Governed, governed
from trunkline.web.postal import contact_line
from trunkline.web.privacy.erased import erased_shown, may_erase
from trunkline.web.record_page import head_of, stale_shown
from trunkline.web.records import Record, record_of, sees, select_each
from trunkline.web.values import Cell, compound, instant
from trunkline.web.values import phone as phone_of
from trunkline.web.wording import words
from trunkline.workspace.about import may_note

ACCOUNTS_MAX = 20
CONTACTS = "contacts"
PANELS = (
    ("services", "Services", (Product.resource, GeographicSite.resource)),
    ("orders", "Orders", (ProductOrder.resource,)),
    ("visits", "Visits", (Appointment.resource,)),
    ("tickets", "Tickets", (TroubleTicket.resource,)),
    ("sales", "Sales", (SalesOpportunity.resource, Quote.resource)),
    ("proposals", "Next best action", (NextAction.resource,)),
    ("bills", "Bills and payments", (CustomerBill.resource,)),
    ("accounts", "Accounts", (BillingAccount.resource, PartyAccount.resource)),
    (CONTACTS, "Contacts and roles", ()),
)
"""Each panel, and the kinds of which the visitor has to read one to get it; contacts are for who
sees what is personal."""


class CustomerPage:
    """`/customer/{ident}` and `/customer/{ident}/panel/{name}`."""

    needs = "Customer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._panels = {
            "services": self._services,
            "orders": self._orders,
            "visits": self._visits,
            "tickets": self._tickets,
            "sales": self._sales,
            "proposals": self._proposals,
            "bills": self._bills,
            "accounts": self._accounts,
            "contacts": self._contacts,
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the head of the customer; the panels come on their own."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_panel(
        self, req: falcon.Request, resp: falcon.Response, ident: str, name: str
    ) -> None:
        """Show one panel. A page asks for it on its own, which is no use of the session."""
        view = partial(self._panel, ident=ident, name=name)
        self._desk.answer(req, resp, view, is_use=False)

    def on_post_restore(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take the customer out of the archive."""

        def act(visit: Visit, _form: Form) -> Answer:
            with self._desk.work(visit) as work:
                key = restore(work, ident).key
            return Moved(f"/customer/{key}?done=restored")

        self._desk.act(req, resp, act)

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            party = party_of(work, customer)
            counted = counts(work, customer.id, names_of(customer.id, customer.document))
            grant = work.actor.grant
            reading = work.actor.must(Customer.resource, "read")
            about = Customer.wrap(dict(customer.document))
            own = partial(needs_kind, work, about)
            panels = [
                {"name": name, "title": title}
                for name, title, kinds in PANELS
                if any(grant(one, "read") is not None and own(one.name) for one in kinds)
                or (name == CONTACTS and "personal" in reading.sees)
            ]
            known = governed(work, Customer.resource, customer.document)
            left_out = known.left_out
            stale = stale_shown(self._desk, work, customer)
            erased = erased_shown(work, customer)
            may = {
                "order": grant(ProductOrder.resource, "create") is not None,
                "read_orders": grant(ProductOrder.resource, "read") is not None,
                "edit": grant(Customer.resource, "update") is not None,
                "outages": grant(ServiceProblem.resource, "read") is not None,
                "check": grant(ProductOfferingQualification.resource, "create") is not None
                and own(ProductOfferingQualification.resource.name),
                "see_consents": "personal" in reading.sees and "contactPreference" not in left_out,
                "see_reads": sees_reads(work.actor, Customer.resource),
                "erase": may_erase(work, customer),
                "note": may_note(work.actor, Customer.resource),
                "contact": grant(PartyInteraction.resource, "create") is not None
                and own(PartyInteraction.resource.name),
                "verified": grant(IdentityVerification.resource, "read") is not None
                and own(IdentityVerification.resource.name),
            }
        values = head_of(self._desk, customer, known=known) | {
            "facts": [*_facts(self._desk, work, customer, party, counted["since"])],
            "open_orders": counted["orders"],
            "open_issues": counted["issues"],
            "issues_at": counted["issues_at"],
            "panels": panels,
            "may": may,
            "logged": (visit.req.get_param("done") or "").partition("contact-")[2],
            "order_address": f"/order/new?customer={customer.key}",
            "planned": _planned(customer),
            "archived": _archived(self._desk, customer),
            "may_restore": visit.actor.may(RESTORE) is not None,
            "restored": visit.req.get_param("done") == "restored",
            "stale": stale,
            "erased": erased,
            "moved": move_told(visit),
        }
        return Shown("customer_page.html", values)

    def _panel(self, visit: Visit, *, ident: str, name: str) -> Answer:
        make = self._panels.get(name)
        if make is None:
            raise NotFound("notFound", f"there is no panel {name}")
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            values = make(work, customer)
        return Shown(f"customer_{name}.html", values | {"customer_key": customer.key})

    def _services(self, work: Work, customer: Record) -> dict[str, Any]:
        return services_map(self._desk, work, names_of(customer.id, customer.document))

    def _orders(self, work: Work, customer: Record) -> dict[str, Any]:
        may_order = work.actor.grant(ProductOrder.resource, "create") is not None
        names = names_of(customer.id, customer.document)
        return orders_shown(self._desk, work, names) | {"may_order": may_order}

    def _sales(self, work: Work, customer: Record) -> dict[str, Any]:
        names = names_of(customer.id, customer.document)
        return sales_shown(self._desk, work, names, customer.key)

    def _proposals(self, work: Work, customer: Record) -> dict[str, Any]:
        return proposals_shown(self._desk, work, customer)

    def _bills(self, work: Work, customer: Record) -> dict[str, Any]:
        work.actor.must(CustomerBill.resource, "read")
        return bills_shown(self._desk, work, names_of(customer.id, customer.document))

    def _visits(self, work: Work, customer: Record) -> dict[str, Any]:
        work.actor.must(Appointment.resource, "read")
        names = names_of(customer.id, customer.document)
        return visits_shown(self._desk, work, names, customer.key)

    def _tickets(self, work: Work, customer: Record) -> dict[str, Any]:
        names = names_of(customer.id, customer.document)
        return tickets_shown(self._desk, work, names, customer)

    def _accounts(self, work: Work, customer: Record) -> dict[str, Any]:
        wanted = [(one, ACCOUNTS_MAX) for one in (BillingAccount.resource, PartyAccount.resource)]
        found = gathered(work, wanted, names_of(customer.id, customer.document))
        known = governed(work, BillingAccount.resource)
        rows = [self._account(one, known) for some in found.values() for one in some]
        make = ""
        if work.actor.grant(BillingAccount.resource, "create") is not None:
            base = self._desk.addresses.of_list(BillingAccount.resource)
            make = f"{base}/new?relatedParty.id={customer.id}"
        return {"rows": rows, "make": make}

    def _account(self, one: Record, known: Governed) -> dict[str, Any]:
        document = one.document
        status = document.get("state")
        balances = [
            {"type": words(str(each.get("balanceType") or "")), "cell": cell}
            for each in document.get("accountBalance") or ()
            if isinstance(each, dict)
            and isinstance(each.get("amount"), dict)
            and (cell := compound(each["amount"], self._desk.zone)) is not None
        ]
        return {
            "label": one.label,
            "key": one.key,
            "kind": one.resource.title,
            "address": self._desk.addresses.of_record(one.resource, one.key),
            "state": known.state("state", str(status)) if status else None,
            "type": document.get("accountType") or "",
            "system": document.get("billingSystem") or "",
            "balances": balances,
            "tree": f"{ACCOUNTS.address}/{one.key}" if one.resource is ACCOUNTS.resource else "",
        }

    def _contacts(self, work: Work, customer: Record) -> dict[str, Any]:
        party = party_of(work, customer)
        people = [customer, *([party] if party else [])]
        left_out = governed(work, Customer.resource, customer.document).left_out
        names = names_of(customer.id, customer.document)
        below = below_of(work, party)
        branches = [*acting_for(work, names), *([below] if below is not None else [])]
        read = select_each(work, branches)
        part = read.pop() if below is not None else []
        acting = [one for some in read for one in some]
        told = consents_shown(self._desk, people, work.now)
        is_asked = "contactPreference" not in left_out or any(told.values())
        return {
            "media": [
                each for one in people for each in _media(work, one) if each["kind"] == "post"
            ],
            "roles": [*_roles(self._desk, work, people)],
            "people": contact_people(self._desk, work, acting, partial(_media, work)),
            "party": _party(self._desk, party) if party else None,
            "see_consents": is_asked
            and any(sees(work, one.resource, "contactPreference") for one in people),
            **told,
            **relatives_shown(self._desk, work, party, part),
            "hierarchy": f"{ORGANIZATIONS.address}/{party.key}"
            if party is not None and party.resource is ORGANIZATIONS.resource
            else "",
        }


def _archived(desk: Desk, customer: Record) -> Cell | None:
    """Return since when a customer lies in the archive, None for one that does not."""
    if not lies_in_archive(customer.document):
        return None
    return instant(parse_instant(str(customer.document["archivedAt"])), desk.zone)


def _facts(
    desk: Desk, work: Work, customer: Record, party: Record | None, since: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what the head says beside name, key, status and the counts: at most three facts."""
    kind = customer.document.get("customerType") or (party.resource.title if party else None)
    if kind:
        address = desk.addresses.of_record(party.resource, party.key) if party else ""
        yield {"label": "Kind", "text": words(str(kind)), "address": address}
    media = [each for one in (customer, party) if one is not None for each in _media(work, one)]
    media.sort(
        key=lambda one: (one["kind"] != "phone", one["kind"] != "email", not one["preferred"])
    )
    for one in media[:1]:
        yield {"label": one["type"], "text": one["text"], "address": one["address"]}
    period = customer.document.get("validFor")
    begin = period.get("startDateTime") if isinstance(period, dict) else None
    cell = instant(str(begin) if begin else since, desk.zone)
    yield {"label": "Customer since", "cell": Cell("time", cell.text, iso=cell.iso)}


def _media(work: Work, one: Record) -> Iterator[dict[str, Any]]:
    """Yield the ways to reach somebody, as the record tells them."""
    known = governed(work, one.resource)
    for each in one.document.get("contactMedium") or ():
        said = each.get("characteristic") if isinstance(each, dict) else None
        if not isinstance(said, dict):
            continue
        phone, mail = said.get("phoneNumber"), said.get("emailAddress")
        kind = "phone" if phone else "email" if mail else "post"
        text = phone_of(str(phone)) if phone else str(mail or contact_line(said, spoken().code))
        if text:
            yield {
                "kind": kind,
                "text": text,
                "address": reach_address(kind, text),
                "preferred": each.get("preferred") is True,
                "type": known.named(MEDIUM, str(each.get("mediumType") or kind)),
            }


def _roles(desk: Desk, work: Work, people: list[Record]) -> Iterator[dict[str, Any]]:
    """Yield the others whom the records name, with the part that they play."""
    seen = set()
    for one in people:
        for each in one.document.get("relatedParty") or ():
            if not isinstance(each, dict) or (each.get("id"), each.get("role")) in seen:
                continue
            seen.add((each.get("id"), each.get("role")))
            resource = work.services.registry.resources.get(str(each.get("@referredType")))
            address = ""
            if resource is not None and work.actor.grant(resource, "read") is not None:
                address = desk.addresses.of_record(resource, str(each.get("id")))
            name = str(each.get("name") or (resource.title if resource else ""))
            yield {"name": name, "role": words(str(each.get("role") or "")), "address": address}


def _party(desk: Desk, party: Record) -> dict[str, Any]:
    return {
        "title": party.resource.title,
        "label": party.label,
        "key": party.key,
        "address": desk.addresses.of_record(party.resource, party.key),
    }


def _planned(customer: Record) -> str:
    """Return where what is planned for a customer's products is shown."""
    ident, *parties = names_of(customer.id, customer.document)
    return f"/changes/customer/{ident}" + "".join(f"?party={one}" for one in parties)
