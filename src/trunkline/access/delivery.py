"""Delivery with present rights: what the hub sends, seen with the eyes of identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.hub.dispatcher import Bounds, Dispatcher
from trunkline.hub.guard import AllowList, Resolver
from trunkline.identity.rights import actor_of
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services


def read_actors(connection: Any, principals: Sequence[str]) -> Mapping[str, Actor]:
    """Return the principals that are switched on, with the rights that they have now."""
    rows = connection.execute(
        "select p.id::text, p.kind, p.name, p.party::text, p.partner::text, "
        "rights_of(p.id, clock_timestamp()) "
        "from principal p where p.id = any(%s::uuid[]) and p.active",
        [list(principals)],
    ).fetchall()
    return {row[0]: actor_of(row, scopes=None, channel="hub") for row in rows}


def make_dispatcher(
    services: Services,
    *,
    public_url: str,
    allow: AllowList,
    resolver: Resolver | None = None,
    bounds: Bounds | None = None,
) -> Dispatcher:
    """Return a dispatcher of events to their listeners; `start` it, and `stop` it at the end."""
    return Dispatcher(
        services, public_url=public_url, allow=allow, read_actors=read_actors,
        resolver=resolver, bounds=bounds,
    )  # fmt: skip
