"""The visitor's own tasks as a worklist: what is to be done by when, given to others, and done."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.pages.language import say
from trunkline.web.desk import Desk
from trunkline.web.values import EMPTY, Cell
from trunkline.web.worklist.worklist import (
    Deed,
    Found,
    Grouping,
    Look,
    Row,
    Said,
    Seen,
    Source,
    Tab,
    Worklist,
)
from trunkline.workspace.about import is_staff, must_be_staff
from trunkline.workspace.notes import Told
from trunkline.workspace.tasks import Task, change_task, remove_task, tasks_with_ids

ADDRESS = "/my-tasks"
TABS: tuple[Tab, ...] = ("open", "overdue", "given", "done")
COLUMNS = {
    "when": "case when t.done_at is not null then 'Done' when t.due is null then "
    "'Without a day' when t.due < {today} then 'Overdue' when t.due = {today} then 'Today' "
    "else 'Later' end",
    "by": "t.author_name",
    "for": "t.assignee_name",
}
SEEN = """
select t.id::text as id, t.at as since, t.due::timestamp as due, t.assignee_name as owner_name,
  coalesce(t.done_at is null and t.due < {today}, false) as in_late,
  t.done_at is null and t.assignee = {me} as in_open,
  coalesce(t.done_at is null and t.assignee = {me} and t.due < {today}, false) as in_overdue,
  t.author = {me} and t.assignee <> {me} as in_given,
  t.done_at is not null and t.assignee = {me} as in_done,
  {value} as g0
from staff_task t where t.assignee = {me} or t.author = {me}
"""
PLACE = re.compile(r"\{(today|me)\}")


class OwnTaskSource(Source):
    """The tasks that somebody has to do, has done or has given to others."""

    def seen(self, desk: Desk, work: Work, look: Look) -> Seen:
        """Return the visitor's tasks; a day is over where the visitor is."""
        path = look.grouping.paths[0] if look.grouping is not None else "when"
        values = {"today": work.now.astimezone(desk.zone).date(), "me": work.actor.id}
        text = SEEN.replace("{value}", COLUMNS[path])
        found = [values[one] for one in PLACE.findall(text)]
        return Seen(Sql(PLACE.sub("%s", text), found), TABS, soonest_first=True)

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the tasks as rows."""
        by_id = {one.id: one for one in tasks_with_ids(work, [one.id for one in found])}
        return [_row(desk, work, by_id[one.id]) for one in found if one.id in by_id]


def _row(desk: Desk, work: Work, one: Task) -> Row:
    resource = work.services.registry.resources.get(one.type or "")
    about, address = EMPTY, f"{ADDRESS}#row-{one.id}"
    if resource is not None and one.key and one.title is not None:
        address = desk.addresses.of_record(resource, one.key)
        about = Cell("link", f"{say(resource.title)} {one.key}", address=address)
    told = [
        say("by %(name)s", name=one.author_name) if one.author != work.actor.id else "",
        say("done by %(name)s", name=one.done_by_name) if one.done_by_name else "",
    ]
    return Row(
        ident=one.id,
        key="",
        address=address,
        what=one.title or say("About a record that you may not see any more"),
        under=" · ".join(each for each in told if each),
        about=about,
        due=_end_of(one, desk) if one.done_at is None else None,
        since=one.at,
        owner=one.assignee_name,
        is_mine=one.assignee == work.actor.id,
    )


def _end_of(one: Task, desk: Desk) -> datetime | None:
    """Return the moment at which the day by which it has to be done is over."""
    if one.due is None:
        return None
    return datetime.combine(one.due + timedelta(days=1), time(), desk.zone).astimezone(UTC)


def _changes(make: Callable[[Said], dict[str, Json]]) -> Callable[..., Sequence[Told]]:
    def act(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        told = [change_task(work, one, make(said))[1] for one in idents]
        return [one for one in told if one is not None]

    return act


def _day(said: Said) -> dict[str, Any]:
    return {"due": said.due.date() if said.due is not None else None}


def _remove(work: Work, idents: Sequence[str], _said: Said) -> Sequence[Told]:
    for one in idents:
        remove_task(work, one)
    return ()


def _may_see(_desk: Desk, actor: Actor) -> None:
    must_be_staff(actor)


DEEDS = (
    Deed("done", "Done", "%(count)s done.", is_staff, _changes(lambda _: {"done": True}),
         is_first=True),
    Deed("due", "Set due date", "Due date set for %(count)s.", is_staff, _changes(_day), ("due",),
         "", "list.due"),
    Deed("assign", "Give to somebody", "%(count)s given.", is_staff,
         _changes(lambda said: {"assignee": said.assignee or "me"}), ("assignee",), "",
         "list.assign"),
    Deed("undone", "Not done after all", "%(count)s to be done again.", is_staff,
         _changes(lambda _: {"done": False})),
    Deed("remove", "Remove", "%(count)s removed.", is_staff, _remove, (),
         "Only who made a task removes it.", danger=True),
    Deed("made", "Add task", "%(count)s made.", lambda _: False, _changes(lambda _: {}),
         in_bar=False),
)  # fmt: skip

OWN_TASKS = Worklist(
    name="my-tasks",
    title="My tasks",
    under="What you have to do by a day. Tasks about a record are made on its timeline.",
    empty=("Nothing to do.", "Tasks that you or others give you stand here, the most urgent "
           "first. Make one above, or with T on a record."),
    may_see=_may_see,
    source=OwnTaskSource(),
    groupings=(
        Grouping("when", "Day", ("when",)),
        Grouping("by", "Who gave it", ("by",)),
        Grouping("for", "Who has it", ("for",)),
    ),
    deeds=DEEDS,
    tabs=TABS,
    what="Task",
    about="Record",
    shows=("owner",),
    above="my_tasks_new.html",
    is_spread=True,
)  # fmt: skip
