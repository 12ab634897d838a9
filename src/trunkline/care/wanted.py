"""Wanted contacts: nobody is reached by a way, or for a purpose, that they do not want.

What may always be said, such as that a line is down or a bill is late, is the operator's to
decide: the reasons in the register `contactAlwaysAllowed`.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.care.interaction import PartyInteraction
from trunkline.documents.errors import Fault
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.party.communication_message import CommunicationMessage, Receiver
from trunkline.party.preference import CHANNELS, channel_of, preferences_of, reasons_against
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import RelatedChannel

ALWAYS = "contactAlwaysAllowed"
STAFF = ("agent", "employee", "seller")
WAYS = frozenset(CHANNELS.values())

ship(
    ShippedRegister(
        ALWAYS, "Contacts always allowed",
        {"de": "Immer erlaubte Kontakte", "ar": "اتصالات مسموح بها دائماً"},
        (
            worded("fault", "Fault", "Störung", "عطل"),
            worded("security", "Security", "Sicherheit", "الأمان"),
            worded("bill", "Bill", "Rechnung", "فاتورة"),
        ),
        "The reasons for which a customer is contacted even by a way that is not wanted.",
    )
)  # fmt: skip


@rule(PartyInteraction)
def outbound_contacts_are_wanted(
    work: Work, old: PartyInteraction | None, new: PartyInteraction
) -> Iterator[Fault]:
    """Refuse to reach a party as it does not want it, but for a reason that is always allowed."""
    if (new.direction or "").lower() != "outbound":
        return
    if old is not None and _said(old) == _said(new):
        return
    reasons = _reasons(new)
    if reasons and reasons <= _always(work):
        return
    ways = _ways(new)
    for path, party in _reached(new):
        wanted = preferences_of(work, Receiver.wrap({"party": party.raw}))
        against = [
            each
            for way in ways
            for reason in sorted(reasons) or [""]
            for each in reasons_against(_as_message(way, reason), wanted, at=work.now)
        ]
        for text in dict.fromkeys(against):
            yield Fault(path, "contactNotWanted", text)


def _said(one: PartyInteraction) -> tuple[object, ...]:
    return _reasons(one), _ways(one), [(path, party.id) for path, party in _reached(one)]


def _reasons(one: PartyInteraction) -> set[str]:
    """Return why a contact took place: what it says itself, and what each subject does."""
    said = (one.reason, *(item.reason for item in one.interaction_item))
    return {text.strip() for text in said if text and text.strip()}


def _always(work: Work) -> set[str]:
    register = registers(work).get(ALWAYS)
    return {one.code for one in register.chosen(work.now)} if register is not None else set()


def _ways(one: PartyInteraction) -> list[str]:
    """Return by which ways a contact reached the party, in the words of wishes."""
    channels = (*one.channel, *(each for item in one.interaction_item for each in item.channel))
    return list(dict.fromkeys(_way(each) for each in channels))


def _way(channel: RelatedChannel) -> str:
    # Another system's channel may have a number for its id and say in its name what it is.
    said = [channel_of(text) for text in (channel.id, channel.name)]
    return next((text for text in said if text in WAYS), said[0])


def _reached(one: PartyInteraction) -> Iterator[tuple[str, RelatedParty]]:
    """Yield who was reached, each with its path: everybody but those who spoke for us."""
    held = [("", one.related_party)]
    held += [
        (f"interactionItem[{index}].", item.related_party)
        for index, item in enumerate(one.interaction_item)
    ]
    for path, parties in held:
        for index, party in enumerate(parties):
            if (party.role or "").lower() not in STAFF:
                yield f"{path}relatedParty[{index}]", party


def _as_message(way: str, reason: str) -> CommunicationMessage:
    """Return what would be held against the wishes were it a message."""
    return CommunicationMessage.wrap({"messageType": way, "purpose": reason})
