"""What the benchmarks of order management share: a shop, orders of many lines, a worker at hand."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from statistics import median
from typing import Any, TypeVar

from bench.orders import PRODUCT_ORDER
from bench.place import Place, opened
from trunkline.demo import catalog, orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer, add_customers
from trunkline.kernel.work import as_system
from trunkline.ordering.command import Answer, Command, use_activator
from trunkline.worker.steps import run_until_idle

T = TypeVar("T")
OWN = "/api/ordering/v1"


class Network:
    """A network that does all at once, or takes orders on and never says more."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers

    def submit(self, command: Command) -> Answer:
        """Do it, or take it on."""
        return Answer("done" if self.answers else "pending", external_id=command.key[-6:])

    def query(self, key: str) -> Answer | None:
        """Return what became of a command: it was taken on."""
        return Answer("pending", external_id=key[-6:])


@contextmanager
def shop() -> Iterator[tuple[Place, DemoCatalog, Network]]:
    """Open a place with the demonstration's catalog and a network in this process."""
    with opened(lambda text: print(text, file=sys.stderr)) as place:
        network = Network()
        use_activator(place.services, network)
        with as_system(place.services, "bench") as work:
            stored = catalog.load(work)
        place.vacuum()
        yield place, stored, network


def customers(place: Place, count: int, *, seed: int = 7) -> list[DemoCustomer]:
    """Return new customers."""
    with as_system(place.services, "bench") as work:
        return add_customers(work, Random(seed), count)


def lines(stored: DemoCatalog, who: DemoCustomer, count: int) -> list[dict[str, Any]]:
    """Return lines of fibre and voice by turns, all at the customer's first place."""
    names = ("Fibre 1G", "Voice Flat")
    return [
        orders.item(stored, str(number + 1), names[number % 2], who.sites[0])
        for number in range(count)
    ]


def send(place: Place, who: DemoCustomer, items: Sequence[dict[str, Any]]) -> str:
    """Send an order in and return its id."""
    made = ask(place, "POST", PRODUCT_ORDER, orders.order(who, list(items)), expects=201)
    return str(made["id"])


def ask(place: Place, method: str, path: str, body: Any = None, *, expects: int = 200) -> Any:
    """Call the API in this process; the answer must be the expected one."""
    answer = place.ask(method, path, json.dumps(body).encode() if body is not None else b"")
    if answer.status_code != expects:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
    return answer.json


def work(place: Place, *lanes: str) -> None:
    """Carry out all that is due; of some lanes only, where they are named."""
    chosen = lanes or ("reaction", "call", "job")
    run_until_idle(place.services, rounds=100_000, lanes=chosen)


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Do something and return how many seconds it took, and what came of it."""
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def median_ms(act: Callable[[], object], *, times: int = 15) -> float:
    """Return how many milliseconds something takes, the middle one of some times."""
    return median(timed(act)[0] for _ in range(times)) * 1000


def tell(name: str, found: float, may_take: float, unit: str, note: str = "") -> None:
    """Print a figure as a row of a table, and whether it is within what it may take."""
    judged = "" if found <= may_take else " **above**"
    print(f"| {name} | {found:,.1f} | {may_take:,.0f}{judged} | {unit} | {note} |", flush=True)


def head() -> None:
    """Print the head of the table."""
    print("| measured | took | may take | unit | |")
    print("|---|---|---|---|---|", flush=True)
