"""The addresses of the lists."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.lists.export_page import ExportPage
from trunkline.web.lists.import_page import ImportPage
from trunkline.web.lists.jobs_page import JobsPage
from trunkline.web.lists.list_page import ListPage
from trunkline.web.lists.many_page import ManyPage
from trunkline.web.lists.peek_page import PeekPage
from trunkline.web.lists.views_page import ViewsPage

LIST = "/r/{segment}"


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page, views = ListPage(desk), ViewsPage(desk)
    jobs, taking = JobsPage(desk), ImportPage(desk)
    app.add_route(LIST, page)
    app.add_route(LIST + "/rows", page, suffix="rows")
    app.add_route(LIST + "/filter", page, suffix="filter")
    app.add_route(LIST + "/views", views)
    app.add_route(LIST + "/views/{slug}", views, suffix="one")
    app.add_route(LIST + "/columns", views, suffix="columns")
    app.add_route(LIST + "/{ident}/peek", PeekPage(desk))
    app.add_route(LIST + "/bulk", ManyPage(desk))
    app.add_route(LIST + "/export", ExportPage(desk))
    app.add_route(LIST + "/import", taking)
    app.add_route(LIST + "/import/template.csv", taking, suffix="template")
    app.add_route(LIST + "/import/{ident}", taking, suffix="one")
    app.add_route("/jobs", jobs)
    app.add_route("/jobs/{ident}", jobs, suffix="one")
    app.add_route("/jobs/{ident}/progress", jobs, suffix="progress")
    app.add_route("/jobs/{ident}/file", jobs, suffix="file")
    app.add_route("/jobs/{ident}/refused.csv", jobs, suffix="refused")
