"""`trunkline serve` as real processes: it answers, heals, drains and stops."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.cli.conftest import Installation, await_true, living
from trunkline.database.launcher import EmbeddedServer

PARTY = "/tmf-api/party/v4/individual"


@pytest.fixture(scope="module")
def serving(installation: Installation) -> Iterator[Installation]:
    installation.start("serve")
    yield installation
    if installation.process is not None and installation.process.poll() is None:
        installation.stop()


@pytest.fixture(scope="module")
def token(serving: Installation) -> str:
    added = serving.call("user", "add", "ada", "--role", "administrator", "--generate")
    assert added.returncode == 0, added.stderr
    made = serving.call("token", "create", "ada", "--name", "tests")
    assert made.returncode == 0, made.stderr
    return str(made.stdout.strip())


def test_it_answers_and_says_where_everything_is(serving: Installation) -> None:
    assert serving.get("/healthz") == (200, {"status": "ok"})
    assert serving.get("/version")[1]["name"] == "trunkline"
    log = serving.log()
    for said in (f"localhost:{serving.port}", "embedded PostgreSQL", "development", "test clock"):
        assert said in log


def test_a_token_from_the_command_line_opens_the_api(serving: Installation, token: str) -> None:
    assert token.startswith("tl_pat_")
    assert serving.get(PARTY)[0] == 401
    assert serving.get(PARTY, token) == (200, [])


def test_a_second_server_on_the_port_is_refused_with_the_next_step(serving: Installation) -> None:
    refused = serving.run("serve")
    assert refused.returncode == 2
    assert "TRUNKLINE_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_killed_web_process_is_replaced(serving: Installation) -> None:
    before = serving.web_workers()
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    await_true(
        lambda: len(serving.web_workers() - before) == 1,
        "a new web process",
        log=serving.log,
    )
    await_true(serving.answers, "it answers", log=serving.log)


def test_a_killed_web_server_is_replaced_and_leaves_nobody(serving: Installation) -> None:
    before = serving.family(of="cli.web_process")
    (server,) = serving.family(of="cli.web_process", like="cli.web_process")
    os.kill(server, signal.SIGKILL)
    await_true(lambda: not before & living().keys(), "the former ones are gone", log=serving.log)
    await_true(lambda: len(serving.web_workers()) == 2, "new web processes", log=serving.log)
    await_true(serving.answers, "it answers", log=serving.log)


def test_a_killed_worker_is_replaced(serving: Installation) -> None:
    before = serving.family(of="cli.worker_process")
    (worker,) = before
    os.kill(worker, signal.SIGKILL)
    await_true(
        lambda: serving.family(of="cli.worker_process") - before, "a new worker", log=serving.log
    )


def test_a_killed_database_server_comes_back(serving: Installation, token: str) -> None:
    former = serving.postmaster()
    os.kill(former, signal.SIGKILL)
    await_true(lambda: serving.postmaster() not in (0, former), "a new server", log=serving.log)
    await_true(serving.answers, "it is ready", log=serving.log)
    assert serving.get(PARTY, token)[0] == 200


def test_sigterm_answers_what_was_asked_and_ends_everything(
    serving: Installation, token: str
) -> None:
    """A request that waits in the database is answered although the servers are told to stop."""
    assert serving.process is not None
    family = serving.family()
    answers: list[int] = []
    data = serving.folder / "data"
    with EmbeddedServer.start(data, bindir=None) as server:
        with psycopg.connect(server.superuser_dsn()) as connection:
            connection.execute("lock table individual in access exclusive mode")
            asking = threading.Thread(target=lambda: answers.append(serving.get(PARTY, token)[0]))
            asking.start()
            time.sleep(0.5)
            serving.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        asking.join(timeout=10)
        assert answers == [200]
        serving.process.wait(timeout=20)
        assert serving.process.returncode == 0
        assert not [living()[one] for one in family & living().keys()]
        assert serving.postmaster() in living(), "this test still holds the server"
    assert not serving.postmaster()


def test_nobody_outlives_a_killed_parent(serving: Installation) -> None:
    """The others notice, stop, and the last of them stops PostgreSQL."""
    serving.start("serve")
    assert serving.process is not None
    everybody = {*serving.family(), serving.postmaster()}
    assert len(everybody) >= 5
    serving.process.kill()
    serving.process.wait()
    await_true(lambda: not everybody & living().keys(), "all are gone", log=serving.log)
