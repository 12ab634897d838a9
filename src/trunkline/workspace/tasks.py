"""Tasks: what somebody has to do by a day, about a record or by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.documents.shape import Json
from trunkline.identity.accounts import normal_login
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.workspace.about import (
    OWNED,
    About,
    is_staff,
    must_be_staff,
    must_reach,
    not_there,
    reaches,
    row_of,
)
from trunkline.workspace.notes import Told
from trunkline.workspace.notifications import notice_of
from trunkline.workspace.sealed_words import opened, rows_about, sealer_for

TITLE_MAX = 300
ME = "me"
COLUMNS = (
    "t.id::text, t.type, t.record::text, t.key, t.owner::text, t.at, t.author::text, "
    "t.author_name, t.assignee::text, t.assignee_name, t.said, t.due, t.done_at, t.done_by_name"
)


@dataclass(frozen=True)
class Task:
    """Something to do; `title` is None where it may not be read (any more).

    `type`, `record` and `key` name the record that it is about, if there is one.
    """

    id: str
    type: str | None
    record: str | None
    key: str | None
    at: datetime
    author: str
    author_name: str
    assignee: str
    assignee_name: str
    title: str | None
    due: date | None
    done_at: datetime | None
    done_by_name: str | None

    def is_overdue(self, today: date) -> bool:
        """Tell whether the day by which it had to be done is over."""
        return self.done_at is None and self.due is not None and self.due < today


@dataclass(frozen=True)
class TaskText:
    """What is said of a task; `assignee` is a login, or `me`."""

    title: str
    due: date | None = None
    assignee: str = ME


def tasks_about(
    work: Work, one: About, *, before: str | None = None, limit: int = 50
) -> Sequence[Task]:
    """Return the tasks about a record, newest first; `before` is the id to go on from."""
    rows = rows_about(work, "staff_task", COLUMNS, one, before=before, limit=limit)
    return [_task(work, row) for row in rows]


MINE = {
    "open": "t.assignee = %(person)s and t.done_at is null and (%(before)s::uuid is null or "
    "(coalesce(t.due, 'infinity'), t.id) > (select coalesce(due, 'infinity'), id from staff_task "
    "where id = %(before)s::uuid)) order by coalesce(t.due, 'infinity'), t.id",
    "done": "t.assignee = %(person)s and t.done_at is not null and (%(before)s::uuid is null or "
    "(t.done_at, t.id) < (select done_at, id from staff_task where id = %(before)s::uuid)) "
    "order by t.done_at desc, t.id desc",
    "given": "t.author = %(person)s and t.assignee <> %(person)s and (%(before)s::uuid is null "
    "or t.id < %(before)s::uuid) order by t.id desc",
}
"""The lists of one person: what is to be done, soonest due first; what is done; what others do."""


def own_tasks(
    work: Work, which: str = "open", *, before: str | None = None, limit: int = 50
) -> Sequence[Task]:
    """Return tasks of the one who asks; `before` is the id of the last one to go on from.

    Of one about a record that is out of reach (by now) no title is told.
    """
    must_be_staff(work.actor)
    rows = work.connection.execute(
        f"select {COLUMNS}, {OWNED} from staff_task t "  # noqa: S608
        f"left join record r on r.id = t.record where {MINE[which]} limit %(limit)s",
        {"person": work.actor.id, "before": before, "limit": limit},
    ).fetchall()
    return [_task(work, row[:14], is_hidden=not _may_see(work, row)) for row in rows]


def tasks_with_ids(work: Work, idents: Sequence[str]) -> Sequence[Task]:
    """Return the tasks with these ids that the one who asks has made or has to do."""
    must_be_staff(work.actor)
    rows = work.connection.execute(
        f"select {COLUMNS}, {OWNED} from staff_task t "  # noqa: S608
        "left join record r on r.id = t.record where t.id = any(%(ids)s::uuid[]) "
        "and (t.assignee = %(person)s or t.author = %(person)s)",
        {"ids": list(idents), "person": work.actor.id},
    ).fetchall()
    return [_task(work, row[:14], is_hidden=not _may_see(work, row)) for row in rows]


def _may_see(work: Work, row: Sequence[Any]) -> bool:
    _, kind, record, key, *_ = row
    if kind is None:
        return True
    resource = work.services.registry.resources.get(kind)
    return resource is not None and reaches(work.actor, About(resource, record, key, *row[14:17]))


def add_task(work: Work, one: About | None, said: TaskText) -> tuple[Task, Told | None]:
    """Make a task, about a record or by itself; returns it and whom to tell of it.

    Refuses (400) an assignee who could not read it.
    """
    must_be_staff(work.actor)
    title = _title(said.title)
    assignee = _assignee(work, one, said.assignee)
    ident, owner = work.services.chance.uuid(), _seals_for(one, work.actor)
    keys = sealer_for(work, owner)
    kind, record, key = (one.resource.name, one.id, one.key) if one else (None, None, None)
    work.connection.execute(
        "insert into staff_task (id, type, record, key, owner, at, author, author_name, assignee, "
        "assignee_name, said, due) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [ident, kind, record, key, owner, work.now, work.actor.id, work.actor.name, assignee.id,
         assignee.name, keys.seal(owner, f"task|{ident}", title.encode()), said.due],
    )  # fmt: skip
    task = Task(
        ident, kind, record, key, work.now, work.actor.id, work.actor.name, assignee.id,
        assignee.name, title, said.due, None, None,
    )  # fmt: skip
    return task, _told(work, task, one)


def change_task(work: Work, ident: str, patch: dict[str, Json]) -> tuple[Task, Told | None]:
    """Change a task: `title`, `due` (a date or None), `assignee` (a login), `done`.

    Returns it and whom to tell of it: who has to do it now.
    """
    row, one = _reached(work, ident)
    former = _task(work, row)
    title = _title(patch["title"]) if "title" in patch else (former.title or "")
    assignee = (former.assignee, former.assignee_name)
    if "assignee" in patch:
        chosen = _assignee(work, one, patch["assignee"])
        assignee = (chosen.id, chosen.name)
    done = patch.get("done", former.done_at is not None)
    done_at = (former.done_at or work.now) if done else None
    done_by = (former.done_by_name or work.actor.name) if done else None
    due, owner = patch.get("due", former.due), row[4]
    keys = sealer_for(work, owner)
    work.connection.execute(
        "update staff_task set said = %s, due = %s, assignee = %s, assignee_name = %s, "
        "done_at = %s, done_by_name = %s where id = %s",
        [keys.seal(owner, f"task|{ident}", title.encode()), due, *assignee, done_at, done_by,
         ident],
    )  # fmt: skip
    task = Task(
        ident, former.type, former.record, former.key, former.at, former.author,
        former.author_name, *assignee, title, due, done_at, done_by,
    )  # fmt: skip
    return task, _told(work, task, one) if assignee[0] != former.assignee else None


def give_open_tasks(work: Work, one: About, person: Actor) -> int:
    """Give what is still to be done about a record to somebody; return how many tasks that were.

    Refuses (400) somebody who could not read them.
    """
    if not reaches(person, one, work.connection):
        message = f"{person.name} may not read tasks about {one.words}; choose somebody who may"
        raise Invalid.of([Fault("moveTasks", "badAssignee", message)])
    return int(
        work.connection.execute(
            "update staff_task set assignee = %s, assignee_name = %s "
            "where record = %s and done_at is null and assignee <> %s",
            [person.id, person.name, one.id, person.id],
        ).rowcount
    )


def task_of(work: Work, ident: str) -> Task:
    """Return a task within reach, or refuse with 404."""
    return _task(work, _reached(work, ident)[0])


def remove_task(work: Work, ident: str) -> Task:
    """Remove a task that the one who asks has made, and return what it was."""
    row, _ = _reached(work, ident)
    task = _task(work, row)
    if task.author != work.actor.id:
        message = f"a task is removed by who made it: {task.author_name}; report it as done instead"
        raise Forbidden("notYours", message)
    work.connection.execute("delete from staff_task where id = %s", [ident])
    return task


def _reached(work: Work, ident: str) -> tuple[Sequence[Any], About | None]:
    """Return the row of a task, locked, and its record; 404 for what is out of reach."""
    must_be_staff(work.actor)
    sql = f"select {COLUMNS} from staff_task t where t.id = %s for update of t"  # noqa: S608
    row = row_of(work, sql, "task", ident)
    if row[1] is not None:
        return row, must_reach(work, "task", row[1], row[2])
    if work.actor.id not in {row[6], row[8]}:
        raise not_there("task")
    return row, None


def _seals_for(one: About | None, actor: Actor) -> str | None:
    """Return whose key seals a task: the record's owner's; a free one is its author's."""
    return one.owner if one is not None else actor.id


