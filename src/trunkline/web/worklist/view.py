"""Saved views of a queue: a tab and a grouping that people want to see again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from trunkline.documents.errors import NotFound
from trunkline.kernel.actor import Actor
from trunkline.web.desk import Desk, Visit
from trunkline.web.worklist.worklist import TAB_TITLES, Look, Worklist
from trunkline.workspace.saved_views import (
    EVERYTHING,
    ListChoice,
    SavedView,
    choice_of,
    may_change,
    queue_name,
)

SAID = ("tab", "by")


@dataclass(frozen=True)
class Viewed:
    """A queue as it is looked at: by a saved view, or by one that was changed since, or plainly."""

    look: Look
    choice: ListChoice
    view: SavedView | None = None

    @property
    def is_changed(self) -> bool:
        """Tell whether something else is looked at than the view says."""
        return self.view is not None and self.view.state != state_of(self.look)


def viewed(desk: Desk, visit: Visit, worklist: Worklist, look: Look) -> Viewed:
    """Return a queue as an address asks for it: by a view's name, or as it opens for a person."""
    choice = choice_of(desk.services, visit.actor, queue_name(worklist.name))
    req = visit.req
    named = req.get_param("view") or ""
    view = next((one for one in choice.views if one.slug == named), None)
    if named not in {"", EVERYTHING}:
        if view is None:
            raise NotFound("notFound", f"there is no view {named} of this queue for you")
        return Viewed(within(worklist, look, view.state), choice, view)
    if any(req.get_param(one) for one in SAID):
        edited = req.get_param("edited")
        return Viewed(look, choice, next((o for o in choice.views if o.slug == edited), None))
    first = choice.first
    if first is not None and not named:
        return Viewed(within(worklist, look, first.state), choice, first)
    return Viewed(look, choice)


def within(worklist: Worklist, look: Look, state: str) -> Look:
    """Return a look as a view's state says it; what it does not know (any more) is left out."""
    said = {name: values[0] for name, values in parse_qs(state).items()}
    tab = next((one for one in worklist.tabs if one == said.get("tab")), worklist.tabs[0])
    return replace(look, tab=tab, grouping=worklist.grouping(said.get("by", "")))


def state_of(look: Look) -> str:
    """Return what a saved view keeps of a look."""
    return urlencode({"tab": look.tab, "by": look.grouping.name if look.grouping else ""})


def views_shown(actor: Actor, worklist: Worklist, found: Viewed) -> dict[str, Any]:
    """Return the views beside the tabs, and the box that keeps and changes them."""
    view = found.view
    return {
        "views": [
            {"name": one.name, "address": f"{worklist.address}?view={one.slug}",
             "current": view is not None and one.id == view.id, "shared": one.role is not None}
            for one in found.choice.views
        ],
        "view": view,
        "view_changed": found.is_changed,
        "view_mine": view is not None and may_change(actor, view),
        "state": state_of(found.look),
    }  # fmt: skip


def said_of(worklist: Worklist, state: str) -> list[dict[str, Any]]:
    """Return what a view says, in words."""
    look = within(worklist, Look(), state)
    said = [{"label": "View", "saying": "is", "value": [TAB_TITLES[look.tab]]}]
    if look.grouping is not None:
        said.append({"label": "Grouped by", "saying": "is", "value": [look.grouping.title]})
    return said
