"""TMF701: plans of orders as process flows, their steps as task flows; a manual one reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    only_parameters,
    whole_number,
)
from trunkline.api.ordering import COMPLETE_TASK, characteristics_of
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import complete_task
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.process_flow.flow import TMF701, Flow, chosen, flow_body, task_body
from trunkline.ordering.process_flow.reading import KINDS, Wanted, flows, roots_about
from trunkline.ordering.shown_plan import as_shown, steps_shown
from trunkline.rest.http import Doorman, Known, chosen_fields
from trunkline.rest.verb import Object, Verb, shape

STATES = ("active", "cancelled", "hold", "completed")
PARAMETERS = ("relatedEntity.id", "state", "fields", "offset", "limit")
OFFSET_MAX = 10_000
TEXT = "text"
SCHEMAS: Mapping[str, Object] = {
    "ProcessFlow": shape(
        "The plan of an order as the outside sees it.",
        {"id": TEXT, "href": TEXT, "processFlowDate": "instant", "processFlowSpecification": TEXT,
         "state": {"enum": [*STATES]}, "relatedEntity": "list object", "taskFlow": "list object",
         "@type": TEXT},
        "id href state",
    ),
    "TaskFlow": shape(
        "A step of a plan: what it does, about which records, after which other steps.",
        {"id": TEXT, "href": TEXT, "taskFlowSpecification": TEXT, "completionMethod": TEXT,
         "isMandatory": "flag", "state": {"enum": ["new", *STATES]},
         "characteristic": "list object", "relatedEntity": "list object",
         "taskFlowRelationship": "list object", "@type": TEXT},
        "id href state",
    ),
    "TaskFlowReport": shape(
        "A manual step reported as done: the values that it brought, or how that can be seen.",
        {"state": {"enum": ["completed"]}, "characteristic": "list object",
         "completionMethod": TEXT},
        "state",
    ),
}  # fmt: skip


class ProcessFlows(Asked):
    """`/processFlow` and `/processFlow/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the plans of orders, newest first."""
        only_parameters(req, *PARAMETERS)
        limit, offset = self.limit(req), whole_number(req, "offset", 0)
        state, about = req.get_param("state"), req.get_param("relatedEntity.id")
        fields = chosen_fields(req)
        if state is not None and state not in STATES:
            raise Invalid.of([Fault("state", "badValue", f"is one of {', '.join(STATES)}")])
        if offset > OFFSET_MAX:
            raise Invalid.of([Fault("offset", "offsetTooLarge", f"is at most {OFFSET_MAX}")])

        def answer(known: Known) -> None:
            _must_read(known)
            with self.work(req, known) as work:
                orders = None if about is None else _about(work, about)
                found = flows(work, Wanted(orders, state, offset, limit + 1))
            base = req.prefix + TMF701.base
            answer_list(resp, [chosen(flow_body(one, base), fields) for one in found[:limit]])
            if len(found) > limit:
                kept = urlencode({**req.params, "offset": str(offset + limit), "limit": str(limit)})
                resp.set_header("Link", f'<{req.prefix}{req.path}?{kept}>; rel="next"')

        self.as_known(req, answer)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer one plan."""
        fields = chosen_fields(req)

        def answer(known: Known) -> None:
            _must_read(known)
            with self.work(req, known) as work:
                flow = _found(work, ident)
            answer_json(resp, chosen(flow_body(flow, req.prefix + TMF701.base), fields))

        self.as_known(req, answer)


class TaskFlows(Asked):
    """`/processFlow/{id}/taskFlow` and `/processFlow/{id}/taskFlow/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the steps of a plan in their sequence."""
        only_parameters(req, "fields", "offset", "limit")
        limit, offset = self.limit(req), whole_number(req, "offset", 0)
        fields = chosen_fields(req)

        def answer(known: Known) -> None:
            _must_read(known)
            with self.work(req, known) as work:
                found = _found(work, ident)
                steps = steps_shown(work, found.id)
                shown = [_body(req, work, found, one) for one in steps[offset : offset + limit]]
            answer_list(resp, [chosen(one, fields) for one in shown], total=len(steps))

        self.as_known(req, answer)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str, task: str) -> None:
        """Answer one step."""
        fields = chosen_fields(req)

        def answer(known: Known) -> None:
            _must_read(known)
            with self.work(req, known) as work:
                found = _found(work, ident)
                step = _step(steps_shown(work, found.id), task)
                answer_json(resp, chosen(_body(req, work, found, step), fields))

        self.as_known(req, answer)

    def on_patch_one(
        self, req: falcon.Request, resp: falcon.Response, ident: str, task: str
    ) -> None:
        """Report a manual step as done, as at the address of tasks."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must_have(COMPLETE_TASK)
            _must_read(known)
            with self.work(req, known) as work:
                found = _found(work, ident)
                _step(steps_shown(work, found.id), task)
                refused = [one for one in sent if one not in SCHEMAS["TaskFlowReport"]["properties"]
                           and not one.startswith("@")]  # fmt: skip
                if sent.get("state") != "completed" or refused:
                    message = (
                        "a step is changed by its order alone; report a manual one as completed"
                    )
                    raise Invalid.of([Fault(next(iter(refused), "state"), "badValue", message)])

                def act() -> None:
                    how = sent.get("completionMethod")
                    done = complete_task(
                        work, task, characteristics=characteristics_of(sent, is_required=False),
                        evidence=str(how) if how else None,
                    )  # fmt: skip
                    (step,) = as_shown(work, [done])
                    answer_json(resp, _body(req, work, found, step))

                self.once(req, resp, work, act)

        self.as_known(req, answer)


