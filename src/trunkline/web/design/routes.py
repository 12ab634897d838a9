"""The addresses of the pages on which plans are designed."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.design.compare_page import ComparePage
from trunkline.web.design.item_page import ItemPage
from trunkline.web.design.plan_page import PlanPage
from trunkline.web.design.plans_page import BASE, PlansPage
from trunkline.web.design.table_page import TablePage
from trunkline.web.design.trial_page import TrialPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    plans = PlansPage(desk)
    app.add_route(BASE, plans)
    app.add_route(f"{BASE}/new", plans, suffix="new")
    tables = TablePage(desk)
    app.add_route(f"{BASE}/table/{{ident}}", tables)
    page = PlanPage(desk)
    app.add_route(f"{BASE}/{{ident}}", page)
    item = ItemPage(desk, page)
    app.add_route(f"{BASE}/{{ident}}/item", item, suffix="new")
    app.add_route(f"{BASE}/{{ident}}/item/{{item}}", item)
    app.add_route(f"{BASE}/{{ident}}/compare", ComparePage(desk))
    app.add_route(f"{BASE}/{{ident}}/try", TrialPage(desk))
