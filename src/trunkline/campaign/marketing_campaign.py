"""Campaigns: what is offered to whom for a while, by which groups, and what it costs us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from trunkline.campaign.api import CAMPAIGN
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Limits, format_instant, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.governance.register_rules import code_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.rest.own_names import find_by
from trunkline.sales.lead.lead import LINES_MAX
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.code import CODE
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.period import TimePeriod, end_of, periods_are_ordered

ENDED = ("finished", "cancelled")
CAMPAIGN_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="planned",
    starts=("running",),
    moves={
        "planned": ("running", "cancelled"),
        "running": ("paused", "finished", "cancelled"),
        "paused": ("running", "finished", "cancelled"),
        "finished": (),
        "cancelled": (),
    },
    is_open=True,
)


class CampaignLine(Extensible):
    """What a campaign promotes: an offering, with a message and a price of its own."""

    id: Annotated[str | None, Limits(length_max=40)] = None
    product_offering: ProductOfferingRef
    message: str | None = None
    price: Money | None = None


@resource(
    api=CAMPAIGN,
    path="marketingCampaign",
    prefix="CMP",
    title="Campaign",
    required=("code", "name", "campaign_type"),
    lifecycle=CAMPAIGN_LIFECYCLE,
    server_sets=("creation_date",),
    defaults={"creation_date": format_instant},
    promote=(
        Promoted("code"),
        Promoted("status"),
        Promoted("campaignType"),
        Promoted("name"),
        Promoted("signalKind"),
    ),
    columns=("key", "code", "name", "campaignType", "status", "validFor"),
)
class MarketingCampaign(Extensible, Document):
    """A campaign; `campaign_type` and `status` are codes of registers.

    `handled_by` names the groups that answer for it, `campaign_line` what is promoted, `cost` what
    it costs us. Where `signal_kind` is set, a signal of that kind, such as `churnRisk`, of at least
    `signal_minimum` percent brings its customer into the running wave.
    """

    code: Annotated[str | None, Limits(pattern=CODE)] = None
    name: Annotated[str | None, Limits(length_max=200)] = None
    description: str | None = None
    campaign_type: str | None = None
    status: str | None = None
    handled_by: list[str] = many()
    valid_for: TimePeriod | None = None
    campaign_line: list[CampaignLine] = many()
    cost: Money | None = None
    signal_kind: str | None = None
    signal_minimum: Annotated[int | None, Limits(minimum=0)] = None
    characteristic: list[Characteristic] = many()
    note: list[Note] = many()
    creation_date: datetime | None = None


characteristics_in(MarketingCampaign, "characteristic")
find_by(MarketingCampaign, "code")
rule(MarketingCampaign)(periods_are_ordered)


@rule(MarketingCampaign)
def campaign_code_is_given_once(
    work: Work, old: MarketingCampaign | None, new: MarketingCampaign
) -> Iterator[Fault]:
    """Refuse a code that another campaign has, and name that one by its number."""
    if new.code and (old is None or old.code != new.code):
        yield from code_faults(work, new, new.code)


@rule(MarketingCampaign)
def campaign_promotes_as_much_as_a_lead_may_hold(
    _work: Work, _old: MarketingCampaign | None, new: MarketingCampaign
) -> Iterator[Fault]:
    """Refuse more lines than the lead of somebody who accepts may have."""
    if len(new.campaign_line) > LINES_MAX:
        message = f"has {len(new.campaign_line)} lines; there may be {LINES_MAX}"
        yield Fault("campaignLine", "tooMany", message)


def is_on(campaign: MarketingCampaign, at: datetime) -> bool:
    """Return whether a campaign runs at a moment."""
    valid = campaign.valid_for
    return campaign.status == "running" and (valid is None or valid.contains(at))


def is_over(campaign: MarketingCampaign, at: datetime) -> bool:
    """Return whether a campaign has ended for good, by its status or by its time."""
    end = end_of(campaign.valid_for)
    return campaign.status in ENDED or (end is not None and end <= at)
