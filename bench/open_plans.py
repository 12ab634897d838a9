"""Many open plans: an order's steps cost the same beside 100,000 of them as beside none.

`python -m bench.open_plans` copies the plan of one order that waits for the network as often as
asked for, with its order, records and due dates, and measures orders before and after that.
"""

from __future__ import annotations

import argparse
from functools import partial
from statistics import median

import psycopg

from bench.order_place import customers, head, lines, send, shop, tell, timed, work
from bench.place import Place
from trunkline.demo.catalog import DemoCatalog

PLANS = 100_000
ORDERS = 40
SLOWER_MAX = 1.25
"""How much slower an order may be beside the others: what a run differs from the next one by."""

SHOWN = (
    "select string_agg(attname, ', ' order by attnum) from pg_attribute "
    "where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
)
# Each copy of the plan has ids of its own, made of the pattern's and its number, and its steps
# need each other as those of the pattern do.
MAKE_IDS = """
create function pg_temp.copied(ident uuid, number bigint) returns uuid language sql immutable as
$$ select md5(ident::text || number)::uuid $$
"""
COPIED = {
    "record": ("id",),
    "product_order": ("id",),
    "plan_item": ("id", "root", "command_key", "needs", "needed_by"),
    "plan_outlook": ("root",),
}
CLAUSE = {"record": "id", "product_order": "id", "plan_item": "root", "plan_outlook": "root"}


def copy_plans(place: Place, pattern: str, count: int) -> None:
    """Copy an order that is under way, with its plan, so many times; tell the planner of it."""
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        connection.execute(MAKE_IDS)
        connection.execute("set session_replication_role = replica")  # nothing follows from it
        for table, own in COPIED.items():
            row = connection.execute(SHOWN, [table]).fetchone()
            assert row is not None
            names = row[0].split(", ")
            values = ", ".join(_value(table, one, own) for one in names)
            connection.execute(
                f"insert into {table} ({row[0]}) overriding system value select {values} "
                f"from {table} t cross join generate_series(1, {int(count)}) n(number) "
                f"where t.{CLAUSE[table]} = %s",
                [pattern],
            )
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")  # what was copied is not written beside the orders


def _value(table: str, name: str, own: tuple[str, ...]) -> str:
    if name == "key":
        return "t.key || '-' || n.number"
    if name not in own:
        return f"t.{name}"
    if name in ("needs", "needed_by"):
        each = f"select pg_temp.copied(one, n.number) from unnest(t.{name}) one"
        return f"array({each})"
    return f"pg_temp.copied(t.{name}, n.number)"


def measure(place: Place, stored: DemoCatalog, count: int, *, seed: int) -> float:
    """Return how many milliseconds an order takes from being sent in to its end, in the middle."""
    people = customers(place, count, seed=seed)

    def whole(number: int) -> None:
        who = people[number]
        send(place, who, lines(stored, who, 2))
        work(place)

    return median(timed(partial(whole, number))[0] for number in range(count)) * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.open_plans", description=__doc__)
    parser.add_argument("--plans", type=int, default=PLANS)
    parser.add_argument("--orders", type=int, default=ORDERS)
    chosen = parser.parse_args()
    with shop() as (place, stored, network):
        measure(place, stored, 5, seed=11)
        alone = measure(place, stored, chosen.orders, seed=12)
        network.answers = False
        (who,) = customers(place, 1, seed=13)
        pattern = send(place, who, lines(stored, who, 2))
        work(place)
        network.answers = True
        took_s, _ = timed(lambda: copy_plans(place, pattern, chosen.plans))
        measure(place, stored, chosen.orders, seed=14)  # what was copied is read for the first time
        beside = measure(place, stored, chosen.orders, seed=15)
        head()
        tell("an order, alone", alone, alone, "ms", "sent in, carried out, one process")
        tell(f"an order beside {chosen.plans:,} open ones", beside, alone * SLOWER_MAX, "ms",
             f"copied in {took_s:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
