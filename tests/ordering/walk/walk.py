"""A walk: a market of its own, its network and outside systems, and what its customers order.

It is carried out in one process with a stepped worker, judged after each step (`truth.py`,
`kept_truth.py`). `trace` says what was done and what came of it: the same for the same chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from hypothesis import note as tell_hypothesis

from tests.ordering.walk import kept_truth
from tests.ordering.walk.chance import Chance
from tests.ordering.walk.deaths import Deaths
from tests.ordering.walk.market import HOUR_S, Market
from tests.ordering.walk.world import WalkNetwork, WalkOutside
from tests.support.program import Site
from trunkline.documents.clock import machine_time
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering.command import use_activator
from trunkline.ordering.design.calling import use_outside

ORDERS = "/tmf-api/productOrderingManagement/v4"
DAY_S = 24 * HOUR_S
CHOICES: dict[str, tuple[Any, ...]] = {
    "lines": (1, 2), "bandwidth": (50, 100, 500), "optimization": ("on", "off"),
    "sensors": (2, 4, 8), "zone": ("north", "south"),
}  # fmt: skip
NEVER_S = 365.0 * DAY_S
TICK = timedelta(microseconds=50)


@dataclass
class Ticking:
    """A clock that moves on by as often as it is read, so that a busy machine changes nothing."""

    now: datetime = field(default_factory=machine_time)

    def __call__(self) -> datetime:
        self.now += TICK
        return self.now


@contextmanager
def own_time(site: Site) -> Iterator[None]:
    """Let time pass in a `with` block only as a walk says, for what waits, too."""
    before, put_back = site.services.machine_now, queue.put_back

    def put_back_for_long(connection: Any, row: Row, *, pause_s: float, **more: Any) -> None:
        put_back(connection, row, pause_s=NEVER_S if pause_s > 0 else 0, **more)

    site.services.machine_now, queue.put_back = Ticking(), put_back_for_long
    try:
        yield
    finally:
        site.services.machine_now, queue.put_back = before, put_back


@dataclass
class Walk:
    """A walk through a market of its own, from `begin` to `leave`."""

    site: Site
    chance: Chance
    by_plan: bool
    orders: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    before: dict[str, kept_truth.Before] = field(default_factory=dict)
    compared: int = 0

    def __post_init__(self) -> None:
        self.deaths = Deaths()
        self.network = WalkNetwork(chance=self.chance, deaths=self.deaths)
        self.outside = WalkOutside(self.chance, self.deaths)
        self._left_with = ExitStack()

    @property
    def told(self) -> list[tuple[str, str]]:
        """What the network was told: the names of services, and what to do with them."""
        return [(one.name, one.action) for one in self.network.received]

    @property
    def services(self) -> Any:
        return self.site.services

    def begin(self) -> None:
        """Open the market, in a time of its own."""
        self._left_with.enter_context(own_time(self.site))
        self._connection = self._left_with.enter_context(
            psycopg.connect(self.site.dsn, autocommit=True)
        )
        self.market = Market.open(self.site, by_plan=self.by_plan)
        self.shop = self.market.shop
        use_activator(self.services, self.network)
        use_outside(self.services, self.outside)

    def leave(self) -> None:
        """Give the time back."""
        self._left_with.close()

    def rows(self, sql: LiteralString, *parameters: Any, **named: Any) -> list[tuple[Any, ...]]:
        """Read the database as its owner."""
        return self._connection.execute(sql, named or parameters).fetchall()

    def note(self, *what: object) -> None:
        """Add what came of the last thing to the trace."""
        self.trace.append(" ".join(map(str, what)))
        tell_hypothesis(f"  # {self.trace[-1]}")

    def __str__(self) -> str:
        return "; ".join(self.trace[-60:])
