"""SIGTERM under load: what was begun is answered, the processes end soon, nothing is lost."""

from __future__ import annotations

import signal
import threading
import time
from random import Random

import pytest

from tests.faults import oracle
from tests.faults.asking import Clerk, CutOff, Told
from tests.faults.ordering_run import NETWORK, bodies
from tests.faults.place import Background, FaultProgram
from tests.faults.verdict import Verdict

SEED = 20_261_128
EXIT_S_MAX = 20.0
LATE_S = 0.02
"""Between a commit and its answer, so that stops fall into that time often."""


class Clients:
    """Clients that order without pause; each request that is cut off is sent again later."""

    def __init__(self, program: FaultProgram, orders: int, *, seed: int) -> None:
        self.program, self.told, self.is_over = program, Told(), threading.Event()
        self.cut_off: list[str] = []
        self._bodies = [(f"stop-{seed}-{n}", one) for n, one in
                        enumerate(bodies(program, orders, seed=seed))]  # fmt: skip
        self._lock = threading.Lock()
        self.threads = Background()

    def start(self, count: int) -> None:
        for _ in range(count):
            self.threads.run(self._send)

    def _send(self) -> None:
        clerk = Clerk(self.program.port, self.program.token)
        while not self.is_over.is_set():
            with self._lock:
                if not self._bodies:
                    return
                key, body = self._bodies.pop()
            try:
                answer = clerk.once("POST", oracle.ORDER, body, Idempotency_Key=key)
                if answer.status < 500:
                    self.told.note(key, answer)
                    continue
            except CutOff as cut:
                if cut.is_sent:
                    self.cut_off.append(key)
            answer = clerk.until_told("POST", oracle.ORDER, body, Idempotency_Key=key)
            self.told.note(key, answer)


def stop_under_load(
    program: FaultProgram, *, orders: int, stops: int, seed: int, by: signal.Signals
) -> Verdict:
    """Stop web and worker in turn while clients order, and judge."""
    verdict, random = Verdict("stopping", seed), Random(seed)
    program.start(workers=1, network=NETWORK, late_s=LATE_S)
    clients = Clients(program, orders, seed=seed)
    clients.start(6)
    took_s: list[float] = []
    unanswered: list[str] = []
    codes: list[int | None] = []
    for number in range(stops):
        time.sleep(random.uniform(0.3, 0.8))
        child = program.web if number % 2 == 0 else program.workers[0]
        child.await_ready_to_stop()
        program.await_web()
        if by is signal.SIGTERM:
            took_s.append(child.stop(timeout_s=60))
            assert child.process is not None
            codes.append(child.process.returncode)
        else:
            child.kill()
        if child is program.web:
            time.sleep(0.1)
            unanswered += _stored(program, clients.cut_off)
        clients.cut_off.clear()
        child.start()
        clients.threads.check()
    clients.threads.join(timeout_s=120)
    oracle.await_settled(program, timeout_s=120)
    verdict.tried |= {"orders": orders, "stops": stops, "exit_s": [round(one, 1) for one in took_s]}
    verdict.check("carried out and not answered", unanswered)
    verdict.check("exit too late", [one for one in took_s if one > EXIT_S_MAX])
    verdict.check("exit code not 0", [one for one in codes if one != 0])
    oracle.judge_told(program, clients.told, verdict, path=oracle.ORDER)
    oracle.judge_double(program, clients.told, verdict, table="product_order")
    oracle.judge_orders(program, verdict, must_complete=True)
    oracle.judge_network(program, verdict)
    oracle.judge_history(program, verdict)
    return verdict


def _stored(program: FaultProgram, keys: list[str]) -> list[str]:
    """Return those keys whose request was carried out."""
    rows = program.rows("select key from idempotency where key = any(%s)", list(keys))
    return [key for (key,) in rows]


def test_sigterm_loses_nothing(program: FaultProgram, full: bool) -> None:
    """Web and worker end within 20 s with code 0, and nobody who was served was not answered."""
    orders, stops = (600, 40) if full else (16, 2)
    verdict = stop_under_load(program, orders=orders, stops=stops, seed=SEED, by=signal.SIGTERM)
    verdict.must_be_clean(program.logs())


@pytest.mark.parametrize("control", ["SIGKILL"])
def test_control(program: FaultProgram, control: str) -> None:
    """Killed instead of asked to stop, the web process leaves requests done and unanswered."""
    verdict = stop_under_load(program, orders=300, stops=20, seed=SEED, by=signal.SIGKILL)
    verdict.tell()
    assert "carried out and not answered" in verdict.red
