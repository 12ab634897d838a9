"""Campaigns beside their records: waves filled with targets, figures of what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, must_have_all
from trunkline.api.sales_leads import texts_of
from trunkline.campaign.api import CAMPAIGN, REPORT, TARGET
from trunkline.campaign.report import figures_of
from trunkline.campaign.targeting import KIND, begin_targeting
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.workspace.job import seen_job, tally

BASE = f"{CAMPAIGN.base}/campaignWave"

SCHEMAS: Mapping[str, Object] = {
    "WaveTargets": shape(
        "Who is to be in a wave, by ids or keys of customers or leads; without them its audience "
        "filter says it.",
        {"target": "list text"},
    ),
    "WaveTargeting": shape(
        "How far the filling of a wave is: those looked at by outcome, `created` with whom is left "
        "out among them.",
        {"id": "text", "href": "text", "state": "text", "total": "integer", "line": "object"},
        "id href",
    ),
    "CampaignFigures": shape(
        "What came of a campaign or a wave, from who was meant to what it brought.",
        {"targeted": "integer", "excluded": "integer", "excludedBy": "object", "sent": "integer",
         "delivered": "integer", "answered": "integer", "accepted": "integer",
         "refused": "integer", "unreachable": "integer", "converted": "integer",
         "control": "integer", "controlConverted": "integer", "conversionPercent": "any",
         "controlConversionPercent": "any", "liftPercent": "any", "revenue": "list object",
         "cost": "object"},
        "targeted excluded sent answered converted revenue",
    ),
}  # fmt: skip


class Targeting(Asked):
    """`/campaignWave/{id}/target`: a wave filled in the background."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Begin, and answer where to look how far it is."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            must_have_all(known.actor, TARGET)
            named = texts_of(sent, "target")
            if "target" in sent and not named:
                message = "names nobody; leave it out to fill the wave by its audience filter"
                raise Invalid.of([Fault("target", "required", message)])

            def begin(_connection: Any) -> None:
                job = begin_targeting(self.services, known.actor, ident, idents=named)
                where = f"{CAMPAIGN.base}/targeting/{job}"
                resp.status = falcon.HTTP_202
                resp.set_header("Location", f"{req.prefix}{where}")
                answer_json(resp, {"id": job, "href": where})

            self.opened_once(req, resp, known, begin)

        self.as_known(req, answer)

    def on_get_job(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer how far it is."""

        def answer(known: Known) -> None:
            job = seen_job(self.services, known.actor, ident)
            if job.kind != KIND:
                raise NotFound("notFound", "there is no such filling of a wave of yours")
            line: dict[str, Json] = dict(tally(self.services, job))
            where = f"{CAMPAIGN.base}/targeting/{job.id}"
            answer_json(resp, {"id": job.id, "href": where, "state": job.state,
                               "total": job.total, "line": line})  # fmt: skip

        self.as_known(req, answer)


class Figures(Asked):
    """`/{kind}/{id}/figures`: what came of a campaign or a wave."""

    def on_get_campaign(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the figures of a campaign."""
        self._answer(req, resp, "marketingCampaign", ident)

    def on_get_wave(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the figures of a wave."""
        self._answer(req, resp, "campaignWave", ident)

    def _answer(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        def answer(known: Known) -> None:
            must_have_all(known.actor, REPORT)
            with self.work(req, known) as work:
                answer_json(resp, figures_of(work, kind, ident))

        self.as_known(req, answer)


def verbs() -> Iterator[Verb]:
    """Yield what is told of these addresses."""
    read = partial(Verb, api=CAMPAIGN, method="get", scope=REPORT)
    yield Verb(
        api=CAMPAIGN, method="post", path="/campaignWave/{id}/target", name="targetWave",
        summary="Fill a wave with customers or leads in the background", scope=TARGET,
        about="WaveTargeting", takes="WaveTargets", answers="WaveTargeting", status="202",
        conflicts=True, parameters="Idempotency-Key",
    )  # fmt: skip
    yield Verb(
        api=CAMPAIGN, method="get", path="/targeting/{id}", name="readTargeting",
        summary="Tell how far the filling of a wave is", scope=TARGET, about="WaveTargeting",
        answers="WaveTargeting",
    )  # fmt: skip
    for kind in ("marketingCampaign", "campaignWave"):
        yield read(
            path=f"/{kind}/{{id}}/figures", name=f"figuresOf{kind[0].upper()}{kind[1:]}",
            summary="Tell what came of it", about="CampaignFigures", answers="CampaignFigures",
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    targeting, figures = Targeting(services, doorman), Figures(services, doorman)
    app.add_route(f"{BASE}/{{ident}}/target", targeting)
    app.add_route(f"{CAMPAIGN.base}/targeting/{{ident}}", targeting, suffix="job")
    campaign = f"{CAMPAIGN.base}/marketingCampaign/{{ident}}/figures"
    app.add_route(campaign, figures, suffix="campaign")
    app.add_route(f"{BASE}/{{ident}}/figures", figures, suffix="wave")
