"""Entering: what holds of everybody who comes into a wave, by page, file or interface."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.campaign.campaign_wave import CampaignWave
from trunkline.campaign.contact_frequency import ContactFrequency
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.party_campaign import ANSWERS, CampaignWaveRef, PartyCampaign
from trunkline.campaign.wishes import Reason, leave_out, reasons_against_contact
from trunkline.documents.errors import Fault
from trunkline.governance.register_rules import hold_name
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.sales.lead.lead import MarketingCampaignRef, SalesLead
from trunkline.shared.party_reference import CustomerRef
from trunkline.shared.reference import SalesLeadRef


def who(target: PartyCampaign) -> tuple[str, str] | None:
    """Return the filter and the id by which a target is found: as a customer, or as a lead."""
    if target.customer is not None:
        return "customer.id", target.customer.id
    if target.sales_lead is not None:
        return "salesLead.id", target.sales_lead.id
    return None


def prepared(
    work: Work, wave: CampaignWave, found: Document, reason: Reason | None = None
) -> PartyCampaign:
    """Return a customer or a lead as a target of a wave, not stored yet.

    It is left out for the reason that is given, else for whatever speaks against the contact.
    """
    target = PartyCampaign.wrap({})
    target.campaign_wave = CampaignWaveRef(id=wave.id)
    if isinstance(found, SalesLead):
        target.sales_lead = SalesLeadRef(id=found.id)
    else:
        target.customer = CustomerRef(id=found.id)
    against = reasons_against_contact(work, target, wave.channel or "")
    leave_out(target, [reason] if reason is not None else list(against))
    return target


@enrich(PartyCampaign)
def target_belongs_to_its_wave(work: Work, new: PartyCampaign) -> None:
    """Take the campaign and the channel over from the wave."""
    named = new.campaign_wave
    wave = work.get(CampaignWave, named.id) if named is not None else None
    if wave is not None and wave.marketing_campaign is not None:
        campaign = work.get(MarketingCampaign, wave.marketing_campaign.id)
        name = campaign.name if campaign is not None else None
        new.marketing_campaign = MarketingCampaignRef(id=wave.marketing_campaign.id, name=name)
        new.channel = wave.channel
    new.target_group = new.target_group or "target"


def _state_moved(old: PartyCampaign, new: PartyCampaign) -> bool:
    return old.state != new.state


@enrich(PartyCampaign, again=_state_moved)
def outcome_says_when_and_who(work: Work, new: PartyCampaign) -> None:
    """Write down when somebody was reached, when an answer came, by which way, and who says so."""
    is_reached = new.state in ("contacted", "unreachable", *ANSWERS)
    if is_reached and new.contacted_date is None and new.target_group != "control":
        new.contacted_date = work.now
        new.outcome_channel = new.outcome_channel or new.channel
    if new.state in ANSWERS:
        new.answer = new.state
    if new.state in ("unreachable", *ANSWERS):
        new.outcome_date = work.now
        new.agent = work.actor.name
    if new.state == "converted":
        new.outcome_date = new.outcome_date or work.now


@rule(PartyCampaign)
def only_who_agreed_is_addressed(
    work: Work, old: PartyCampaign | None, new: PartyCampaign
) -> Iterator[Fault]:
    """Refuse somebody who has not agreed to offers, wants none, or was addressed too often.

    It is asked again whenever somebody is contacted, and of the first outcome of who was not.
    """
    is_new = old is None and new.state != "excluded"
    is_reached = old is not None and (
        old.state != new.state == "contacted"
        or (old.contacted_date is None and new.contacted_date is not None)
    )
    if not (is_new or is_reached) or new.channel is None:
        return
    path = "salesLead" if new.customer is None else "customer"
    found = who(new)
    if is_reached and found is not None:
        # Waves that go out at once must not both find room for the one contact that is left.
        hold_name(work, ContactFrequency.resource.name, found[1])
    for one in reasons_against_contact(work, new, new.channel):
        yield Fault(path, one.code, one.text)


@rule(PartyCampaign)
def who_is_held_back_is_not_addressed(
    _work: Work, old: PartyCampaign | None, new: PartyCampaign
) -> Iterator[Fault]:
    """Refuse to reach somebody of the control group, or to tell an answer of theirs."""
    is_reached = new.state in ("contacted", "unreachable", *ANSWERS)
    if is_reached and new.target_group == "control" and (old is None or old.state != new.state):
        message = "is of the control group, which is held back to compare with"
        yield Fault("state", "heldBack", message)


@rule(PartyCampaign, deleting=True)
def who_was_addressed_stays(work: Work, old: PartyCampaign) -> Iterator[Fault]:
    """Refuse to remove who was addressed, or whose wave has begun: they could come in again."""
    named = old.campaign_wave
    wave = work.get(CampaignWave, named.id) if named is not None else None
    if old.contacted_date is not None or (wave is not None and wave.state != "planned"):
        message = f"{old.key} is in a wave that has begun; its targets stand"
        yield Fault("state", "conflictBegun", message)


@rule(PartyCampaign)
def a_wave_has_everybody_once(
    work: Work, old: PartyCampaign | None, new: PartyCampaign
) -> Iterator[Fault]:
    """Refuse nobody, both a customer and a lead, who is in the wave already, and a wave begun."""
    if old is not None:
        return
    found = who(new)
    if found is None or (new.customer is not None and new.sales_lead is not None):
        yield Fault("customer", "required", "name a customer, or a lead instead")
        return
    named = new.campaign_wave
    wave = work.get(CampaignWave, named.id) if named is not None else None
    if wave is None:
        return
    if wave.state != "planned" and new.customer_signal is None:
        message = f"{wave.key} is {wave.state}: its targets stand; plan a new wave"
        yield Fault("campaignWave", "waveBegun", message)
    path, ident = found
    hold_name(work, str(new.resource), f"{wave.id} {ident}")
    if work.find(PartyCampaign, {"campaignWave.id": wave.id, path: ident}, limit=1):
        yield Fault(path.split(".", maxsplit=1)[0], "conflictTarget", f"is in {wave.key} already")
