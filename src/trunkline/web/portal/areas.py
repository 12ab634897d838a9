"""Areas of the portal: what a customer finds in its menu, a registration point for each area."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trunkline.kernel.actor import Actor
from trunkline.sales.api import SELF_CARE
from trunkline.web.navigation import is_customer

HOME = "/my"
SENT = ("/preferences/quick", "/acting", "/sign-out", "/administration/viewing/end")
"""The forms beside the portal that a customer sends; all else outside of it is the staff's."""


@dataclass(frozen=True)
class Area:
    """A page of the portal with an entry in its menu, for those who may open it."""

    address: str
    title: str
    may_open: Callable[[Actor], bool]
    order: int = 50


_AREAS: dict[str, Area] = {}


def add_area(one: Area) -> None:
    """Let the menu of the portal have an entry; one of the same address takes its place."""
    _AREAS[one.address] = one


def areas_for(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Return the entries of the menu for somebody who is at a path."""
    return [
        {
            "address": one.address,
            "title": one.title,
            "current": path == one.address
            or (one.address != HOME and path.startswith(f"{one.address}/")),
        }
        for one in sorted(_AREAS.values(), key=lambda each: each.order)
        if one.may_open(actor)
    ]


def is_at_portal(actor: Actor, person: Actor | None) -> bool:
    """Tell whether the pages of the staff are closed to somebody, whose place is the portal."""
    known = person or actor
    return is_customer(actor) and known.may(SELF_CARE) is not None


def is_open(path: str, *, is_sent: bool) -> bool:
    """Tell whether customers reach a page, or may send a form to it."""
    return path == HOME or path.startswith(f"{HOME}/") or (is_sent and path in SENT)
