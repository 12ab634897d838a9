"""Sending: a running wave writes to its targets, a few at a time, each of them once.

The message, and that somebody was contacted, are written in one transaction: a process that is
killed has done both or neither. Who changed their mind meanwhile is left out. A wave rests while
its campaign does, and is cancelled once that has ended.
"""

from __future__ import annotations

from trunkline.campaign.addressing import receiver_of
from trunkline.campaign.campaign_wave import WRITTEN, CampaignWave
from trunkline.campaign.entering import who
from trunkline.campaign.marketing_campaign import MarketingCampaign, is_on, is_over
from trunkline.campaign.party_campaign import PartyCampaign, SentMessageRef
from trunkline.campaign.wishes import Reason, leave_out
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.progress import CALL_LANE
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.preference import MARKETING
from trunkline.rest.writing import create
from trunkline.workspace.timer import leased, rest, waits

SEND = "campaign.send"
AT_ONCE = 20
LOOK_AGAIN_S = 60.0
"""How long a wave rests before it looks whether its campaign goes on."""
NAME = "{name}"
SENDER = "Offers"


@on(event(CampaignWave, "state_changed").to("running"))
def wave_begins_to_write(work: Work, wave: CampaignWave) -> None:
    """Let a wave that runs write to its targets, from its planned date on."""
    if wave.state == "running" and wave.channel in WRITTEN:
        work.schedule(NewWork(SEND, wave.id, lane=CALL_LANE, once=f"{SEND} {wave.id}"))


@handler(SEND)
def send(services: Services, row: Row) -> None:
    """Write to the next targets of a wave; end it when there is nobody left."""
    with leased(services, row) as work:
        wave = work.lock(CampaignWave, row.subject)
        if wave.state != "running":
            queue.finish(work.connection, row)
            return
        campaign = campaign_of(work, wave)
        if campaign is None or is_over(campaign, work.now):
            queue.finish(work.connection, row)
            with work.edit(CampaignWave, wave.id) as held:
                held.state = "cancelled"
            return
        if waits(work, row, wave.planned_date):
            return
        if not is_on(campaign, work.now):
            rest(work, row, pause_s=LOOK_AGAIN_S)
            return
        wanted: dict[str, Json] = {
            "campaignWave.id": wave.id, "state": "planned", "targetGroup": "target"
        }  # fmt: skip
        targets = work.find(PartyCampaign, wanted, limit=AT_ONCE)
        # In one order whichever the wave, as each is held until the end (see `ContactFrequency`).
        for one in sorted(targets, key=lambda each: who(each) or ("", "")):
            _write_to(work, wave, one.id)
        if len(targets) == AT_ONCE:
            queue.put_back(work.connection, row, pause_s=0, free=True)
            return
        queue.finish(work.connection, row)
        if campaign.signal_kind is None:
            with work.edit(CampaignWave, wave.id) as held:
                held.state = "finished"


def campaign_of(work: Work, wave: CampaignWave) -> MarketingCampaign | None:
    """Return the campaign of a wave; one with a signal keeps its waves open for those to come."""
    named = wave.marketing_campaign
    return work.get(MarketingCampaign, named.id) if named is not None else None


def _write_to(work: Work, wave: CampaignWave, ident: str) -> None:
    target = work.lock(PartyCampaign, ident)
    if target.state != "planned":
        return
    try:
        with work.connection.transaction(), work.edit(PartyCampaign, ident) as target:
            target.state = "contacted"
            made = create(work, CommunicationMessage.resource, message_to(work, wave, target))
            target.communication_message = SentMessageRef(id=made.id)
    except Refusal as refusal:
        code = refusal.faults[0].code if refusal.faults else refusal.code
        with work.edit(PartyCampaign, ident) as target:
            leave_out(target, [Reason(code, refusal.told)])


def message_to(work: Work, wave: CampaignWave, target: PartyCampaign) -> dict[str, Json]:
    """Return the message of a wave to one of its targets; `{name}` stands for who gets it."""
    receiver, about = receiver_of(work, target)
    name = str(receiver.get("name") or "")
    body: dict[str, Json] = {
        "messageType": wave.channel,
        "purpose": MARKETING,
        "content": (wave.content or "").replace(NAME, name),
        "sender": {"name": SENDER},
        "receiver": [receiver],
        "relatedEntity": [about],
    }
    if wave.subject:
        body["subject"] = wave.subject.replace(NAME, name)
    return body
