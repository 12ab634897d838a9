"""Campaigns of the demonstration operator: one that has ended, and one about to go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from trunkline.campaign.campaign_wave import CampaignWave
from trunkline.campaign.contact_frequency import ContactFrequency
from trunkline.campaign.customer_signal import CustomerSignal
from trunkline.campaign.entering import prepared
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.campaign.recommending.next_action import NextAction
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.party.customer import Customer
from trunkline.rest.writing import change, create

MERGE = "application/merge-patch+json"
AGREED, SILENT = 18, 6
OUTCOMES = ("accepted", "refused", "unreachable", "responded", "refused", "contacted")


def add_campaigns(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store consents of some customers, a campaign with its outcomes and one with its targets."""
    consumers = [one for one in people if one.kind == "consumer"]
    with as_system(services, "demo") as work:
        create(work, ContactFrequency.resource, {
            "name": "At most two offers in thirty days", "contactsMax": 2, "days": 30,
        })  # fmt: skip
        for one in consumers[:AGREED]:
            said = {"purpose": "marketing", "given": True, "textVersion": "2026-1",
                    "at": format_instant(work.now - timedelta(days=90))}  # fmt: skip
            wish = {"contactPreference": {"consent": [said]}}
            change(work, work.lock(Customer, one.id), wish, MERGE)
    with as_system(services, "demo") as work:
        calls = _campaign(work, catalog, "winter-upgrade", "Faster for the winter", "upSell",
                          "Fibre Home", "We make you faster.")  # fmt: skip
        wave = _wave(work, calls, channel="phone", name="Calls of the first week")
        called = [_target(work, wave, one) for one in consumers[: len(OUTCOMES)]]
        change(work, work.lock(CampaignWave, wave.id), {"state": "running"}, MERGE)
        for ident, state in zip(called, OUTCOMES, strict=True):
            if state != "contacted":
                change(work, work.lock(PartyCampaign, ident), {"state": state}, MERGE)
        change(work, work.lock(CampaignWave, wave.id), {"state": "finished"}, MERGE)
        change(work, work.lock(MarketingCampaign, calls.id), {"status": "finished"}, MERGE)
    with as_system(services, "demo") as work:
        spring = _campaign(work, catalog, "spring-mobile", "A phone for everybody", "crossSell",
                           "Mobile M", "Your second card at half the price.")  # fmt: skip
        wave = _wave(
            work, spring, channel="email", name="First letter", subject="A card for your family",
            content="Dear {name}, your second card costs half until the end of the month.",
            plannedDate=format_instant(work.now + timedelta(days=3)),
        )  # fmt: skip
        for one in consumers[len(OUTCOMES) : AGREED + SILENT]:
            _target(work, wave, one)
        _propose(work, catalog, consumers[0])


def _propose(work: Work, catalog: DemoCatalog, somebody: DemoCustomer) -> None:
    """Store two proposals, one of them for whom we may lose, and a signal that we may."""
    for name, offering, more in (
        ("A phone with the line", "Mobile M",
         {"reason": "Together with the fibre line the plan costs less.", "priority": 20}),
        ("A better line", "Fibre Home",
         {"reason": "May leave us; a faster line keeps most.", "priority": 10,
          "signalKind": "churnRisk", "restDays": 60}),
    ):  # fmt: skip
        body = {"name": name, "productOffering": {"id": catalog.offerings[offering]},
                "customerFilter": "customerType=consumer", **more}  # fmt: skip
        create(work, NextAction.resource, body)
    create(work, CustomerSignal.resource, {
        "customer": {"id": somebody.id}, "kind": "churnRisk", "percent": 70,
        "reason": "three calls in ten days", "source": "figures of care",
    })  # fmt: skip


def _campaign(
    work: Work, catalog: DemoCatalog, code: str, name: str, kind: str, offering: str, message: str
) -> MarketingCampaign:
    line = {"productOffering": {"id": catalog.offerings[offering]}, "message": message}
    made = create(work, MarketingCampaign.resource, {
        "code": code, "name": name, "campaignType": kind, "status": "running",
        "handledBy": ["marketing"], "campaignLine": [line], "cost": {"unit": "EUR", "value": 1200},
        "validFor": {"startDateTime": format_instant(work.now - timedelta(days=30)),
                     "endDateTime": format_instant(work.now + timedelta(days=60))},
    })  # fmt: skip
    assert isinstance(made, MarketingCampaign)
    return made


def _wave(work: Work, campaign: MarketingCampaign, **said: Any) -> CampaignWave:
    body = {"marketingCampaign": {"id": campaign.id}, "audience": "Customer",
            "audienceFilter": "customerType=consumer", **said}  # fmt: skip
    made = create(work, CampaignWave.resource, body)
    assert isinstance(made, CampaignWave)
    return made


def _target(work: Work, wave: CampaignWave, one: DemoCustomer) -> str:
    customer = work.get(Customer, one.id)
    assert customer is not None, "the customers of the demonstration were stored before"
    return work.add(prepared(work, wave, customer)).id
