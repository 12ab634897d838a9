"""Health: what the doctor finds, part by part, each line with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import get_args

import falcon

from trunkline.documents.errors import NotFound
from trunkline.program.doctor import (
    Finding,
    Level,
    Part,
    database_findings,
    settings_findings,
)
from trunkline.settings import Settings
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Fragment, Shown, Visit, must_operate
from trunkline.web.navigation import OPERATIONS_READ
from trunkline.web.operations import operated
from trunkline.web.values import Cell
from trunkline.web.wording import words

ADDRESS = f"{BASE}/health"
TITLES: Mapping[Part, str] = {
    "settings": "Settings and disk",
    "database": "Database and clock",
    "tables": "Tables",
    "work": "Background work",
    "upkeep": "Upkeep",
    "rights": "Roles",
}
CELLS: Mapping[Level, Cell] = {
    "ok": Cell("state", "Fine", "good"),
    "warn": Cell("state", "Look at it", "warn"),
    "fail": Cell("state", "Mend it", "bad"),
}


class HealthPage:
    """`/administration/health`, and `/administration/health/{part}` for each of its parts."""

    needs = "operations:read"

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk = desk
        self._settings = settings

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the frame of the page; its parts are asked for on their own and fail alone."""
        self._desk.answer(req, resp, self._view)

    def on_get_part(self, req: falcon.Request, resp: falcon.Response, part: str) -> None:
        """Show what is found in one part."""
        self._desk.answer(req, resp, partial(self._part, name=part))

    def _view(self, visit: Visit) -> Answer:
        self._desk.must_be_current(visit)
        must_operate(visit.actor, OPERATIONS_READ)
        parts = [{"name": name, "title": title} for name, title in TITLES.items()]
        return Shown("admin_health.html", {"parts": parts})

    def _part(self, visit: Visit, *, name: str) -> Answer:
        must_operate(visit.actor, OPERATIONS_READ)
        part = next((one for one in get_args(Part) if one == name), None)
        if part is None:
            raise NotFound("notFound", "there is no such part")
        if part == "settings":
            return self._shown(part, settings_findings(self._settings))
        with operated(self._desk, visit, OPERATIONS_READ):
            pass  # the rights are the present ones; a check that fails must not end the others
        with self._desk.services.database.app.connection() as connection:
            return self._shown(part, database_findings(connection, part))

    def _shown(self, part: Part, found: Iterable[Finding]) -> Fragment:
        rows = [
            {"state": CELLS[one.level], "subject": words(one.subject), "text": one.text}
            for one in found
        ]
        values = {"title": TITLES[part], "name": part, "rows": rows}
        return Fragment(self._desk.renderer.html("admin_health_part.html", values))
