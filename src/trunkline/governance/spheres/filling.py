"""Filling: what the records that there are say of spheres, read anew after a dimension has changed.

It goes through the records in the order of their ids, a part at a time, each in a transaction of
its own. Until it is through, an owner lies in the spheres that were known before.
"""

from __future__ import annotations

from typing import Any

from trunkline.governance.spheres.sphere import Sphere, told_by
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row

FILL = "spheres"
PART = 500
FIRST = "00000000-0000-0000-0000-000000000000"


@on(event(Sphere, "created"), event(Sphere, "changed"), event(Sphere, "deleted"))
def read_spheres_anew(work: Work, _sphere: Sphere | None) -> None:
    """Reads from the records that there are in which spheres their owners lie."""
    for kind in told_by():
        _go_on(work, {"type": kind.resource.name, "after": FIRST})


@handler(FILL)
def fill(services: Services, row: Row) -> None:
    """Read what the next records of a kind say."""
    payload: dict[str, Any] = row.payload
    table = services.registry[payload["type"]].table
    with as_system(services, FILL) as work:
        rows = work.connection.execute(
            "with part as materialized (select id, owner, doc from "  # noqa: S608 - our own name
            f"{table} where id > %s::uuid order by id limit %s for no key update) "
            "select id::text, place_record(id, owner, %s, doc) from part order by id",
            [payload["after"], PART, table],
        ).fetchall()
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        if len(rows) == PART:
            _go_on(work, {**payload, "after": rows[-1][0]})


def _go_on(work: Work, payload: dict[str, Any]) -> None:
    work.schedule(NewWork(FILL, work.services.chance.uuid(), payload=payload))
