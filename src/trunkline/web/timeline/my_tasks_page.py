"""The visitor's own tasks: overdue, today and later ones, what is done and what others do."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import falcon

from trunkline.kernel.references import UUID
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.timeline.timeline_page import day_of
from trunkline.web.values import day, instant
from trunkline.workspace import tasks
from trunkline.workspace.about import must_be_staff
from trunkline.workspace.notes import pass_on

ROWS = 100
PEOPLE_MAX = 8
PEOPLE = (
    "select u.login, p.name from user_account u join principal p on p.id = u.principal "
    "where p.active and (u.login like %s or p.name ilike %s) and exists (select 1 "
    "from principal_role r join role_permission g on g.role = r.role "
    "where r.principal = p.id and g.reach <> 'own') order by p.name, u.login limit %s"
)
TABS = (("open", "To do"), ("given", "Given to others"), ("done", "Done"))


class MyTasksPage:
    """`/my-tasks`: and `/my-tasks/people`, whom a task may be given to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a task that stands for itself."""

        def add(visit: Visit, form: Form) -> Answer:
            with self._desk.work(visit) as work:
                due, assignee = day_of(form.text("due")), form.text("assignee")
                said = tasks.TaskText(form.text("title"), due, assignee)
                _, told = tasks.add_task(work, None, said)
            pass_on(self._desk.services, told)
            return Moved("/my-tasks?done=made")

        self._desk.act(req, resp, add)

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, which: str) -> None:
        """Report one as done or not, give it a day or another person, or remove it."""
        self._desk.act(req, resp, partial(self._change, which=which))

    def on_get_people(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show people of the staff by a part of their login or name."""

        def view(visit: Visit) -> Answer:
            must_be_staff(visit.actor)
            typed = (visit.req.get_param("q") or visit.req.get_param("assignee") or "").strip()[:60]
            plain = typed.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            with self._desk.services.database.app.connection() as connection:
                rows = connection.execute(
                    PEOPLE, [f"{plain}%", f"%{plain}%", PEOPLE_MAX]
                ).fetchall()
            people = [{"login": login, "name": name} for login, name in rows]
            return Shown("timeline_people.html", {"people": people})

        self._desk.answer(req, resp, view)

    def _change(self, visit: Visit, form: Form, *, which: str) -> Answer:
        patch: dict[str, Any] = {}
        if form.text("done"):
            patch["done"] = form.text("done") == "1"
        if "due" in form.fields:
            patch["due"] = day_of(form.text("due"))
        if form.text("assignee"):
            patch["assignee"] = form.text("assignee")
        with self._desk.work(visit) as work:
            if form.text("remove"):
                tasks.remove_task(work, which)
                return Moved("/my-tasks?done=removed")
            _, told = tasks.change_task(work, which, patch)
        pass_on(self._desk.services, told)
        return Moved(f"/my-tasks?done={'done' if patch.get('done') else 'saved'}")

    def _view(self, visit: Visit) -> Answer:
        asked = visit.req.get_param("tab") or ""
        tab = asked if asked in tasks.MINE else "open"
        before = visit.req.get_param("before") or ""
        with self._desk.work(visit) as work:
            found = tasks.own_tasks(
                work, tab, limit=ROWS + 1, before=before if UUID.fullmatch(before) else None
            )
            today = work.now.astimezone(self._desk.zone).date()
        rows = [self._row(visit, one, today) for one in found[:ROWS]]
        values = {
            "tab": tab,
            "tabs": [{"name": name, "title": title} for name, title in TABS],
            "groups": _groups(rows, tab),
            "older": found[ROWS - 1].id if len(found) > ROWS else "",
        }
        return Shown("my_tasks.html", values)

    def _row(self, visit: Visit, one: tasks.Task, today: date) -> dict[str, Any]:
        resource = self._desk.services.registry.resources.get(one.type or "")
        address = ""
        if resource is not None and one.key and one.title is not None:
            address = self._desk.addresses.of_record(resource, one.key)
        return {
            "id": one.id,
            "title": one.title,
            "key": one.key or "",
            "kind": resource.title if resource else "",
            "address": address,
            "by": one.author_name if one.author != visit.actor.id else "",
            "for": one.assignee_name if one.assignee != visit.actor.id else "",
            "own": one.author == visit.actor.id,
            "due": day(one.due.isoformat()) if one.due else None,
            "due_on": one.due.isoformat() if one.due else "",
            "late": one.is_overdue(today),
            "group": _group(one, today),
            "done": instant(one.done_at, self._desk.zone) if one.done_at else None,
            "done_by": one.done_by_name or "",
        }


def _group(one: tasks.Task, today: date) -> str:
    if one.is_overdue(today):
        return "Overdue"
    if one.due is None:
        return "Without a day"
    return "Today" if one.due == today else "Later"


def _groups(rows: list[dict[str, Any]], tab: str) -> list[dict[str, Any]]:
    if tab != "open":
        return [{"title": "", "rows": rows}] if rows else []
    names = ("Overdue", "Today", "Later", "Without a day")
    found = [(name, [one for one in rows if one["group"] == name]) for name in names]
    return [{"title": name, "rows": some} for name, some in found if some]
