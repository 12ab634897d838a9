"""Imports on the command line: tried, run, killed and resumed, and taken back."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Installation, await_true
from trunkline.database.launcher import EmbeddedServer

ROWS, EVERY, CHANGED = 430, 33, 100
"""How many rows; one in so many is bad, and one in so many changes somebody who is there."""
JOB = re.compile(r"Job ([0-9a-f-]{36})")
NAMES = "select p_family_name from individual"
COLUMNS = ("--column", "Born=birthDate", "--column", "External number=")


@pytest.fixture(scope="module")
def running(installation: Installation) -> Iterator[tuple[Installation, str]]:
    """An installation with an administrator, and the address of its database."""
    assert installation.call("migrate").returncode == 0
    with EmbeddedServer.start(installation.folder / "data", bindir=None) as server:
        added = installation.call("user", "add", "boss", "--role", "administrator", "--generate")
        assert added.returncode == 0, added.stderr
        yield installation, server.superuser_dsn()


def written(folder: Path, rows: list[tuple[str, str]]) -> str:
    """Write a file of people, each a key and a family name, and return its name."""
    file = folder / "people.csv"
    with file.open("w", newline="") as target:
        lines = csv.writer(target)
        lines.writerow(["Key", "External number", "Given name", "Family name", "Born"])
        for number, (key, family) in enumerate(rows, 1):
            lines.writerow([key, f"X{number}", "Ada", family, "1990-01-02"])
    return str(file)


def people(keys: list[str]) -> list[tuple[str, str]]:
    """Return the rows of a file; a bad one has no family name."""
    changing = iter(keys)
    return [
        ("", "") if number % EVERY == 0
        else (next(changing, "") if number % CHANGED == 0 else "", f"Imported{number}")
        for number in range(1, ROWS + 1)
    ]  # fmt: skip


def asked(dsn: str, sql: str, *parameters: object) -> list[str]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(sql, parameters or None).fetchall()  # type: ignore[arg-type]
    return sorted(str(one) for (one,) in rows)


def killed(installation: Installation, dsn: str, job: str, *, at: int) -> None:
    """Let an import go on until it has come to a row, which somebody holds, and kill it there."""
    done = "select count(*) from job_line where job = %s and state <> 'waiting'"
    before = asked(dsn, done, job)
    log = installation.folder / "import.log"
    with psycopg.connect(dsn) as holder, log.open("wb") as target:
        holder.execute("select 1 from job_line where job = %s and number = %s for update",
                       [job, at])  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "trunkline.cli.main", "import", "resume", job, "--as", "boss"],
            env=installation.environment, stdout=target, stderr=target, start_new_session=True,
        )  # fmt: skip
        waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        await_true(lambda: asked(dsn, waits) != ["0"] and asked(dsn, done, job) != before,
                   "rows are taken in", log=log.read_text)  # fmt: skip
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    asked(dsn, "update work set lease_until = clock_timestamp() returning id")


def test_rows_are_tried_and_nothing_is_written(running: tuple[Installation, str]) -> None:
    installation, dsn = running
    file = written(installation.folder, people([])[:99])
    done = installation.call("import", "run", "individual", file, "--as", "boss", "--try", *COLUMNS)
    assert done.returncode == 0, done.stderr
    assert "96 new" in done.stdout
    assert "3 refused" in done.stdout
    assert "familyName" in done.stdout
    assert asked(dsn, NAMES) == []
    unknown = installation.call("import", "run", "Unicorn", file, "--as", "boss")
    assert (unknown.returncode, "no kind of record Unicorn" in unknown.stderr) == (2, True)
    nobody = installation.call("import", "run", "individual", file, "--as", "ghost")
    assert (nobody.returncode, "no user ghost" in nobody.stderr) == (2, True)


@pytest.mark.accepts("FND-14")
def test_a_file_is_taken_in_although_it_is_killed_twice(running: tuple[Installation, str]) -> None:
    """Each good row is there once, each bad one is told with its reason, and all goes again."""
    installation, dsn = running
    former = [f"Former{number}" for number in range(ROWS // CHANGED)]
    file = written(installation.folder, [("", one) for one in former])
    assert installation.call("import", "run", "individual", file, "--as", "boss",
                             *COLUMNS).returncode == 0  # fmt: skip
    rows = people(asked(dsn, "select key from individual"))
    good = sorted(family for _, family in rows if family)
    bad = len(rows) - len(good)
    file = written(installation.folder, rows)
    tried = installation.call(
        "import", "run", "individual", file, "--as", "boss", "--try", *COLUMNS
    )
    assert f"{len(good) - len(former)} new" in tried.stdout, tried.stdout
    assert asked(dsn, NAMES) == former
    job = JOB.findall(tried.stdout)[0]
    for at in (250, 410):
        killed(installation, dsn, job, at=at)
        assert len(former) < len(asked(dsn, NAMES)) < len(good)
    done = installation.call("import", "resume", job, "--as", "boss")
    assert done.returncode == 0, done.stderr
    for told in (f"{len(good) - len(former)} created", f"{len(former)} changed", f"{bad} refused"):
        assert told in done.stdout
    assert "is required" in done.stdout or "missing" in done.stdout
    assert asked(dsn, NAMES) == good
    assert len(asked(dsn, "select id from audit where request = %s", f"job {job}")) == len(good)
    back = installation.call("import", "take-back", job, "--as", "boss")
    assert back.returncode == 0, back.stderr
    assert asked(dsn, NAMES) == former
