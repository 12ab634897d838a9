"""Waves: when, by which channel and with which words a campaign goes out, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from trunkline.campaign.api import CAMPAIGN
from trunkline.campaign.audience import AUDIENCES, filter_faults
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Limits, format_instant
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.sales.lead.lead import MarketingCampaignRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference

Channel: TypeAlias = Literal["email", "sms", "letter", "app", "phone"]
WRITTEN = frozenset({"email", "sms", "letter", "app"})
"""Where a wave writes by itself; by phone people call."""
Audience: TypeAlias = Literal["Customer", "SalesLead"]
WAVE_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="planned",
    moves={
        "planned": ("running", "cancelled"),
        "running": ("paused", "finished", "cancelled"),
        "paused": ("running", "finished", "cancelled"),
        "finished": (),
        "cancelled": (),
    },
)
PERCENT_MAX = 100
SAME = ("marketing_campaign", "channel", "subject", "content", "audience", "audience_filter",
        "exclusion_filter", "control_percent")  # fmt: skip
FIXED = ("channel", "subject", "content", "audience", "audienceFilter", "exclusionFilter",
         "controlPercent")  # fmt: skip


class CampaignWaveDefinitionRef(Reference, targets=("CampaignWaveDefinition",)):
    """A reference to the definition that a wave repeats."""


@resource(
    api=CAMPAIGN,
    path="campaignWaveDefinition",
    prefix="CWD",
    title="Wave definition",
    required=("marketing_campaign", "name", "channel"),
    promote=(Promoted("marketingCampaign.id"), Promoted("name")),
    columns=("key", "name", "marketingCampaign", "channel", "repeatDays"),
)
class CampaignWaveDefinition(Extensible, Document):
    """How the waves of a campaign go out, to be repeated.

    `audience_filter` is a query as the list of its kind takes it, `exclusion_filter` one of those
    who are left out of it; `control_percent` of the rest are held back to compare with. The next
    wave is planned `repeat_days` after the last one.
    """

    marketing_campaign: MarketingCampaignRef | None = None
    name: Annotated[str | None, Limits(length_max=200)] = None
    channel: Channel | None = None
    subject: str | None = None
    content: str | None = None
    audience: Audience | None = None
    audience_filter: str | None = None
    exclusion_filter: str | None = None
    control_percent: Annotated[int | None, Limits(minimum=0)] = None
    repeat_days: Annotated[int | None, Limits(minimum=1)] = None


@resource(
    api=CAMPAIGN,
    path="campaignWave",
    prefix="CWV",
    title="Wave",
    required=("marketing_campaign", "channel"),
    lifecycle=WAVE_LIFECYCLE,
    server_sets=("creation_date", "started_date", "finished_date"),
    defaults={"creation_date": format_instant},
    immutable=("marketing_campaign", "wave_definition"),
    promote=(
        Promoted("marketingCampaign.id"),
        Promoted("state"),
        Promoted("plannedDate", "instant"),
        Promoted("waveDefinition.id", index=False),
    ),
    root="self",
    columns=("key", "name", "marketingCampaign", "channel", "plannedDate", "state"),
)
class CampaignWave(Extensible, Document):
    """One time that a campaign goes out; what it takes from its definition stays as it was then.

    Who is in it are its targets (`partyCampaign`), and they stand once it has begun.
    """

    marketing_campaign: MarketingCampaignRef | None = None
    wave_definition: CampaignWaveDefinitionRef | None = None
    name: Annotated[str | None, Limits(length_max=200)] = None
    channel: Channel | None = None
    subject: str | None = None
    content: str | None = None
    audience: Audience | None = None
    audience_filter: str | None = None
    exclusion_filter: str | None = None
    control_percent: Annotated[int | None, Limits(minimum=0)] = None
    state: Literal["planned", "running", "paused", "finished", "cancelled"] | None = None
    planned_date: datetime | None = None
    creation_date: datetime | None = None
    started_date: datetime | None = None
    finished_date: datetime | None = None


@enrich(CampaignWave)
def wave_is_as_defined(work: Work, new: CampaignWave) -> None:
    """Take over what the definition says and nobody said anew, and plan the next date."""
    named = new.wave_definition
    definition = work.get(CampaignWaveDefinition, named.id) if named is not None else None
    if definition is None:
        return
    for name in SAME:
        if getattr(new, name) is None:
            setattr(new, name, getattr(definition, name))
    earlier = work.find(CampaignWave, {"waveDefinition.id": definition.id}, limit=200)
    new.name = new.name or f"{definition.name} {len(earlier) + 1}"
    dates = [one.planned_date for one in earlier if one.planned_date is not None]
    if new.planned_date is None and dates and definition.repeat_days:
        new.planned_date = max(dates) + timedelta(days=definition.repeat_days)


def _state_moved(old: CampaignWave, new: CampaignWave) -> bool:
    return old.state != new.state


@enrich(CampaignWave, again=_state_moved)
def wave_says_when_it_began_and_ended(work: Work, new: CampaignWave) -> None:
    """Write down when a wave began and when it ended."""
    if new.state == "running" and new.started_date is None:
        new.started_date = work.now
    if new.state in ("finished", "cancelled"):
        new.finished_date = work.now


@rule(CampaignWave, CampaignWaveDefinition)
def wave_can_go_out(
    _work: Work,
    _old: CampaignWave | CampaignWaveDefinition | None,
    new: CampaignWave | CampaignWaveDefinition,
) -> Iterator[Fault]:
    """Refuse a wave that writes nothing, and a filter of nobody knows which records."""
    if new.channel in WRITTEN and not (new.content or "").strip():
        yield Fault("content", "required", f"say what is written by {new.channel}")
    for name in ("audienceFilter", "exclusionFilter"):
        if new.raw.get(name) and new.audience is None:
            yield Fault("audience", "required", f"say what {name} is asked of: a kind of record")


@rule(CampaignWave, CampaignWaveDefinition)
def audiences_can_be_asked_for(
    work: Work,
    old: CampaignWave | CampaignWaveDefinition | None,
    new: CampaignWave | CampaignWaveDefinition,
) -> Iterator[Fault]:
    """Refuse filters that the list of their kind of record would refuse."""
    kind = AUDIENCES.get(new.audience or "")
    if kind is None:
        return
    for name in ("audienceFilter", "exclusionFilter"):
        query = new.raw.get(name)
        if old is None or old.audience != new.audience or old.raw.get(name) != query:
            yield from filter_faults(work, kind, name, query)


@rule(CampaignWave)
def a_wave_repeats_its_own_campaign(
    work: Work, old: CampaignWave | None, new: CampaignWave
) -> Iterator[Fault]:
    """Refuse the definition of another campaign."""
    named = new.wave_definition
    definition = work.get(CampaignWaveDefinition, named.id) if old is None and named else None
    ours, theirs = new.marketing_campaign, definition and definition.marketing_campaign
    if ours is not None and theirs is not None and ours.id != theirs.id:
        message = "is of another campaign; name a definition of the wave's own campaign"
        yield Fault("waveDefinition", "wrongCampaign", message)


@rule(CampaignWave)
def a_wave_that_began_stays(
    work: Work, old: CampaignWave | None, new: CampaignWave
) -> Iterator[Fault]:
    """Refuse to change what a wave says once it runs, and to run it for a campaign at rest."""
    if old is not None and old.state != "planned":
        for name in FIXED:
            if old.raw.get(name) != new.raw.get(name):
                yield Fault(
                    name, "waveBegun", "cannot be changed: the wave has begun; plan a new one"
                )
    if new.state == "running" and (old is None or old.state != "running"):
        named = new.marketing_campaign
        campaign = work.get(MarketingCampaign, named.id) if named is not None else None
        if campaign is not None and campaign.status != "running":
            message = f"{campaign.key} is {campaign.status}; let the campaign run first"
            yield Fault("state", "campaignNotRunning", message)
