"""Attributes of the operator's, on many customers: `python -m bench.own_attributes`.

Every customer has a number and a text in the document before anybody defines them. Then they are
defined with an index: told are the seconds in which the worker fills it, and how long filters,
sorts and totals by them take through the API, beside one by an attribute of the program's.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import psycopg

from bench import statements
from bench.place import Place, opened
from bench.thin import add_thin
from trunkline.demo.large import seed_large
from trunkline.governance.attribute_index import FILL, fill
from trunkline.leases import queue

CUSTOMER = "/tmf-api/customerManagement/v4/customer"
DEFINED = "/api/governance/v1/extraAttribute"
LEVELS = 500
ASKED = 60
MOST_MS = 100
LANE = "reaction"
FILLED = """
update customer set doc = (doc::jsonb || jsonb_build_object(
  'loyaltyPoints', hashint8(('x' || substr(md5(id::text), 1, 15))::bit(60)::bigint) & 1023,
  'favouriteShop', 'Shop ' || (hashint4(hashtext(id::text)) & 2147483647) %% %s))::json
"""


def main() -> None:
    """Fill a database, define the attributes, and print what filling and finding take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    customers = parser.parse_args().customers
    with opened(_say) as place:
        seed_large(place.services, size=4_000, progress=lambda _: None)
        place.vacuum()
        add_thin(place.owner_dsn, customers, _say)
        with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off")
            connection.execute(FILLED, [LEVELS])
        place.vacuum()
        _define(place)
        took_s = _fill(place)
        print(f"{customers:,} customers; two indexes filled in {took_s:.0f} s\n")
        place.vacuum()
        _ask(place)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _define(place: Place) -> None:
    for name, kind in (("loyaltyPoints", "number"), ("favouriteShop", "text")):
        body = {"recordType": "Customer", "name": name, "kind": kind, "indexed": True,
                "dataClass": "internal"}  # fmt: skip
        answer = place.ask("POST", DEFINED, json.dumps(body).encode())
        if answer.status_code != 201:
            raise RuntimeError(answer.text)


def _fill(place: Place) -> float:
    """Do the work of filling as a worker does, and nothing else; return the seconds."""
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        connection.execute("delete from work where kind <> %s", [FILL])
    began = time.perf_counter()
    while True:
        with place.services.database.app.connection() as connection:
            open_ones = connection.execute(
                "select count(*) from attribute_definition where settled_at is null"
            ).fetchone()
            rows = queue.claim(connection, lane=LANE, worker="bench", limit=1, lease_s=600)
        if open_ones == (0,):
            return time.perf_counter() - began
        for row in rows:
            fill(place.services, row)


def _ask(place: Place) -> None:
    asked = {
        "status=active (the program's)": "status=active",
        "loyaltyPoints=77": "loyaltyPoints=77",
        "loyaltyPoints from 1,000 on": "loyaltyPoints.gte=1000",
        "favouriteShop=Shop 33": "favouriteShop=Shop%2033",
        "both": "loyaltyPoints.gte=1000&favouriteShop=Shop%2033",
        "sorted by loyaltyPoints": "sort=-loyaltyPoints",
        "favouriteShop, sorted by name": "favouriteShop=Shop%2033&sort=name",
    }
    print("| customers with | found | SQL | p50 ms | p95 ms |\n| --- | --- | --- | --- | --- |")
    for title, query in asked.items():
        took: list[float] = []
        address = f"{CUSTOMER}?{query}&limit=20"
        with statements.recorded(undone=False) as kept:
            answer: Any = place.ask("GET", address)
        if answer.status_code not in {200, 206}:
            print(f"| {title} | refused: {answer.json['code']} | {len(kept)} | – | – |")
            continue
        for _ in range(ASKED):
            began = time.perf_counter()
            place.ask("GET", address)
            took.append((time.perf_counter() - began) * 1000)
        took.sort()
        p95 = took[ASKED * 95 // 100]
        verdict = "" if p95 <= MOST_MS else " **above**"
        total = answer.headers.get("x-total-count", "10,000+")
        print(f"| {title} | {total} | {len(kept)} | {took[ASKED // 2]:.1f} | {p95:.1f}{verdict} |")


if __name__ == "__main__":
    main()
