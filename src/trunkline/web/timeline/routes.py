"""The addresses of the timeline of any record and of the visitor's tasks."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.timeline.my_tasks_page import PeoplePage
from trunkline.web.timeline.timeline_page import TimelinePage

RECORD = "/r/{segment}/{ident}"


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page, people = TimelinePage(desk), PeoplePage(desk)
    app.add_route(RECORD + "/timeline", page)
    for path in ("note", "task", "file"):
        app.add_route(f"{RECORD}/{path}s", page, suffix=path)
        app.add_route(f"{RECORD}/{path}s/{{which}}", page, suffix=f"{path}_one")
    app.add_route("/my-tasks/people", people)
    app.add_route("/my-tasks/{which}", people, suffix="one")
