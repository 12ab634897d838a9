"""Signals: what somebody or something noticed of a customer, such as a risk to lose them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from trunkline.campaign.api import CAMPAIGN
from trunkline.campaign.campaign_wave import WRITTEN, CampaignWave
from trunkline.campaign.entering import prepared
from trunkline.campaign.marketing_campaign import MarketingCampaign, is_on
from trunkline.campaign.party_campaign import CustomerSignalRef, PartyCampaign
from trunkline.campaign.sending import SEND, campaign_of
from trunkline.documents.shape import PERSONAL, Json, Limits, format_instant
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import Document, Promoted, event, resource
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.ordering.progress import CALL_LANE
from trunkline.party.customer import Customer
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import CustomerRef

NOTICED_DAYS = 30
"""How long a signal is of use for a wave that begins after it."""


@resource(
    api=CAMPAIGN,
    path="customerSignal",
    prefix="CSG",
    title="Signal",
    required=("customer", "kind", "percent"),
    immutable=("customer", "kind"),
    server_sets=("creation_date",),
    defaults={"creation_date": format_instant},
    promote=(Promoted("kind"), Promoted("customer.id"), Promoted("creationDate", "instant")),
    owner=("customer",),
    columns=("key", "customer", "kind", "percent", "reason", "creationDate"),
)
class CustomerSignal(Extensible, Document):
    """What was noticed of a customer: of which kind (`churnRisk`), how strong, and from what."""

    customer: CustomerRef | None = None
    kind: Annotated[str | None, Limits(length_max=60)] = None
    percent: Annotated[int | None, Limits(minimum=0)] = None
    reason: Annotated[str | None, PERSONAL] = None
    source: str | None = None
    creation_date: datetime | None = None


@on(event(CustomerSignal, "created"))
def signal_brings_its_customer_in(work: Work, signal: CustomerSignal) -> None:
    """Bring the customer of a signal into the running wave of each campaign that waits for it."""
    if signal.kind is None:
        return
    wanted: dict[str, Json] = {"status": "running", "signalKind": signal.kind}
    for campaign in work.find(MarketingCampaign, wanted):
        if _is_strong(campaign, signal) and is_on(campaign, work.now):
            running = {"marketingCampaign.id": campaign.id, "state": "running"}
            for wave in work.find(CampaignWave, running, limit=1):
                _bring_in(work, wave.id, [signal])


@on(event(CampaignWave, "state_changed").to("running"))
def wave_takes_in_who_was_noticed(work: Work, wave: CampaignWave) -> None:
    """Bring in those of whom a signal came while no wave of the campaign ran."""
    campaign = campaign_of(work, wave)
    if campaign is None or not is_on(campaign, work.now):
        return
    since = work.now - timedelta(days=NOTICED_DAYS)
    wanted = {"kind": campaign.signal_kind}
    noticed = [
        one for one in (work.find(CustomerSignal, wanted) if campaign.signal_kind else ())
        if _is_strong(campaign, one) and one.creation_date and one.creation_date > since
    ]  # fmt: skip
    _bring_in(work, wave.id, [
        one for one in noticed if one.customer is not None and not work.find(
            PartyCampaign,
            {"marketingCampaign.id": campaign.id, "customer.id": one.customer.id}, limit=1,
        )
    ])  # fmt: skip


@on(event(MarketingCampaign, "state_changed").to("running"))
def campaign_takes_in_who_was_noticed(work: Work, campaign: MarketingCampaign) -> None:
    """Bring in those of whom a signal came while the campaign rested."""
    running = {"marketingCampaign.id": campaign.id, "state": "running"}
    for wave in work.find(CampaignWave, running, limit=1) if campaign.signal_kind else ():
        wave_takes_in_who_was_noticed(work, wave)


def _is_strong(campaign: MarketingCampaign, signal: CustomerSignal) -> bool:
    return (signal.percent or 0) >= (campaign.signal_minimum or 0)


def _bring_in(work: Work, ident: str, signals: Sequence[CustomerSignal]) -> None:
    """Bring the customers of signals into a wave that runs, and let it go on.

    The wave is held meanwhile: it must not end, nor find nobody left, between the two.
    """
    if not signals:
        return
    wave = work.lock(CampaignWave, ident)
    if wave.state != "running":
        return
    for signal in signals:
        named = signal.customer
        customer = work.get(Customer, named.id) if named is not None else None
        if customer is None:
            continue
        wanted = {"campaignWave.id": wave.id, "customer.id": customer.id}
        if not work.find(PartyCampaign, wanted, limit=1):
            target = prepared(work, wave, customer)
            target.customer_signal = CustomerSignalRef(id=signal.id)
            work.add(target)
    if wave.channel in WRITTEN:
        work.schedule(NewWork(SEND, wave.id, lane=CALL_LANE, once=f"{SEND} {wave.id}"))
