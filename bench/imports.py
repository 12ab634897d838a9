"""Imports of customers: `python -m bench.imports --rows 50000`.

The file has three bad rows in a hundred and changes two in a hundred of the customers that are
there. The command line takes it in as an operator would: it is tried, run, killed twice with
SIGKILL and gone on with, and taken back. After the run and after the taking back each row is
looked at. Told are the seconds of each step, and the processor time of the program and of
PostgreSQL apart. What follows from new customers (search, duplicates) is the workers' and not in
these times.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.processes import processor_s
from trunkline.database.launcher import EmbeddedServer

BAD_EVERY, CHANGED_EVERY = 33, 50
"""One row in so many names nobody as its party; one in so many changes a customer there is."""
JOB = re.compile(r"Job ([0-9a-f-]{36})")
HEADS = ("Key", "Name", "Engaged party", "Customer type", "Status")
COLUMNS = ("--column", "Engaged party=engagedParty.id")
DONE = "select count(*) from job_line where job = %s and state <> 'waiting'"
PAUSE_S = 0.2


@dataclass(frozen=True)
class Row:
    """A row of the file, and what should become of it."""

    number: int
    cells: tuple[str, ...]
    state: str


@dataclass
class Place:
    """A data folder with its server, and the command line on it."""

    folder: Path
    dsn: str
    postmaster: int

    def command(self, *words: str) -> tuple[list[str], dict[str, str]]:
        """Return the words and the environment of a command."""
        environ = {key: value for key, value in os.environ.items() if key[:10] != "TRUNKLINE_"}
        environ |= {"TRUNKLINE_DATA": str(self.folder / "data"), "COLUMNS": "200"}
        return [sys.executable, "-m", "trunkline.cli.main", *words], environ

    def run(self, *words: str) -> str:
        """Run a command to its end and return what it says."""
        said, environ = self.command(*words)
        done = subprocess.run(said, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def kill(self, reached: Callable[[], bool], *words: str) -> None:
        """Run a command until something is reached, and kill it."""
        said, environ = self.command(*words)
        with (self.folder / "killed.log").open("wb") as log:
            process = subprocess.Popen(
                said, env=environ, stdout=log, stderr=log, start_new_session=True
            )
            while not reached():
                if process.poll() is not None:
                    raise SystemExit(f"it ended before it was killed; see {log.name}")
                time.sleep(PAUSE_S)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def ask(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    @contextmanager
    def timed(self, step: str, rows: int) -> Iterator[None]:
        """Note what a step takes."""
        began, ours, theirs = time.monotonic(), _children_s(), processor_s(self.postmaster)
        yield
        took = time.monotonic() - began
        ours, theirs = _children_s() - ours, processor_s(self.postmaster) - theirs
        each = f"{ours / rows * 1000:.2f} ms and {theirs / rows * 1000:.2f} ms of processor a row"
        print(f"{step:<38} {took:7.1f} s {rows / took:7.0f} rows/s   program {ours:6.1f} s, "
              f"PostgreSQL {theirs:6.1f} s: {each}", flush=True)  # fmt: skip


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def opened() -> Iterator[Place]:
    """Make a place with the tables of this release and an administrator."""
    folder = Path(tempfile.mkdtemp(prefix="tl-bench-", dir="/tmp"))
    os.chmod(folder, 0o711)
    server = None
    try:
        Place(folder, "", 0).run("migrate")
        server = EmbeddedServer.start(folder / "data", bindir=None)
        pid = int((server.folder / "postmaster.pid").read_text().splitlines()[0])
        place = Place(folder, server.superuser_dsn(), pid)
        place.run("user", "add", "boss", "--role", "administrator", "--generate")
        yield place
    finally:
        if server is not None:
            server.leave()
        shutil.rmtree(folder, ignore_errors=True)


def written(place: Place, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a file of rows and return its name."""
    file = place.folder / name
    with file.open("w", newline="", encoding="utf-8") as target:
        lines = csv.writer(target)
        lines.writerow(heads)
        lines.writerows(rows)
    return str(file)


def customer(number: int, key: str, party: str) -> tuple[str, ...]:
    """Return the cells of a customer."""
    kind = ("consumer", "company")[number % 2]
    return key, f"Imported {number:06}", party, kind, "active"


def rows_of(count: int, parties: list[str], there: list[str]) -> list[Row]:
    """Return the rows of the file: new ones, changes of the customers there are, and bad ones."""
    rows, keys = [], iter(there)
    for number in range(1, count + 1):
        party = parties[number % len(parties)]
        if number % BAD_EVERY == 0:
            rows.append(Row(number, customer(number, "", "IND99999999"), "refused"))
        elif number % CHANGED_EVERY == 0:
            rows.append(Row(number, customer(number, next(keys), party), "changed"))
        else:
            rows.append(Row(number, customer(number, "", party), "created"))
    return rows


