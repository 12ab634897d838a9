"""What the search box shows: records that were found, and what can be gone to or done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import falcon

from trunkline.care.behind import others_than_customers, ways_to_customers
from trunkline.documents.errors import Invalid
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Fragment, Visit
from trunkline.web.navigation import JOBS
from trunkline.web.wording import plural
from trunkline.workspace.preferences import DENSITIES, LANGUAGES, THEMES
from trunkline.workspace.search import Hit, find, find_keys

OFTEN = ("Customer", "Individual", "Organization", "BillingAccount", "ProductOffering")
FIRST = tuple(dict.fromkeys((*OFTEN, *(name for job in JOBS for name in job.first))))
ICONS = {job.name: job.icon for job in JOBS}
EXACT = 1
RECENT_MAX, BEHIND_MAX = 8, 6
THEME_TITLES = {"auto": "Theme: system", "light": "Theme: light", "dark": "Theme: dark"}
DENSITY_TITLES = {"comfortable": "Rows: comfortable", "compact": "Rows: compact"}


class FoundPage:
    """`/shell/found?q=`: what is found by a text; `?recent=` shows records by their keys."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show it as the groups of a list box."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        asked, problem = visit.req.get_param("q") or "", ""
        if asked:
            groups, problem = found_groups(self._desk, visit, asked)
        else:
            keys = (visit.req.get_param("recent") or "").split(",")[:RECENT_MAX]
            hits = find_keys(self._desk.services, visit.actor, [one for one in keys if one])
            groups = _groups(self._desk, hits, "Seen last")
        values = {"groups": groups, "problem": problem}
        html = self._desk.renderer.html("shell_found.html", values)
        return Fragment(html)


class CommandsPage:
    """`/shell/commands`: every page and action of the visitor; the box picks among them itself."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them as options of a list box."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        frame = self._desk.frame
        links = [
            one | {"group": group["title"]}
            for group in frame.menu(visit, "")
            for one in [*group["links"], *group["more"]]
        ]
        choices = [
            *(("theme", one, THEME_TITLES[one]) for one in THEMES),
            *(("density", one, DENSITY_TITLES[one]) for one in DENSITIES),
        ]
        values: dict[str, Any] = {
            "links": links,
            "creatable": frame.creatable(visit),
            "choices": choices,
            "languages": LANGUAGES,
        }
        return Fragment(self._desk.renderer.html("shell_commands.html", values))


def found_groups(desk: Desk, visit: Visit, asked: str) -> tuple[list[dict[str, Any]], str]:
    """Return what a visitor finds by a text, in groups by kind, the best first; and why nothing.

    The customers whose the records are stand with those who were found themselves.
    """
    try:
        hits = find(desk.services, visit.actor, asked, first=FIRST)
    except Invalid as refusal:
        return [], refusal.message
    return _groups(desk, [*hits, *_customers(desk, visit, hits)], ""), ""


def _customers(desk: Desk, visit: Visit, hits: Sequence[Hit]) -> list[Hit]:
    """Return customers behind what was found best, each with the key of what leads to it."""
    grant = visit.actor.grant(Customer.resource, "read")
    if not hits or grant is None or grant.reach == "own":
        return []
    with desk.work(visit) as work:
        behind = ways_to_customers(work, others_than_customers(hits))
    found = {one.record for one in hits}
    ways: dict[str, str] = {}
    for one in hits:
        for ident, key in behind.get(one.record, ()):
            if ident not in found:
                ways.setdefault(key, one.key)
    shown = find_keys(desk.services, visit.actor, [*ways][:BEHIND_MAX]) if ways else []
    return [replace(one, number=ways[one.key], rank=EXACT + 1) for one in shown]


def _groups(desk: Desk, hits: Sequence[Hit], title: str) -> list[dict[str, Any]]:
    """Return hits as groups: by kind, or all under one title."""
    groups: dict[str, dict[str, Any]] = {}
    for one in hits:
        resource = desk.services.registry[one.kind]
        if not desk.addresses.has(resource):
            continue
        group = groups.setdefault(
            title or one.kind,
            {"title": title or plural(resource.title), "exact": one.rank <= EXACT, "hits": []},
        )
        group["hits"].append(
            {
                "key": one.key,
                "label": one.label or one.key,
                "number": one.number if one.number.upper() != one.key else "",
                "icon": ICONS.get(resource.module, "box"),
                "address": desk.addresses.of_record(resource, one.key),
            }
        )
    return list(groups.values())
