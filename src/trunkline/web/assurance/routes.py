"""The addresses of tickets, problems and the outages of a customer."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.assurance.credits_page import CreditsPage
from trunkline.web.assurance.outages_part import OutagesPart
from trunkline.web.assurance.problem_page import ProblemPage
from trunkline.web.assurance.ticket_queue import TICKETS
from trunkline.web.desk import Desk
from trunkline.web.worklist.adding import add_worklist


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/customer/{ident}/outages", OutagesPart(desk))
    app.add_route("/problems/{ident}", ProblemPage(desk))
    app.add_route("/problems/{ident}/credits", CreditsPage(desk))
    add_worklist(app, desk, TICKETS)
