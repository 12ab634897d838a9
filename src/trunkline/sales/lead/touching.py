"""Reaching a lead: contacts written down and messages sent, as far as the lead wishes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.care.codes import CHANNELS
from trunkline.care.interaction import PartyInteraction
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.work import Work
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.preference import channel_of, keeps_wishes
from trunkline.rest.writing import change, create
from trunkline.sales.lead.lead import OPEN, SalesLead
from trunkline.sales.lead.rules import wishes_against
from trunkline.shared.contact import ContactPreference

MERGE = "application/merge-patch+json"
SENDER = "Sales"
CHANNELS_OF_PREFERENCE = ("email", "sms", "phone", "letter", "app")
WAYS = {"email": "emailAddress", "sms": "phoneNumber"}
"""How something is written to a lead, and which of its addresses that takes."""


@dataclass(frozen=True)
class Touch:
    """A contact with a lead: by which channel, why, and what was said."""

    channel: str
    reason: str = "information"
    direction: str = "outbound"
    note: str = ""


@dataclass(frozen=True)
class Letter:
    """What is written to a lead, by e-mail or as a text message."""

    channel: str
    content: str
    subject: str = ""


@rule(PartyInteraction)
def leads_are_reached_as_they_wish(
    work: Work, old: PartyInteraction | None, new: PartyInteraction
) -> Iterator[Fault]:
    """Refuse an outbound contact with a lead by a way that it does not want."""
    if old is not None or new.direction != "outbound":
        return
    for index, one in enumerate(new.interaction_item):
        if one.item is None or one.item.referred_type != SalesLead.resource.name:
            continue
        lead = work.get(SalesLead, one.item.id or "")
        if lead is None:
            continue
        for channel in new.channel:
            for reason in wishes_against(lead, channel_of(channel.id)):
                yield Fault(f"interactionItem[{index}].item", "contactNotWanted", reason)


@keeps_wishes(SalesLead.resource.name, media="prospectContact")
def lead_preferences(work: Work, ident: str) -> list[ContactPreference]:
    """Return what a lead wants as far as it is known: what was said, and the wishes of its own."""
    lead = work.get(SalesLead, ident)
    if lead is None:
        return []
    closed = {name for name, is_closed in (("phone", lead.do_not_call), ("sms", lead.do_not_call),
                                           ("email", lead.do_not_email)) if is_closed}  # fmt: skip
    found = [lead.contact_preference] if lead.contact_preference is not None else []
    if closed:
        open_ways = [one for one in dict.fromkeys(CHANNELS_OF_PREFERENCE) if one not in closed]
        found.append(ContactPreference(permitted_channel=open_ways))
    return found


def touch(work: Work, ident: str, said: Touch) -> PartyInteraction:
    """Write down a contact with a lead; a new lead counts as contacted by one of ours."""
    lead = _open(work, ident)
    work.actor.must(PartyInteraction.resource, "create")
    if said.channel not in CHANNELS:
        known = tuple(CHANNELS)
        raise Invalid.of([Fault("channel", "badValue", f"must be one of: {', '.join(known)}",
                                known)])  # fmt: skip
    now = format_instant(work.now)
    item = {"role": "subject", "id": lead.id, "@referredType": SalesLead.resource.name}
    body: dict[str, Json] = {
        "reason": said.reason,
        "direction": said.direction,
        "status": "completed",
        "channel": [{"id": said.channel, "name": CHANNELS[said.channel]}],
        "interactionDate": {"startDateTime": now},
        "interactionItem": [{"reason": said.reason, "creationDate": now, "item": item}],
        "relatedParty": [one.raw for one in lead.related_party],
    }
    if said.note.strip():
        note = {"text": said.note.strip(), "author": work.actor.name, "date": now}
        body["note"] = [note]
    made = create(work, PartyInteraction.resource, body)
    assert isinstance(made, PartyInteraction)
    if lead.stage == "new" and said.direction == "outbound":
        change(work, lead, {"status": "inProgress"}, MERGE)
    return made


def write_to(work: Work, ident: str, said: Letter) -> CommunicationMessage:
    """Write a message to a lead; refuses a way that it does not want, or that leads nowhere."""
    lead = _open(work, ident)
    work.actor.must(CommunicationMessage.resource, "create")
    hidden = hidden_paths(SalesLead.resource, work.actor.must(SalesLead.resource, "read").sees)
    if hidden is not None and is_hidden(hidden, "prospectContact"):
        raise Forbidden("notAllowed", "a message goes to personal data that you may not see")
    if said.channel not in WAYS:
        message = f"must be one of: {', '.join(WAYS)}"
        raise Invalid.of([Fault("channel", "badValue", message, tuple(WAYS))])
    for reason in wishes_against(lead, said.channel):
        raise Invalid.of([Fault("channel", "contactNotWanted", reason)])
    name = WAYS[said.channel]
    media = (one.characteristic for one in lead.prospect_contact)
    address = next(
        (one.raw.get(name) for one in media if one is not None and one.raw.get(name)), ""
    )
    if not address:
        message = f"{lead.key} has no {name}; add one first"
        raise Invalid.of([Fault("channel", "addressMissing", message)])
    if not said.content.strip():
        raise Invalid.of([Fault("content", "required", "say what is to be written")])
    receiver: dict[str, Json] = {
        "name": lead.name, "email" if name == "emailAddress" else "phoneNumber": address,
    }  # fmt: skip
    for one in lead.related_party:
        if one.role in {"contact", "customer"}:
            receiver["party"] = one.raw
            break
    body: dict[str, Json] = {
        "messageType": said.channel,
        "subject": said.subject.strip() or None,
        "content": said.content.strip(),
        "description": lead.key,
        "sender": {"name": SENDER},
        "receiver": [receiver],
        "relatedEntity": [{"id": lead.id, "role": "lead", "@referredType": "SalesLead"}],
    }
    made = create(work, CommunicationMessage.resource, {k: v for k, v in body.items() if v})
    assert isinstance(made, CommunicationMessage)
    return made


def _open(work: Work, ident: str) -> SalesLead:
    work.actor.must(SalesLead.resource, "read")
    lead = work.lock(SalesLead, ident, verb="read")
    if lead.stage not in OPEN:
        raise Conflict("conflictLeadEnded", f"{lead.key} has ended; write to what it has become")
    return lead
