"""Preferences: by which ways somebody wants to hear from us, kept by whatever goes out.

Everything that tells a customer something is a message (TMF681), so here is the one gate: what
is not wanted is not taken, with the reason, and what was taken before and is not wanted any more
is not begun to be sent. Where a message names an address only, those are asked who have it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, registry
from trunkline.kernel.work import Work
from trunkline.party.address_holders import MEDIA, is_at, wishes_of_holders
from trunkline.party.communication_message import CommunicationMessage, MessageSubject, Receiver
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.contact import ContactConsent, ContactPreference

Wanting: TypeAlias = Individual | Organization | Customer
CHANNELS: Mapping[str, str] = {
    "email": "email", "mail": "email", "sms": "sms", "mms": "sms", "textmessage": "sms",
    "phone": "phone", "voice": "phone", "call": "phone", "letter": "letter", "post": "letter",
    "postaladdress": "letter", "app": "app", "push": "app", "mobileapppush": "app",
}  # fmt: skip
WRITTEN = ("email", "sms", "letter")
MARKETING = "marketing"
ADDRESSES = ("emailAddress", "phoneNumber")
EVER = datetime.min.replace(tzinfo=UTC)
Wishes: TypeAlias = Callable[[Work, str], Sequence[ContactPreference]]
_wishes: dict[str, Wishes] = {}


def keeps_wishes(kind: str, media: str) -> Callable[[Wishes], Wishes]:
    """Name the function that tells what somebody wants who is known as a record of a kind only.

    Such a record stands in the message's `relatedEntity`, as somebody who is no party yet. `media`
    is where it holds by what it is reached.
    """

    def attach(run: Wishes) -> Wishes:
        _wishes[kind] = run
        MEDIA[kind] = media
        return run

    return attach


@rule(CommunicationMessage)
def messages_are_wanted(
    work: Work, old: CommunicationMessage | None, new: CommunicationMessage
) -> Iterator[Fault]:
    """Refuse to tell somebody what is not wanted, or by a way that is not."""
    if old is not None and (old.state == new.state or new.state != "inProgress"):
        return
    known = [
        found for one in new.related_entity
        if one.referred_type in _wishes and (found := _known(work, one)) is not None
    ]  # fmt: skip
    said = [each for one in known for each in _wishes[one.resource.name](work, one.id)]
    for index, receiver in enumerate(new.receiver):
        path = f"receiver[{index}].party"
        if receiver.party is None and sells(new):
            agreed = consented(said, MARKETING, channel_of(new.message_type), at=work.now)
            yield from _stranger(receiver, known, path, has_agreed=agreed is True)
        wanted = [*preferences_of(work, receiver), *said]
        by_id = receiver.party is None and receiver.id is not None
        against = list(reasons_against(new, wanted, at=work.now))
        for reason in against:
            where = f"receiver[{index}].id" if by_id else path
            yield Fault(where, "contactNotWanted", reason)
        for name, address in _strange_addresses(work, receiver, channel_of(new.message_type)):
            meant = {one.id for one in (*known, *_no_parties(work, receiver))}
            wanted = _wishes_at(work, address, meant=meant)
            for reason in dict.fromkeys(reasons_against(new, wanted, at=work.now)):
                if reason not in against:
                    yield Fault(f"receiver[{index}].{name}", "contactNotWanted", reason)


def _stranger(
    receiver: Receiver, known: Sequence[Document], path: str, *, has_agreed: bool
) -> Iterator[Fault]:
    """Yield why somebody who is no party must not be offered anything: one must know who agreed."""
    if not known:
        message = "an offer is made to somebody whose wishes are known; name the party"
        yield Fault(path, "missing", message)
        return
    sent_to = {one for one in (receiver.email, receiver.phone_number) if one}
    if not sent_to <= {each for one in known for each in _addresses(one.raw)}:
        message = "goes to an address of nobody whom it names; use one of theirs"
        yield Fault(path, "notTheirs", message)
    if not has_agreed:
        message = "has not agreed to offers; ask for the consent first"
        yield Fault(path, "contactNotWanted", message)


def preferences_of(work: Work, receiver: Receiver) -> list[ContactPreference]:
    """Return what the one who gets a message wants: as a customer, and as who that is.

    Who is named by the receiver's own id counts, too, be it a party or somebody who is none yet.
    """
    found = [
        held.contact_preference for held in _named(work, receiver)
        if isinstance(held, Wanting) and held.contact_preference is not None
    ]  # fmt: skip
    if receiver.id is not None:
        found += [each for run in _wishes.values() for each in run(work, receiver.id)]
    return found


def _named(work: Work, receiver: Receiver) -> Iterator[Wanting | PartyRole]:
    """Yield the parties that a receiver names, and those that these are."""
    ends = (receiver.party, receiver.contact)
    waiting = [(one.id, one.referred_type) for one in ends if one is not None]
    if receiver.id is not None:
        waiting.append((receiver.id, None))
    seen: set[str] = set()
    while waiting:
        ident, kind = waiting.pop()
        if ident in seen:
            continue
        seen.add(ident)
        held = _party(work, ident, kind)
        if held is not None:
            yield held
        if isinstance(held, Customer | PartyRole) and held.engaged_party is not None:
            waiting.append((held.engaged_party.id, held.engaged_party.referred_type))


def _no_parties(work: Work, receiver: Receiver) -> Iterator[Document]:
    """Yield who is no party yet and named by the receiver's own id."""
    if receiver.id is None:
        return
    for kind in _wishes:
        found = work.get(registry.resources[kind].type, receiver.id)
        if found is not None:
            yield found


