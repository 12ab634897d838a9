"""Wishes: why somebody must not be in a wave, whichever way they would come into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trunkline.campaign.addressing import lacks, media_of, receiver_of
from trunkline.campaign.contact_frequency import too_often
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.kernel.work import Work
from trunkline.party.communication_message import Receiver
from trunkline.party.customer import Customer
from trunkline.party.preference import MARKETING, channel_of, consented, preferences_of
from trunkline.sales.lead.lead import OPEN, SalesLead
from trunkline.sales.lead.rules import wishes_against
from trunkline.sales.lead.touching import lead_preferences
from trunkline.shared.contact import ContactPreference


class Reason(NamedTuple):
    """Why somebody is left out: a stable code, and in words."""

    code: str
    text: str


def reasons_against_contact(work: Work, target: PartyCampaign, channel: str) -> Iterator[Reason]:
    """Yield why a customer or a lead must not be addressed by a channel to sell something.

    What counts are the wishes and the address of who really gets it: of a customer's contact, too.
    """
    wanted: Sequence[ContactPreference] = ()
    missing = None
    if target.customer is not None:
        if work.get(Customer, target.customer.id) is None:
            yield Reason("unknown", "there is no such customer, or not for you")
            return
        receiver = Receiver.wrap(receiver_of(work, target)[0])
        missing = lacks(work, media_of(work, receiver), channel)
        wanted = preferences_of(work, receiver)
    elif target.sales_lead is not None:
        lead = work.get(SalesLead, target.sales_lead.id)
        if lead is None or lead.stage not in OPEN:
            yield Reason("leadEnded", "the lead has ended; address what it has become")
            return
        for text in wishes_against(lead, channel):
            yield Reason("contactNotWanted", text)
        missing = lacks(work, iter(lead.prospect_contact), channel)
        wanted = lead_preferences(work, lead.id)
    yield from _unwanted(work, wanted, channel)
    if missing:
        yield Reason("noAddress", f"has no {missing}; add one first")
    named = (("customer.id", target.customer), ("salesLead.id", target.sales_lead))
    for path, one in named:
        often = too_often(work, path, one.id, channel, target=target) if one is not None else None
        if often is not None:
            yield Reason("frequencyCap", often)


def leave_out(target: PartyCampaign, reasons: Sequence[Reason]) -> None:
    """Write down that a target is left out, and why; without a reason it stays in."""
    if reasons:
        target.state, target.exclusion_reason = "excluded", reasons[0].code
        target.exclusion_text = "; ".join(one.text for one in reasons)


def _unwanted(work: Work, wanted: Sequence[ContactPreference], channel: str) -> Iterator[Reason]:
    if any(one.do_not_contact for one in wanted):
        yield Reason("doNotContact", "does not want to be contacted")
    if any(one.do_not_solicit for one in wanted):
        yield Reason("doNotSolicit", "does not want to be offered anything")
    for one in wanted:
        ways = [channel_of(each) for each in one.permitted_channel]
        if ways and channel not in ways:
            yield Reason("channelNotWanted", f"does not want to be reached by {channel}")
            break
    agreed = consented(wanted, MARKETING, channel, at=work.now)
    if not agreed:
        text = "has not agreed" if agreed is None else "agrees no more"
        yield Reason("noConsent", f"{text} to offers by {channel}; ask for the consent first")
