"""Figures of a campaign or a wave: from who was meant to what it brought and cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from trunkline.campaign.api import REPORT
from trunkline.campaign.campaign_wave import CampaignWave
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.party_campaign import ANSWERS, PartyCampaign
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.select import scope
from trunkline.kernel.work import Work
from trunkline.party.communication_message import CommunicationMessage

KINDS: dict[str, tuple[type[MarketingCampaign | CampaignWave], str]] = {
    "marketingCampaign": (MarketingCampaign, "p_marketing_campaign_id"),
    "campaignWave": (CampaignWave, "p_campaign_wave_id"),
}


def figures_of(work: Work, kind: str, ident: str) -> dict[str, Json]:
    """Return the figures of a campaign or a wave, of the targets that the asker may see.

    Counts are of those addressed (`target`) but where `control` is said. What was answered last
    counts, whatever came of it later; who was not reached was not `sent` anything.
    Rates are in percent of those `sent`, of the control group in percent of it; `lift` is the
    difference of both. Revenues stand by currency, next to `cost`.
    """
    work.actor.must_have(REPORT)
    held = work.get(KINDS[kind][0], ident)
    if held is None:
        raise NotFound("notFound", f"there is no {kind} {ident}")
    return figures_about(work, kind, held)


def figures_about(work: Work, kind: str, held: MarketingCampaign | CampaignWave) -> dict[str, Json]:
    """Return the same of a campaign or a wave that was read."""
    work.actor.must_have(REPORT)
    rows = _counted(work, KINDS[kind][1], held.id)
    ours = [one for one in rows if one["group"] == "target"]
    control = [one for one in rows if one["group"] == "control"]
    not_reached = [one for one in ours if one["state"] == "unreachable"]
    sent = _sum(ours, "contacted") - _sum(not_reached, "contacted")
    converted = _in(ours, "converted")
    others, bought = _sum(control, "n"), _in(control, "converted")
    rate, compared = _percent(converted, sent), _percent(bought, others)
    told: dict[str, Json] = {
        "targeted": _sum(ours, "n") - _in(ours, "excluded"),
        "excluded": _in(ours, "excluded"),
        "excludedBy": _reasons(rows),
        "sent": sent,
        "delivered": _sum(ours, "delivered"),
        "answered": sum(_in(ours, one, "answer") for one in ANSWERS),
        "accepted": _in(ours, "accepted", "answer"),
        "refused": _in(ours, "refused", "answer"),
        "unreachable": _in(ours, "unreachable"),
        "converted": converted,
        "control": others,
        "controlConverted": bought,
        "conversionPercent": rate,
        "controlConversionPercent": compared,
        "liftPercent": None if rate is None or compared is None else rate - compared,
        "revenue": _revenue(rows),
    }
    if isinstance(held, MarketingCampaign) and held.cost is not None:
        told["cost"] = held.cost.raw
    return told


def _counted(work: Work, column: str, ident: str) -> list[dict[str, Any]]:
    table, messages = PartyCampaign.resource.table, CommunicationMessage.resource.table
    within = scope(
        PartyCampaign.resource, work.actor, work.actor.must(PartyCampaign.resource, "read")
    )
    found = work.connection.execute(
        "select t.p_target_group, t.p_state, t.p_answer, count(*), count(t.p_contacted_date), "  # noqa: S608 - our names
        "count(*) filter (where m.p_state = 'completed'), "
        "t.p_revenue_unit, sum(t.p_revenue_value), t.p_exclusion_reason "
        f"from {table} t left join {messages} m on m.id = t.p_communication_message_id::uuid "
        f"where t.{column} = %s and {within.text} group by 1, 2, 3, 7, 9",
        [ident, *within.parameters],
    ).fetchall()
    names = ("group", "state", "answer", "n", "contacted", "delivered", "unit", "value", "reason")
    return [dict(zip(names, one, strict=True)) for one in found]


def _reasons(rows: list[dict[str, Any]]) -> dict[str, Json]:
    """Return how many are left out for each reason."""
    left_out = [one for one in rows if one["state"] == "excluded"]
    names = sorted({str(one["reason"]) for one in left_out})
    return {name: sum(int(one["n"]) for one in left_out if str(one["reason"]) == name)
            for name in names}  # fmt: skip


def _sum(rows: list[dict[str, Any]], name: str) -> int:
    return sum(int(one[name]) for one in rows)


def _in(rows: list[dict[str, Any]], value: str, name: str = "state") -> int:
    return sum(int(one["n"]) for one in rows if one[name] == value)


def _percent(part: int, whole: int) -> Decimal | None:
    return round(Decimal(part) * 100 / whole, 2) if whole else None


def _revenue(rows: list[dict[str, Any]]) -> list[Json]:
    found: dict[str, Decimal] = {}
    for one in rows:
        if one["value"] is not None and one["group"] == "target":
            found[one["unit"]] = found.get(one["unit"], Decimal(0)) + one["value"]
    return [{"unit": unit, "value": value} for unit, value in sorted(found.items())]
