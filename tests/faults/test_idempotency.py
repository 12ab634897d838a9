"""One key, one record: many clients, many sends, deaths between commit and reply."""

from __future__ import annotations

import threading
import time
from random import Random

import pytest

from tests.faults import oracle
from tests.faults.asking import Answer, Clerk, CutOff, Told
from tests.faults.place import Background, FaultProgram, keep_running
from tests.faults.verdict import Verdict

PARTY = "/tmf-api/party/v4/individual"
SEED = 20_261_123
NO_CONSTRAINT = "alter table idempotency drop constraint idempotency_pkey"


def storm(
    program: FaultProgram, *, keys: int, clients: int, sends: int, kills: int, seed: int
) -> Verdict:
    """Let all clients send the same requests at once, one in ten with another body."""
    verdict, random, told = Verdict("one key", seed), Random(seed), Told()
    changed: list[Answer] = []
    for number in range(keys):
        senders = Background()
        for client in range(clients):
            senders.run(
                _send, program, f"key-{number}", sends, Random(seed + client), told, changed
            )
        if number < kills:
            senders.run(_kill_web, program, random.uniform(0.1, 1.5))
        senders.join(timeout_s=300)
    verdict.tried |= {
        "keys": keys, "requests": keys * clients * sends, "kills": program.web.kills,
        "answers": sum(map(len, told.answers.values())), "changed": len(changed),
    }  # fmt: skip
    reused = [one for one in changed if one.status == 409]
    verdict.check("changed body not refused", [one for one in changed if one not in reused])
    bodies = {key: {one.body for one in answers} for key, answers in told.answers.items()}
    verdict.check("bodies beyond one per key", [one for one in bodies.values() if len(one) > 1])
    oracle.judge_told(program, told, verdict, path=PARTY)
    oracle.judge_double(program, told, verdict, table="individual")
    oracle.judge_history(program, verdict)
    return verdict


def _send(
    program: FaultProgram, key: str, sends: int, random: Random, told: Told, changed: list[Answer]
) -> None:
    clerk = Clerk(program.port, program.token)
    for number in range(sends):
        is_other = number > 0 and random.random() < 0.1
        body = {"givenName": "Mallory" if is_other else "Ada", "familyName": "Lovelace"}
        try:
            if random.random() < 0.2:
                _hang_up(program, key, body if not is_other else {**body, "givenName": "Eve"})
            answer = clerk.until_told("POST", PARTY, body, Idempotency_Key=key)
        except CutOff:
            continue
        if is_other:
            changed.append(answer)
        else:
            told.note(key, answer)


def _hang_up(program: FaultProgram, key: str, body: dict[str, str]) -> None:
    """Send a request and leave before its answer comes."""
    impatient = Clerk(program.port, program.token, timeout_s=0.01)
    try:
        impatient.once("POST", PARTY, body, Idempotency_Key=key)
    except CutOff:
        pass


def _kill_web(program: FaultProgram, after_s: float) -> None:
    time.sleep(after_s)
    program.web.kill()
    program.web.start()


def test_many_sends_of_one_key_make_one_record(program: FaultProgram, full: bool) -> None:
    """Whoever repeats a request gets the first body; who changes it is refused."""
    program.start(workers=0)
    clients, sends = (40, 24) if full else (10, 6)
    keys, kills = (5, 4) if full else (1, 0)
    verdict = storm(program, keys=keys, clients=clients, sends=sends, kills=kills, seed=SEED)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["changed"]


def test_a_death_between_commit_and_reply_is_repeated(program: FaultProgram, full: bool) -> None:
    """The web process dies when the record is stored and nobody was told; the key finds it."""
    deaths = 20 if full else 1
    program.start(workers=0, deaths=0.3)
    stopping = threading.Event()
    keeper = Background()
    keeper.run(keep_running, [program.web], stopping)
    verdict, told = Verdict("death before reply", SEED), Told()
    clerk, cut = Clerk(program.port, program.token), 0
    for number in range(400):
        key = f"before-reply-{number}"
        body = {"givenName": "Ada", "familyName": f"Lovelace {number}"}
        try:
            told.note(key, clerk.once("POST", PARTY, body, Idempotency_Key=key))
        except CutOff:
            cut += 1
            answer = clerk.until_told("POST", PARTY, body, Idempotency_Key=key)
            told.note(key, answer)
        if cut >= deaths:
            break
    verdict.tried |= {"requests": len(told), "cut off": cut}
    oracle.judge_told(program, told, verdict, path=PARTY)
    oracle.judge_double(program, told, verdict, table="individual")
    oracle.judge_history(program, verdict)
    stopping.set()
    keeper.join(timeout_s=10)
    verdict.must_be_clean(program.logs())
    assert cut >= deaths


@pytest.mark.parametrize("control", ["no unique index"])
def test_control(program: FaultProgram, control: str) -> None:
    """Without the constraint the same storm is red."""
    program.execute(NO_CONSTRAINT)
    program.start(workers=0)
    verdict = storm(program, keys=1, clients=20, sends=6, kills=0, seed=SEED)
    verdict.tell()
    assert "records beyond one per key" in verdict.red or "two answers for a key" in verdict.red
