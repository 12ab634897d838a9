"""The addresses of campaigns and their waves beside their records."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.campaign.figures_page import FiguresPage
from trunkline.web.campaign.proposals import ADDRESS, AnswerAct
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = FiguresPage(desk)
    app.add_route("/campaigns/{ident}", page, suffix="campaign")
    app.add_route("/campaigns/waves/{ident}", page, suffix="wave")
    app.add_route(ADDRESS, AnswerAct(desk))
