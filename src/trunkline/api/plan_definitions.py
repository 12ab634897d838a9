"""Plan definitions for programs: looked through, drafted anew, compared, tried out; events told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.api.ordering import SIMULATE, text_of
from trunkline.api.simulated import simulation_body
from trunkline.documents.decode import normalise
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.schema import validators
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.design.decision_table import (
    DecisionTable,
    cases_of,
    input_faults,
    rows_of,
)
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.inbound import take_event
from trunkline.ordering.design.picking import Trial, chosen_of
from trunkline.ordering.design.rules import definition_faults, definition_warnings
from trunkline.ordering.design.sample import try_with
from trunkline.ordering.design.table import case_faults, decide
from trunkline.ordering.design.versions import differences, draft_next
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.simulation import simulate
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

TELL = "ordering:tellEvent"
ONE, TABLE = "/planDefinition/{id}", "/decisionTable/{id}"
SCHEMAS: Mapping[str, Object] = {
    "PlanDefinitionFaults": shape(
        "What keeps a plan definition from being published, and what does not and yet would let "
        "orders wait, such as an item of a role that nobody holds.",
        {"fault": "list object", "warning": "list object"}, "fault warning",
    ),
    "DraftedVersion": shape(
        "The draft of the next version.",
        {"id": "text", "key": "text", "code": "text", "planVersion": "integer"}, "id key",
    ),
    "VersionDifferences": shape(
        "What a version says otherwise than another, by item and attribute.",
        {"difference": "list object"}, "difference",
    ),
    "PlanTrial": shape(
        "A sample order, or an offering (by id, key or name) that is ordered with its default "
        "values, and what made by which specification (by name) the plan is tried for.",
        {"specification": "text", "order": "object", "productOffering": "text"}, "specification",
    ),
    "TableQuestion": shape("What a table is asked about.", {"given": "object"}, "given"),
    "TableAnswer": shape(
        "What a table decides, by which row, and which of its examples come out otherwise.",
        {"result": "text", "row": "integer", "fault": "list object"}, "fault",
    ),
    "ToldEvent": shape(
        "An event that steps may wait for; `id` tells a repeated one.",
        {"id": "text", "type": "text", "correlation": "text", "body": "any"},
        "id type correlation",
    ),
    "TakenEvent": shape(
        "What became of it: it released a step, is kept for one that will wait, or was known.",
        {"taken": {"enum": ["released", "kept", "repeated"]}}, "taken",
    ),
}  # fmt: skip


class DefinitionVerbs(Asked):
    """`/planDefinition/{id}/…`: what is done with one version of a plan definition."""

    def on_post_check(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what keeps it from being published, and what should be looked at before."""

        def check(work: Work, definition: PlanDefinition) -> Json:
            return {
                "fault": [_fault(one) for one in definition_faults(work, definition)],
                "warning": [_fault(one) for one in definition_warnings(work, definition)],
            }

        self._of(req, resp, ident, "read", check)

    def on_post_version(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Draft the next version of it."""

        def draft(work: Work, definition: PlanDefinition) -> Json:
            made = draft_next(work, definition)
            return {"id": made.id, "key": made.key, "code": made.code,
                    "planVersion": made.plan_version}  # fmt: skip

        self._of(req, resp, ident, "create", draft)

    def on_get_compare(
        self, req: falcon.Request, resp: falcon.Response, ident: str, other: str
    ) -> None:
        """Answer what it says otherwise than another version."""

        def compare(work: Work, definition: PlanDefinition) -> Json:
            found = differences(_found(work, PlanDefinition, other), definition)
            return {"difference": [_told(one.__dict__) for one in found]}

        self._of(req, resp, ident, "read", compare)

    def on_post_try(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what a sample order would do by it; nothing is stored."""
        sent = self.sent(req)
        specification, said = text_of(sent, "specification"), sent.get("order")
        order: dict[str, Json] = said if isinstance(said, dict) else {}
        offering = text_of(sent, "productOffering") if "productOffering" in sent else None
        if offering is None and not isinstance(said, dict):
            message = "send the order to try it with, or name a productOffering to be ordered"
            raise Invalid.of([Fault("order", "required", message)])

        def try_out(work: Work, definition: PlanDefinition) -> Json:
            work.actor.must_have(SIMULATE)
            trial = Trial(chosen_of(definition), specification)
            if offering is not None:
                return simulation_body(try_with(work, offering, trial))
            faults: list[Fault] = []
            normalise(ProductOrder, order, faults)
            refuse([*faults, *validators.of(ProductOrder.resource).faults(order)])
            return simulation_body(simulate(work, ProductOrder.wrap(order), trial=trial))

        self._of(req, resp, ident, "read", try_out)

    def _of(
        self, req: falcon.Request, resp: falcon.Response, ident: str, verb: Any,
        act: Callable[[Work, PlanDefinition], Json],
    ) -> None:  # fmt: skip
        def answer(known: Known) -> None:
            known.actor.must(PlanDefinition.resource, verb)
            with self.work(req, known) as work:
                self.once(
                    req, resp, work,
                    lambda: answer_json(resp, act(work, _found(work, PlanDefinition, ident))),
                )  # fmt: skip

        self.as_known(req, answer)


class TableVerbs(Asked):
    """`/decisionTable/{id}/evaluate`: a table asked, without any order."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what it decides, and which of its examples come out otherwise."""
        given = self.sent(req).get("given")
        if not isinstance(given, dict):
            raise Invalid.of([Fault("given", "required", "send what it is asked about")])

        def answer(known: Known) -> None:
            known.actor.must(DecisionTable.resource, "read")
            with self.work(req, known) as work:
                table = _found(work, DecisionTable, ident)
                refuse(list(input_faults(table, given, "given")))
                rows = rows_of(table)
                hit = decide(rows, given)
                faults = [_fault(one) for one in case_faults(rows, cases_of(table))]
                decided = {"result": hit.result, "row": hit.index} if hit is not None else {}
                answer_json(resp, _told({**decided, "fault": faults}))

        self.as_known(req, answer)


class ToldEvents(Asked):
    """`/event`: what outside systems tell, for the steps that wait for it."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take an event in, each once."""
        sent = self.sent(req)
        ident, kind, correlation = (text_of(sent, one) for one in ("id", "type", "correlation"))

        def answer(known: Known) -> None:
            if known.actor.must_have(TELL).reach != "all":
                raise Forbidden("notAllowed", f"{TELL} over everything is needed here")
            with self.work(req, known) as work:
                taken = take_event(
                    work, ident=ident, kind=kind, correlation=correlation, body=sent.get("body")
                )
                answer_json(resp, {"taken": taken})

        self.as_known(req, answer)


def _found(work: Work, kind: Any, ident: str) -> Any:
    found = work.get(kind, ident)
    if found is None:
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    return found


def _fault(fault: Fault) -> dict[str, Json]:
    return {"path": fault.path, "code": fault.code, "message": fault.message}


def _told(found: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in found.items() if value is not None}


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    post = partial(Verb, api=ORDERING, method="post", parameters="Idempotency-Key")
    yield post(
        path=f"{ONE}/check", name="checkPlanDefinition", scope="PlanDefinition:read",
        about="PlanDefinitionFaults", answers="PlanDefinitionFaults",
        summary="Tell what keeps a plan definition from being published",
    )  # fmt: skip
    yield post(
        path=f"{ONE}/newVersion", name="draftPlanDefinition", scope="PlanDefinition:create",
        about="DraftedVersion", answers="DraftedVersion", conflicts=True,
        summary="Draft the next version of a plan definition",
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path=f"{ONE}/compare/{{other}}", name="comparePlanDefinitions",
        scope="PlanDefinition:read", about="VersionDifferences", answers="VersionDifferences",
        summary="Tell what a plan definition says otherwise than another version",
    )  # fmt: skip
    yield post(
        path=f"{ONE}/tryOut", name="tryPlanDefinition", scope=SIMULATE, about="PlanTrial",
        takes="PlanTrial", answers="Simulation",
        summary="Tell what a sample order would do by a plan definition, without storing it",
    )  # fmt: skip
    yield post(
        path=f"{TABLE}/evaluate", name="askDecisionTable", scope="DecisionTable:read",
        about="TableAnswer", takes="TableQuestion", answers="TableAnswer",
        summary="Tell what a decision table decides",
    )  # fmt: skip
    yield post(
        path="/event", name="tellEvent", scope=TELL, about="ToldEvent", takes="ToldEvent",
        answers="TakenEvent", conflicts=True,
        summary="Tell an event that the steps of orders may wait for",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    one, base = DefinitionVerbs(services, doorman), f"{ORDERING.base}/planDefinition/{{ident}}"
    app.add_route(f"{base}/check", one, suffix="check")
    app.add_route(f"{base}/newVersion", one, suffix="version")
    app.add_route(f"{base}/compare/{{other}}", one, suffix="compare")
    app.add_route(f"{base}/tryOut", one, suffix="try")
    tables = TableVerbs(services, doorman)
    app.add_route(f"{ORDERING.base}/decisionTable/{{ident}}/evaluate", tables)
    app.add_route(f"{ORDERING.base}/event", ToldEvents(services, doorman))
