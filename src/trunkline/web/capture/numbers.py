"""Numbers of choice: free values of pools, offered where a line asks for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.catalog.entry import Specification
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.relation import relations
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Invalid, NotFound
from trunkline.inventory.pools.listing import values_of_pool
from trunkline.inventory.pools.picking import may_pick, must_pick, pick
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import PoolValue
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.capture.cart import Cart, CartLine
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.editing.paths import anchor_of

NUMBERS = "/order/new/numbers"
SHOWN_MAX = 8
CLASS = "class"
"""What goes with a value that is sold for more, under this name."""

Pools = Mapping[tuple[str, str], ResourcePool]
"""By the id of an offering and the name of what it asks for the pool with the values of that."""


@dataclass(frozen=True)
class Picked:
    """What a button says: a value for what is asked for by a name at a place of the cart."""

    pool: str
    line: int
    key: str
    name: str
    value: str

    @classmethod
    def read(cls, text: str) -> Picked:
        """Return what `pool|line/key|name|value` says; refuses (400) anything else."""
        parts = text.split("|", 3)
        number, _, key = parts[1].partition("/") if len(parts) == 4 else ("", "", "")
        if not number.isdecimal():
            raise Invalid("badStep", "choose one of the values that are shown")
        return cls(parts[0], int(number), key, parts[2], parts[3])


def pools_of(work: Work, catalog: CatalogSnapshot) -> Pools:
    """Return the pools that feed what the offerings of a cart ask for, where somebody may pick."""
    own = {
        offering.id: {one.resource_pool.id for one in _resources(catalog, offering)
                      if one.resource_pool is not None}
        for offering in catalog.offerings.values()
    }  # fmt: skip
    wanted = {ident for idents in own.values() for ident in idents}
    if not wanted or not may_pick(work.actor):
        return {}
    pools = work.many(ResourcePool, wanted)
    return {
        (offering, pools[ident].characteristic): pools[ident]
        for offering, idents in own.items()
        for ident in sorted(idents)
        if ident in pools and pools[ident].status != "closed"
    }


def _resources(catalog: CatalogSnapshot, offering: ProductOffering) -> list[ResourceSpecification]:
    """Return the kinds of resources that an offering is made of."""
    first = catalog.specification_of(offering)
    waiting: list[Specification] = [first] if first is not None else []
    seen: set[str] = set()
    found: list[ResourceSpecification] = []
    for one in waiting:  # grows while it is walked
        if isinstance(one, ResourceSpecification):
            found.append(one)
        targets = (catalog.target(relation) for relation in relations(one))
        for target in targets:
            if target is not None and target.id not in seen:
                seen.add(target.id)
                waiting.append(target)
    return found


def with_value(work: Work, cart: Cart, picked: Picked) -> Cart:
    """Keep a value for the customer of a cart, and return the cart with it."""
    line = cart.line(picked.line)
    if line is None or not cart.customer:
        raise Invalid("badStep", "choose the customer first")
    pool = work.get(ResourcePool, picked.pool)
    if pool is None:
        raise NotFound("notFound", f"there is no resource pool {picked.pool}")
    former = "".join(line.values.get(picked.key, {}).get(picked.name, ())[:1])
    kept = pick(work, pool, value=picked.value, customer=cart.customer, former=former)
    changed = _valued(line, picked, kept)
    lines = tuple(changed if one.number == line.number else one for one in cart.lines)
    return replace(cart, lines=lines)


def _valued(line: CartLine, picked: Picked, kept: PoolValue) -> CartLine:
    own = {**line.values.get(picked.key, {}), picked.name: (kept.value,)}
    return replace(line, values={**line.values, picked.key: own})


class NumbersPanel:
    """`/order/new/numbers/{pool}`: some free values, those like a pattern."""

    needs = "ProductOrder:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show them."""

        def view(visit: Visit) -> Answer:
            visit.actor.must(ProductOrder.resource, "create")
            pattern, at = req.get_param("like") or "", req.get_param("at") or ""
            with self._desk.work(visit) as work:
                must_pick(work.actor)
                pool = work.get(ResourcePool, ident)
                if pool is None:
                    raise NotFound("notFound", f"there is no resource pool {ident}")
                found = values_of_pool(
                    work, pool, state="free", pattern=pattern.strip(), limit=SHOWN_MAX
                )
            return Shown("capture_numbers.html", self._told(pool, found, at, pattern))

        self._desk.answer(req, resp, view)

    def _told(
        self, pool: ResourcePool, found: list[PoolValue], at: str, pattern: str
    ) -> dict[str, Any]:  # fmt: skip
        path, _, name = at.partition(":")
        return {
            "pool": pool.name,
            "address": f"{NUMBERS}/{pool.id}?{urlencode({'at': at})}",
            "anchor": anchor_of(at),
            "like": pattern,
            "minutes": pool.held_minutes,
            "values": [
                {"value": one.value, "step": f"pick:{pool.id}|{path}|{name}|{one.value}",
                 "class": str(one.companion.get(CLASS) or "")}
                for one in found
            ],
        }  # fmt: skip
