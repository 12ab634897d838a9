"""The stored data: tables, demonstration data, backup and restore, a newer PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trunkline.cli.demo import CUSTOMERS, Customers, seed_when_empty
from trunkline.cli.servers import ensure_all_roles, prepare
from trunkline.cli.terminal import err, out, say, say_shortly, settings, stop
from trunkline.database import backup as backups
from trunkline.database import upgrade
from trunkline.database.launcher import EmbeddedServer
from trunkline.demo.beginning import alone
from trunkline.demo.large import seed_large
from trunkline.program.start import Program, open_program, outstanding
from trunkline.settings import Settings


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 when something is due.")
    ] = False,
) -> None:
    """Bring the tables up to the state of this release."""
    chosen = settings()
    program = open_program(chosen, say=say_shortly(), with_migrations=not check)
    try:
        if check:
            due = outstanding(program.owner_dsn, program.modules)
            for name in due:
                out.print(f"due: {name}")
            out.print(f"{len(due)} migrations are due" if due else "The tables are up to date.")
            raise typer.Exit(1 if due else 0)
        ensure_all_roles(program.services)
        out.print("The tables are up to date.")
    finally:
        program.close()


Size = Annotated[
    int, typer.Option("--size", metavar="N", help="Store about N records in bulk instead.", min=0)
]


def seed(customers: Customers = CUSTOMERS, size: Size = 0) -> None:
    """Fill an empty database with demonstration data; never in production.

    With --size it stores many customers with completed orders and all that came of them, also
    into a database that has records. Stopped in the middle, it goes on when it is run again.
    """
    chosen = settings()
    if chosen.is_production:
        raise stop("Demonstration data never goes into production. Unset TRUNKLINE_MODE.")
    program = prepare(chosen)
    try:
        if size:
            _seed_large(program, size)
        elif not seed_when_empty(program, customers=customers):
            out.print("The database has records already; nothing was added.")
    finally:
        program.close()


def _seed_large(program: Program, size: int) -> None:
    with (
        alone(program.services) as is_ours,
        Progress(
            TextColumn("Storing records"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=err,
        ) as bar,
    ):  # fmt: skip
        if not is_ours:
            raise stop("Another process fills in the demonstration data. Wait until it is done.")
        task = bar.add_task("records", total=size)
        stored = seed_large(
            program.services, size=size, progress=lambda done: bar.update(task, completed=done)
        )
    out.print(f"The large set has {stored:,} records. Nothing of it was sent to anybody.")


def backup(
    file: Annotated[Path, typer.Argument(help="New file; a backup never replaces one.")],
) -> None:
    """Write the whole database into a file, while everything goes on.

    Keep TRUNKLINE_SECRET as well: without it personal values in audit and events stay sealed.
    """
    chosen = settings()
    with _database(chosen) as database:
        backups.backup(database, file, bindir=chosen.pg_bindir, say=say)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `trunkline backup` has written.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is in the database.")
    ] = False,
) -> None:
    """Read a backup into an empty database, all of it or nothing. Stop the servers first."""
    chosen = settings()
    with _database(chosen) as database:
        backups.restore(database, file, force=force, bindir=chosen.pg_bindir, say=say)


def upgrade_data(
    old_programs: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="PostgreSQL's programs of the old version."),
    ] = None,
) -> None:
    """Bring the embedded server's data to a newer major version of PostgreSQL."""
    chosen = settings()
    if chosen.database_url is not None:
        raise stop(
            "TRUNKLINE_DATABASE_URL names a server that is not ours; upgrade it with its own tools."
        )
    upgrade.upgrade_data(chosen.data, bindir=chosen.pg_bindir, old_bindir=old_programs, say=say)


@contextmanager
def _database(chosen: Settings) -> Iterator[str | EmbeddedServer]:
    """Yield the database as its owner reaches it."""
    if chosen.database_url is not None:
        yield chosen.database_owner_url or chosen.database_url
        return
    with EmbeddedServer.start(chosen.data, bindir=chosen.pg_bindir, say=say) as server:
        yield server
