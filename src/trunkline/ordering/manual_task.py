"""Manual tasks: steps that a person takes on, carries out and reports as done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from trunkline.catalog.characteristic import CharacteristicSpecificationBase
from trunkline.catalog.configuration import complete
from trunkline.catalog.entry import Specification
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.design.form import fields_of
from trunkline.ordering.edits import Edits
from trunkline.ordering.own_task import (
    AMONG,
    COMPLETE_TASK,
    Own,
    may_do_tasks,
    must_be_own,
    shown_only,
)
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.progress import go_on
from trunkline.screens.read_ahead import held
from trunkline.shared.characteristic import Characteristic
from trunkline.workspace.people import person_who

TaskSort: TypeAlias = Literal["due", "role", "order"]

SPECIFICATIONS: Mapping[str, type[Specification]] = {
    "product": ProductSpecification,
    "service": ServiceSpecification,
    "resource": ResourceSpecification,
}
WAITING = """
from plan_item p join record r on r.id = p.root
where p.kind = 'manual' and p.state = 'ready'
  and (%(role)s::text is null or coalesce(p.role, '') = %(role)s)
  and (%(order)s::uuid is null or p.root = %(order)s::uuid)
  and (%(claimed_by)s::text is null or p.claim ->> 'id' = %(claimed_by)s)
  and (%(is_claimed)s::boolean is null or (p.claim is not null) = %(is_claimed)s)
  and (%(due_from)s::timestamptz is null or p.due_at >= %(due_from)s)
  and (%(due_before)s::timestamptz is null or p.due_at < %(due_before)s)
"""
OPEN = f"""
select p.id::text, p.name, p.title, p.role, r.type, p.root::text, p.item_id, p.owner::text,
  p.started_at, p.due_at, p.claim ->> 'id', p.claim ->> 'name', (p.claim ->> 'at')::timestamptz
{WAITING}
  and (%(after)s::uuid is null or (coalesce(p.due_at, 'infinity'), p.id) > (
    select coalesce(a.due_at, 'infinity'), a.id from plan_item a where a.id = %(after)s::uuid))
{{own}}
order by case when %(sort)s = 'role' then p.role end nulls last,
  case when %(sort)s = 'order' then p.root end, coalesce(p.due_at, 'infinity'), p.id
limit %(limit)s
"""  # noqa: S608 - constant text
COUNT = f"select count(*) {WAITING} {{own}}"
ROLES = """
select coalesce(role, ''), count(*) from plan_item
where kind = 'manual' and state = 'ready' group by 1 order by 1
"""


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """Which tasks are meant; None where it does not matter.

    An empty `role` means the tasks that name none. `order` and `claimed_by` are ids, of the order
    and of who has the task. `due_from` and `due_before` leave out tasks without a due date.
    """

    role: str | None = None
    order: str | None = None
    claimed_by: str | None = None
    is_claimed: bool | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None


ALL = TaskFilter()


@dataclass(frozen=True)
class OpenTask:
    """A manual task that somebody is asked for; `root_kind` and `root` say in which order.

    `claimed_by` is the id of who has it, None where nobody does.
    """

    id: str
    name: str
    title: str | None
    role: str | None
    root_kind: str
    root: str
    item_id: str | None
    owner: str | None
    started_at: datetime | None
    due_at: datetime | None
    claimed_by: str | None
    claimed_by_name: str | None
    claimed_at: datetime | None


def open_tasks(
    work: Work,
    *,
    limit: int,
    wanted: TaskFilter = ALL,
    sort: TaskSort = "due",
    after: str | None = None,
) -> list[OpenTask]:
    """Return the tasks that wait for somebody, soonest due first unless sorted otherwise.

    Who has a narrow reach is given those of the orders that may be seen, who may only do own tasks
    those (see `own_task.py`). `after` is the last task
    of the page before, where they are sorted by due date.
    """
    own = shown_only(work)
    asked = asdict(wanted) | {"sort": sort, "limit": limit, "after": after} | _asked(own)
    rows = work.connection.execute(OPEN.format(own=AMONG if own else ""), asked).fetchall()
    return [OpenTask(*row) for row in rows]


def count_tasks(work: Work, wanted: TaskFilter = ALL) -> int:
    """Return how many tasks wait for somebody."""
    own = shown_only(work)
    sql = COUNT.format(own=AMONG if own else "")
    return int(work.connection.execute(sql, asdict(wanted) | _asked(own)).fetchone()[0])


def _asked(own: Own | None) -> dict[str, Any]:
    return own.asked() if own is not None else {}


def open_task_roles(work: Work) -> dict[str, int]:
    """Return how many tasks wait for each role; the empty one is for those that name none."""
    return dict(work.connection.execute(ROLES).fetchall())


def task_of(work: Work, ident: str) -> PlanItem:
    """Return a manual task in any state, or refuse with 404."""
    plan = plan_store.read_of(work, ident) if UUID.match(ident) else None
    return _manual(plan.items.get(ident) if plan is not None else None, ident)


def asked_of(work: Work, task: PlanItem) -> list[CharacteristicSpecificationBase]:
    """Return the characteristics that nobody gave a value yet, which the report may bring."""
    wants: Sequence[str] = task.wants or ()
    return [one for one in _characteristics(work, task) if one.name in wants]


def claim_task(work: Work, task: str) -> PlanItem:
    """Take a manual task on, so that others see who has it; claiming it again changes nothing.

    Refuses a task that nobody is asked for or that somebody else has (409).
    """
    plan, item = _ready(work, task)
    if item.claim is not None:
        if item.claim["id"] != work.actor.id:
            raise Conflict(
                "conflictTaskClaimed",
                f"{item.claim['name']} has {item.name}; it is to be released first",
            )
        return item
    return _kept(work, plan, replace(item, claim=_claim(work, work.actor)))


def assign_task(work: Work, task: str, *, login: str) -> PlanItem:
    """Give a manual task to somebody by login, whoever has it, so that it stands in their list.

    Refuses a task that nobody is asked for (409), and whoever may not report tasks (400).
    """
    work.actor.must_have(COMPLETE_TASK)
    plan, item = _ready(work, task)
    person = person_who(work, login, may_do_tasks)
    if person is None:
        message = "names nobody who may report tasks; name a login that may"
        raise Invalid.of([Fault("login", "notAssignable", message)])
    return _kept(work, plan, replace(item, claim=_claim(work, person)))


def release_task(work: Work, task: str) -> PlanItem:
    """Give a manual task back, whoever has it; one that nobody has stays as it is.

    Anybody who may report it may release it: who claimed it may have gone home. Refuses a task
    that nobody is asked for (409).
    """
    plan, item = _ready(work, task)
    return item if item.claim is None else _kept(work, plan, replace(item, claim=None))


def set_task_due(work: Work, task: str, *, due: datetime | None) -> PlanItem:
    """Say until when a manual task is to be done; None takes the moment away.

    Refuses a task that nobody is asked for (409).
    """
    work.actor.must_have(COMPLETE_TASK)
    plan, item = _ready(work, task)
    return item if item.due_at == due else _kept(work, plan, replace(item, due_at=due))


def complete_task(
    work: Work, task: str, *, characteristics: Mapping[str, Json], evidence: str | None
) -> PlanItem:
    """Report a manual task as done, with the values that it brought and how it can be seen.

    Whoever did it may say so, also where somebody else has claimed it. Refuses a task that nobody
    is asked for, or of which something else was reported (409), and a report without a result or
    evidence, or with values that its specification does not admit (400, at
    `characteristic.{name}`).
    """
    plan, item = _locked(work, task)
    if item.state == "completed" and _is_same_report(item, characteristics, evidence):
        return item  # reported twice
    _must_be_ready(item)
    if not characteristics and _is_blank(evidence):
        raise Invalid("resultMissing", "say by `characteristic` or `evidence` what was done")
    refuse(list(report_faults(work, item, characteristics)))
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


def _locked(work: Work, task: str) -> tuple[Plan, PlanItem]:
    """Return a task in its plan, with the order's lock held."""
    found = plan_store.at_step(work, task) if UUID.match(task) else None
    item = _manual(found[1] if found is not None else None, task)
    assert found is not None
    must_be_own(work, item)
    return found[0], item


