"""Preferences: by which ways somebody wants to hear from us, kept by whatever goes out.

Everything that tells a customer something is a message (TMF681), so here is the one gate: what
is not wanted is not taken, with the reason, and what was taken before and is not wanted any more
is not begun to be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.party.communication_message import CommunicationMessage, Receiver
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.contact import ContactPreference

Wanting: TypeAlias = Individual | Organization | Customer
CHANNELS: Mapping[str, str] = {
    "email": "email", "mail": "email", "sms": "sms", "mms": "sms", "textmessage": "sms",
    "phone": "phone", "voice": "phone", "call": "phone", "letter": "letter", "post": "letter",
    "postaladdress": "letter", "app": "app", "push": "app", "mobileapppush": "app",
}  # fmt: skip
WRITTEN = ("email", "sms", "letter")
MARKETING = "marketing"


@rule(CommunicationMessage)
def messages_are_wanted(
    work: Work, old: CommunicationMessage | None, new: CommunicationMessage
) -> Iterator[Fault]:
    """Refuse to tell somebody what is not wanted, or by a way that is not."""
    if old is not None and (old.state == new.state or new.state != "inProgress"):
        return
    for index, receiver in enumerate(new.receiver):
        if receiver.party is None and sells(new):
            message = "an offer is made to somebody whose wishes are known; name the party"
            yield Fault(f"receiver[{index}].party", "missing", message)
        for reason in reasons_against(new, preferences_of(work, receiver)):
            yield Fault(f"receiver[{index}].party", "contactNotWanted", reason)


def preferences_of(work: Work, receiver: Receiver) -> list[ContactPreference]:
    """Return what the one who gets a message wants: as a customer, and as who that is."""
    found: list[ContactPreference] = []
    ends = (receiver.party, receiver.contact)
    waiting = [(one.id, one.referred_type) for one in ends if one is not None]
    seen: set[str] = set()
    while waiting:
        ident, kind = waiting.pop()
        if ident in seen:
            continue
        seen.add(ident)
        held = _party(work, ident, kind)
        if isinstance(held, Wanting) and held.contact_preference is not None:
            found.append(held.contact_preference)
        if isinstance(held, Customer | PartyRole) and held.engaged_party is not None:
            waiting.append((held.engaged_party.id, held.engaged_party.referred_type))
    return found


def reasons_against(
    message: CommunicationMessage, wanted: Iterable[ContactPreference]
) -> Iterator[str]:
    """Yield in words why a message is not wanted; nothing where it is."""
    channel = channel_of(message.message_type)
    for one in wanted:
        permitted = [channel_of(each) for each in one.permitted_channel]
        if one.do_not_contact:
            yield "does not want to be contacted; leave it, or have the wish changed first"
        elif permitted and channel not in permitted:
            ways = ", ".join(dict.fromkeys(permitted))
            yield f"does not want to be reached by {channel}; use one of: {ways}"
        if sells(message) and one.do_not_solicit:
            yield "does not want to be offered anything; send what the service needs only"
        uses = sells(message) and message.uses_proprietary_information
        if uses and not one.proprietary_information:
            yield "does not permit offers made from what services tell; leave that out"


def sells(message: CommunicationMessage) -> bool:
    """Return whether a message is sent to sell something."""
    return (message.purpose or "").lower() == MARKETING


def written_channel(wanted: Sequence[ContactPreference]) -> str:
    """Return the first way of writing that all of these permit, e-mail where none is."""
    permitted = [{channel_of(one) for one in each.permitted_channel} for each in wanted]
    ways = (one for one in WRITTEN if all(one in each for each in permitted if each))
    return next(ways, WRITTEN[0])


def channel_of(name: str | None) -> str:
    """Return the channel that a word for it means; a word that is not known is its own."""
    plain = "".join(one for one in (name or "").lower() if one.isalnum())
    return CHANNELS.get(plain, plain)


def _party(work: Work, ident: str, kind: str | None) -> Wanting | PartyRole | None:
    kinds: tuple[type[Wanting] | type[PartyRole], ...] = (
        Individual, Organization, Customer, PartyRole,
    )  # fmt: skip
    for one in kinds:
        if kind in (None, one.resource.name):
            found = work.get(one, ident)
            if found is not None:
                return found
    return None
