"""Orders from posted to completed, and events to a listener, with real processes beside each other.

The network answers at once. Processor time is told apart: web, worker, PostgreSQL, simulator.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from random import Random

import psycopg

from bench import load, processes
from bench.place import Place
from trunkline.demo import catalog, orders
from trunkline.demo.people import DemoCustomer, add_customers
from trunkline.kernel.work import as_system
from trunkline.simulator.running import start
from trunkline.workspace.search_index import catch_up

PRODUCT_ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
CUSTOMERS = 1_000
"""Half as many as people who order: enough that each order is its customer's first."""
CONNECTIONS = 4
WORKERS = 2
"""Worker processes: one for each of the two cores, since one carries out Python on one core."""


@dataclass(frozen=True)
class OrderCost:
    """What an order cost: rates a second, and milliseconds of processor time per order."""

    orders: int
    posted_per_s: float
    completed_per_s: float
    post_p50_ms: float
    post_p95_ms: float
    web_ms: float
    worker_ms: float
    database_ms: float
    simulator_ms: float
    records_written: float
    wal_kb: float
    stuck: int


def bodies(place: Place, customers: int = CUSTOMERS * 2) -> list[bytes]:
    """Return one fibre-with-voice order per customer, ready to be posted."""
    with as_system(place.services, "bench") as work:
        stored = catalog.load(work)
        people: list[DemoCustomer] = add_customers(work, Random(7), customers)
    return [
        json.dumps(
            orders.order(
                one,
                [
                    orders.item(stored, "1", "Fibre 1G", one.sites[0]),
                    orders.item(stored, "2", "Voice Flat", one.sites[0]),
                ],
            )
        ).encode()
        for one in people
    ]


def measure(place: Place, seconds: float) -> OrderCost:
    """Post orders for some seconds, wait until all are done, and tell what they cost."""
    waiting = bodies(place)
    catch_up(place.services)  # else the workers build the whole index while orders are measured
    place.vacuum()
    made = iter(waiting * 50)
    port = processes.free_port()
    with start() as network:
        environ = {
            "BENCH_DSN": place.dsn,
            "TRUNKLINE_DATABASE_URL": place.dsn,
            "TRUNKLINE_NETWORK_URL": network.url,
            "TRUNKLINE_LOG_LEVEL": "error",
        }
        with processes.server("bench.serving", "full", port=port, environ=environ) as web:
            workers = [
                subprocess.Popen(
                    [sys.executable, "-m", "trunkline.cli.worker_process"],
                    env={**os.environ, **environ},
                    stdin=subprocess.PIPE,
                )
                for _ in range(WORKERS)
            ]
            try:
                pids = {"web": [web], "worker": [one.pid for one in workers],
                        "database": [place.postmaster],
                        "simulator": [network.process.pid]}  # fmt: skip
                processes.await_idle([pid for own in pids.values() for pid in own])
                return _run(place, port, pids, made, seconds)
            finally:
                for one in workers:
                    one.terminate()
                for one in workers:
                    one.wait(20)


def _used_s(pids: list[int]) -> float:
    return sum(processes.processor_s(one) for one in pids)


def _run(place: Place, port: int, pids: dict[str, list[int]], made, seconds: float) -> OrderCost:  # type: ignore[no-untyped-def]
    before = {name: _used_s(own) for name, own in pids.items()}
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        wal = connection.execute("select pg_current_wal_lsn()").fetchone()
        audit = connection.execute("select count(*) from audit").fetchone()
        started = time.perf_counter()
        result = load.run(
            port,
            lambda: load.request("POST", PRODUCT_ORDER, token=place.token, body=next(made)),
            seconds=seconds,
            connections=CONNECTIONS,
        )
        posted_s = time.perf_counter() - started
        open_orders = 1
        deadline = time.perf_counter() + 120
        while open_orders and time.perf_counter() < deadline:
            time.sleep(0.1)
            row = connection.execute(
                "select count(*) from product_order where p_state in ('acknowledged', 'inProgress')"
            ).fetchone()
            open_orders = row[0] if row else 0
        took_s = time.perf_counter() - started
        written = connection.execute("select count(*) from audit").fetchone()
        logged = connection.execute(
            "select pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", wal
        ).fetchone()
    count = result.answered - result.refused
    used = {name: (_used_s(own) - before[name]) / count * 1000 for name, own in pids.items()}
    assert written is not None
    assert audit is not None
    assert logged is not None
    return OrderCost(
        count, count / posted_s, (count - open_orders) / took_s, result.percentile_ms(0.5),
        result.percentile_ms(0.95), used["web"], used["worker"], used["database"],
        used["simulator"], (written[0] - audit[0]) / count, float(logged[0]) / count / 1024,
        open_orders,
    )  # fmt: skip


def print_table(cost: OrderCost) -> None:
    """Print what an order cost as a Markdown table."""
    rows = [
        ("orders", f"{cost.orders:,}"),
        ("posted a second", f"{cost.posted_per_s:,.0f}"),
        ("posted to completed, a second", f"{cost.completed_per_s:,.1f}"),
        ("POST p50 / p95 ms, under this load", f"{cost.post_p50_ms:.1f} / {cost.post_p95_ms:.1f}"),
        ("web ms of processor per order", f"{cost.web_ms:.1f}"),
        ("worker ms", f"{cost.worker_ms:.1f}"),
        ("PostgreSQL ms", f"{cost.database_ms:.1f}"),
        ("simulator ms", f"{cost.simulator_ms:.1f}"),
        ("record writes per order", f"{cost.records_written:.1f}"),
        ("WAL kB per order", f"{cost.wal_kb:.0f}"),
        ("not finished", f"{cost.stuck}"),
    ]
    print("\n## Fibre with voice: posted to completed\n\n| figure | value |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")
