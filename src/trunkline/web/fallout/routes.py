"""The addresses of what is done about fallout beside its queue."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.fallout.call_off_page import CallOffPage
from trunkline.web.fallout.cause_page import CausePage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/fallout/cause", CausePage(desk))
    app.add_route("/fallout/{ident}/cancel", CallOffPage(desk))
