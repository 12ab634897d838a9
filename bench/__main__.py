"""Benchmarks: `make bench` prints what requests and orders cost, as ratios in one run.

Each request is measured against the whole program in one process, against a bare handler that
runs the same statements on the same pool with psycopg, and in pgbench; "quick" is the same handler
with the program's own way of sending a statement. Processor time is read from /proc for
the web process and for PostgreSQL, so that the load generator does not count.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from dataclasses import replace
from typing import Any

from bench import deliveries, load, orders, requests
from bench.place import Place, opened
from trunkline.demo.large import seed_large

PARTY = "/tmf-api/party/v4/individual"
PRODUCT = "/tmf-api/productInventory/v4/product"
CONDITION = "from product where p_status = any(%s::text[])"
ORDERING = 300
"""How many customers order in turn."""

TWO_STATEMENTS: tuple[tuple[str, list[Any]], ...] = (
    (f"select count(*) from (select 1 {CONDITION} limit 10001) c", [["active"]]),
    (f"select doc {CONDITION} order by id desc limit 20", [["active"]]),
)
HEADINGS = ("request", "SQL", "ours/s", "bare/s", "pgbench/s", "p50 ms", "p95 ms",
            "web µs", "bare µs", "web ratio", "db µs", "whole ratio", "quick µs")  # fmt: skip


def cases(place: Place) -> list[requests.Case]:
    """Return the requests to measure, on records that exist."""
    token = place.token
    product = place.ask("GET", f"{PRODUCT}?limit=1").json[0]
    customer = product["relatedParty"][0]["id"]
    somebody = place.ask("GET", f"{PARTY}?limit=1").json[0]["id"]
    number = itertools.count()

    def fixed(name: str, path: str) -> requests.Case:
        bytes_sent = load.request("GET", path, token=token)
        return requests.Case(name, lambda: bytes_sent, "GET", path)

    def written(name: str, method: str, path: str, body: dict[str, Any]) -> requests.Case:
        text = json.dumps(body)

        def make() -> bytes:
            changed = text.replace("COUNT", str(next(number))).encode()
            return load.request(method, path, token=token, body=changed)

        return requests.Case(
            name, make, method, path, text.replace("COUNT", "start").encode(), writes=True
        )

    placed = orders.bodies(place, ORDERING)
    in_turn = itertools.cycle(
        load.request("POST", orders.PRODUCT_ORDER, token=token, body=one) for one in placed
    )
    mail = {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}
    person = {"givenName": "Ada", "familyName": "Lovelace COUNT", "contactMedium": [mail]}
    return [
        fixed("GET by id (names filled in)", f"{PRODUCT}/{product['id']}"),
        fixed("GET by id (no names)", f"{PARTY}/{somebody}"),
        replace(
            fixed("list 20, filter, total", f"{PRODUCT}?status=active&limit=20"),
            bare=TWO_STATEMENTS,
        ),
        fixed("deep page (offset 9,000)", f"{PRODUCT}?limit=20&offset=9000"),
        fixed("by related party", f"{PRODUCT}?relatedParty.id={customer}&limit=20"),
        written("POST individual", "POST", PARTY, person),
        requests.Case("POST productOrder", lambda: next(in_turn), "POST", orders.PRODUCT_ORDER,
                      placed[0], writes=True),
        written("PATCH product", "PATCH", f"{PRODUCT}/{product['id']}",
                {"description": "seen COUNT"}),
    ]  # fmt: skip


def print_row(values: tuple[object, ...]) -> None:
    """Print one row of a Markdown table."""
    print("| " + " | ".join(str(value) for value in values) + " |", flush=True)


def measure_requests(place: Place) -> None:
    """Print the table of requests."""
    print_row(HEADINGS)
    print_row(("---",) * len(HEADINGS))
    for case in cases(place):
        ours, bare, quick, tps, count = requests.measure(place, case)
        whole = (ours.web_us + ours.database_us) / (bare.web_us + bare.database_us)
        print_row(
            (
                case.name, count, f"{ours.rate:,.0f}", f"{bare.rate:,.0f}",
                "–" if tps is None else f"{tps:,.0f}", f"{ours.p50_ms:.1f}", f"{ours.p95_ms:.1f}",
                f"{ours.web_us:.0f}", f"{bare.web_us:.0f}", f"{ours.web_us / bare.web_us:.2f}",
                f"{ours.database_us:.0f}", f"{whole:.2f}", f"{quick.web_us:.0f}",
            )
        )  # fmt: skip
        if ours.refused:
            print(f"\n{case.name}: {ours.refused} requests were refused", file=sys.stderr)


def main() -> None:
    """Measure with the number of records that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[100_000])
    parser.add_argument("--seconds", type=float, default=requests.SECONDS)
    parser.add_argument("--only-orders", action="store_true")
    chosen = parser.parse_args()
    requests.SECONDS = chosen.seconds
    for size in chosen.records:
        with opened(lambda text: print(text, file=sys.stderr)) as place:
            started = time.perf_counter()
            stored = seed_large(place.services, size=size, progress=lambda _: None)
            took_s = time.perf_counter() - started
            print(f"\n## {stored:,} records (stored in {took_s:.0f} s, {stored / took_s:,.0f}/s)\n")
            place.vacuum()
            orders.print_table(orders.measure(place, chosen.seconds * 3))
            deliveries.print_table(
                [
                    deliveries.measure(place, events=3_000, subscribers=1),
                    deliveries.measure(place, events=600, subscribers=19),
                ]
            )
            if not chosen.only_orders:  # last, since nobody carries out the orders that it posts
                measure_requests(place)


if __name__ == "__main__":
    main()
