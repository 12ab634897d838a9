"""Opening a ticket in a contact: what a customer says in it, and the contact that it came up in."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.assurance.ticket.known_types import known_types
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.care.codes import CHANNELS
from trunkline.care.contact import Contact, opens
from trunkline.care.interaction import PartyInteraction
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import create

TICKET = "troubleTicket"


@opens(TICKET)
def open_ticket_in_contact(
    work: Work,
    contact: Contact,
    customer: Customer,
    interaction: PartyInteraction,
    body: Mapping[str, Json],
) -> Document:
    """Write the ticket that comes of a contact; without words of its own it has the contact's."""
    work.actor.must(TroubleTicket.resource, "create")
    sent: dict[str, Json] = {
        "channel": {"id": contact.channel, "name": CHANNELS.get(contact.channel, contact.channel)},
        **body,
        "interaction": {"id": interaction.id},
        "relatedParty": [{"id": customer.id, "role": "customer", "@referredType": "Customer"}],
    }
    if not sent.get("description") and contact.note.strip():
        sent["description"] = contact.note.strip()
    return create(work, TroubleTicket.resource, sent)


def types_chosen(work: Work) -> list[tuple[str, str]]:
    """Return the codes of the types in use with their names, the default one first."""
    known = known_types(work)
    used = [one for one in known.by_code.values() if one.document.lifecycle_status == "active"]
    used.sort(key=lambda one: (not one.document.is_default, one.document.name or ""))
    return [(str(one.document.code), str(one.document.name)) for one in used]
