"""Converting: a lead becomes a customer with its person and account, and often an opportunity.

All of it is written in one transaction; persons that the lead knew stay the same records. Notes,
tasks, files and contacts go with it, and the lead rests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from trunkline.care.interaction import PartyInteraction
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.governance.registers import registers
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.contacts import PRIMARY
from trunkline.party.customer import Customer, names_of
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.rest.writing import change, create
from trunkline.sales.lead.apart import keep_apart, must_be_apart
from trunkline.sales.lead.carrying import (
    carry_staffs_words,
    customer_body,
    opportunity_body,
    organization_body,
    person_body,
    wishes_of,
)
from trunkline.sales.lead.lead import OPEN, SalesLead
from trunkline.sales.opportunity.opportunity import SalesOpportunity

D = TypeVar("D", bound=Document)
MERGE = "application/merge-patch+json"
CONTACT, CUSTOMER = "contact", "customer"
OF_THE_SALE = (CONTACT, CUSTOMER, None)
"""The roles of those who may become the customer or its person; a partner or referrer does not."""
NOT_THEIRS = frozenset({"partner", "referrer", "seller", "salesagent", "salesrepresentative"})
"""The roles, in small letters, of persons of a lead who are nobody of the customer's."""
ROLE_TYPES = "partyRoleType"


@dataclass(frozen=True)
class Conversion:
    """What a lead is to become.

    `customer`, `contact` and `account` are ids or keys of records that there are; without them new
    ones are made, an account only with `new_account`. `person` completes what the lead says of its
    person. With `opportunity` one is made, with these attributes; None makes none. `apart` says
    why whom we know already is somebody else.
    """

    customer: str = ""
    contact: str = ""
    account: str = ""
    new_account: Mapping[str, Json] | None = None
    customer_type: str = ""
    status: str = "prospect"
    person: Mapping[str, Json] = field(default_factory=dict)
    opportunity: Mapping[str, Json] | None = field(default_factory=dict)
    apart: str = ""


@dataclass(frozen=True)
class Converted:
    """What a lead has become."""

    lead: SalesLead
    customer: Customer
    contact: Individual | None
    account: BillingAccount | None
    opportunity: SalesOpportunity | None


def convert(work: Work, ident: str, said: Conversion) -> Converted:
    """Convert a lead; refuses (409) one that has ended, and whom we may know already.

    Whatever is wrong with a record that is to be made is told as it is alone.
    """
    work.actor.must(SalesLead.resource, "update")
    lead = work.lock(SalesLead, ident)
    if lead.stage not in OPEN:
        raise Conflict("conflictLeadEnded", f"{lead.key} has ended: it is {lead.stage} already")
    before = copied(lead.raw)
    chosen = said.customer or _customer_named(work, lead)
    customer = _there(work, Customer, chosen, "customer") if chosen else None
    contact = _contact(work, lead, said, customer)
    if customer is None:
        customer = _new_customer(work, lead, said, contact)
    else:
        _must_be_one(lead, customer)
    _let_persons_point_at_both(work, lead, customer, contact)
    if contact is not None:
        wishes_of(work, lead, contact)
    account = _account(work, said, customer)
    opportunity = None
    if said.opportunity is not None:
        body = opportunity_body(lead, customer, contact, account, said.opportunity)
        opportunity = _made(work, SalesOpportunity.resource, body)
    assert opportunity is None or isinstance(opportunity, SalesOpportunity)
    _end(work, lead, before, Converted(lead, customer, contact, account, opportunity))
    carry_staffs_words(work, lead, opportunity or customer)
    _let_contacts_follow(work, lead, customer)
    return Converted(lead, customer, contact, account, opportunity)


def _there(work: Work, kind: type[D], ident: str, name: str) -> D:
    work.actor.must(kind.resource, "read")
    found = work.get(kind, ident) if "\0" not in ident else None
    if found is None:
        title = kind.resource.title.lower()
        raise Invalid.of([Fault(name, "danglingReference", f"there is no {title} {ident}")])
    return found


