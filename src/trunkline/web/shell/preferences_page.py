"""Preferences: language, theme, density, time zone and keys, for the person who visits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import falcon

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.pages.keys import SHORTCUTS
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, local_address
from trunkline.web.forms import Form
from trunkline.web.operations import unnarrowed
from trunkline.workspace.preferences import (
    DENSITIES,
    THEMES,
    Preferences,
    change_preferences,
    time_zones,
)
from trunkline.workspace.shortcuts import keys_of

QUICK = frozenset({"language", "theme", "density", "shortcuts"})
BETWEEN_KEYS = re.compile(r"\s*,\s+")
PLACES = (
    ("everywhere", "Everywhere"), ("list", "In lists"), ("detail", "On a record"),
)  # fmt: skip


class PreferencesPage:
    """`/preferences`: everything that a person may choose, in one form."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep what was chosen, or show the form again with what is wrong."""

        def keep(visit: Visit, form: Form) -> Answer:
            keys = {name: _keys(form.text(f"keys.{name}")) for name in SHORTCUTS}
            patch: dict[str, Json] = {name: form.text(name) for name in ("language", "timeZone")}
            patch |= {name: form.text(name) or None for name in ("theme", "density")}
            patch["shortcuts"] = form.text("shortcuts") == "on"
            patch["keys"] = {
                name: None if tuple(own) == SHORTCUTS[name].keys else own
                for name, own in keys.items()
                if not SHORTCUTS[name].fixed and f"keys.{name}" in form.fields
            }
            try:
                chosen = self._write(visit, patch)
            except Refusal as refusal:
                wrong = {one.path: one.message for one in refusal.faults}
                typed = {name: form.text(name) for name in form.fields}
                return self._page(visit, typed, wrong, status=400)
            self._desk.cookies.keep_theme(req, resp, chosen.theme)
            return Moved("/preferences?done=saved")

        self._desk.act(req, resp, keep)

    def on_post_quick(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep one choice, made in the menu of the person or in the palette, and go back."""

        def keep(visit: Visit, form: Form) -> Answer:
            patch: dict[str, Json] = {one: form.text(one) for one in QUICK & set(form.fields)}
            if "shortcuts" in patch:
                patch["shortcuts"] = patch["shortcuts"] == "on"
            chosen = self._write(visit, patch)
            self._desk.cookies.keep_theme(req, resp, chosen.theme)
            return Moved(local_address(form.text("back") or "/"))

        self._desk.act(req, resp, keep)

    def _write(self, visit: Visit, patch: Json) -> Preferences:
        services = self._desk.services
        with unnarrowed(self._desk, visit) as connection:
            return change_preferences(services, connection, visit.actor.id, patch, SHORTCUTS)

    def _view(self, visit: Visit) -> Answer:
        with unnarrowed(self._desk, visit):
            return self._page(visit, {}, {})

    def _page(
        self, visit: Visit, typed: Mapping[str, str], wrong: Mapping[str, str], status: int = 200
    ) -> Shown:
        chosen = visit.preferences
        keys = {name: ", ".join(own) for name, own in keys_of(SHORTCUTS, chosen.keys).items()}
        values: dict[str, Any] = {
            "themes": THEMES,
            "densities": DENSITIES,
            "zones": time_zones(),
            "operator_zone": str(self._desk.business_zone),
            "zone": typed.get("timeZone", chosen.time_zone),
            "wrong": dict(wrong),
            "zone_wrong": wrong.get("timeZone", ""),
            "places": [
                {
                    "title": title,
                    "actions": [
                        {
                            "name": one.action,
                            "title": one.title,
                            "fixed": one.fixed,
                            "keys": typed.get(f"keys.{one.action}", keys[one.action]),
                            "default": ", ".join(one.keys),
                            "wrong": wrong.get(f"keys.{one.action}", ""),
                        }
                        for one in SHORTCUTS.values()
                        if one.place == place
                    ],
                }
                for place, title in PLACES
            ],
        }
        return Shown("shell_preferences.html", values, status)


def _keys(text: str) -> list[str]:
    return [one for one in BETWEEN_KEYS.split(text) if one]
