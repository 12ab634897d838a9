"""Figures of a campaign or a wave, and the button that fills a wave before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import falcon

from trunkline.campaign.api import TARGET
from trunkline.campaign.campaign_wave import CampaignWave
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.campaign.report import KINDS, figures_about
from trunkline.campaign.targeting import begin_targeting
from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import document_at
from trunkline.web.values import number, price, state

CAMPAIGN, WAVE = "marketingCampaign", "campaignWave"
COUNTS = (
    ("targeted", "Meant"), ("sent", "Addressed"), ("delivered", "Delivered"),
    ("answered", "Answered"), ("accepted", "Accepted"), ("refused", "Refused"),
    ("unreachable", "Not reached"), ("converted", "Bought"),
)  # fmt: skip
REASONS = {
    "noConsent": "Has not agreed to offers", "doNotContact": "Does not want to be contacted",
    "doNotSolicit": "Does not want to be offered anything",
    "channelNotWanted": "Not by this channel", "contactNotWanted": "Changed their mind",
    "noAddress": "Has no address for it", "frequencyCap": "Was addressed too often",
    "excludedByFilter": "Left out by the filter", "leadEnded": "The lead has ended",
}  # fmt: skip


class FiguresPage:
    """`/campaigns/{ident}` and `/campaigns/waves/{ident}`."""

    needs = "MarketingCampaign:read CampaignWave:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get_campaign(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what came of a campaign."""
        self._desk.answer(req, resp, partial(self._view, kind=CAMPAIGN, ident=ident))

    def on_get_wave(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show who is in a wave, who is left out and why, and what came of it."""
        self._desk.answer(req, resp, partial(self._view, kind=WAVE, ident=ident))

    def on_post_wave(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Begin to fill a wave, and go where one sees how far that is."""
        self._desk.act(req, resp, partial(self._fill, ident=ident))

    def _fill(self, visit: Visit, _form: Form, *, ident: str) -> Answer:
        try:
            job = begin_targeting(self._desk.services, visit.actor, ident)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, kind=WAVE, ident=ident, refusal=refusal)
        return Moved(f"/jobs/{job}")

    def _view(
        self, visit: Visit, *, kind: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            held = document_at(work, KINDS[kind][0], ident)
            if held is None:
                raise NotFound("notFound", f"there is no campaign {ident}")
            found = figures_about(work, kind, held)
            waves = self._waves(work, held) if isinstance(held, MarketingCampaign) else []
        is_wave = isinstance(held, CampaignWave)
        targets = self._desk.addresses.of_list(PartyCampaign.resource)
        narrowed = "campaignWave.id" if is_wave else "marketingCampaign.id"
        values: dict[str, Any] = {
            "key": held.key,
            "name": held.name or held.key,
            "is_wave": is_wave,
            "state": state((held.state if isinstance(held, CampaignWave) else held.status) or ""),
            "address": self._desk.addresses.of_record(held.resource, held.key),
            "targets": f"{targets}?{narrowed}={held.id}",
            "may_fill": isinstance(held, CampaignWave) and held.state == "planned"
            and visit.actor.may(TARGET),
            "counts": [{"title": title, "count": number(_count(found, name))}
                       for name, title in COUNTS],
            "excluded": _count(found, "excluded"),
            "reasons": _reasons(found),
            "rates": {one: found[one] for one in
                      ("conversionPercent", "controlConversionPercent", "liftPercent")},
            "control": {"count": found["control"], "converted": found["controlConverted"]},
            "revenue": _prices(found["revenue"]),
            "cost": _prices([found["cost"]] if found.get("cost") else []),
            "waves": waves,
            "problems": problems_of(refusal),
        }  # fmt: skip
        return Shown("campaign_figures.html", values, refusal.status if refusal else 200)

    def _waves(self, work: Work, campaign: MarketingCampaign) -> list[dict[str, Any]]:
        listed = work.find(CampaignWave, {"marketingCampaign.id": campaign.id}, limit=50)
        return [
            {"key": one.key, "name": one.name or one.key, "channel": one.channel,
             "state": state(one.state or ""), "address": f"/campaigns/waves/{one.key}"}
            for one in listed
        ]  # fmt: skip


def _count(found: Mapping[str, Json], name: str) -> int:
    return int(str(found[name]))


def _reasons(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = found["excludedBy"]
    return [
        {"title": REASONS.get(code, code), "count": number(count)}
        for code, count in sorted(told.items(), key=lambda one: (-one[1], one[0]))
    ]


def _prices(listed: Any) -> list[str]:
    known = [one for one in listed if one.get("value") is not None]
    return [price(Decimal(str(one["value"])), one["unit"]) for one in known]
