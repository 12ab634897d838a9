"""The event feed misses nothing, although transactions end in another order than they began."""

from __future__ import annotations

import itertools
import re
import threading
import time
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from tests.faults.asking import Clerk
from tests.faults.place import Background, FaultProgram, await_true
from tests.faults.receivers import Receiver, receiving
from tests.faults.verdict import Verdict
from trunkline.kernel.work import as_system
from trunkline.party.individual import Individual

FEED = "/tmf-api/event/v4/event"
SEED = 20_261_126
LEASE_S = 2.0
EVENTS = "select id::text, subject::text, version from event where type = 'Individual'"
NEXT = re.compile(r"[?&]after=([0-9.]+)")


class TakenBack(Exception):
    """A transaction that its writer gives up."""


def read_while_writing(
    program: FaultProgram, *, writers: int, writes: int, readers: int, seed: int, delay_s: float,
    kills: int = 0, control: str = "", patience_s: float = 60.0,
) -> Verdict:  # fmt: skip
    """Write with random delays before the commit while readers follow the feed.

    With `kills` a listener is told of it all, too, and web and worker die in turn by kill -9.
    """
    verdict, is_over = Verdict("feed", seed), threading.Event()
    found: list[list[str]] = [[] for _ in range(readers)]
    reading, writing = Background(), Background()
    with receiving("listener", failing=0.05) as listener:
        program.start(
            workers=min(kills, 1), control=control, callbacks=[listener.port], lease_s=LEASE_S
        )
        if kills:
            told = Clerk(program.port, program.token).until_told(
                "POST", "/tmf-api/party/v4/hub", {"callback": listener.callback}
            )
            assert told.status == 201, told
        for number in range(readers):
            reading.run(_follow, program, found[number], is_over)
        for number in range(writers):
            writing.run(_write, program, writes, Random(seed + number), delay_s)
        _kill_in_turn(program, kills, Random(seed))
        writing.join(timeout_s=600)
        is_over.set()
        reading.join(timeout_s=120)
        events = program.rows(EVENTS)
        if kills:
            _judge_delivered(verdict, listener, events, patience_s=patience_s)
    verdict.tried |= {
        "writers": writers, "readers": readers, "events": len(events),
        "given up": writers * writes - len(events), "read": [len(one) for one in found],
        "kills": {one.name: one.kills for one in program.children.values()},
    }  # fmt: skip
    ids = {ident for ident, _, _ in events}
    verdict.check("missed", [one for seen in found for one in ids - set(seen)])
    verdict.check("read twice", [n for n, seen in enumerate(found) if len(set(seen)) < len(seen)])
    verdict.check("read and never there", [one for seen in found for one in set(seen) - ids])
    verdict.check("read out of order", [one for seen in found for one in disordered(seen, events)])
    return verdict


def _kill_in_turn(program: FaultProgram, kills: int, random: Random) -> None:
    """Kill the web processes and the worker one after the other, and start each again at once."""
    mortal = itertools.cycle([*program.workers, program.web])
    for child in itertools.islice(mortal, kills):
        time.sleep(random.uniform(0.1, 0.6))
        child.kill()
        child.start()
        if child is program.web:
            program.await_web()


def _judge_delivered(
    verdict: Verdict, listener: Receiver, events: list[tuple[Any, ...]], *, patience_s: float
) -> None:
    ids = {ident for ident, _, _ in events}
    with suppress(AssertionError):
        await_true(lambda: ids <= set(listener.taken), "all have come", timeout_s=patience_s)
    firsts = list(dict.fromkeys(listener.taken))
    verdict.check("not delivered", ids - set(firsts))
    verdict.check("delivered and never there", set(firsts) - ids)
    verdict.check("delivered out of order", disordered(firsts, events))


def disordered(seen: list[str], events: list[tuple[Any, ...]]) -> list[tuple[str, int]]:
    """Return the events that came after a later one about the same record."""
    place = {ident: (subject, version) for ident, subject, version in events}
    found, last = [], dict[str, int]()
    for subject, version in [place[one] for one in seen if one in place]:
        if version <= last.get(subject, 0):
            found.append((subject, version))
        last[subject] = version
    return found


def _write(program: FaultProgram, writes: int, random: Random, delay_s: float) -> None:
    """Make records and change them; one of ten transactions is given up."""
    made = ""
    for number in range(writes):
        try:
            with as_system(program.services, "faults") as work:
                if made and random.random() < 0.5:
                    with work.edit(Individual, made) as one:
                        one.family_name = f"Lovelace {number}"
                    ident = made
                else:
                    body = {"givenName": "Ada", "familyName": "Lovelace"}
                    ident = work.add(Individual.wrap(body)).id
                time.sleep(random.uniform(0, delay_s))
                if random.random() < 0.1:
                    raise TakenBack
            made = ident
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


def test_readers_and_listeners_miss_nothing(program: FaultProgram, full: bool) -> None:
    """Every reader sees every event once, whichever transaction committed first, and a listener
    gets them all, each record's in order, while web and worker are killed."""
    counts = (
        {"writers": 12, "writes": 500, "readers": 3, "kills": 60, "patience_s": 300.0}
        if full else {"writers": 6, "writes": 25, "readers": 2, "kills": 2}
    )  # fmt: skip
    verdict = read_while_writing(program, seed=SEED, delay_s=0.04, **counts)  # type: ignore[arg-type]
    verdict.must_be_clean(program.logs())
    assert all(one.kills for one in program.children.values())


@pytest.mark.parametrize(
    "control, kills, broken",
    [
        ("feed-by-number", 0, "missed"),
        ("finish-before-sending", 8, "not delivered"),
        ("no-line", 4, "delivered out of order"),
    ],
)
def test_control(program: FaultProgram, control: str, kills: int, broken: str) -> None:
    """A feed that asks for "what comes after the last number" misses events; settled before they
    are sent they get lost, and without the line per record they overtake."""
    verdict = read_while_writing(
        program, writers=8, writes=60, readers=2, seed=SEED, delay_s=0.1, kills=kills,
        control=control, patience_s=15,
    )  # fmt: skip
    verdict.tell()
    assert broken in verdict.red
