"""The event feed misses nothing, although transactions end in another order than they began."""

from __future__ import annotations

import re
import threading
import time
from random import Random

import pytest

from tests.faults.asking import Clerk
from tests.faults.place import Background, FaultProgram
from tests.faults.verdict import Verdict
from trunkline.kernel.work import as_system
from trunkline.party.individual import Individual

FEED = "/tmf-api/event/v4/event"
SEED = 20_261_126
NEXT = re.compile(r"[?&]after=([0-9.]+)")


class TakenBack(Exception):
    """A transaction that its writer gives up."""


def read_while_writing(
    program: FaultProgram, *, writers: int, writes: int, readers: int, seed: int, delay_s: float
) -> Verdict:
    """Write with random delays before the commit while readers follow the feed."""
    verdict, is_over = Verdict("feed", seed), threading.Event()
    found: list[list[str]] = [[] for _ in range(readers)]
    reading, writing = Background(), Background()
    for number in range(readers):
        reading.run(_follow, program, found[number], is_over)
    for number in range(writers):
        writing.run(_write, program, writes, Random(seed + number), delay_s)
    writing.join(timeout_s=600)
    is_over.set()
    reading.join(timeout_s=120)
    events = {
        one for (one,) in program.rows("select id::text from event where type = 'Individual'")
    }
    verdict.tried |= {
        "writers": writers, "readers": readers, "events": len(events),
        "given up": writers * writes - len(events), "read": [len(one) for one in found],
    }  # fmt: skip
    verdict.check("missed", [one for seen in found for one in events - set(seen)])
    verdict.check("read twice", [n for n, seen in enumerate(found) if len(set(seen)) < len(seen)])
    verdict.check("read and never there", [one for seen in found for one in set(seen) - events])
    return verdict


def _write(program: FaultProgram, writes: int, random: Random, delay_s: float) -> None:
    for _ in range(writes):
        try:
            with as_system(program.services, "faults") as work:
                work.add(Individual.wrap({"givenName": "Ada", "familyName": "Lovelace"}))
                time.sleep(random.uniform(0, delay_s))
                if random.random() < 0.1:
                    raise TakenBack
        except TakenBack:
            continue


def _follow(program: FaultProgram, found: list[str], is_over: threading.Event) -> None:
    """Read page after page; every page is asked for by a new connection, as after a restart."""
    clerk, after = Clerk(program.port, program.token), "0.0"
    while True:
        was_over = is_over.is_set()
        path = f"{FEED}?resourceType=Individual&limit=50&after={after}"
        answer = clerk.until_told("GET", path)
        assert answer.status == 200, answer
        found += [one["id"] for one in answer.json]
        position = NEXT.search(answer.headers["link"])
        assert position is not None, answer.headers
        if position[1] == after and was_over:
            return
        after = position[1]


def test_readers_miss_nothing(program: FaultProgram, full: bool) -> None:
    """Every reader sees every event once, whichever transaction committed first."""
    program.start(workers=0)
    writers, writes, readers = (12, 500, 3) if full else (6, 25, 2)
    verdict = read_while_writing(
        program, writers=writers, writes=writes, readers=readers, seed=SEED, delay_s=0.04
    )
    verdict.must_be_clean(program.logs())


@pytest.mark.parametrize("control", ["feed-by-number"])
def test_control(program: FaultProgram, control: str) -> None:
    """A feed that asks for "what comes after the last number" misses events."""
    program.start(workers=0, control=control)
    verdict = read_while_writing(program, writers=8, writes=60, readers=2, seed=SEED, delay_s=0.1)
    verdict.tell()
    assert "missed" in verdict.red