def _title(title: Json) -> str:
    said = " ".join(title.split()) if isinstance(title, str) else ""
    if not said:
        raise Invalid.of([Fault("title", "required", "say what is to be done")])
    if len(said) > TITLE_MAX or "\0" in said:
        raise Invalid.of([Fault("title", "tooLong", f"may have {TITLE_MAX} characters")])
    return said


def _assignee(work: Work, one: About | None, login: Json) -> Actor:
    """Return the person who is to do a task; refuses one who could not read it."""
    if login in {ME, "", None}:
        return work.actor
    services = work.services
    with services.database.app.connection() as connection:
        row = connection.execute(
            "select u.principal::text from user_account u join principal p on p.id = u.principal "
            "where p.active and u.login = %s",
            [normal_login(str(login))],
        ).fetchone()
        now = services.machine_now()
        found = read_actor(connection, principal=row[0], now=now) if row else None
        may = found is not None and (
            reaches(found, one, connection) if one is not None else is_staff(found)
        )
    if found is None or not may:
        what = f"access to {one.words}" if one is not None else "tasks"
        message = f"nobody with {what} has the login {login}"
        raise Invalid.of([Fault("assignee", "badAssignee", message)])
    return found


def _told(work: Work, task: Task, one: About | None) -> Told | None:
    if task.assignee == work.actor.id:
        return None
    said: dict[str, Json] = {"who": work.actor.name} | ({"what": one.told} if one else {})
    notice = notice_of(
        "task", "taskAboutGiven" if one else "taskGiven", said, f"/my-tasks#task-{task.id}",
        record=(one.resource.name, one.id) if one is not None else None,
    )  # fmt: skip
    return Told([task.assignee], notice)


def _task(work: Work, row: Sequence[Any], *, is_hidden: bool = False) -> Task:
    ident, kind, record, key, owner, at, author, author_name, who, name, said = row[:11]
    due, done_at, done_by = row[11:14]
    title = None if is_hidden else opened(work, owner, f"task|{ident}", said)
    return Task(
        ident, kind, record, key, at, author, author_name, who, name, title, due, done_at, done_by
    )