def _customer_named(work: Work, lead: SalesLead) -> str:
    """Return the id of the customer that a lead is of already, or nothing."""
    named = (one.id for one in lead.related_party if one.role == CUSTOMER)
    return next((one for one in named if work.get(Customer, one) is not None), "")


def _made(work: Work, resource: Resource, body: dict[str, Json]) -> Document:
    work.actor.must(resource, "create")
    return create(work, resource, body)


def _contact(
    work: Work, lead: SalesLead, said: Conversion, customer: Customer | None
) -> Individual | None:
    """Return the person of a lead: the one that is chosen, the one it knows, or a new one.

    A customer that is a person is its own contact.
    """
    if said.contact:
        return _there(work, Individual, said.contact, "contact")
    for one in lead.related_party:
        person = work.get(Individual, one.id) if one.role in OF_THE_SALE else None
        if person is not None:
            return person
    if customer is not None:
        person = work.get(Individual, customer.engaged_party.id)
        if person is not None:
            return person
    if not (lead.family_name or said.person.get("familyName")):
        return None
    body = person_body(lead, said.person)
    try:
        must_be_apart(work, Individual.resource, body, said.apart)
        made = _made(work, Individual.resource, body)
    except Invalid as refusal:
        told = [replace(one, path=f"person.{one.path}") for one in refusal.faults]
        raise Invalid.of(told) from None
    keep_apart(work, made, said.apart)
    assert isinstance(made, Individual)
    return made


def _new_customer(
    work: Work, lead: SalesLead, said: Conversion, contact: Individual | None
) -> Customer:
    """Make a customer of the lead's company, or of its person where it has none."""
    party: Document | None = contact
    if lead.company_name:
        party = _company(work, lead, said)
    if party is None:
        message = "say who becomes the customer: the lead names neither a person nor a company"
        raise Invalid.of([Fault("person.familyName", "missing", message)])
    kind = said.customer_type or ("company" if lead.company_name else "consumer")
    made = _made(work, Customer.resource, customer_body(lead, party, kind))
    assert isinstance(made, Customer)
    if said.status != "prospect":
        locked = work.lock(Customer, made.id)
        change(work, locked, {"status": said.status}, MERGE)
        return locked
    return made


def _company(work: Work, lead: SalesLead, said: Conversion) -> Document:
    for one in lead.related_party:
        known = work.get(Organization, one.id) if one.role in OF_THE_SALE else None
        if known is not None:
            return known
    body = organization_body(lead)
    must_be_apart(work, Organization.resource, body, said.apart)
    made = _made(work, Organization.resource, body)
    keep_apart(work, made, said.apart)
    return made


def _must_be_one(lead: SalesLead, customer: Customer) -> None:
    """Refuse to convert a lead of one customer to another one."""
    for one in lead.related_party:
        if one.role == CUSTOMER and one.id not in names_of(customer.id, customer.raw):
            message = f"the lead is of another customer; convert it to {one.name or one.id}"
            raise Invalid.of([Fault("customer", "customerMismatch", message)])


def _let_persons_point_at_both(
    work: Work, lead: SalesLead, customer: Customer, contact: Individual | None
) -> None:
    """Let a role of each person of a lead name customer and lead; the contact is the first one."""
    if contact is not None:
        _point_at_both(work, lead, customer, contact.id, PRIMARY)
    met = work.find(PartyRole, {"salesLead.id": lead.id})
    others = {one.id: one.role or "" for one in lead.related_party}
    others |= {one.engaged_party.id: one.role_type or "" for one in met if one.engaged_party}
    persons = work.many(Individual, others)
    for ident in (one for one in others if one in persons):
        if others[ident].lower() not in NOT_THEIRS and not (contact and ident == contact.id):
            _point_at_both(work, lead, customer, ident, others[ident])


