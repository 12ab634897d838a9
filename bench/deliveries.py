"""Events to a listener: how many a second, and the processor time of one, told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

from bench import processes
from bench.place import Place
from trunkline.kernel.work import as_system
from trunkline.party.individual import Individual

HUB = "/tmf-api/party/v4/hub"
AT_ONCE = 500
WAIT_S = 180.0


@dataclass(frozen=True)
class DeliveryCost:
    """What deliveries cost: rate, and milliseconds of processor time of each."""

    events: int
    subscribers: int
    delivered: int
    per_s: float
    worker_ms: float
    database_ms: float


def measure(place: Place, *, events: int, subscribers: int) -> DeliveryCost:
    """Write events that each subscriber shall have, then start a worker and wait for the last."""
    port = place.listener_port
    environ = {
        **os.environ,
        "TRUNKLINE_DATABASE_URL": place.dsn,
        "TRUNKLINE_CALLBACK_ALLOW": f"127.0.0.1:{port}",
        "TRUNKLINE_LOG_LEVEL": "error",
    }
    with processes.server("bench.listener", port=port, environ={}):
        for number in range(subscribers):
            body = {"callback": f"http://127.0.0.1:{port}/{number}"}
            answer = place.ask("POST", HUB, json.dumps(body).encode())
            if answer.status_code != 201:
                raise RuntimeError(answer.text[:500])
        for start in range(0, events, AT_ONCE):
            with as_system(place.services, "bench") as work:
                work.add(
                    *(_person(number) for number in range(start, min(start + AT_ONCE, events)))
                )
        worker = subprocess.Popen(
            [sys.executable, "-m", "trunkline.cli.worker_process"],
            env=environ, stdin=subprocess.PIPE,
        )  # fmt: skip
        try:
            return _watch(place, port, worker.pid, events, subscribers)
        finally:
            worker.terminate()
            worker.wait(20)


def _person(number: int) -> Individual:
    return Individual(given_name="Ada", family_name=f"Lovelace {number}")


def _watch(place: Place, port: int, worker: int, events: int, subscribers: int) -> DeliveryCost:
    """Count from the first message on: the worker's start is not what is measured."""
    while (before := _taken(port)) == 0:
        time.sleep(0.02)
    started = time.perf_counter()
    spent = processes.processor_s(worker), processes.processor_s(place.postmaster)
    wanted, taken = events * subscribers, before
    while taken < wanted and time.perf_counter() - started < WAIT_S:
        time.sleep(0.05)
        taken = _taken(port)
    took_s = time.perf_counter() - started
    count = taken - before
    used = processes.processor_s(worker), processes.processor_s(place.postmaster)
    return DeliveryCost(
        events, subscribers, taken, count / took_s,
        (used[0] - spent[0]) / count * 1000, (used[1] - spent[1]) / count * 1000,
    )  # fmt: skip


def _taken(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        return int(answer.read())


def print_table(costs: list[DeliveryCost]) -> None:
    """Print what deliveries cost as a Markdown table."""
    print("\n## Events to listeners\n")
    print("| events | subscribers | delivered | a second | worker ms each | PostgreSQL ms each |")
    print("|---|---|---|---|---|---|")
    for one in costs:
        print(
            f"| {one.events:,} | {one.subscribers} | {one.delivered:,} | {one.per_s:,.0f} "
            f"| {one.worker_ms:.2f} | {one.database_ms:.2f} |"
        )
