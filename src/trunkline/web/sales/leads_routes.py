"""The addresses of leads, opportunities and the chain."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.sales.leads_board import ADDRESS, LeadsBoard
from trunkline.web.sales.leads_chain import ChainPart
from trunkline.web.sales.leads_convert import ConvertPage
from trunkline.web.sales.leads_figures import ADDRESS as FIGURES
from trunkline.web.sales.leads_figures import LeadFiguresPage
from trunkline.web.sales.leads_giving import AssignPage, GiveUpPage
from trunkline.web.sales.leads_opportunity import ADDRESS as SALE
from trunkline.web.sales.leads_opportunity import OpportunityPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    board, sale = LeadsBoard(desk), OpportunityPage(desk)
    app.add_route(ADDRESS, board)
    app.add_route(f"{ADDRESS}/assign", AssignPage(desk))
    app.add_route(FIGURES, LeadFiguresPage(desk))
    app.add_route(f"{ADDRESS}/{{ident}}/stage", board, suffix="stage")
    app.add_route(f"{ADDRESS}/{{ident}}/convert", ConvertPage(desk))
    app.add_route(f"{ADDRESS}/{{ident}}/give-up", GiveUpPage(desk))
    app.add_route(f"{SALE}/{{ident}}", sale)
    app.add_route(f"{SALE}/{{ident}}/stage", sale, suffix="stage")
    app.add_route(f"{SALE}/{{ident}}/quote", sale, suffix="quote")
    app.add_route("/r/{segment}/{ident}/chain", ChainPart(desk))
