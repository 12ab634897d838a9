"""Duplicates among made-up customers: `python -m bench.duplicates --customers 1000000`.

The customers come in by bulk copy, each with a person or company, about six in a hundred of them
twice with faults (`faulty_people`). Then the job that looks for duplicates runs as it does in the
worker, piece by piece; it begins without any match key. Told are its time, its share of the
processor, and how many of the true pairs it queued.
"""

from __future__ import annotations

import argparse
import resource as usage
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from bench.faulty_people import Body, entries
from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.documents.decode import encode
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.rights import actor_of
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.actor import Actor, system
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.kernel.services import Services
from trunkline.leases import queue
from trunkline.matching.find_job import find_duplicates
from trunkline.program.start import bring_up_to_date, make_services
from trunkline.settings import load
from trunkline.workspace.job import read_job
from trunkline.workspace.jobs import LANE, go_on

SEED = 20_261_122
AT_ONCE = 20_000
PARTY = "01900000-0000-7000-8000-{:012x}"
CUSTOMER = "01910000-0000-7000-8000-{:012x}"
COLUMNS = "(id, key, version, created_at, updated_at, owner, doc{more})"
LOADED = (("individual", ", p_family_name, p_given_name"), ("organization", ", p_trading_name"),
          ("customer", ", p_name, p_status"))  # fmt: skip


@contextmanager
def opened(folder: Path) -> Iterator[tuple[str, Services]]:
    """Start a database of its own with the tables of this release."""
    modules = load_modules()
    settings = load({"TRUNKLINE_DATA": str(folder)})
    server = EmbeddedServer.start(folder / "database", bindir=settings.pg_bindir)
    try:
        dsn = server.dsn()
        bring_up_to_date(dsn, modules)
        services = make_services(settings, Database(dsn, connections_max=4))
        ensure_standard_roles(services)
        yield dsn, services
        services.database.close()  # type: ignore[attr-defined]
    finally:
        server.leave()


def fill(dsn: str, customers: int) -> set[tuple[str, str]]:
    """Copy so many customers in; return the ids of the true pairs."""
    pairs: set[tuple[str, str]] = set()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        for table in ("record", *(name for name, _ in LOADED)):
            connection.execute(f"alter table {table} no force row level security")  # for COPY
        made = enumerate(entries(SEED, customers))
        while part := list(islice(made, AT_ONCE)):
            for number, (_, is_again) in part:
                if is_again:
                    pairs.add((CUSTOMER.format(number - 1), CUSTOMER.format(number)))
            _copy(connection, [(number, body) for number, (body, _) in part])
        connection.execute("vacuum analyze")
    return pairs


def _copy(connection: Any, part: list[tuple[int, Body]]) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name, _ in LOADED}
    for number, body in part:
        party, ident = PARTY.format(number), CUSTOMER.format(number)
        kind = "organization" if "tradingName" in body else "individual"
        name = body.get("tradingName") or f"{body['givenName']} {body['familyName']}"
        engaged = {"id": party, "@referredType": kind.capitalize()}
        role = encode({"name": name, "status": "active", "engagedParty": engaged}).decode()
        own: tuple[str, ...] = (name,)
        if kind == "individual":
            own = (body["familyName"], body["givenName"])
        rows[kind].append((party, f"P{number:09}", party, encode(body).decode(), *own))
        rows["customer"].append((ident, f"CUS{number:09}", party, role, name, "active"))
    with connection.transaction():
        for table, more in LOADED:
            text = f"copy {table} {COLUMNS.format(more=more)} from stdin"
            with connection.cursor().copy(text) as copy:
                for ident, key, owner, doc, *values in rows[table]:
                    copy.write_row((ident, key, 1, "2026-01-01", "2026-01-01", owner, doc, *values))
        with connection.cursor().copy("copy record (id, type, owner) from stdin") as copy:
            for table, _ in LOADED:
                for ident, _, owner, *_ in rows[table]:
                    copy.write_row((ident, table.capitalize(), owner))


def steward(services: Services) -> Actor:
    """Return an administrator who looks for duplicates."""
    user = NewUser("steward", "Steward", password_hash="x", roles=["administrator"])
    principal = add_user(services, by=system("bench"), user=user)
    with services.database.app.connection() as connection:
        row = connection.execute(
            "select p.id::text, p.kind, p.name, p.party::text, p.partner::text, "
            "rights_of(p.id, %s) from principal p where p.id = %s",
            [services.machine_now(), principal],
        ).fetchone()
    return actor_of(row, scopes=None, channel="job")


def measure(services: Services, dsn: str, true_pairs: set[tuple[str, str]]) -> None:
    """Run the job and say what it took and found."""
    kind = registry["Customer"]
    began, used = time.monotonic(), _processor()
    job = find_duplicates(services, steward(services), kind)
    phases: dict[str, float] = {}
    while True:
        _do_piece(services)
        now = read_job(services, job)
        assert now is not None
        phases.setdefault((now.reached or "").partition(" ")[0], time.monotonic() - began)
        if not now.is_open:
            break
    took = time.monotonic() - began
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "select f.target::text, s.target::text from matching_reference f "
            "join matching_reference s on s.source = f.source and s.path = 'second' "
            "where f.path = 'first' and f.type = 'DuplicatePair'"
        ).fetchall()
        (keys,) = connection.execute("select count(*) from match_key").fetchone() or (0,)
    told = {(first, second) for first, second in rows}
    right = len(told & true_pairs)
    print(f"job {now.state}: {took:.1f} s ({now.total:,} customers, {keys:,} match keys), "
          f"of which pairs from {phases.get('pairs', 0):.1f} s on; "
          f"Python {_processor() - used:.1f} s of processor time")  # fmt: skip
    precision, recall = right / max(len(told), 1), right / len(true_pairs)
    print(f"{len(true_pairs):,} true pairs, {len(told):,} queued")
    print(f"precision {precision:.4f}, recall {recall:.4f}")


def _do_piece(services: Services) -> None:
    """Do the next piece of the job, as a worker does."""
    with services.database.app.connection() as connection:
        rows = queue.claim(connection, lane=LANE, worker="bench", limit=1, lease_s=600)
    for row in rows:
        go_on(services, row)


def _processor() -> float:
    spent = usage.getrusage(usage.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """Fill a database, look for duplicates, print what it took."""
    parser = argparse.ArgumentParser(description="Duplicates among made-up customers.")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=None, help="keep the database here")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-") as folder,
        opened(asked.data or Path(folder)) as (dsn, services),
    ):
        began = time.monotonic()
        pairs = fill(dsn, asked.customers)
        print(f"{asked.customers:,} customers copied in {time.monotonic() - began:.0f} s")
        measure(services, dsn, pairs)


if __name__ == "__main__":
    main()
