"""Manual tasks: steps that a person carries out and reports as done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trunkline.documents.errors import Conflict, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.progress import go_on


def complete_task(
    work: Work, task: str, *, characteristics: Mapping[str, Json], evidence: str | None
) -> PlanItem:
    """Report a manual task as done, with the values that it brought and how it can be seen.

    Refuses a task that nobody is asked for (409), and a report without a result or evidence (400).
    """
    root = plan_store.root_of(work, task) if UUID.match(task) else None
    plan = plan_store.locked(work, root) if root is not None else None
    item = plan.items.get(task) if plan is not None else None
    if plan is None or item is None or item.kind != "manual":
        raise NotFound("notFound", f"there is no task {task}")
    if item.state == "completed":
        return item  # reported twice
    if item.state != "ready":
        raise Conflict("conflictTaskState", f"{item.name} is {item.state}; nobody is asked for it")
    if not characteristics and not evidence:
        raise Invalid("resultMissing", "say by `characteristic` or `evidence` what was done")
    answer: dict[str, Json] = {
        "kind": "done",
        "by": work.actor.name,
        "at": format_instant(work.now),
        "characteristic": dict(characteristics),
    }
    if evidence:
        answer["evidence"] = evidence
    plan.put(replace(item, state="completed", answer=answer, ended_at=work.now))
    go_on(work, plan, Edits(work))
    return plan.items[task]