def prepare(place: Place, count: int) -> list[Row]:
    """Take in the people and some customers first; return the rows of the file to be measured."""
    people = [("Ada", f"Person{number}", f"{1950 + number % 50}-01-02") for number in range(count)]
    file = written(place, "people.csv", ("Given name", "Family name", "Birth date"), people)
    with place.timed("people before them, at one go", count):
        place.run("import", "run", "Individual", file, "--as", "boss")
    parties = [key for (key,) in place.ask("select key from individual order by id")]
    former = [
        ("", f"Former {number}", parties[number], "consumer", "active")
        for number in range(count // CHANGED_EVERY)
    ]
    file = written(place, "former.csv", HEADS, former)
    place.run("import", "run", "Customer", file, "--as", "boss", *COLUMNS)
    there = [key for (key,) in place.ask("select key from customer order by id")]
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return rows_of(count, parties, there)


def documents(place: Place) -> dict[str, tuple[Any, str | None]]:
    """Return the document and the owner of each customer by its key."""
    rows = place.ask("select key, doc, owner::text from customer")
    return {key: (doc, owner) for key, doc, owner in rows}


def faults_after_run(place: Place, job: str, rows: list[Row], before: dict[str, Any]) -> list[str]:
    """Return what is not as each row says: its result, its record, its audit line and its event."""
    party = dict(place.ask("select key, id::text from individual"))
    told = place.ask("select number, state, key from job_line where job = %s", [job])
    lines = {number: (state, key) for number, state, key in told}
    now = documents(place)
    wrong = [f"row {one.number} is {lines.get(one.number)}" for one in rows
             if lines.get(one.number, ("",))[0] != one.state]  # fmt: skip
    keys = [lines[one.number][1] for one in rows if one.state != "refused"]
    wrong += [f"{key} comes from {n} rows" for key, n in Counter(keys).items() if n != 1]
    if set(now) != set(keys) | set(before):
        wrong.append(f"{len(set(now) ^ (set(keys) | set(before)))} customers of no row, or missing")
    for one in rows:
        if one.state == "refused":
            continue
        _, name, by, kind, status = one.cells
        doc, owner = now.get(lines[one.number][1], ({}, None))
        said = (doc.get("name"), doc.get("customerType"), doc.get("status"), owner,
                doc.get("engagedParty", {}).get("id"))  # fmt: skip
        if said != (name, kind, status, party[by], party[by]):
            wrong.append(f"row {one.number} became {said}")
    for table, column in (("audit", "action"), ("event", "kind")):
        found = place.ask(
            f"select x.{column}, c.key, count(*) from {table} x join customer c "
            "on c.id = x.subject where x.request = %s group by 1, 2",
            [f"job {job}"],
        )
        wrong += [f"{table} has {n} lines of {key}" for _, key, n in found if n != 1]
        if {key for _, key, _ in found} != set(keys):
            wrong.append(f"{table} does not tell of all")
    return wrong


def measure(place: Place, count: int) -> list[str]:
    """Take the file in and back; return what was wrong."""
    rows = prepare(place, count)
    before = documents(place)
    file = written(place, "customers.csv", HEADS, [one.cells for one in rows])
    said = ""
    with place.timed("tried, nothing written", count):
        said = place.run("import", "run", "Customer", file, "--as", "boss", "--try", *COLUMNS)
    job = JOB.findall(said)[0]
    wrong = [] if documents(place) == before else ["the trial has written something"]
    expected = Counter(one.state for one in rows)
    shown = f"{expected['created']} new"
    if shown not in said or f"{expected['refused']} refused" not in said:
        wrong.append(f"the trial told something else than {shown}: {said[-300:]}")
    resumed = ("import", "resume", job, "--as", "boss")
    with place.timed("run, killed twice, gone on with", count):
        for share in (3, 2):
            place.kill(lambda aim=count // share: _done(place, job) >= aim, *resumed)  # type: ignore[misc]
            place.ask("update work set lease_until = clock_timestamp() returning id")
        place.run(*resumed)
    wrong += faults_after_run(place, job, rows, before)
    with place.timed("taken back", expected["created"] + expected["changed"]):
        place.run("import", "take-back", job, "--as", "boss")
    after = documents(place)
    wrong += [f"{key} is not as it was" for key in before if after.get(key) != before[key]]
    wrong += [f"{key} is still there" for key in after if key not in before]
    again = place.run("import", "run", "Customer", file, "--as", "boss", "--try", *COLUMNS)
    if shown not in again:
        wrong.append("after it was taken back the file is not new any more")
    return wrong


def _done(place: Place, job: str) -> int:
    return int(place.ask(DONE, [job])[0][0])


def main() -> None:
    """Measure imports on this machine."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports")
    parser.add_argument("--rows", type=int, default=50_000, help="how many customers the file has")
    rows: int = parser.parse_args().rows
    with opened() as place:
        wrong = measure(place, rows)
        (waiting,) = place.ask("select count(*) from work")
        print(f"{waiting[0]} pieces of work wait for the workers: search, duplicates")
    for one in wrong[:20]:
        print(f"WRONG: {one}")
    if wrong:
        raise SystemExit(f"{len(wrong)} rows or records are not as they should be")
    print("Every row is as it should be, after the run and after it was taken back.")


if __name__ == "__main__":
    main()
