"""The addresses of the pages of erasures."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.privacy.erasure_page import ErasurePage
from trunkline.web.privacy.kept_page import KeptPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    page = ErasurePage(desk)
    app.add_route("/erasure/{ident}", page)
    app.add_route("/erasure/{ident}/part", page, suffix="part")
    app.add_route("/erasure/{ident}/kept", KeptPage(desk))
