"""All pools: how full each is, those that run low first."""

from __future__ import annotations

import falcon

from trunkline.inventory.pools.listing import levels_of
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.pools.bars import KINDS, bar, is_low
from trunkline.web.values import number, state

POOLS_MAX = 500


class PoolsPage:
    """`/pools`."""

    needs = "ResourcePool:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        resource = ResourcePool.resource
        with self._desk.work(visit) as work:
            work.actor.must(resource, "read")
            pools = work.find(ResourcePool, {}, limit=POOLS_MAX)
            levels = levels_of(work, [one.id for one in pools])
            may_make = work.actor.grant(resource, "create") is not None
        shown = [
            {
                "key": one.key,
                "name": one.name,
                "address": f"/pools/{one.key}",
                "kind": KINDS[one.pool_type],
                "state": state(one.status or "active"),
                "bar": bar(levels[one.id]),
                "free": number(levels[one.id]["free"]),
                "is_low": is_low(levels[one.id], one.warn_below),
                "warn_below": number(one.warn_below or 0),
            }
            for one in sorted(pools, key=lambda one: one.name.casefold())
        ]
        shown.sort(key=lambda one: not one["is_low"])
        list_address = self._desk.addresses.of_list(resource)
        values = {
            "pools": shown, "list": list_address,
            "new_address": f"{list_address}/new" if may_make else "",
        }  # fmt: skip
        return Shown("pools_list.html", values)
