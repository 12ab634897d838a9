"""Placing orders while seeding: stored by the one write path, then carried out at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any

from trunkline.demo.network import TIME_LENGTH
from trunkline.documents.clock import Chance
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.ordering.product_order import ProductOrder
from trunkline.worker.steps import carry_out, claim, run_until_idle

ROUNDS_MAX = 10_000
ROWS_AHEAD = 20
LEFT = (
    "select exists (select from work where lane in ('reaction', 'call') and parked_at is null "
    "and run_at < clock_timestamp() + interval '1 second')"
)
PAUSE_S = 0.02


def place(services: Services, bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Place orders, carry out all that follows, and return the orders' ids."""
    placed = store(services, bodies)
    run_until_idle(services, rounds=ROUNDS_MAX)
    return placed


def store(services: Services, bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Place orders without carrying anything out yet, and return their ids."""
    with as_system(services, "demo") as work:
        placed = [ProductOrder.wrap(one) for one in bodies]
        work.add(*placed)
    return [one.id for one in placed]


def place_side_by_side(services: Services, bodies: Sequence[dict[str, Any]]) -> None:
    """Place orders and carry them out in two threads, with the same records as in one.

    This thread breaks the orders down, which makes every record. The other one makes the calls,
    which only change records, with other ids for what it logs.
    """
    calling = replace(services, chance=Chance(milliseconds=services.chance.milliseconds))
    finished = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        store(services, bodies)
        calls = pool.submit(_make_calls, calling, finished)
        done: Counter[str] = Counter()
        try:
            _react(services, done)
        finally:
            finished.set()
        calls.result()
    while _is_left(services):
        _react(services, done)
        run_until_idle(calling, rounds=ROUNDS_MAX, lanes=("call",))
        time.sleep(PAUSE_S)


def _is_left(services: Services) -> bool:
    """Tell whether there is work now or in a moment: what met the other thread was put back."""
    with services.database.app.connection() as connection:
        return bool(connection.execute(LEFT).fetchone()[0])


def _react(services: Services, done: Counter[str]) -> int:
    """Carry out the reactions that are due and what follows; return how many there were.

    Each has ids of its own, told from what it is about: in which sequence they come is decided by
    the calls beside them.
    """
    before = done.total()
    while rows := claim(services, lane="reaction", worker="seed", limit=ROWS_AHEAD):
        for row in rows:
            about = f"{row.kind} {row.subject[TIME_LENGTH:]}"
            version = (row.payload or {}).get("version", done[about])
            ids = Random(f"{about} {version}")  # noqa: S311 - made-up data, the same each time
            chance = Chance(ids.randbytes, services.chance.milliseconds)
            carry_out(replace(services, chance=chance), [row])
            done[about] += 1
    return done.total() - before


def _make_calls(services: Services, finished: threading.Event) -> None:
    while not finished.is_set():
        if not run_until_idle(services, rounds=ROUNDS_MAX, lanes=("call",)):
            time.sleep(PAUSE_S)
    run_until_idle(services, rounds=ROUNDS_MAX, lanes=("call",))
