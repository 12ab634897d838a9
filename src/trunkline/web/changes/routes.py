"""The addresses of what happens to installed products: operations, hand-overs, offers to stay."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.changes.operations_panel import OperationsPanel
from trunkline.web.changes.save_offers_page import SaveOffersPage
from trunkline.web.changes.transfer_form import TransferForm
from trunkline.web.changes.transfer_page import TransferPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    panel = OperationsPanel(desk)
    app.add_route("/changes/product/{ident}", panel)
    app.add_route("/changes/customer/{ident}", panel, suffix="customer")
    app.add_route("/save-offers", SaveOffersPage(desk))
    app.add_route("/transfer/new", TransferForm(desk))
    page = TransferPage(desk)
    app.add_route("/transfer/{ident}", page)
    app.add_route("/transfer/{ident}/say", page, suffix="say")
