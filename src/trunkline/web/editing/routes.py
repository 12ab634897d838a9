"""The addresses of the forms and of the look-ups in them."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.editing.edit_page import EditPage
from trunkline.web.editing.look_up import LookUpPage
from trunkline.web.editing.rule_check import RuleCheckPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = EditPage(desk)
    app.add_route("/r/{segment}/new", page, suffix="new")
    app.add_route("/r/{segment}/new/form", page, suffix="form")
    app.add_route("/r/{segment}/new/draft", page, suffix="draft")
    app.add_route("/r/{segment}/{ident}/edit", page, suffix="edit")
    app.add_route("/r/{segment}/{ident}/edit/form", page, suffix="form")
    app.add_route("/r/{segment}/{ident}/edit/draft", page, suffix="draft")
    app.add_route("/look-up/{kinds}", LookUpPage(desk))
    app.add_route("/rule/check", RuleCheckPage(desk))
