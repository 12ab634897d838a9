"""Every event reaches every listener, in order per record, while dispatchers are killed."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest

from tests.faults import oracle
from tests.faults.asking import Clerk
from tests.faults.place import Background, FaultProgram, await_true
from tests.faults.receivers import Receiver, receiving
from tests.faults.verdict import Verdict
from trunkline.program.serve import free_port

BASE = "/tmf-api/party/v4"
SEED = 20_261_125
EVENTS = """
select id::text, subject::text, version from event
where type = 'Individual' order by subject, version
"""


def send_and_kill(
    program: FaultProgram, *, records: int, changes: int, kills: int, seed: int,
    control: str = "", workers: int = 1, patience_s: float = 60.0,
) -> Verdict:  # fmt: skip
    """Change records while dispatchers are killed, wait for the messages, and judge."""
    verdict, random = Verdict("deliveries", seed), Random(seed)
    with ExitStack() as stack:
        living = [
            stack.enter_context(receiving("good")),
            stack.enter_context(receiving("failing", failing=0.1)),
            stack.enter_context(receiving("slow", slow_s=0.2)),
        ]
        dead = free_port("127.0.0.1")
        ports = [*(one.port for one in living), dead]
        program.start(workers=workers, control=control, callbacks=ports)
        _subscribe(program, [*(one.callback for one in living), f"http://127.0.0.1:{dead}/dead"])
        writers = Background()
        for number in range(4):
            writers.run(_change, program, records // 4, changes, seed + number)
        for _ in range(kills):
            time.sleep(random.uniform(0.3, 1.2))
            child = random.choice(program.workers)
            child.kill()
            child.start()
            writers.check()
        writers.join(timeout_s=300)
        events = program.rows(EVENTS)
        is_done = _await_all(living, {one[0] for one in events}, patience_s=patience_s)
        waiting = program.rows("select count(*) from work where lane = 'delivery'")[0][0]
        _judge(verdict, living, events)
    verdict.tried |= {
        "events": len(events), "listeners": len(living), "arrived in time": is_done,
        "kills": sum(one.kills for one in program.workers),
        "left for the dead one": waiting,
    }  # fmt: skip
    verdict.check("the dead one was not there", [] if waiting else ["it has no messages"])
    oracle.judge_history(program, verdict)
    return verdict


def _subscribe(program: FaultProgram, callbacks: list[str]) -> None:
    clerk = Clerk(program.port, program.token)
    for one in callbacks:
        answer = clerk.until_told("POST", f"{BASE}/hub", {"callback": one})
        assert answer.status == 201, answer


def _change(program: FaultProgram, records: int, changes: int, seed: int) -> None:
    clerk, random = Clerk(program.port, program.token), Random(seed)
    paths = []
    for _ in range(records):
        body = {"givenName": "Ada", "familyName": "Lovelace"}
        made = clerk.until_told("POST", f"{BASE}/individual", body)
        paths.append(f"{BASE}/individual/{made.json['id']}")
    for number in range(changes):
        for path in paths:
            clerk.until_told("PATCH", path, {"familyName": f"Lovelace {seed} {number}"})
            time.sleep(random.uniform(0, 0.05))


def _await_all(living: list[Receiver], expected: set[str], *, patience_s: float) -> bool:
    try:
        await_true(
            lambda: all(expected <= set(one.taken) for one in living),
            "all have arrived", timeout_s=patience_s,
        )  # fmt: skip
    except AssertionError:
        return False
    return True


def _judge(verdict: Verdict, living: list[Receiver], events: list[tuple[Any, ...]]) -> None:
    place = {ident: (subject, version) for ident, subject, version in events}
    missing, unknown, disordered, repeated = [], [], [], 0
    for receiver in living:
        firsts = list(dict.fromkeys(receiver.taken))
        missing += [(receiver.name, *place[one]) for one in place.keys() - set(firsts)]
        unknown += [(receiver.name, one) for one in firsts if one not in place]
        repeated += sum(number - 1 for number in Counter(receiver.taken).values())
        last: dict[str, int] = {}
        for subject, version in [place[one] for one in firsts if one in place]:
            if version <= last.get(subject, 0):
                disordered.append((receiver.name, subject, last[subject], version))
            last[subject] = version
    verdict.tried |= {"repeated": repeated, "refused by listeners": sum(r.refused for r in living)}
    verdict.check("missing", missing)
    verdict.check("ids that no event has", unknown)
    verdict.check("out of order", disordered)


def test_messages_arrive_in_order_while_dispatchers_die(program: FaultProgram, full: bool) -> None:
    """None is missing; first arrivals are in order; the living do not wait for the dead."""
    counts = (
        {"records": 100, "changes": 10, "kills": 60, "workers": 2, "patience_s": 300.0}
        if full else {"records": 8, "changes": 3, "kills": 3}
    )  # fmt: skip
    verdict = send_and_kill(program, seed=SEED, **counts)  # type: ignore[arg-type]
    verdict.must_be_clean(program.logs())


@pytest.mark.parametrize(
    "control, broken", [("no-line", "out of order"), ("finish-before-sending", "missing")]
)
def test_control(program: FaultProgram, control: str, broken: str) -> None:
    """Without the line per record they overtake; settled before sent, they get lost."""
    verdict = send_and_kill(
        program, records=12, changes=8, kills=8, seed=SEED, control=control, patience_s=15
    )
    verdict.tell()
    assert broken in verdict.red
