"""Tasks that follow a change of state: a rule of the operator says which, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from trunkline.documents.shape import Json
from trunkline.governance.status_follow_up import FOLLOW_UP
from trunkline.governance.status_rules import InForce, Task, rules_of
from trunkline.identity.rights import read_actor
from trunkline.kernel.behaviour import handler
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.rest.origins import opened
from trunkline.workspace.about import About, reaches
from trunkline.workspace.notes import Told, pass_on
from trunkline.workspace.tasks import ME, TaskText, add_task
from trunkline.workspace.timer import leased

CANDIDATES_MAX = 50
HOLDERS = (
    "select u.login, u.principal::text from principal_role r "
    "join principal p on p.id = r.principal join user_account u on u.principal = p.id "
    "where r.role = %s and p.active "
    "and (r.ends_at is null or r.ends_at > %s) order by (select count(*) from staff_task t "
    "where t.assignee = p.id and t.done_at is null), u.login limit %s"
)


@dataclass(frozen=True)
class Moved:
    """A change of state as the audit has it: who made it, and the states before and after."""

    by: str
    name: str
    former: str | None
    state: str


@handler(FOLLOW_UP)
def follow_up(services: Services, row: Row) -> None:
    """Give the tasks that follow one change of state, once."""
    told: list[Told] = []
    with leased(services, row) as work:
        resource = services.registry[row.payload["type"]]
        record = work.get(resource.type, row.subject)
        moved = _moved(work, record, row.payload["version"]) if record is not None else None
        if record is not None and moved is not None:
            work.actor = replace(work.actor, id=moved.by, name=moved.name)
            told = [*_tasks(work, record, moved)]
        queue.finish(work.connection, row)
    for one in told:
        pass_on(services, one)


def _moved(work: Work, record: Document, version: int) -> Moved | None:
    """Return the change of state that a version of a record was."""
    lifecycle = record.resource.lifecycle
    row = work.connection.execute(
        "select id::text, actor::text, actor_name, owner::text, changes from audit "
        "where subject = %s and version = %s",
        [record.id, version],
    ).fetchone()
    if row is None or lifecycle is None:
        return None
    ident, actor, name, owner, sealed = row
    own = record.resource.type.attributes()
    path = own[lifecycle.internal or lifecycle.attribute].json_name
    for one in opened(work, ident, owner, sealed) or ():
        if one.path == path and isinstance(one.new, str):
            return Moved(actor, name, one.old if isinstance(one.old, str) else None, one.new)
    state = internal_state(record.resource, record.raw) if version == 1 else None
    return Moved(actor, name, None, state) if state is not None else None


def _tasks(work: Work, record: Document, moved: Moved) -> Iterator[Told]:
    resource, meta = record.resource, record.meta
    one = About(resource, meta.id, meta.key, meta.owner, meta.partner)
    for each, task in _asked(work, record, moved):
        due = work.now.date() + timedelta(task.due_days) if task.due_days is not None else None
        login = _holder(work, one, task.role)
        _, told = add_task(work, one, TaskText(task.title, due, login))
        if told is not None:
            yield replace(told, notice=replace(told.notice, once=f"{each.id} {meta.id}"))


def _asked(work: Work, record: Document, moved: Moved) -> Iterator[tuple[InForce, Task]]:
    before: dict[str, Json] = dict(record.raw)
    for one in rules_of(work, record.resource):
        if one.task is None or not one.covers(moved.former, moved.state):
            continue
        if one.concerns(record.raw, before if moved.former is not None else None):
            yield one, one.task


def _holder(work: Work, one: About, role: str) -> str:
    """Return who gets a task: of those who hold the role and may, the one with the fewest.

    Where nobody does, it is the one who moved the record.
    """
    now = work.services.machine_now()
    rows: list[Any] = work.connection.execute(HOLDERS, [role, now, CANDIDATES_MAX]).fetchall()
    for login, principal in rows:
        found = read_actor(work.connection, principal=principal, now=now)
        if found is not None and reaches(found, one, work.connection):
            return str(login)
    return ME
