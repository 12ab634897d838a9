"""The whole PostgreSQL is killed under load: it recovers, and what was acknowledged is there."""

from __future__ import annotations

import threading
import time
from random import Random

import pytest

from tests.faults import oracle
from tests.faults.asking import Clerk, Told
from tests.faults.ordering_run import Size, run
from tests.faults.place import Background, FaultProgram, PrivateServer
from tests.faults.verdict import Verdict

PARTY = "/tmf-api/party/v4/individual"
SEED = 20_261_127


def write_and_kill(program: FaultProgram, *, kills: int, clients: int, seed: int) -> Verdict:
    """Write as quickly as it goes, kill the server again and again, and count what is lost."""
    verdict, random, told = Verdict("database", seed), Random(seed), Told()
    is_over, writers, down_s = threading.Event(), Background(), []
    for number in range(clients):
        writers.run(_write, program, f"{seed}-{number}", told, is_over)
    for _ in range(kills):
        before = len(told)
        time.sleep(random.uniform(0.5, 2.0))
        program.server.kill()
        started = time.monotonic()
        program.server.revive()
        down_s.append(time.monotonic() - started)
        while len(told) <= before and time.monotonic() < started + 60:
            time.sleep(0.05)
        writers.check()
    is_over.set()
    writers.join(timeout_s=120)
    verdict.tried |= {"kills": kills, "recovery_s_max": round(max(down_s), 1)}
    oracle.judge_told(program, told, verdict, path=PARTY)
    oracle.judge_double(program, told, verdict, table="individual")
    oracle.judge_history(program, verdict)
    return verdict


def _write(program: FaultProgram, name: str, told: Told, is_over: threading.Event) -> None:
    clerk, number = Clerk(program.port, program.token), 0
    while not is_over.is_set():
        key = f"{name}-{number}"
        body = {"givenName": "Ada", "familyName": "Lovelace"}
        told.note(key, clerk.until_told("POST", PARTY, body, Idempotency_Key=key))
        number += 1


def test_acknowledged_records_survive_a_killed_server(program: FaultProgram, full: bool) -> None:
    """After each kill of all of PostgreSQL's processes everything acknowledged is there, once."""
    program.start(workers=0)
    verdict = write_and_kill(program, kills=20 if full else 2, clients=6, seed=SEED)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["acknowledged"] > 10


def test_orders_survive_when_everything_is_killed(program: FaultProgram, full: bool) -> None:
    """Web, workers and PostgreSQL die in turn; every order is carried out once nevertheless."""
    if not full:
        pytest.skip("test_orders.py does this in small")
    size = Size(500, 45, clients=8)
    victims = ("web", "worker", "database", "database")
    verdict = run(program, size, seed=SEED, victims=victims)
    verdict.must_be_clean(program.logs())


@pytest.mark.parametrize("control", ["synchronous_commit=off"])
def test_control(private_server: PrivateServer, program: FaultProgram, control: str) -> None:
    """Where a commit does not wait for the disk, acknowledged records are lost."""
    program.execute(f"alter database {program.database} set synchronous_commit = off")
    private_server.run("alter system set wal_writer_delay = '2s'", "select pg_reload_conf()")
    try:
        program.start(workers=0)
        verdict = write_and_kill(program, kills=4, clients=6, seed=SEED)
    finally:
        private_server.revive()
        private_server.run("alter system reset wal_writer_delay", "select pg_reload_conf()")
    verdict.tell()
    assert "acknowledged and lost" in verdict.red
