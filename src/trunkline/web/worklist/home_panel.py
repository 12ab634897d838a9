"""A panel of the home page: what it is called, who is shown it and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.navigation import OPERATIONS_READ


@dataclass(frozen=True)
class Panel:
    """A box of the home page; `values` makes what its template shows.

    By the right `about` what it shows goes in which ways of working it is needed.
    """

    name: str
    title: str
    may: Callable[[Actor, Any], bool]
    values: Callable[[Desk, Work], dict[str, Any]]
    template: str = "home_table.html"
    about: str = ""


def operates(actor: Actor) -> bool:
    """Tell whether somebody runs the installation, who is shown its figures instead of queues."""
    grant = actor.may(OPERATIONS_READ)
    return grant is not None and grant.reach == "all"
