"""The addresses of contacts, the call pop, verification, requests and the files of documents."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.care.contact_page import ContactPage
from trunkline.web.care.figures_page import FiguresPage
from trunkline.web.care.files_page import FilesPage
from trunkline.web.care.pop_page import PopPage
from trunkline.web.care.reach_part import ReachPart, RecordReach
from trunkline.web.care.request_queue import REQUESTS
from trunkline.web.care.verification_part import VerificationPart
from trunkline.web.desk import Desk
from trunkline.web.worklist.adding import add_worklist


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    app.add_route("/customer/{ident}/contact", ContactPage(desk))
    app.add_route("/customer/{ident}/verification", VerificationPart(desk))
    app.add_route("/customer/{ident}/reach", ReachPart(desk))
    app.add_route("/r/{segment}/{ident}/reach", RecordReach(desk))
    app.add_route("/pop", PopPage(desk))
    figures = FiguresPage(desk)
    app.add_route("/care/figures", figures)
    app.add_route("/care/figures/alarms", figures, suffix="alarms")
    app.add_route("/customer/{ident}/repeats", figures, suffix="repeats")
    app.add_route("/document/{ident}/files", FilesPage(desk))
    add_worklist(app, desk, REQUESTS)