def _must_read(known: Known) -> None:
    """Refuse (403) who may read no kind of order."""
    kinds = [kind for kind, _ in KINDS.values()]
    if all(known.actor.grant(kind.resource, "read") is None for kind in kinds):
        known.actor.must(kinds[0].resource, "read")


def _about(work: Work, ident: str) -> list[str]:
    """Return the orders that a record named by id or by key has to do with."""
    for kind, _ in KINDS.values():
        found = work.get(kind, ident)
        if found is not None:
            return roots_about(work, found.id)
    return roots_about(work, ident.lower()) if UUID.fullmatch(ident) else []


def _found(work: Work, ident: str) -> Flow:
    orders = [one for kind, _ in KINDS.values() if (one := work.get(kind, ident)) is not None]
    found = flows(work, Wanted([one.id for one in orders], limit=1)) if orders else []
    if not found:
        raise NotFound("notFound", f"there is no process flow {ident}")
    return found[0]


def _step(steps: Any, ident: str) -> PlanItem:
    found = next((one for one in steps if one.id == ident), None)
    if found is None:
        raise NotFound("notFound", f"there is no task flow {ident} in this process flow")
    step: PlanItem = found
    return step


def _body(req: falcon.Request, work: Work, flow: Flow, step: PlanItem) -> dict[str, Json]:
    grant = work.actor.grant(KINDS[flow.kind][0].resource, "read")
    shows_personal = grant is not None and "personal" in grant.sees
    return task_body(step, req.prefix + TMF701.base, shows_personal=shows_personal)


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    one, tasks = "/processFlow/{id}", "/processFlow/{processFlowId}/taskFlow"
    yield Verb(
        api=TMF701, method="get", path="/processFlow", name="listProcessFlow", is_list=True,
        summary="List the plans of orders, newest first", about="ProcessFlow",
        answers="ProcessFlow", scope="TMF622:read", parameters="fields offset limit",
        filters={"relatedEntity.id": "The id of an order, or of what an order makes or changes.",
                 "state": "The state of the plan."},
    )  # fmt: skip
    yield Verb(
        api=TMF701, method="get", path=one, name="retrieveProcessFlow", scope="TMF622:read",
        summary="Return the plan of an order", about="ProcessFlow", answers="ProcessFlow",
        parameters="fields",
    )  # fmt: skip
    yield Verb(
        api=TMF701, method="get", path=tasks, name="listTaskFlow", is_list=True,
        summary="List the steps of a plan in their sequence", about="TaskFlow",
        answers="TaskFlow", scope="TMF622:read", parameters="fields offset limit",
    )  # fmt: skip
    yield Verb(
        api=TMF701, method="get", path=f"{tasks}/{{id}}", name="retrieveTaskFlow",
        summary="Return one step of a plan", about="TaskFlow", answers="TaskFlow",
        scope="TMF622:read", parameters="fields",
    )  # fmt: skip
    yield Verb(
        api=TMF701, method="patch", path=f"{tasks}/{{id}}", name="patchTaskFlow",
        summary="Report a manual step as done", about="TaskFlow", takes="TaskFlowReport",
        answers="TaskFlow", scope=COMPLETE_TASK, parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    all_flows, tasks = ProcessFlows(services, doorman), TaskFlows(services, doorman)
    base = f"{TMF701.base}/processFlow"
    app.add_route(base, all_flows)
    app.add_route(f"{base}/{{ident}}", all_flows, suffix="one")
    app.add_route(f"{base}/{{ident}}/taskFlow", tasks)
    app.add_route(f"{base}/{{ident}}/taskFlow/{{task}}", tasks, suffix="one")