def _ready(work: Work, task: str) -> tuple[Plan, PlanItem]:
    plan, item = _locked(work, task)
    _must_be_ready(item)
    return plan, item


def _claim(work: Work, by: Actor) -> dict[str, Json]:
    return {"id": by.id, "name": by.name, "at": format_instant(work.now)}


def _must_be_ready(item: PlanItem) -> None:
    if item.hold is not None:
        message = f"{item.name} is on hold: {item.hold['reason']}; it is to be released first"
        raise Conflict("conflictOnHold", message)
    if item.state != "ready":
        raise Conflict("conflictTaskState", f"{item.name} is {item.state}; nobody is asked for it")


def _kept(work: Work, plan: Plan, item: PlanItem) -> PlanItem:
    plan.put(item)
    plan_store.write(work, plan)
    return item


def _manual(item: PlanItem | None, ident: str) -> PlanItem:
    if item is None or item.kind != "manual":
        raise NotFound("notFound", f"there is no task {ident}")
    return item


def report_faults(work: Work, item: PlanItem, values: Mapping[str, Json]) -> Iterator[Fault]:
    """Yield what the specification does not admit; names that it does not have are free.

    What it requires and nobody gave before is to be brought by the report.
    """
    wants: Sequence[str] = item.wants or () if item.direction == "do" else ()
    for one in _characteristics(work, item):
        name = one.name or ""
        if name not in values and name not in wants:
            continue
        is_given = name in values and not (one.min_cardinality and _is_blank(values[name]))
        given = [Characteristic(name=name, value=values[name])] if is_given else []
        path = f"characteristic.{name}"
        for fault in complete([one], (), given, path=path)[1]:
            yield replace(fault, path=fault.path.replace("[0].value", "", 1).removesuffix("[0]"))


def _is_blank(value: Json) -> bool:
    """Tell whether a value says nothing, so that what is required is still missing."""
    return value in (None, []) or (isinstance(value, str) and not value.strip())


def _is_same_report(
    item: PlanItem, characteristics: Mapping[str, Json], evidence: str | None
) -> bool:
    """Tell whether a report says of a finished task what was said of it before."""
    said = item.answer if isinstance(item.answer, dict) else {}
    return (said.get("characteristic") or {}, said.get("evidence") or "") == (
        dict(characteristics), evidence or "",
    )  # fmt: skip


def _characteristics(work: Work, item: PlanItem) -> Sequence[CharacteristicSpecificationBase]:
    if item.design is not None:
        return fields_of(item.design["item"].get("form") or ())
    kind = SPECIFICATIONS.get(item.layer)
    found = held(work, kind, item.specification) if kind and item.specification else None
    return found.characteristics if found is not None else ()
