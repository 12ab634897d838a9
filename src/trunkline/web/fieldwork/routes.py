"""The addresses of visits."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.fieldwork.board_page import BoardPage
from trunkline.web.fieldwork.slots_panel import AppointmentSlots, SlotsPanel
from trunkline.web.fieldwork.visit_page import VisitPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    visit = VisitPage(desk)
    app.add_route("/visits", BoardPage(desk))
    app.add_route("/visits/{ident}", visit)
    app.add_route("/visits/{ident}/report", visit, suffix="report")
    app.add_route("/visits/{ident}/begin", visit, suffix="begin")
    app.add_route("/visits/{ident}/cancel", visit, suffix="cancel")
    app.add_route("/visits/{ident}/slots", SlotsPanel(desk))
    app.add_route("/appointments/{ident}/slots", AppointmentSlots(desk))
