"""Opened: a transaction of an administrator on the program's connection, and how people are shown.

Identity's own functions decide about each person and each right; here is only who gets this far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from trunkline.identity.principals import Principal
from trunkline.identity.rights import ADMINISTER
from trunkline.web.desk import Desk, Visit
from trunkline.web.operations import unnarrowed
from trunkline.web.values import Cell, instant

BASE = "/administration"


@contextmanager
def administered(desk: Desk, visit: Visit) -> Iterator[Any]:
    """Open a transaction as of the visitor's rights; refuses (403) who administers nobody."""
    visit.actor.must_have(ADMINISTER)
    with unnarrowed(desk, visit) as connection:
        yield connection


def shown(desk: Desk, one: Principal, titles: Mapping[str, str]) -> dict[str, Any]:
    """Return a user or client as the templates show it; `titles` are those of the roles."""
    return {
        "id": one.id,
        "address": f"{BASE}/{one.kind}s/{one.id}",
        "name": one.name,
        "login": one.login,
        "active": one.active,
        "state": Cell("state", "Active", "good") if one.active else Cell("state", "Locked", "bad"),
        "roles": [{"name": name, "title": titles.get(name, name)} for name in one.roles],
        "created_at": instant(one.created_at, desk.zone),
        "last_used_at": instant(one.last_used_at, desk.zone),
        "secrets": one.secrets,
        "has_password": one.has_password,
    }
