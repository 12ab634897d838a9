"""Adding a worklist: the addresses that each has, whatever it holds."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.worklist.views_page import QueueViewsPage
from trunkline.web.worklist.worklist import Worklist
from trunkline.web.worklist.worklist_page import WorklistPage


def add_worklist(
    app: falcon.App[Any, Any],
    desk: Desk,
    worklist: Worklist,
    *,
    page: WorklistPage | None = None,
    own: object | None = None,
) -> None:
    """Add the queue, its rows and what is new in it, its views, and where it has them its items.

    `own` answers at its address instead of the queue's page.
    """
    address, queue = worklist.address, page or WorklistPage(desk, worklist)
    views = QueueViewsPage(desk, worklist)
    app.add_route(address, own or queue)
    app.add_route(f"{address}/rows", queue, suffix="rows")
    app.add_route(f"{address}/new", queue, suffix="new")
    app.add_route(f"{address}/views", views)
    app.add_route(f"{address}/views/{{slug}}", views, suffix="one")
    if worklist.peek is not None:
        if worklist.has_page:
            app.add_route(f"{address}/{{ident}}", queue, suffix="item")
        app.add_route(f"{address}/{{ident}}/peek", queue, suffix="peek")
