"""Exemplars: a few customers whose orders the engine truly carried out; a large set copies them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from trunkline.demo import orders
from trunkline.demo.catalog import load
from trunkline.demo.network import SeedNetwork
from trunkline.demo.people import add_customers
from trunkline.documents.clock import Chance
from trunkline.kernel.resource import Meta
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.ordering.command import activator_of, use_activator
from trunkline.ordering.product_order import ProductOrder
from trunkline.worker.steps import LEASE_S, run_until_idle

ACTOR = "seed"
COUNT = 60
SEED = 20_260_102
MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROUNDS_MAX = 10_000
PAUSE_S = 1.0
# Specifications and offerings are what copies share; all else they have for themselves.
SHARED_FAMILY = "catalog"


class NotCarriedOut(Exception):
    """The orders of the exemplars did not come to their end."""


def make_exemplars(services: Services) -> list[str]:
    """Return the ids of the exemplars' orders, made and carried out where they are not yet.

    Customers and orders come in one transaction. Ids and times are fixed, so that a later run
    finds what an earlier one has made, or goes on where it was killed.
    """
    then = _then(services)
    idents = _order_ids()
    with as_system(then, ACTOR) as work:
        known = work.many(ProductOrder, idents)
        if not known:
            random = Random(SEED)  # noqa: S311 - made-up data, the same each time
            catalog = load(work)
            customers = add_customers(work, random, COUNT, first=1)
            placed = [ProductOrder.wrap(orders.typical(catalog, random, one)) for one in customers]
            for order, ident in zip(placed, idents, strict=True):
                object.__setattr__(order, "meta", Meta(ident))
            work.add(*placed)
    _carry_out(then, idents)
    return idents


def _then(services: Services) -> Services:
    ids = Random(f"{SEED} ids")  # noqa: S311 - made-up data, the same each time
    chance = Chance(ids.randbytes, lambda: int(MOMENT.timestamp() * 1000) + 1)
    return replace(services, machine_now=lambda: MOMENT, chance=chance, test_clock=False)


def _order_ids() -> list[str]:
    ids = Random(f"{SEED} orders")  # noqa: S311 - made-up data, the same each time
    chance = Chance(ids.randbytes, lambda: int(MOMENT.timestamp() * 1000))
    return [chance.uuid() for _ in range(COUNT)]


def _carry_out(services: Services, idents: Sequence[str]) -> None:
    """Carry the orders out; what a killed run had in hand comes back when its leases end."""
    former = activator_of(services)
    use_activator(services, SeedNetwork())
    try:
        until = time.monotonic() + 2 * LEASE_S
        while True:
            run_until_idle(services, rounds=ROUNDS_MAX)
            with as_system(services, ACTOR) as work:
                found = work.many(ProductOrder, idents).values()
            if all(one.raw["state"] == "completed" for one in found):
                return
            if time.monotonic() > until:
                raise NotCarriedOut("The orders that are copied do not complete; see the worklist.")
            time.sleep(PAUSE_S)
    finally:
        use_activator(services, former)


def components(services: Services, connection: Any, idents: Sequence[str]) -> list[dict[str, str]]:
    """Return what belongs to each order, ids to kinds: all that it refers to and that refers to it.

    What the catalog holds is shared and left out. Orders that are tied together are one component.
    """
    kinds: dict[str, str] = dict.fromkeys(idents, ProductOrder.resource.name)
    group = {one: one for one in idents}
    frontier = list(idents)

    def head(ident: str) -> str:
        while group[ident] != ident:
            group[ident] = group[group[ident]]
            ident = group[ident]
        return ident

    while frontier:
        found = _edges(services, connection, frontier)
        frontier = [one for one in _ends(found) if one not in kinds]
        kinds.update({one: kind for one, kind in _ends(found).items() if one not in kinds})
        group.update({one: one for one in frontier})
        for source, _, target, _ in found:
            group[head(target)] = head(source)
    members: dict[str, dict[str, str]] = {}
    for ident, kind in sorted(kinds.items()):
        members.setdefault(head(ident), {})[ident] = kind
    return [members[one] for one in sorted(members)]


def _ends(edges: Sequence[tuple[str, str, str, str]]) -> Mapping[str, str]:
    return dict(sorted(
        pair for source, kind, target, other in edges for pair in ((source, kind), (target, other))
    ))  # fmt: skip


def _edges(
    services: Services, connection: Any, idents: Sequence[str]
) -> list[tuple[str, str, str, str]]:
    registry = services.registry
    tables = sorted({one.reference_table for one in registry})
    query = " union ".join(
        f"select source::text, type, target::text, target_type from {table} "  # noqa: S608
        "where source = any(%(ids)s::uuid[]) or target = any(%(ids)s::uuid[])"
        for table in tables
    )
    rows = connection.execute(query, {"ids": list(idents)}).fetchall()
    return [
        row
        for row in rows
        if SHARED_FAMILY not in (registry[row[1]].family, registry[row[3]].family)
    ]
