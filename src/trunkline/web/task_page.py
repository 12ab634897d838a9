"""One manual task: what is to be done in which order, who has it, and the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import falcon

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import parse_instant
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import (
    SPECIFICATIONS,
    asked_of,
    complete_task,
    task_of,
)
from trunkline.ordering.own_task import must_be_own, must_do_tasks, shown_only
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, local_address
from trunkline.web.forms import Form
from trunkline.web.navigation import COMPLETE_TASK
from trunkline.web.orders.plan import linked
from trunkline.web.records import Branch, Mention, documents_and, mentions_of
from trunkline.web.shell.contact_data import contact_data_of
from trunkline.web.task_form import NOTHING, Typed, form_of, values_typed
from trunkline.web.values import instant, state
from trunkline.web.wording import words
from trunkline.web.worklist.shown import done_words
from trunkline.web.worklist.task_queue import DEEDS, customers_of, may_complete, must_see_tasks

__all__ = ["COMPLETE_TASK", "TaskPage", "at_fields", "may_complete", "task_peek"]

FRONT = ("claim", "assign", "due")
Do: TypeAlias = Callable[..., Answer]
ROOTS = ("ProductOrder", "ServiceOrder", "ResourceOrder")


class TaskPage:
    """`/tasks/{ident}`: one manual task with its report.

    Whatever else is done about it is done by its worklist: `act` does that to one.
    """

    needs = "ordering:completeTask ordering:completeOwnTask"

    def __init__(self, desk: Desk, act: Do) -> None:
        self._desk = desk
        self._act = act

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the task."""
        self._desk.answer(req, resp, partial(self._view_one, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take the task on, give it back, or report it as done."""
        self._desk.act(req, resp, partial(self._act_on_one, ident=ident))

    def _view_one(
        self, visit: Visit, *, ident: str, back: str = "", typed: Typed = NOTHING, status: int = 200
    ) -> Answer:
        must_see_tasks(self._desk, visit.actor)
        with self._desk.work(visit) as work:
            values = task_values(self._desk, visit, work, ident, back=back, typed=typed)
        values["done_words"] = done_words(DEEDS, visit.req.get_param("done") or "")
        if values["order"] is not None:
            values["contact_data"] = contact_data_of(
                self._desk.services.registry, self._desk.addresses, visit.actor,
                values["order"].address, visit.req.get_param,
            )  # fmt: skip
        return Shown("task.html", values, status)

    def _act_on_one(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        must_do_tasks(visit.actor)
        if form.text("verb") in {"", "complete"}:
            return self._complete(visit, form, ident=ident)
        return self._act(visit, form, ident=ident)

    def _complete(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        back = form.text("back") and local_address(form.text("back"))
        pairs = form.pairs("name", "value")
        try:
            with self._desk.work(visit) as work:
                asked = asked_of(work, task_of(work, ident))
                complete_task(
                    work,
                    ident,
                    characteristics=values_typed(form, asked),
                    evidence=form.text("note") or None,
                )
        except Refusal as error:
            if error.status not in {400, 409}:
                raise
            typed = Typed(pairs, form.text("note"), at_fields(error, list(pairs)))
            return self._view_one(visit, ident=ident, back=back, typed=typed, status=error.status)
        return Moved(f"{back}?done=tasks-1" if back not in {"", "/tasks"}
                     else "/tasks?done=complete-1")  # fmt: skip


def task_values(
    desk: Desk, visit: Visit, work: Work, ident: str, *, back: str = "", typed: Typed = NOTHING
) -> dict[str, Any]:
    """Return what the page of a task and its pane show."""
    task = task_of(work, ident)
    if shown_only(work) is not None:
        must_be_own(work, task)
    records = _records(work, task)
    asks = may_complete(visit.actor) and task.state == "ready"
    sees = _sees_personal(visit.actor)
    return {
        "task": task.title or task.name,
        "name": task.name,
        "state": state(task.state),
        "role": words(task.role) if task.role else "",
        "due": due_of(desk, work, task.due_at),
        "started": instant(task.started_at, desk.zone),
        "ended": instant(task.ended_at, desk.zone),
        "item": task.item_id or "",
        "id": task.id,
        "order": _root(desk, work, task),
        "customer_name": customers_of(work, [task.root]).get(task.root, ""),
        "records": list(mentions_of(work, desk.addresses, records).values()),
        "held": _held(task) if sees else [],
        "form": form_of(work, task, back=back, typed=typed) if asks else None,
        "problem": typed.problems.get("task", ""),
        "claim": _claim(desk, visit, task),
        "report": _report(task) if sees else None,
    }


def task_peek(desk: Desk, visit: Visit, work: Work, ident: str) -> dict[str, Any]:
    """Return what the pane of a task beside its queue shows."""
    values = task_values(desk, visit, work, ident, back="/tasks")
    asked, claim = values["form"] is not None, values["claim"]
    held = {"claim": claim is None, "release": claim is not None, "complete": False}
    return values | {
        "deeds": [one for one in DEEDS if asked and held.get(one.name, True)],
        "front": FRONT,
        "self_address": f"/tasks/{ident}",
        "key": values["order"].key if values["order"] is not None else "",
    }


def _records(work: Work, task: PlanItem) -> dict[str, list[str]]:
    """Return the ids of the records that a task is about, by the names of their kinds.

    They are read at once, with the order and with what says what the report asks for.
    """
    idents = {name: [ident] for name, ident in linked(task).items()} | _place(task)
    orders = [one for one in (task.service_order, task.resource_order) if one is not None]
    read = {name: [*idents.get(name, ()), task.root] for name in ROOTS} | {
        name: some for name, some in idents.items() if name not in ROOTS
    }
    specification = SPECIFICATIONS.get(task.layer)
    if specification is not None and task.specification:
        read.setdefault(specification.resource.name, []).append(task.specification)
    may_visit = work.actor.grant(WorkOrder.resource, "read") is not None
    _, visits = documents_and(work, read, [_visits(orders)] if may_visit else [])
    return idents | {"WorkOrder": [one.id for one in visits]}


def _visits(orders: Sequence[str]) -> Branch:
    """Return the work orders that name some orders."""
    return Branch(
        WorkOrder.resource,
        "t.id in (select f.source from fieldwork_reference f where f.type = 'WorkOrder' "
        "and f.target = any(%s::uuid[]))",
        [array_of(orders)],
    )


def due_of(desk: Desk, work: Work, moment: Any) -> dict[str, Any]:
    """Return when a task is due as a cell, and whether it is late."""
    return {"cell": instant(moment, desk.zone), "late": moment is not None and moment < work.now}


def _root(desk: Desk, work: Work, task: PlanItem) -> Mention | None:
    found = mentions_of(work, desk.addresses, {name: [task.root] for name in ROOTS})
    return found.get(task.root)


def _place(task: PlanItem) -> dict[str, list[str]]:
    """Return the id of the place where a task is to be done, by the name of its resource."""
    place = task.place if isinstance(task.place, dict) else {}
    kind, ident = place.get("@referredType"), place.get("id")
    return {kind: [ident]} if isinstance(kind, str) and isinstance(ident, str) else {}


def _held(task: PlanItem) -> list[dict[str, str]]:
    held = task.characteristic if isinstance(task.characteristic, dict) else {}
    return [{"label": words(name), "value": str(value)} for name, value in held.items()]


def _claim(desk: Desk, visit: Visit, task: PlanItem) -> dict[str, Any] | None:
    """Return who has a task and since when, None where nobody does."""
    if task.claim is None:
        return None
    return {
        "by": task.claim["name"],
        "is_mine": task.claim["id"] == visit.actor.id,
        "at": instant(parse_instant(task.claim["at"]), desk.zone),
    }


def _report(task: PlanItem) -> dict[str, Any] | None:
    """Return what was reported of a task that is done."""
    answer = task.answer
    if not isinstance(answer, dict):
        return None
    held = answer.get("characteristic")
    values = held if isinstance(held, dict) else {}
    return {
        "by": str(answer.get("by") or ""),
        "evidence": str(answer.get("evidence") or ""),
        "values": [{"label": words(name), "value": str(one)} for name, one in values.items()],
    }


def _sees_personal(actor: Actor) -> bool:
    """Tell whether an actor is shown a task's values: who reports it, and who may see such."""
    grant = actor.grant(ProductOrder.resource, "read")
    return may_complete(actor) or (grant is not None and "personal" in grant.sees)


def _messages(error: Refusal) -> list[str]:
    return [one.message for one in error.faults] or [error.message]


def at_fields(error: Refusal, names: Sequence[str]) -> dict[str, str]:
    """Return what is wrong by field: a name of a value, "" for the note, "task" for the whole."""
    if not error.faults:
        return {"" if error.code == "resultMissing" else "task": error.message}
    found: dict[str, str] = {}
    for one in error.faults:
        path = one.path.removeprefix("characteristic.")
        within = (each for each in names if (path + ".").startswith((each + ".", each + "[")))
        name = next(within, "task")
        found[name] = f"{found[name]} {one.message}" if name in found else one.message
    return found
