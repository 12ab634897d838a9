"""The addresses of the worklists."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.task_page import TaskPage, task_peek
from trunkline.web.timeline.my_tasks_page import MyTasksPage
from trunkline.web.worklist.adding import add_worklist
from trunkline.web.worklist.deciding_queue import DECIDING
from trunkline.web.worklist.delivery_queue import UNDELIVERED
from trunkline.web.worklist.fallout_peek import fallout_peek
from trunkline.web.worklist.fallout_queue import fallout_worklist
from trunkline.web.worklist.jeopardy_queue import JEOPARDY
from trunkline.web.worklist.own_task_queue import OWN_TASKS
from trunkline.web.worklist.parked_queue import PARKED
from trunkline.web.worklist.quote_queue import QUOTES
from trunkline.web.worklist.report_page import FalloutReportPage
from trunkline.web.worklist.task_queue import task_worklist
from trunkline.web.worklist.worklist_page import WorklistPage

FALLOUT = fallout_worklist(fallout_peek)
TASKS = task_worklist(task_peek)


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/fallout/report", FalloutReportPage(desk))
    app.add_route("/tasks/{ident}", TaskPage(desk, WorklistPage(desk, TASKS).act_on_one))
    for worklist in (FALLOUT, JEOPARDY, TASKS, DECIDING, QUOTES, PARKED, UNDELIVERED):
        add_worklist(app, desk, worklist)
    page = WorklistPage(desk, OWN_TASKS)
    add_worklist(app, desk, OWN_TASKS, page=page, own=MyTasksPage(desk, page))
