"""The addresses of the installed base: configurations, versions, and the base of a day."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.inventory.correct_page import CORRECT, CorrectPage
from trunkline.web.inventory.installed_page import InstalledPage
from trunkline.web.inventory.reconciliation_page import RECONCILIATION, ReconciliationPage
from trunkline.web.inventory.versions_page import VersionsPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    base, versions = InstalledPage(desk), VersionsPage(desk)
    app.add_route(RECONCILIATION, ReconciliationPage(desk))
    app.add_route(CORRECT, CorrectPage(desk))
    app.add_route("/installed/customer/{ident}", base)
    app.add_route("/installed/customer/{ident}/panel/{kind}", base, suffix="panel")
    app.add_route("/installed/{kind}/{ident}", versions)
    app.add_route("/installed/{kind}/{ident}/versions", versions, suffix="versions")
    app.add_route("/installed/{kind}/{ident}/links", versions, suffix="links")
