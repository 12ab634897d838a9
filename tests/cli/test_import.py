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

ROWS, EVERY = 240, 24
"""How many rows, and that one in so many is bad."""
JOB = re.compile(r"Job ([0-9a-f-]{36})")
COUNT = "select count(*) from individual where p_family_name like 'Imported%'"


@pytest.fixture(scope="module")
def running(installation: Installation) -> Iterator[tuple[Installation, str]]:
    """An installation with an administrator, and the address of its database."""
    assert installation.call("migrate").returncode == 0
    with EmbeddedServer.start(installation.folder / "data", bindir=None) as server:
        added = installation.run("user", "add", "boss", "--role", "administrator", "--generate")
        assert added.returncode == 0, added.stderr
        yield installation, server.superuser_dsn()


def written(folder: Path) -> str:
    """Write a file of people and return its name; a bad row is one without a family name."""
    file = folder / "people.csv"
    with file.open("w", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(["External number", "Given name", "Family name", "Born"])
        for number in range(1, ROWS + 1):
            family = "" if number % EVERY == 0 else f"Imported{number}"
            rows.writerow([f"X{number}", "Ada", family, "1990-01-02"])
    return str(file)


def count(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(COUNT).fetchone()
    assert row is not None
    return int(row[0])


def killed(installation: Installation, dsn: str, *words: str) -> str:
    """Run an import until it has made some more records, kill it, and return the job."""
    before = count(dsn)
    log = installation.folder / "import.log"
    with log.open("wb") as target:
        process = subprocess.Popen(
            [sys.executable, "-m", "trunkline.cli.main", "import", *words],
            env=installation.environment, stdout=target, stderr=target, start_new_session=True,
        )  # fmt: skip
        await_true(lambda: count(dsn) > before, "rows are taken in", log=log.read_text)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    found = JOB.search(log.read_text())
    assert found is not None, log.read_text()
    return found[1]


def test_rows_are_tried_and_nothing_is_written(running: tuple[Installation, str]) -> None:
    installation, dsn = running
    file = written(installation.folder)
    done = installation.run(
        "import", "run", "individual", file, "--as", "boss", "--try", "--column",
        "Born=birthDate", "--column", "External number=",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    bad = ROWS // EVERY
    assert f"{ROWS - bad} new" in done.stdout
    assert f"{bad} refused" in done.stdout
    assert "familyName" in done.stdout
    assert count(dsn) == 0
    unknown = installation.run("import", "run", "Unicorn", file, "--as", "boss")
    assert (unknown.returncode, "no kind of record Unicorn" in unknown.stderr) == (2, True)
    nobody = installation.run("import", "run", "individual", file, "--as", "ghost")
    assert (nobody.returncode, "no user ghost" in nobody.stderr) == (2, True)


@pytest.mark.accepts("FND-14")
def test_a_file_is_taken_in_although_it_is_killed_twice(running: tuple[Installation, str]) -> None:
    """Each good row is there once, each bad one is told with its reason, and all goes again."""
    installation, dsn = running
    file = written(installation.folder)
    job = killed(
        installation, dsn, "run", "individual", file, "--as", "boss", "--column", "Born=birthDate",
        "--column", "External number=",
    )  # fmt: skip
    assert 0 < count(dsn) < ROWS
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("update work set lease_until = clock_timestamp()")
    assert killed(installation, dsn, "resume", job, "--as", "boss") == job
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("update work set lease_until = clock_timestamp()")
    done = installation.run("import", "resume", job, "--as", "boss")
    assert done.returncode == 0, done.stderr
    bad = ROWS // EVERY
    assert f"{ROWS - bad} created" in done.stdout
    assert f"{bad} refused" in done.stdout
    assert "is required" in done.stdout or "missing" in done.stdout
    assert count(dsn) == ROWS - bad
    back = installation.run("import", "take-back", job, "--as", "boss")
    assert back.returncode == 0, back.stderr
    assert count(dsn) == 0
