"""Addressing: who really gets what a campaign says, and whether there is an address for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.party.communication_message import Receiver
from trunkline.party.customer import Customer
from trunkline.party.receiving import BUYING, KINDS, receiver_for
from trunkline.sales.lead.lead import SalesLead
from trunkline.shared.contact import ContactMedium, MediumCharacteristic

WAYS: Mapping[str, tuple[str, Callable[[MediumCharacteristic], str | None]]] = {
    "email": ("e-mail address", lambda said: said.email_address),
    "sms": ("phone number", lambda said: said.phone_number),
    "phone": ("phone number", lambda said: said.phone_number),
    "letter": ("postal address", lambda said: said.street1 or said.city),
}
"""What a channel takes to reach somebody, and where a medium says it; an app takes nothing."""


def receiver_of(work: Work, target: PartyCampaign) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return who gets what is said to a target, and a reference to the target itself.

    For a customer that is the contact who buys for it. Refuses (409) a target of nobody.
    """
    if target.customer is not None:
        about: dict[str, Json] = {
            "id": target.customer.id, "@referredType": Customer.resource.name
        }  # fmt: skip
        return receiver_for(work, about, BUYING), about
    lead = work.get(SalesLead, target.sales_lead.id) if target.sales_lead is not None else None
    if lead is None:
        raise Conflict("unknown", "there is no such lead any more")
    receiver: dict[str, Json] = {"name": label_of(SalesLead.resource, lead.raw) or ""}
    for one in lead.prospect_contact:
        said = one.characteristic
        if said is not None and said.email_address and "email" not in receiver:
            receiver["email"] = said.email_address
        if said is not None and said.phone_number and "phoneNumber" not in receiver:
            receiver["phoneNumber"] = said.phone_number
    return receiver, {"id": lead.id, "@referredType": SalesLead.resource.name}


def lacks(work: Work, media: Iterator[ContactMedium], channel: str) -> str | None:
    """Return in words what nobody can be reached without by a channel; None: it is there."""
    if channel not in WAYS:
        return None
    name, address = WAYS[channel]
    for one in media:
        holds = one.valid_for is None or one.valid_for.contains(work.now)
        if holds and one.characteristic is not None and address(one.characteristic):
            return None
    return name


def media_of(work: Work, receiver: Receiver) -> Iterator[ContactMedium]:
    """Yield the media of who gets a message: of the contact, the customer, and who that is."""
    waiting = [one.id for one in (receiver.contact, receiver.party) if one is not None]
    seen: set[str] = set()
    while waiting:
        ident = waiting.pop(0)
        for kind in KINDS if ident not in seen else ():
            held = work.get(kind, ident)
            if held is not None:
                yield from held.contact_medium
            if isinstance(held, Customer):
                waiting.append(held.engaged_party.id)
        seen.add(ident)
