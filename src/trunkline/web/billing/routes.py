"""The addresses of the pages of bills."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.billing.correct_page import OF_BILL, OF_PAYMENT, CorrectPage
from trunkline.web.billing.decide_page import CORRECTION, PLAN, PLAN_END, DecidePage
from trunkline.web.billing.dunning_page import DunningPage
from trunkline.web.billing.paper_page import PaperPage
from trunkline.web.billing.plan_page import PlanPage
from trunkline.web.billing.run_page import RunPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/bills/{ident}/pdf", PaperPage(desk))
    for deciding in (CORRECTION, PLAN, PLAN_END):
        app.add_route(deciding.address.replace("{key}", "{ident}"), DecidePage(desk, deciding))
    plan = PlanPage(desk)
    app.add_route("/bills/{ident}/plan", plan)
    app.add_route("/bills/{ident}/plan/ahead", plan, suffix="ahead")
    app.add_route("/dunning", DunningPage(desk))
    run = RunPage(desk)
    app.add_route("/bill-runs/{ident}", run)
    app.add_route("/bill-runs/{ident}/now", run, suffix="now")
    for subject in (OF_BILL, OF_PAYMENT):
        page = CorrectPage(desk, subject)
        address = subject.address.replace("{key}", "{ident}")
        app.add_route(address, page)
        app.add_route(f"{address}/ahead", page, suffix="ahead")
