"""Manual tasks: steps of orders that wait for people, and the report that they are done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, get_args

import falcon

from trunkline.documents.errors import Conflict, Invalid, Refusal
from trunkline.documents.shape import parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import (
    OpenTask,
    TaskFilter,
    TaskSort,
    asked_of,
    claim_task,
    complete_task,
    open_task_roles,
    open_tasks,
    release_task,
    task_of,
)
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, local_address
from trunkline.web.fallout_source import customer_of
from trunkline.web.forms import Form
from trunkline.web.navigation import COMPLETE_TASK, TASKS_SEEN_BY, may_see
from trunkline.web.plan import linked
from trunkline.web.records import Mention, matching, mentions_of
from trunkline.web.task_form import NOTHING, Typed, form_of, values_typed
from trunkline.web.values import instant, state
from trunkline.web.wording import words

ROWS_MAX = 100
SORTS: tuple[TaskSort, ...] = get_args(TaskSort)
WHOSE = ("mine", "nobody")
VERBS = ("claim", "release", "complete")
DONE = {"claim": "claimed", "release": "released", "complete": "tasks"}
ROOTS = ("ProductOrder", "ServiceOrder", "ResourceOrder")
PARTIES = ("Individual", "Organization")


class TaskPage:
    """`/tasks`, what waits for people, and `/tasks/{ident}`, one of them with its report."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what waits."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take on or give back all that are chosen, or report them as done with one note."""
        self._desk.act(req, resp, self._act_on_many)

    def on_get_task(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one task."""
        self._desk.answer(req, resp, partial(self._view_one, ident=ident))

    def on_post_task(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take one task on, give it back, or report it as done."""
        self._desk.act(req, resp, partial(self._act_on_one, ident=ident))

    def _must_see(self, visit: Visit) -> None:
        """Refuse (403) who neither reports tasks nor reads all orders."""
        if not may_see(self._desk.services.registry, visit.actor, *TASKS_SEEN_BY):
            visit.actor.must_have(COMPLETE_TASK)

    # --- many ----------------------------------------------------------------------------------

    def _view(
        self,
        visit: Visit,
        problems: Sequence[tuple[str, str]] = (),
        note: str = "",
        chosen: Sequence[str] = (),
    ) -> Answer:
        self._must_see(visit)
        role = visit.req.get_param("role", default=None)
        asked = visit.req.get_param("sort") or "due"
        sort: TaskSort = next((one for one in SORTS if one == asked), "due")
        whose = visit.req.get_param("whose") or ""
        with self._desk.work(visit) as work:
            wanted = TaskFilter(
                role=role,
                claimed_by=visit.actor.id if whose == "mine" else None,
                is_claimed=False if whose == "nobody" else None,
            )
            found = open_tasks(work, limit=ROWS_MAX + 1, wanted=wanted, sort=sort)
            roles = open_task_roles(work)
            rows = [
                row | {"chosen": row["id"] in chosen}
                for row in rows_of(self._desk, work, found[:ROWS_MAX])
            ]
        names = {row["id"]: row["task"] for row in rows}
        values = {
            "rows": rows,
            "more": len(found) > ROWS_MAX,
            "role": role,
            "roles": [{"role": one, "count": count} for one, count in roles.items()],
            "sort": sort,
            "whose": whose if whose in WHOSE else "",
            "may_complete": may_complete(visit.actor),
            "problems": [
                {"title": names.get(one, "Not done"), "message": message}
                for one, message in problems
            ],
            "note": note,
        }
        return Shown("tasks.html", values, 409 if problems else 200)

    def _act_on_many(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must_have(COMPLETE_TASK)
        verb, note = _verb(form), form.text("note")
        chosen = list(dict.fromkeys(form.all("chosen")))[:ROWS_MAX]
        if not chosen:
            return self._view(visit, [("", "Choose at least one task first.")], note)
        if verb == "complete" and not note:
            return self._view(
                visit, [("", "Say how it was done, in the field above the list.")], note, chosen
            )
        done, problems = 0, []
        for ident in chosen:
            try:
                with self._desk.work(visit) as work:
                    _act(work, verb, ident, note)
                done += 1
            except Refusal as error:
                problems.append((ident, "; ".join(_messages(error))))
        if problems:
            return self._view(visit, problems, note, [one for one, _ in problems])
        return Moved(f"/tasks?done={DONE[verb]}-{done}")

    # --- one -----------------------------------------------------------------------------------

    def _view_one(
        self,
        visit: Visit,
        *,
        ident: str,
        back: str = "",
        typed: Typed = NOTHING,
        status: int = 200,
    ) -> Answer:
        self._must_see(visit)
        with self._desk.work(visit) as work:
            task = task_of(work, ident)
            may = may_complete(visit.actor) and task.state == "ready"
            values = {
                "task": task.title or task.name,
                "name": task.name,
                "state": state(task.state),
                "role": words(task.role) if task.role else "",
                "due": due_of(self._desk, work, task.due_at),
                "started": instant(task.started_at, self._desk.zone),
                "ended": instant(task.ended_at, self._desk.zone),
                "item": task.item_id or "",
                "id": task.id,
                "order": _root(self._desk, work, task),
                "customer": _customers(work, [task.root]).get(task.root, ""),
                "records": self._records(work, task),
                "held": _held(task) if _sees_personal(visit.actor) else [],
                "form": form_of(work, task, back=back, typed=typed) if may else None,
                "problem": typed.problems.get("task", ""),
                "claim": _claim(self._desk, visit, task),
                "report": _report(task) if _sees_personal(visit.actor) else None,
            }
        return Shown("task.html", values, status)

    def _records(self, work: Work, task: PlanItem) -> list[Mention]:
        idents = {name: [ident] for name, ident in linked(task).items()} | _place(task)
        found = mentions_of(work, self._desk.addresses, idents)
        return list(found.values())

    def _act_on_one(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        visit.actor.must_have(COMPLETE_TASK)
        verb = _verb(form)
        if verb == "complete":
            return self._complete(visit, form, ident=ident)
        try:
            with self._desk.work(visit) as work:
                _act(work, verb, ident, "")
        except Conflict as error:
            typed = Typed(problems={"task": error.message})
            return self._view_one(visit, ident=ident, typed=typed, status=error.status)
        return Moved(f"/tasks/{ident}")

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
            typed = Typed(pairs, form.text("note"), _at_fields(error, list(pairs)))
            return self._view_one(visit, ident=ident, back=back, typed=typed, status=error.status)
        return Moved(f"{back or '/tasks'}?done=tasks-1")


def may_complete(actor: Actor) -> bool:
    """Tell whether an actor may report tasks as done, of all orders or of those in reach."""
    return actor.may(COMPLETE_TASK) is not None


def _verb(form: Form) -> str:
    """Return what is to be done; a form without a word reports."""
    verb = form.text("verb") or "complete"
    if verb not in VERBS:
        raise Invalid("badVerb", f"choose one of {', '.join(VERBS)}")
    return verb


def _act(work: Work, verb: str, ident: str, note: str) -> None:
    if verb == "claim":
        claim_task(work, ident)
    elif verb == "release":
        release_task(work, ident)
    else:
        complete_task(work, ident, characteristics={}, evidence=note)


def rows_of(desk: Desk, work: Work, tasks: Sequence[OpenTask]) -> list[dict[str, Any]]:
    """Return tasks as rows: what is to be done, by whom, until when, in which order."""
    idents: dict[str, set[str]] = {}
    for one in tasks:
        idents.setdefault(one.root_kind, set()).add(one.root)
        for name in PARTIES if one.owner else ():
            idents.setdefault(name, set()).add(one.owner or "")
    mentions = mentions_of(work, desk.addresses, idents)
    customers = _customers(work, {one.root for one in tasks})
    return [
        {
            "id": one.id,
            "address": f"/tasks/{one.id}",
            "task": one.title or one.name,
            "name": one.name,
            "item": one.item_id or "",
            "role": words(one.role) if one.role else "",
            "order": mentions.get(one.root),
            "customer": customers.get(one.root) or _label(mentions.get(one.owner or "")),
            "started": instant(one.started_at, desk.zone),
            "due": due_of(desk, work, one.due_at),
            "claimed_by": one.claimed_by_name or "",
            "is_mine": one.claimed_by == work.actor.id,
        }
        for one in tasks
    ]


def _customers(work: Work, orders: Collection[str]) -> dict[str, str]:
    """Return the names of the customers of product orders that the visitor may see, by order."""
    if not orders:
        return {}
    found = matching(work, ProductOrder.resource, {"id": orders}, limit=len(orders))
    return {one.id: customer_of(one) for one in found.records} if found is not None else {}


def _label(mention: Mention | None) -> str:
    return mention.label if mention is not None else ""


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


def _at_fields(error: Refusal, names: Sequence[str]) -> dict[str, str]:
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
