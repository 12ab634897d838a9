"""The addresses of order capture."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.capture.capture_page import CapturePage
from trunkline.web.capture.file_page import FilePage
from trunkline.web.capture.numbers import NUMBERS, NumbersPanel
from trunkline.web.capture.sending import ADDRESS
from trunkline.web.capture.times import TIMES, TimesPanel
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route(f"{ADDRESS}/file", FilePage(desk))
    app.add_route(f"{NUMBERS}/{{ident}}", NumbersPanel(desk))
    app.add_route(TIMES, TimesPanel(desk))
    page = CapturePage(desk)
    app.add_route(ADDRESS, page)
    for suffix in ("form", "offers", "draft"):
        app.add_route(f"{ADDRESS}/{suffix}", page, suffix=suffix)