def _strange_addresses(work: Work, receiver: Receiver, channel: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses that a message goes to and no party has that it names."""
    said = {"email": receiver.email, "phoneNumber": receiver.phone_number}
    used = {"email": ("email",), "sms": ("phoneNumber",), "phone": ("phoneNumber",)}
    for name in used.get(channel, tuple(said)):
        address = said[name]
        if address and not any(
            is_at(one.raw, address)
            for held in _named(work, receiver)
            for one in held.contact_medium
        ):
            yield name, address


def _wishes_at(work: Work, address: str, *, meant: Collection[str]) -> list[ContactPreference]:
    """Return what those want who have an address, be they parties or not yet.

    Where one has it who is meant, that one alone counts, and has been asked.
    """
    wanted, holders = wishes_of_holders(work, address)
    if not holders.keys().isdisjoint(meant):
        return []
    others = ((_wishes[kind], ident) for ident, kind in holders.items() if kind in _wishes)
    return [*wanted, *(each for run, ident in others for each in run(work, ident))]


def reasons_against(
    message: CommunicationMessage, wanted: Iterable[ContactPreference], *, at: datetime
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
        if sells(message) and consented([one], MARKETING, channel, at=at) is False:
            yield "has withdrawn the consent to offers; send what the service needs only"
        uses = sells(message) and message.uses_proprietary_information
        if uses and not one.proprietary_information:
            yield "does not permit offers made from what services tell; leave that out"


def consented(
    wanted: Iterable[ContactPreference], purpose: str, channel: str, *, at: datetime
) -> bool | None:
    """Return whether a purpose was agreed to for a channel, None where nothing was said of it.

    The latest word of each record counts, and a no of one of them is stronger than any yes. A
    word that is dated later than `at` has not been said yet.
    """
    latest = [
        max(said, key=_said_at).given
        for one in wanted
        if (said := [each for each in one.consent if each.purpose.lower() == purpose
                     and (each.at or EVER) <= at
                     and (not each.channel or channel_of(each.channel) == channel)])
    ]  # fmt: skip
    return all(latest) if latest else None


def _known(work: Work, subject: MessageSubject) -> Document | None:
    return work.get(registry.resources[subject.referred_type or ""].type, subject.id)


def _addresses(raw: Json) -> Iterator[str]:
    """Yield the e-mail addresses and numbers in a record, wherever it holds them."""
    if isinstance(raw, list):
        for one in raw:
            yield from _addresses(one)
    elif isinstance(raw, dict):
        for name, one in raw.items():
            if name in ADDRESSES and isinstance(one, str):
                yield one
            else:
                yield from _addresses(one)


def _said_at(consent: ContactConsent) -> tuple[datetime, bool]:
    # Of two words of one moment the no counts.
    return consent.at or EVER, not consent.given


def sells(message: CommunicationMessage) -> bool:
    """Return whether a message is sent to sell something."""
    return (message.purpose or "").lower() == MARKETING


def written_channel(wanted: Sequence[ContactPreference]) -> str:
    """Return the first way of writing that all of these permit, e-mail where none is."""
    permitted = [{channel_of(one) for one in each.permitted_channel} for each in wanted]
    ways = (one for one in WRITTEN if all(one in each for each in permitted if each))
    return next(ways, WRITTEN[0])


def permitted_channel(wanted: Sequence[ContactPreference], way: str) -> str:
    """Return a way of writing where all of these permit it, else the first that they do permit."""
    permits = ({channel_of(one) for one in each.permitted_channel} for each in wanted)
    is_permitted = all(channel_of(way) in each for each in permits if each)
    return way if is_permitted else written_channel(wanted)


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
