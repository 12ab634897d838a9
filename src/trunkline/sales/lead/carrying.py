"""Carrying over: what a lead says, as the records that it becomes say it."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.rest.writing import change
from trunkline.sales.lead.lead import SalesLead

MERGE = "application/merge-patch+json"
STAFF = ("staff_note", "staff_task", "staff_file")
CHANNELS = ("email", "sms", "phone", "letter", "app")
SAME = ("description", "source", "score", "rating", "marketingCampaign", "channel",
        "estimatedRevenue", "place", "note", "handledBy")  # fmt: skip
"""What an opportunity says in the same words as its lead."""


def person_body(lead: SalesLead, more: Mapping[str, Json]) -> dict[str, Json]:
    """Return the person of a lead as a new record; `more` completes it."""
    body: dict[str, Json] = {
        name: lead.raw[name] for name in ("familyName", "givenName", "title") if lead.raw.get(name)
    }
    if lead.prospect_contact:
        body["contactMedium"] = lead.raw["prospectContact"]
    return _copied({**body, **more})


def organization_body(lead: SalesLead) -> dict[str, Json]:
    """Return the company of a lead as a new record; its person keeps how it is reached."""
    return {"tradingName": lead.company_name}


def customer_body(lead: SalesLead, party: Document, kind: str) -> dict[str, Json]:
    """Return the customer that a party becomes, at the place that the lead names first."""
    named = {"id": party.id, "@referredType": party.resource.name}
    said = party.raw
    person = " ".join(said[name] for name in ("givenName", "familyName") if said.get(name))
    body: dict[str, Json] = {
        "name": said.get("tradingName") or person or lead.name,
        "customerType": kind,
        "engagedParty": named,
    }
    places = [{**one, "role": "primary" if not index else one["role"]}
              for index, one in enumerate(lead.raw.get("place") or ())]  # fmt: skip
    return _copied(body | ({"place": places} if places else {}))


def opportunity_body(
    lead: SalesLead,
    customer: Customer,
    contact: Document | None,
    account: Document | None,
    more: Mapping[str, Json],
) -> dict[str, Json]:
    """Return the opportunity of a lead: for whom, and its lines where they are wanted."""
    body: dict[str, Json] = {name: lead.raw[name] for name in SAME if lead.raw.get(name)}
    parties: list[Json] = [{"id": customer.id, "role": "customer", "@referredType": "Customer"}]
    if contact is not None:
        parties.append({"id": contact.id, "role": "contact", "@referredType": "Individual"})
    parties += [one for one in lead.raw.get("relatedParty") or () if one.get("role") == "partner"]
    body |= {
        "name": customer.name or lead.name,
        "relatedParty": parties,
        "salesLead": {"id": lead.id},
        "salesOpportunityItem": [_line(lead, one.raw) for one in lead.sales_lead_item],
    }
    if lead.related_party and any(one.role == "customer" for one in lead.related_party):
        body["salesCycle"] = "upSell"
    if account is not None:
        body["billingAccount"] = {"id": account.id}
    return _copied({**body, **more})


def _line(lead: SalesLead, said: Mapping[str, Json]) -> dict[str, Json]:
    """Return a line as an opportunity has it; what names no place is wanted at the lead's."""
    line = dict(said)
    places = lead.raw.get("place") or ()
    product = dict(line.get("product") or {})
    if places and not product.get("place"):
        line["product"] = {**product, "place": [places[0]]}
    return line


def wishes_of(work: Work, lead: SalesLead, person: Individual) -> None:
    """Let the wishes of not being called or mailed hold for the person from now on."""
    unwanted = {"phone", "sms"} if lead.do_not_call else set()
    unwanted |= {"email"} if lead.do_not_email else set()
    if not unwanted:
        return
    locked = work.lock(Individual, person.id)
    said = locked.contact_preference
    permitted = list(said.permitted_channel) if said is not None else []
    left = [one for one in permitted or CHANNELS if one not in unwanted]
    if left != permitted:
        change(work, locked, {"contactPreference": {"permittedChannel": left}}, MERGE)


def carry_staffs_words(work: Work, lead: SalesLead, to: Document) -> None:
    """Let notes, tasks and files about a lead be about what it has become."""
    for table in STAFF:
        work.connection.execute(
            f"update {table} set type = %s, record = %s, key = %s "  # noqa: S608 - constants
            "where record = %s",
            [to.resource.name, to.id, to.key, lead.id],
        )


def _copied(body: dict[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = load(encode(body))
    return found
