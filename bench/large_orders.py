"""Orders of many lines: broken down, changed while they run, and their plans opened.

`python -m bench.large_orders` prints the figures: a plan of 400 tasks read by the API and its page
made in each view, 1,000 lines broken down, one in twenty of them changed, then all of them.
`--lines 100` makes it a short trial.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from bench.order_place import (
    OWN,
    Network,
    ask,
    customers,
    head,
    lines,
    median_ms,
    send,
    shop,
    tell,
    timed,
    work,
)
from bench.orders import PRODUCT_ORDER
from bench.pages import Visitor
from bench.place import Place
from trunkline.demo.catalog import DemoCatalog

LINES = 1_000
STEPS = 400
LINES_FOR_STEPS = 100
"""How many lines of fibre and voice by turns at one place make a plan of 400 steps."""
BREAKS_DOWN_S, OPENS_MS = 20.0, 200.0
REVISES_S = {20: 10.0, 1: 120.0}
"""What the change of one line in so many may take."""


def break_down(place: Place, stored: DemoCatalog, count: int) -> str:
    """Measure from handing an order in until every line has its orders and steps."""
    (who,) = customers(place, 1, seed=1)
    items = lines(stored, who, count)

    def carry_in() -> str:
        order = send(place, who, items)
        work(place, "reaction")
        return order

    took_s, order = timed(carry_in)
    tell(f"{count:,} lines broken down", took_s, BREAKS_DOWN_S, "s")
    return order


def revise(place: Place, stored: DemoCatalog, order: str, *, every: int) -> None:
    """Measure the change of one line in so many of a running order: asked for, and carried out."""
    held = ask(place, "GET", f"{PRODUCT_ORDER}/{order}")["productOrderItem"]
    items: list[dict[str, Any]] = [
        {name: one[name] for name in ("id", "action", "productOffering", "product")} for one in held
    ]
    changed = items[every - 1 :: every]
    for one in changed:
        alter(stored, one)

    def change() -> str:
        path = f"{OWN}/productOrder/{order}/revision"
        made = ask(place, "POST", path, {"productOrderItem": items}, expects=201)["id"]
        ask(place, "POST", f"{OWN}/orderRevision/{made}/submit", {})
        work(place, "reaction")
        return str(made)

    took_s, revision = timed(change)
    state = ask(place, "GET", f"{OWN}/orderRevision/{revision}")["state"]
    said = f"{len(changed):,} of {len(items):,} lines revised"
    tell(said, took_s, REVISES_S[every], "s", state)


def alter(stored: DemoCatalog, line: dict[str, Any]) -> None:
    """Let a line of fibre be half as fast, and one of voice have two numbers for one."""
    product = line["product"]
    held = {one["name"]: one["value"] for one in product.get("productCharacteristic", ())}
    if line["productOffering"]["id"] == stored.offerings["Fibre 1G"]:
        line["productOffering"] = {"id": stored.offerings["Fibre 500M"]}
        held |= {"downloadSpeed": 500, "uploadSpeed": 250}
    else:
        held["lines"] = 3 - held.get("lines", 1)
    product["productCharacteristic"] = [
        {"name": name, "value": value} for name, value in held.items()
    ]


def open_plan(place: Place, stored: DemoCatalog, network: Network) -> None:
    """Measure how long a plan of 400 steps takes to be read, half of which are under way."""
    (who,) = customers(place, 1, seed=3)
    network.answers = False
    order = send(place, who, lines(stored, who, LINES_FOR_STEPS))
    work(place, "reaction", "call")
    network.answers = True
    path = f"{OWN}/productOrder/{order}/plan"
    steps = len(ask(place, "GET", path)["item"])
    assert steps >= STEPS, f"the plan has {steps} steps only; ask for more lines"
    took_ms = median_ms(lambda: ask(place, "GET", path))
    tell(f"plan of {steps} tasks read by the API", took_ms, OPENS_MS, "ms", "median of 15")
    visitor = Visitor(place)
    for view in ("timeline", "graph", "list"):
        took_ms = median_ms(partial(visitor.get, f"/order/{order}?view={view}"))
        tell(f"page of {steps} tasks, as a {view}", took_ms, OPENS_MS, "ms", "on the server")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.large_orders", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    chosen = parser.parse_args()
    with shop() as (place, stored, network):
        head()
        open_plan(place, stored, network)
        order = break_down(place, stored, chosen.lines)
        for every in REVISES_S:
            revise(place, stored, order, every=every)


if __name__ == "__main__":
    main()
