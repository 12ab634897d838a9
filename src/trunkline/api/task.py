"""Manual tasks for programs: what waits for people, who has it, and the report that it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list, only_parameters
from trunkline.api.ordering import characteristics_of, step_body, text_of
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Registry
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.manual_task import (
    OpenTask,
    TaskFilter,
    assign_task,
    claim_task,
    complete_task,
    count_tasks,
    open_tasks,
    release_task,
    set_task_due,
)
from trunkline.ordering.own_task import must_do_tasks
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shown_plan import as_shown
from trunkline.rest.http import Doorman, Known

PARAMETERS = ("role", "order", "claimedBy", "dueAt.gte", "dueAt.lt", "after", "limit")
ME, NOBODY = "me", "nobody"
NO_ORDER = "00000000-0000-0000-0000-000000000000"

Act = Callable[[Work, str, dict[str, Json]], PlanItem]


class Tasks(Asked):
    """`/task`: the manual tasks that wait for somebody, soonest due first."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List those of the orders that the asker may see."""
        only_parameters(req, *PARAMETERS)
        due = [_moment(req, name) for name in ("dueAt.gte", "dueAt.lt")]
        limit, after = self.limit(req), req.get_param("after")

        def answer(known: Known) -> None:
            must_do_tasks(known.actor)
            with self.work(req, known) as work:
                wanted = _wanted(work, req, *due)
                _must_be_there(work, after)
                found = open_tasks(work, limit=limit + 1, wanted=wanted, after=after)
                total = count_tasks(work, wanted)
            shown = found[:limit]
            registry = self.services.registry
            answer_list(resp, [task_body(one, registry, req.prefix) for one in shown], total=total)
            if shown and len(found) > limit:
                kept = urlencode({**req.params, "after": shown[-1].id, "limit": str(limit)})
                resp.set_header("Link", f'<{req.prefix}{req.path}?{kept}>; rel="next"')

        self.as_known(req, answer)


class TaskVerb(Asked):
    """`/task/{id}/{verb}`: a manual task taken on, given to somebody, given back or reported."""

    def __init__(self, services: Services, doorman: Doorman, act: Act) -> None:
        super().__init__(services, doorman)
        self._act = act

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Act on it and answer the task as it is then."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            must_do_tasks(known.actor)

            def act() -> None:
                (item,) = as_shown(work, [self._act(work, ident, sent)])
                answer_json(resp, step_body(item, shows_personal=True))

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


def task_body(task: OpenTask, registry: Registry, prefix: str) -> dict[str, Json]:
    """Return an open task as JSON."""
    kind = registry[task.root_kind]
    body: dict[str, Json] = {
        "id": task.id,
        "name": task.name,
        "title": task.title,
        "role": task.role,
        "order": {
            "id": task.root,
            "href": f"{prefix}{kind.api.base}/{kind.path}/{task.root}",
            "@referredType": task.root_kind,
        },
        "itemId": task.item_id,
        "startedAt": _shown(task.started_at),
        "dueAt": _shown(task.due_at),
    }
    if task.claimed_by is not None:
        body["claimedBy"] = {"id": task.claimed_by, "name": task.claimed_by_name}
        body["claimedAt"] = _shown(task.claimed_at)
    return {name: value for name, value in body.items() if value is not None}


def _wanted(
    work: Work, req: falcon.Request, due_from: datetime | None, due_before: datetime | None
) -> TaskFilter:
    claimed_by = req.get_param("claimedBy")
    return TaskFilter(
        role=req.get_param("role", default=None),
        order=_order(work, req.get_param("order")),
        claimed_by={ME: work.actor.id, NOBODY: None}.get(claimed_by or "", claimed_by),
        is_claimed=False if claimed_by == NOBODY else None,
        due_from=due_from,
        due_before=due_before,
    )


def _order(work: Work, ident: str | None) -> str | None:
    """Return the id of the order that is named by id or key; that of none where there is none."""
    if ident is None:
        return None
    for kind in (ProductOrder, ServiceOrder, ResourceOrder):
        found = work.get(kind, ident)
        if found is not None:
            return found.id
    return NO_ORDER


def _moment(req: falcon.Request, name: str) -> datetime | None:
    text = req.get_param(name)
    try:
        return parse_instant(text) if text is not None else None
    except ValueError as error:
        raise Invalid.of([Fault(name, "badValue", "takes a date or date-time")]) from error


def _must_be_there(work: Work, after: str | None) -> None:
    """Refuse a cursor that leads nowhere, since no page would follow it."""
    if after is not None and not (UUID.match(after) and plan_store.root_of(work, after)):
        raise Invalid.of([Fault("after", "badCursor", "is not from a next Link; begin anew")])


def _shown(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment is not None else None


def _complete(work: Work, ident: str, sent: dict[str, Json]) -> PlanItem:
    return complete_task(
        work,
        ident,
        characteristics=characteristics_of(sent, is_required=False),
        evidence=text_of(sent, "evidence") if "evidence" in sent else None,
    )


def _set_due(work: Work, ident: str, sent: dict[str, Json]) -> PlanItem:
    due = sent.get("dueAt")
    try:
        moment = None if due is None else parse_instant(str(due))
    except ValueError as error:
        raise Invalid.of([Fault("dueAt", "badValue", "takes a date-time or null")]) from error
    return set_task_due(work, ident, due=moment)


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of manual tasks."""
    app.add_route(f"{ORDERING.base}/task", Tasks(services, doorman))
    acts: dict[str, Act] = {
        "claim": lambda work, ident, _: claim_task(work, ident),
        "assign": lambda work, ident, sent: assign_task(work, ident, login=text_of(sent, "login")),
        "release": lambda work, ident, _: release_task(work, ident),
        "due": _set_due,
        "complete": _complete,
    }
    for name, act in acts.items():
        verb = TaskVerb(services, doorman, act)
        app.add_route(f"{ORDERING.base}/task/{{ident}}/{name}", verb)
