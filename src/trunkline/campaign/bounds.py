"""Bounds: how many days, and how many percent, the records of campaigns may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.campaign.campaign_wave import CampaignWave, CampaignWaveDefinition
from trunkline.campaign.contact_frequency import ContactFrequency
from trunkline.campaign.customer_signal import CustomerSignal
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.recommending.next_action import NextAction
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

DAYS, PERCENT = (1, 3650), (0, 100)
BOUNDS: Mapping[str, tuple[int, int]] = {
    "days": DAYS, "repeatDays": DAYS, "restDays": DAYS, "signalDays": DAYS,
    "percent": PERCENT, "signalMinimum": PERCENT, "controlPercent": PERCENT,
}  # fmt: skip


@rule(
    CampaignWave, CampaignWaveDefinition, ContactFrequency, CustomerSignal, MarketingCampaign,
    NextAction,
)  # fmt: skip
def figures_are_within_bounds(_work: Work, _old: Document | None, new: Document) -> Iterator[Fault]:
    """Refuse days beyond ten years, and a share beyond all."""
    for name, (least, most) in BOUNDS.items():
        said = new.raw.get(name)
        if isinstance(said, int) and not least <= said <= most:
            yield Fault(name, "badValue", f"is from {least} to {most}")
