"""Causes of fallout: what stands still by the same error, put right once and tried again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters, optional_text
from trunkline.api.ordering import RETRY, characteristics_of, text_of
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.repair.causes import (
    Cause,
    Figures,
    begin_fix,
    causes,
    figures_of,
    values_of,
)
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

JOB = "/api/workspace/v1/jobs"


class Causes(Asked):
    """`/fallout/cause`: what stops steps; `…/values` what these hold; `…/fix` the way out."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them, what stops most steps first."""
        only_parameters(req)

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = causes(work)
            answer_json(resp, [_cause_body(one) | _figures_body(all_) for one, all_ in found])

        self.as_known(req, answer)

    def on_get_values(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer how many steps of which tasks stand still by one, and what values they hold."""
        only_parameters(req, "kind", "code", "system")
        cause = _cause(dict(req.params))

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                figures, tasks = figures_of(work, cause)
                held = values_of(work, cause)
            answer_json(
                resp,
                {
                    **_cause_body(cause),
                    **(_figures_body(figures) if figures is not None else {"steps": 0}),
                    "task": [{"name": name, "steps": count} for name, count in tasks.items()],
                    "characteristic": [
                        {"name": one.name, "steps": one.steps, "distinct": one.distinct,
                         "value": list(one.values)}
                        for one in held
                    ],
                },
            )  # fmt: skip

        self.as_known(req, answer)

    def on_post_fix(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to try all of one again, with corrected values; answer where the job stands."""
        sent = self.sent(req)
        text_of(sent, "kind")
        cause, first = _cause(sent), sent.get("first")
        if first is not None and (type(first) is not int or first < 1):
            raise Invalid.of([Fault("first", "badNumber", "takes a whole number from 1")])
        values = characteristics_of(sent, is_required=False)
        note = optional_text(sent, "note") or ""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:

                def act() -> None:
                    job, count = begin_fix(
                        work, cause, characteristics=values, note=note, first=first
                    )
                    resp.status = falcon.HTTP_202
                    resp.set_header("Location", f"{req.prefix}{JOB}/{job}")
                    answer_json(resp, {"id": job, "href": f"{JOB}/{job}", "steps": count})

                self.once(req, resp, work, act)

        self.as_known(req, answer)


def _cause(said: Mapping[str, Json]) -> Cause:
    found = {name: said.get(name) for name in ("kind", "code", "system")}
    faults = [
        Fault(name, "badType", "is a text")
        for name, value in found.items()
        if value is not None and not isinstance(value, str)
    ]
    if faults:
        raise Invalid.of(faults)
    if not found["kind"]:
        raise Invalid.of([Fault("kind", "required", "say what kind of failure it is")])
    return Cause(str(found["kind"]), found["code"] or None, found["system"] or None)


def _cause_body(one: Cause) -> dict[str, Json]:
    body = {"kind": one.kind, "code": one.code, "system": one.system}
    return {name: value for name, value in body.items() if value is not None}


def _figures_body(one: Figures) -> dict[str, Json]:
    return {
        "steps": one.steps, "orders": one.orders, "oldest": format_instant(one.oldest),
        "overdue": one.overdue, "assigned": one.held,
    }  # fmt: skip


CAUSE: Mapping[str, str | Object] = {"kind": "text", "code": "text", "system": "text"}
FIGURES: Mapping[str, str | Object] = {
    "steps": "integer", "orders": "integer", "oldest": "instant", "overdue": "integer",
    "assigned": "integer",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    "FalloutCauseGroup": shape(
        "Steps that stand still by the same error of the same system: how many, of how many "
        "orders, since when.",
        {**CAUSE, **FIGURES}, "kind steps",
    ),
    "FalloutCauseValues": shape(
        "The tasks that stand still by a cause, and the values that they hold.",
        {**CAUSE, **FIGURES, "task": "list object", "characteristic": "list object"}, "kind steps",
    ),
    "FalloutCauseFix": shape(
        "What is put right about a cause: values (none where the system is up again or a "
        "configuration was changed), and how many of the oldest are tried first.",
        {**CAUSE, "characteristic": "list object", "note": "text", "first": "integer"}, "kind",
    ),
    "FalloutJob": shape(
        "The job that tries them again; it is followed, stopped and gone on with as a job.",
        {"id": "text", "href": "text", "steps": "integer"}, "id href steps",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    yield Verb(
        api=ORDERING, method="get", path="/fallout/cause", name="listFalloutCause",
        summary="List what stops steps at present", scope="ordering:read",
        about="FalloutCauseGroup", answers="FalloutCauseGroup", is_list=True,
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/fallout/cause/values", name="valuesOfFalloutCause",
        summary="Tell which tasks stand still by a cause and what values they hold",
        scope="ordering:read", about="FalloutCauseValues", answers="FalloutCauseValues",
        filters={"kind": "The kind of failure.", "code": "The code of the error.",
                 "system": "The system that was asked."},
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="post", path="/fallout/cause/fix", name="fixFalloutCause",
        summary="Put a cause right once and try all its steps again", scope=RETRY,
        takes="FalloutCauseFix", about="FalloutJob", answers="FalloutJob", status="202",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    found, base = Causes(services, doorman), f"{ORDERING.base}/fallout/cause"
    app.add_route(base, found)
    app.add_route(f"{base}/values", found, suffix="values")
    app.add_route(f"{base}/fix", found, suffix="fix")
