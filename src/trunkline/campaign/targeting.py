"""Targeting: a wave is filled from a query of customers or leads, or with those that are named.

It goes on in the background with the rights of who asks. Whoever must not be addressed is written
down as left out, with the reason, so that both are counted before the wave begins. One of those
whom the wave's exclusion filter finds is left out, too; a share of the rest is held back to
compare with: by the id of each, so that asking again holds back the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from trunkline.campaign.api import TARGET
from trunkline.campaign.audience import AUDIENCES, matches, parsed
from trunkline.campaign.campaign_wave import PERCENT_MAX, CampaignWave
from trunkline.campaign.entering import prepared, who
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.campaign.wishes import Reason
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, go_through

KIND = "campaignTargets"
EXCLUDED = Reason("excludedByFilter", "is left out by the wave's exclusion filter")
IN_ALREADY = "same"


def begin_targeting(
    services: Services, actor: Actor, ident: str, *, idents: Sequence[str] = ()
) -> str:
    """Begin to fill a wave by its audience filter, or with those named; return the job's id.

    Refuses (409) a wave that has begun, and (400) one of which nobody says whom it is for.
    """
    actor.must_have(TARGET)
    with transaction(services, actor) as work:
        wave = work.get(CampaignWave, ident)
        if wave is None:
            raise NotFound("notFound", f"there is no wave {ident}")
        _must_be_planned(wave)
        kind = AUDIENCES.get(wave.audience or "")
        if kind is None:
            message = f"say of which kind they are: {', '.join(AUDIENCES)}"
            raise Invalid.of([Fault("audience", "required", message)])
        if not idents and wave.audience_filter is None:
            message = "say whom the wave is for: a query as the list takes it, empty for all"
            raise Invalid.of([Fault("audienceFilter", "required", message)])
        for name in ("audience_filter", "exclusion_filter"):
            parsed(work, kind, getattr(wave, name) or "")
    lines = [(None, one, None) for one in dict.fromkeys(idents)]
    query = None if idents else wave.audience_filter
    asked: dict[str, Json] = {"wave": wave.id, "query": query}
    return start(
        services, actor, kind=KIND, resource=kind.resource.name, title=f"Targets of {wave.key}",
        asked=asked, lines=lines,
    )  # fmt: skip


@job_kind(KIND)
def targeting_piece(at: At) -> bool:
    """Bring the next ones into a wave, or write down why not."""
    at.actor.must_have(TARGET)
    return go_through(at, "read", lambda work, line: _entered(work, line, at))


def _entered(work: Work, line: Line, at: At) -> Outcome:
    wave = work.lock(CampaignWave, str(at.job.asked["wave"]), verb="read")
    _must_be_planned(wave)
    found = work.get(at.resource.type, line.record or line.key or "")
    if found is None:
        raise NotFound("notFound", f"there is no {at.resource.title.lower()} {line.key}")
    is_out = bool(wave.exclusion_filter) and matches(
        work, type(found), found.id, wave.exclusion_filter or ""
    )
    target = prepared(work, wave, found, EXCLUDED if is_out else None)
    path, ident = who(target) or ("", "")
    held = work.find(PartyCampaign, {"campaignWave.id": wave.id, path: ident}, limit=1)
    if held:
        return IN_ALREADY, held[0].id, held[0].key, held[0].meta.version, None
    code = target.exclusion_reason
    if code is None and is_held_back(wave.id, found.id, wave.control_percent or 0):
        target.target_group = "control"
    made = work.add(target)
    return "created", made.id, made.key, made.meta.version, {"reason": code} if code else None


def is_held_back(wave: str, ident: str, percent: int) -> bool:
    """Return whether somebody belongs to the share of a wave that is held back. Pure."""
    drawn = int.from_bytes(sha256(f"{wave} {ident}".encode()).digest()[:8], "big")
    return drawn % PERCENT_MAX < percent


def _must_be_planned(wave: CampaignWave) -> None:
    if wave.state != "planned":
        message = f"{wave.key} is {wave.state}: its targets stand; plan a new wave"
        raise Conflict("conflictState", message)
