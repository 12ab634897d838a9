"""Targets: who is in a wave, why somebody is not, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.campaign.api import CAMPAIGN
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, format_instant
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.sales.lead.lead import MarketingCampaignRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import CustomerRef
from trunkline.shared.reference import ProductOrderRef, Reference, SalesLeadRef

TargetState: TypeAlias = Literal[
    "planned", "contacted", "responded", "accepted", "refused", "unreachable", "excluded",
    "converted",
]  # fmt: skip
Answer: TypeAlias = Literal["responded", "accepted", "refused"]
TARGET_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="planned",
    starts=("excluded",),
    moves={
        "planned": ("contacted", "responded", "accepted", "refused", "unreachable", "excluded",
                    "converted"),
        "contacted": ("responded", "accepted", "refused", "unreachable", "converted"),
        "unreachable": ("contacted", "responded", "accepted", "refused", "converted"),
        "responded": ("accepted", "refused", "converted"),
        "refused": ("accepted", "converted"),
        "accepted": ("refused", "converted"),
        "excluded": (),
        "converted": (),
    },
    on_request=frozenset({"planned", "contacted", "responded", "accepted", "refused",
                          "unreachable"}),
)  # fmt: skip
OPEN: tuple[TargetState, ...] = (
    "planned", "contacted", "unreachable", "responded", "refused", "accepted"
)  # fmt: skip
ANSWERS: tuple[Answer, ...] = ("responded", "accepted", "refused")


class CampaignWaveRef(Reference, targets=("CampaignWave",)):
    """A reference to a wave."""


class CustomerSignalRef(Reference, targets=("CustomerSignal",)):
    """A reference to the signal that brought somebody in."""

    name: Annotated[str | None, PERSONAL] = None


class SentMessageRef(Reference, targets=("CommunicationMessage",)):
    """A reference to what was sent."""

    name: Annotated[str | None, PERSONAL] = None


@resource(
    api=CAMPAIGN,
    path="partyCampaign",
    prefix="PCM",
    title="Campaign target",
    required=("campaign_wave",),
    lifecycle=TARGET_LIFECYCLE,
    server_sets=(
        "marketing_campaign",
        "target_group",
        "channel",
        "creation_date",
        "contacted_date",
        "answer",
        "outcome_date",
        "agent",
        "exclusion_reason",
        "exclusion_text",
        "communication_message",
        "resulting_lead",
        "product_order",
        "revenue",
        "customer_signal",
    ),
    immutable=("campaign_wave", "customer", "sales_lead"),
    defaults={"creation_date": format_instant},
    promote=(
        Promoted("campaignWave.id"),
        Promoted("marketingCampaign.id"),
        Promoted("customer.id"),
        Promoted("salesLead.id"),
        Promoted("resultingLead.id"),
        Promoted("state"),
        Promoted("answer", index=False),
        Promoted("targetGroup", index=False),
        Promoted("exclusionReason", index=False),
        Promoted("contactedDate", "instant"),
        Promoted("communicationMessage.id", index=False),
        Promoted("revenue.value", "number", index=False),
        Promoted("revenue.unit", index=False),
    ),
    root="campaignWave",
    owner=("customer", "salesLead"),
    columns=("key", "customer", "salesLead", "marketingCampaign", "state", "exclusionText",
             "contactedDate"),
)  # fmt: skip
class PartyCampaign(Extensible, Document):
    """A customer or a lead in a wave of a campaign.

    `state` says what came of it, `answer` what was answered last, `outcome_date`,
    `outcome_channel` and `agent` when, by which way and from whom we know. Who is left out is
    `excluded`, with a code and in words. Those of the `target_group` control are held back to
    compare with. `resulting_lead` is what an accepted offer became, `product_order` and `revenue`
    what was bought; a sale counts once.
    """

    campaign_wave: CampaignWaveRef | None = None
    marketing_campaign: MarketingCampaignRef | None = None
    customer: CustomerRef | None = None
    sales_lead: SalesLeadRef | None = None
    target_group: Literal["target", "control"] | None = None
    channel: str | None = None
    state: TargetState | None = None
    answer: Answer | None = None
    exclusion_reason: str | None = None
    exclusion_text: str | None = None
    creation_date: datetime | None = None
    contacted_date: datetime | None = None
    outcome_date: datetime | None = None
    outcome_channel: str | None = None
    outcome_note: Annotated[str | None, PERSONAL] = None
    agent: str | None = None
    communication_message: SentMessageRef | None = None
    resulting_lead: SalesLeadRef | None = None
    product_order: ProductOrderRef | None = None
    revenue: Money | None = None
    customer_signal: CustomerSignalRef | None = None


internal_note(PartyCampaign, "outcomeNote")
