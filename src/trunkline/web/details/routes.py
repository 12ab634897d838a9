"""The addresses of the page of any record."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.details.access_page import AccessPage
from trunkline.web.details.detail_page import DetailPage
from trunkline.web.details.fact_edit import FactEdit
from trunkline.web.details.reads_page import ReadsPage

RECORD = "/r/{segment}/{ident}"


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page, edit = DetailPage(desk), FactEdit(desk)
    app.add_route(RECORD, page)
    app.add_route(RECORD + "/panel/{number:int(min=0)}", page, suffix="panel")
    app.add_route(RECORD + "/move", page, suffix="move")
    app.add_route(RECORD + "/moves", page, suffix="moves")
    app.add_route(RECORD + "/remove", page, suffix="remove")
    app.add_route(RECORD + "/fact/{name}", edit)
    app.add_route(RECORD + "/undo", edit, suffix="undo")
    app.add_route(RECORD + "/restore", edit, suffix="restore")
    app.add_route(RECORD + "/access", AccessPage(desk))
    app.add_route(RECORD + "/reads", ReadsPage(desk))
