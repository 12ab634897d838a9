"""Deaths at every step: one run counts the crash points, then one run dies at each of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from tests.faults import oracle
from tests.faults.asking import Answer, Clerk, Told
from tests.faults.place import Background, FaultProgram, await_true, keep_running
from tests.faults.verdict import Verdict
from trunkline.demo.orders import item, order

CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
LEASE_S = 1.5
COUNTS_MAX = 4
DEATH_S = 10.0
AT_ONCE = {"mode": "now"}
CALLED_BACK = {"mode": "callback", "delay_ms": 150}
NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}

Act: TypeAlias = Callable[[int], object]
Body: TypeAlias = dict[str, Any]


@dataclass
class Sweep:
    """One thing that is done again and again, each time with a death at another point."""

    program: FaultProgram
    verdict: Verdict
    patience_s: float = 30.0
    runs: int = 0
    points: list[str] = field(default_factory=list)

    def count(self, act: Act) -> None:
        """Do it without a death until it passes the same points twice, and note them.

        The first run warms up; on a busy machine a lease may end in the midst of a later one.
        """
        self._do("warm up", act)
        passed = [self._do("count", act)]
        while len(passed) < COUNTS_MAX:
            passed.append(self._do("count again", act))
            if sorted(passed[-2]) == sorted(passed[-1]):
                break
        self.points = passed[-1]
        self.verdict.tried["points"] = len(self.points)
        differing = set(passed[-2]) ^ set(passed[-1])
        self.verdict.check("points that are not there each time", sorted(differing))

    def die_at(self, labels: Sequence[str], act: Act) -> None:
        """Do it once for each of these points, and die there."""
        missed = []
        for label in labels:
            if not self._dies(label, act) and not self._dies(label, act):
                missed.append(label)
        self.verdict.tried |= {"deaths at points": len(labels) - len(missed)}
        self.verdict.check("points not reached", missed)

    def die_about(self, labels: Sequence[str], act: Act) -> None:
        """Do it once for each of these points, and die there where it is passed this time.

        What is left to chance does not pass the same points each time.
        """
        reached = sum(self._dies(label, act) for label in labels)
        self.verdict.tried |= {"points": len(labels), "deaths at points": reached}

    def sample(self, labels: Sequence[str], *, every: int) -> list[str]:
        """Return each n-th of the points, from one on that the seed decides."""
        return list(labels[Random(self.verdict.seed).randrange(every) :: every])

    def _dies(self, label: str, act: Act) -> bool:
        """Do it once with a death at a point; tell whether the point was reached."""
        self._begin(label, dies=True)
        self._act(act)
        try:  # the last point may lie behind the end of all work
            await_true(lambda: not self._armed.exists(), f"a death at {label}", timeout_s=DEATH_S)
        except AssertionError:
            self._armed.unlink(missing_ok=True)
            return False
        finally:
            self._settle()
        return True

    def _do(self, name: str, act: Act) -> list[str]:
        """Do it once without a death; return the points that were passed."""
        self._begin(name, dies=False)
        self._act(act)
        self._settle()
        time.sleep(0.1)
        self._armed.unlink()
        return self._reached.read_text().splitlines()

    def _act(self, act: Act) -> None:
        act(self.runs)
        self.runs += 1

    def _settle(self) -> None:
        oracle.await_settled(self.program, timeout_s=self.patience_s)

    def _begin(self, name: str, *, dies: bool) -> None:
        """Arm the points all at once, under a name that no run before had."""
        self._reached.write_text("")
        made = self._armed.with_suffix(".new")
        made.write_text(f"{self.runs} {name}\n{name if dies else ''}")
        made.rename(self._armed)

    @property
    def _armed(self) -> Path:
        return self.program.points / "armed"

    @property
    def _reached(self) -> Path:
        return self.program.points / "reached"


@contextmanager
def sweeping(
    program: FaultProgram, name: str, *, seed: int, network: dict[str, Any], control: str = "",
) -> Iterator[Sweep]:  # fmt: skip
    """Start the program for a `with` block, with crash points; who dies is started again."""
    program.start(workers=1, control=control, network=network, lease_s=LEASE_S, with_points=True)
    is_over, keeper = threading.Event(), Background()
    keeper.run(keep_running, list(program.children.values()), is_over)
    clerk = Clerk(program.port, program.token)
    clerk.until_told("GET", oracle.ORDER)
    patience_s = 6.0 if control else 30.0
    try:
        yield Sweep(program, Verdict(name, seed), patience_s)
    finally:
        is_over.set()
        keeper.join(timeout_s=10)


def orders_of(program: FaultProgram, count: int, *, seed: int) -> list[Body]:
    """Return orders of fibre with voice, each of a customer of its own."""
    people = program.add_customers(count, seed=seed)
    return [
        order(
            one,
            [item(program.catalog, "1", "Fibre 1G", one.sites[0]),
             item(program.catalog, "2", "Voice Flat", one.sites[0])],
        )
        for one in people
    ]  # fmt: skip


@dataclass
class Orders:
    """Sends one order after the other, each until it is told, and remembers the answers."""

    program: FaultProgram
    bodies: list[Body]
    told: Told = field(default_factory=Told)

    def __call__(self, number: int) -> Answer:
        clerk, key = Clerk(self.program.port, self.program.token), f"step-{number}"
        body = self.bodies[number]
        answer = clerk.until_told("POST", oracle.ORDER, body, Idempotency_Key=key)
        self.told.note(key, answer)
        return answer


@dataclass
class Cancellations:
    """Calls one order after the other off."""

    program: FaultProgram
    orders: list[str]
    told: Told = field(default_factory=Told)

    def __call__(self, number: int) -> Answer:
        clerk, key = Clerk(self.program.port, self.program.token), f"cancel-{number}"
        body = {"productOrder": {"id": self.orders[number]}}
        answer = clerk.until_told("POST", CANCEL, body, Idempotency_Key=key)
        self.told.note(key, answer)
        return answer


def judge(sweep: Sweep, told: Told, *, path: str, table: str) -> None:
    """Check what holds after every sweep: told and there, once, in effect once, no gaps."""
    oracle.judge_told(sweep.program, told, sweep.verdict, path=path)
    oracle.judge_double(sweep.program, told, sweep.verdict, table=table)
    oracle.judge_network(sweep.program, sweep.verdict)
    oracle.judge_history(sweep.program, sweep.verdict)
