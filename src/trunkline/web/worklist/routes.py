"""The addresses of the worklists."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.task_page import TaskPage, task_peek
from trunkline.web.timeline.my_tasks_page import MyTasksPage
from trunkline.web.worklist.delivery_queue import UNDELIVERED
from trunkline.web.worklist.fallout_peek import fallout_peek
from trunkline.web.worklist.fallout_queue import fallout_worklist
from trunkline.web.worklist.own_task_queue import OWN_TASKS
from trunkline.web.worklist.parked_queue import PARKED
from trunkline.web.worklist.task_queue import task_worklist
from trunkline.web.worklist.views_page import QueueViewsPage
from trunkline.web.worklist.worklist_page import WorklistPage

FALLOUT = fallout_worklist(fallout_peek)
TASKS = task_worklist(task_peek)


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/tasks/{ident}", TaskPage(desk, WorklistPage(desk, TASKS).act_on_one))
    for worklist in (FALLOUT, TASKS, PARKED, UNDELIVERED, OWN_TASKS):
        page = WorklistPage(desk, worklist)
        own = MyTasksPage(desk, page) if worklist is OWN_TASKS else page
        app.add_route(worklist.address, own)
        app.add_route(worklist.address + "/rows", page, suffix="rows")
        app.add_route(worklist.address + "/new", page, suffix="new")
        views = QueueViewsPage(desk, worklist)
        app.add_route(worklist.address + "/views", views)
        app.add_route(worklist.address + "/views/{slug}", views, suffix="one")
        if worklist.has_page and worklist.peek is not None:
            app.add_route(worklist.address + "/{ident}", page, suffix="item")
        if worklist.peek is not None:
            app.add_route(worklist.address + "/{ident}/peek", page, suffix="peek")
