"""The visitor's own tasks: making one, changing one, and whom one may be given to."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.timeline.timeline_page import day_of
from trunkline.web.worklist.worklist_page import WorklistPage
from trunkline.workspace import tasks
from trunkline.workspace.about import must_be_staff
from trunkline.workspace.notes import pass_on

PEOPLE_MAX = 8
PEOPLE = (
    "select u.login, p.name from user_account u join principal p on p.id = u.principal "
    "where p.active and (u.login like %s or p.name ilike %s) and exists (select 1 "
    "from principal_role r join role_permission g on g.role = r.role "
    "where r.principal = p.id and g.reach <> 'own') order by p.name, u.login limit %s"
)


class MyTasksPage:
    """`/my-tasks`: the worklist of them, and the form above it that makes one."""

    needs = "signedIn"

    def __init__(self, desk: Desk, queue: WorklistPage) -> None:
        self._desk = desk
        self._queue = queue

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._queue.on_get(req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a task that stands for itself, or do something about those that are chosen."""

        def act(visit: Visit, form: Form) -> Answer:
            if "title" not in form.fields:
                return self._queue.act_on_many(visit, form)
            with self._desk.work(visit) as work:
                due, assignee = day_of(form.text("due")), form.text("assignee")
                said = tasks.TaskText(form.text("title"), due, assignee)
                _, told = tasks.add_task(work, None, said)
            pass_on(self._desk.services, told)
            return Moved("/my-tasks?done=made-1")

        self._desk.act(req, resp, act)


class PeoplePage:
    """`/my-tasks/people`, whom a task may be given to, and `/my-tasks/{which}`, one of them."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, which: str) -> None:
        """Report one as done or not, give it a day or another person, or remove it."""
        self._desk.act(req, resp, partial(self._change, which=which))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
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
                return Moved("/my-tasks?done=remove-1")
            _, told = tasks.change_task(work, which, patch)
        pass_on(self._desk.services, told)
        return Moved(f"/my-tasks?done={'done' if patch.get('done') else 'due'}-1")