def _point_at_both(work: Work, lead: SalesLead, customer: Customer, person: str, how: str) -> None:
    """Let a role that names the customer or the lead name the other, too, or make one."""
    about: dict[str, Json] = {"engagedParty.id": person}
    named: Json = {"id": customer.id, "role": "customer", "@referredType": "Customer"}
    for role in work.find(PartyRole, {**about, "relatedParty.id": customer.id}, limit=1):
        locked = work.lock(PartyRole, role.id)
        if lead.id not in {one.id for one in locked.sales_lead}:
            leads = [*(one.raw for one in locked.sales_lead), {"id": lead.id}]
            change(work, locked, {"salesLead": leads}, MERGE)
        return
    for role in work.find(PartyRole, {**about, "salesLead.id": lead.id}):
        if not any(one.role == CUSTOMER for one in role.related_party):
            locked = work.lock(PartyRole, role.id)
            parties = [named, *(one.raw for one in locked.related_party)]
            change(work, locked, {"relatedParty": parties}, MERGE)
            return
    known = registers(work).get(ROLE_TYPES)
    is_kept = known is not None and how in {one.code for one in known.chosen(work.now)}
    body: dict[str, Json] = {
        "name": "Primary contact" if how == PRIMARY else how or CONTACT.capitalize(),
        "relatedParty": [named], "salesLead": [{"id": lead.id}],
        "engagedParty": {"id": person, "@referredType": "Individual"},
    }  # fmt: skip
    _made(work, PartyRole.resource, body | ({"roleType": how} if is_kept else {}))


def _account(work: Work, said: Conversion, customer: Customer) -> BillingAccount | None:
    if said.account:
        found = _there(work, BillingAccount, said.account, "account")
        known = names_of(customer.id, customer.raw)
        if not any(one.id in known for one in found.related_party):
            message = f"{found.key} is no account of {customer.key}; choose one of the customer's"
            raise Invalid.of([Fault("account", "accountForeign", message)])
        return found
    if said.new_account is None:
        return None
    named = {"id": customer.id, "role": "customer", "@referredType": "Customer"}
    body = {"name": customer.name, "state": "active", **said.new_account, "relatedParty": [named]}
    made = _made(work, BillingAccount.resource, body)
    assert isinstance(made, BillingAccount)
    return made


def _end(work: Work, lead: SalesLead, before: dict[str, Json], made: Converted) -> None:
    """Write what the lead has become, and let it rest."""
    parties = [one for one in lead.raw.get("relatedParty") or () if one.get("role") != "customer"]
    named: list[Json] = [{"id": made.customer.id, "role": "customer", "@referredType": "Customer"}]
    known = {one.get("id") for one in parties}
    if made.contact is not None and made.contact.id not in known:
        named.append({"id": made.contact.id, "role": CONTACT, "@referredType": "Individual"})
    lead.raw["relatedParty"] = [*named, *parties]
    if made.account is not None:
        lead.raw["billingAccount"] = {"id": made.account.id}
    if made.opportunity is not None:
        lead.raw["salesOpportunity"] = {"id": made.opportunity.id}
    lead.stage = "qualified"
    work.save(lead, before)


def _let_contacts_follow(work: Work, lead: SalesLead, customer: Customer) -> None:
    """Let the contacts that were about the lead be the customer's."""
    for one in work.find(PartyInteraction, {"interactionItem.item.id": lead.id}):
        if any(party.role == "customer" for party in one.related_party):
            continue
        with work.edit(PartyInteraction, one.id) as contact:
            named = {"id": customer.id, "role": "customer", "@referredType": "Customer"}
            contact.raw["relatedParty"] = [*(contact.raw.get("relatedParty") or ()), named]


def lead_of(work: Work, ident: str) -> SalesLead:
    """Return a lead by id or key, or refuse with 404."""
    work.actor.must(SalesLead.resource, "read")
    found = work.get(SalesLead, ident) if "\0" not in ident else None
    if found is None:
        raise NotFound("notFound", f"there is no lead {ident}")
    return found
