"""Orders under kill -9: clients order and are told, while processes die at random moments."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

from tests.faults import oracle
from tests.faults.asking import Clerk, Told
from tests.faults.place import LEASE_S, Background, Child, FaultProgram
from tests.faults.verdict import Verdict
from trunkline.demo.orders import item, order

NETWORK = {
    "mode": "callback", "delay_ms": [5, 150], "lost_answer": 0.05, "duplicate_callback": 0.1,
    "out_of_order": 0.1,
}  # fmt: skip


BUSY_S = 1.5
LEASED = "select worker from work where lane in ('reaction', 'call') and lease_until is not null"


@dataclass(frozen=True)
class Size:
    """How much is tried."""

    orders: int
    kills: int
    clients: int = 6
    workers: int = 2
    stalls: int = 0
    pause_s: tuple[float, float] = (0.1, 1.0)
    settle_s: float = 120.0


def bodies(program: FaultProgram, count: int, *, seed: int) -> list[dict[str, Any]]:
    """Return orders of fibre with voice; every customer has two, at one place."""
    people = program.add_customers((count + 1) // 2, seed=seed)
    return [
        order(
            people[number // 2],
            [item(program.catalog, "1", "Fibre 1G", people[number // 2].sites[0]),
             item(program.catalog, "2", "Voice Flat", people[number // 2].sites[0])],
        )
        for number in range(count)
    ]  # fmt: skip


def run(
    program: FaultProgram, size: Size, *, seed: int, control: str = "",
    victims: Sequence[str] = ("web", "worker"), must_complete: bool = True,
) -> Verdict:  # fmt: skip
    """Place all orders while killing, wait until all is settled, and judge."""
    random, told, verdict = Random(seed), Told(), Verdict("orders", seed)
    to_send: SimpleQueue[tuple[str, dict[str, Any]]] = SimpleQueue()
    waiting = [(f"order-{seed}-{n}", one) for n, one in
               enumerate(bodies(program, size.orders, seed=seed))]  # fmt: skip
    former_kills = program.server.kills
    program.start(workers=size.workers, control=control, network=NETWORK)
    clients, is_over = Background(), threading.Event()
    for _ in range(size.clients):
        clients.run(_send, program, to_send, told, is_over)
    started = time.monotonic()
    at_work = _kill_at_random(program, size, random, waiting, to_send, victims, clients)
    await_all(clients, is_over, timeout_s=size.settle_s)
    last = time.monotonic()
    oracle.await_settled(program, timeout_s=size.settle_s if not control else 25.0)
    settled_s = time.monotonic() - last
    verdict.tried |= {
        "orders": size.orders,
        "kills": sum(one.kills for one in program.children.values()),
        "of workers at work": at_work,
        "database kills": program.server.kills - former_kills,
        "seconds": round(time.monotonic() - started, 1),
        "settled_s": round(settled_s, 1),
    }
    oracle.judge_told(program, told, verdict, path=oracle.ORDER)
    oracle.judge_double(program, told, verdict, table="product_order")
    oracle.judge_orders(program, verdict, must_complete=must_complete)
    oracle.judge_network(program, verdict)
    oracle.judge_history(program, verdict)
    return verdict


def await_all(clients: Background, is_over: threading.Event, *, timeout_s: float) -> None:
    """Let the clients send what is left, and end."""
    is_over.set()
    clients.join(timeout_s=timeout_s)


def _send(
    program: FaultProgram, to_send: SimpleQueue[tuple[str, dict[str, Any]]], told: Told,
    is_over: threading.Event,
) -> None:  # fmt: skip
    clerk = Clerk(program.port, program.token)
    while True:
        try:
            key, body = to_send.get(timeout=0.1)
        except Empty:
            if is_over.is_set():
                return
            continue
        answer = clerk.until_told("POST", oracle.ORDER, body, Idempotency_Key=key)
        told.note(key, answer)


def _kill_at_random(
    program: FaultProgram, size: Size, random: Random, waiting: list[tuple[str, dict[str, Any]]],
    to_send: SimpleQueue[tuple[str, dict[str, Any]]], victims: Sequence[str], clients: Background,
) -> int:  # fmt: skip
    """Hand out orders in portions and kill somebody in the midst of each.

    Returns how many workers had work in hand when they died.
    """
    stalls_at = set(random.sample(range(size.kills), min(size.stalls, size.kills)))
    sent = at_work = 0
    for number in range(size.kills):
        until = size.orders * (number + 1) // size.kills
        for one in waiting[sent:until]:
            to_send.put(one)
        sent = until
        time.sleep(random.uniform(*size.pause_s))
        at_work += kill_one(program, random.choice(list(victims)), random)
        if number in stalls_at:
            random.choice(program.workers).stall(LEASE_S + 1)
        clients.check()
    if not size.kills:
        for one in waiting:
            to_send.put(one)
    return at_work


def kill_one(program: FaultProgram, victim: str, random: Random) -> bool:
    """Kill one of a kind with -9, wait a moment, and start it again.

    Tells whether it was a worker with work in hand, which is what is waited for.
    """
    if victim == "database":
        program.server.kill()
        time.sleep(random.uniform(0, 0.3))
        program.server.revive()
        return False
    busy = _busy_worker(program) if victim == "worker" else None
    child = busy or (program.web if victim == "web" else random.choice(program.workers))
    child.kill()
    time.sleep(random.uniform(0, 0.3))
    child.start()
    return busy is not None


def _busy_worker(program: FaultProgram) -> Child | None:
    """Return a worker as soon as it holds a lease, None where none does for a while."""
    until = time.monotonic() + BUSY_S
    while time.monotonic() < until:
        names = [name for (name,) in program.rows(LEASED)]
        for child in program.workers:
            if child.process is not None and any(f":{child.process.pid}:" in n for n in names):
                return child
    return None
