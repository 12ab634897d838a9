"""Placing orders while seeding: stored by the one write path, then carried out at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.ordering.product_order import ProductOrder
from trunkline.worker.steps import run_until_idle

ROUNDS_MAX = 10_000


def place(services: Services, bodies: Sequence[dict[str, Any]], *, threads: int = 1) -> list[str]:
    """Place orders, carry out all that follows, and return the orders' ids.

    With more threads several orders go on at a time; without any, nothing is carried out yet.
    """
    with as_system(services, "demo") as work:
        placed = [ProductOrder.wrap(one) for one in bodies]
        work.add(*placed)
    if threads:
        with ThreadPoolExecutor(threads) as pool:
            running = [
                pool.submit(run_until_idle, services, rounds=ROUNDS_MAX) for _ in range(threads)
            ]
            for one in running:
                one.result()
    return [one.id for one in placed]
