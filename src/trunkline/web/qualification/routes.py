"""The addresses of qualification."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.qualification.form_page import FormPage
from trunkline.web.qualification.result_page import ResultPage

ADDRESS = "/qualify"


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    form, result = FormPage(desk), ResultPage(desk)
    app.add_route(ADDRESS, form)
    app.add_route(f"{ADDRESS}/file", form, suffix="file")
    app.add_route(f"{ADDRESS}/{{ident}}", result)
    app.add_route(f"{ADDRESS}/{{ident}}/again", result, suffix="again")
    app.add_route(f"{ADDRESS}/{{ident}}/take", result, suffix="take")
