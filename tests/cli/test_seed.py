"""Seeding: the same each time, whole after it was killed, and never over what others stored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import SOURCE, await_true
from tests.support.program import fresh_database

CUSTOMERS = 100
BY_TIME = "substr(id::text, 15, 1) = '7'"
SAME = {
    "keys, names and kinds": "select t.key, r.type, r.label from record r join ({tables}) t "
    "on t.id = r.id order by r.type, t.key",
    "ids but for their time": "select right(id::text, 17), type from record "
    "where type not in ('Register', 'RegisterValue', 'Profile', 'Sphere', 'FailurePolicy') "
    f"and {BY_TIME} order by id",
    "how many have an id of what they are about": "select type, count(*) from record "
    f"where not {BY_TIME} group by 1 order by 1",
    "documents": "select key, regexp_replace(doc::text, '{instants}', 'T', 'g') "
    "from ({tables}) t order by key",
    "events": "select type, kind, state, count(*) from event group by 1, 2, 3 order by 1, 2, 3",
    "steps": "select name, kind, state, count(*) from plan_item group by 1, 2, 3 order by 1, 2, 3",
    "users": "select login from user_account order by login",
}
INSTANTS = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9a-f]{8}-[0-9a-f]{4}-7"
TABLES = ("individual", "organization", "customer", "billing_account", "geographic_site",
          "product_order", "product", "service", "resource", "fallout")  # fmt: skip


def seed(dsn: str, *, hashing: int) -> subprocess.Popen[str]:
    """Start a seed as a process of its own, in which sets have another order."""
    words = [sys.executable, "-m", "trunkline.cli.main", "seed", "--customers", str(CUSTOMERS)]
    kept = {key: value for key, value in os.environ.items() if key[:10] != "TRUNKLINE_"}
    environment = {"PYTHONPATH": str(SOURCE), "TRUNKLINE_DATABASE_URL": dsn}
    return subprocess.Popen(
        words,
        env=kept | environment | {"PYTHONHASHSEED": str(hashing)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(seeding: subprocess.Popen[str]) -> str:
    """Wait for the end of a seed and return what it said."""
    _, said = seeding.communicate(timeout=300)
    assert seeding.returncode == 0, said
    return said


def stored(dsn: str) -> dict[str, list[Any]]:
    """What a seed has stored, without ids of logs and without times."""
    tables = " union all ".join(f"select id, key, doc from {one}" for one in TABLES)
    with psycopg.connect(dsn) as connection:
        return {
            what: connection.execute(sql.format(tables=tables, instants=INSTANTS)).fetchall()
            for what, sql in SAME.items()
        }


@pytest.fixture(scope="module")
def seeded(cluster: str, template: str) -> Iterator[str]:
    """A database with a seed from one run."""
    with fresh_database(cluster, template) as dsn:
        finish(seed(dsn, hashing=1))
        yield dsn


def test_killed_it_starts_anew_and_is_the_same_as_from_one_run(
    seeded: str, cluster: str, template: str
) -> None:
    """Killed -9 in the middle of the history, then run in a process with other hashes."""
    with fresh_database(cluster, template) as dsn:
        seeding = seed(dsn, hashing=2)
        with psycopg.connect(dsn, autocommit=True) as connection:
            await_true(
                lambda: completed(connection) or seeding.poll() is not None,
                "an order is carried out",
                timeout_s=120,
            )
            assert seeding.poll() is None
            seeding.send_signal(signal.SIGKILL)
            seeding.communicate(timeout=60)
            before = connection.execute("select count(*) from record").fetchone()
        assert before is not None
        assert before[0] > 0
        assert "begun anew" in finish(seed(dsn, hashing=3))
        again, once = stored(dsn), stored(seeded)
        for what in SAME:
            assert again[what] == once[what], what
        assert once["users"]
        assert "has records already" not in finish(seed(dsn, hashing=4))
        assert stored(dsn) == again


def completed(connection: psycopg.Connection[Any]) -> int:
    """How many orders are carried out."""
    found = connection.execute(
        "select count(*) from product_order where p_state = 'completed'"
    ).fetchone()
    return 0 if found is None else int(found[0])


def begun(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a seed has stored something of its own."""
    return connection.execute("select 1 from record limit 1").fetchone() is not None


def test_what_others_stored_is_never_dropped(cluster: str, template: str) -> None:
    """After an interruption somebody took the installation into use."""
    with fresh_database(cluster, template) as dsn:
        seeding = seed(dsn, hashing=5)
        with psycopg.connect(dsn, autocommit=True) as connection:
            await_true(lambda: begun(connection) or seeding.poll() is not None, "there are records")
            second = seed(dsn, hashing=6)
            _, said = second.communicate(timeout=60)
            assert second.returncode == 2
            assert "Another process" in said
            seeding.kill()
            seeding.communicate(timeout=60)
            connection.execute(
                "update audit set channel = 'api' where id = (select id from audit limit 1)"
            )
            count = connection.execute("select count(*) from record").fetchone()
            refused = seed(dsn, hashing=7)
            _, said = refused.communicate(timeout=60)
            assert refused.returncode == 2
            assert "something else was stored" in said
            assert connection.execute("select count(*) from record").fetchone() == count
