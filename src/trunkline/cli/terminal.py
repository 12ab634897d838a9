"""What every command shares: the settings, an opened program, and how it speaks to the operator."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trunkline import settings as settings_file
from trunkline.kernel.actor import Actor, system
from trunkline.program.logging import configure
from trunkline.program.start import Program, open_program
from trunkline.settings import Settings

CONNECTIONS = 2
DERIVED = "migrated: derived:"
WIDTH_IN_FILES = 200

out = Console(
    highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else WIDTH_IN_FILES
)
err = Console(highlight=False, stderr=True, soft_wrap=True)


def say(message: str) -> None:
    """Tell about progress, on stderr."""
    err.print(f"[dim]{escape(message)}[/dim]")


def say_shortly() -> Callable[[str], None]:
    """Return a `say` that names the hundreds of derived statements of a first migration once."""
    said: set[str] = set()

    def short(message: str) -> None:
        if message.startswith(DERIVED):
            message = "Making tables, indexes and policies from the declarations"
            if message in said:
                return
            said.add(message)
        say(message)

    return short


def settings() -> Settings:
    """Read the settings from the environment and set the logs up accordingly."""
    found = settings_file.load(os.environ)
    configure(found)
    return found


def operator() -> Actor:
    """Return who acts: whoever may run commands here may do everything, and is in the logs."""
    return system("command line", channel="cli")


@contextmanager
def opened(*, with_migrations: bool = False) -> Iterator[Program]:
    """Open a program for a command, starting the embedded server where it does not run."""
    program = open_program(
        settings(), say=say, with_migrations=with_migrations, connections_max=CONNECTIONS
    )
    try:
        yield program
    finally:
        program.close()


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, or that there is nothing."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*[escape(_text(cell)) for cell in row])
    if table.row_count:
        out.print(table)
    else:
        out.print(f"{title}: none")


def show_secret(what: str, secret: str) -> None:
    """Print a secret alone on its line of stdout, and beside it that it is not shown again."""
    err.print(f"{escape(what)}. It is shown only now; keep it in a safe place.")
    sys.stdout.write(f"{secret}\n")


def stop(message: str) -> typer.Exit:
    """Print why a command cannot go on; raise what this returns."""
    print_problem(message)
    return typer.Exit(2)


def print_problem(message: str) -> None:
    """Print what went wrong and the next step in one plain block on stderr."""
    err.print(f"[bold red]Error:[/bold red] {escape(message)}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}Z"
    return ", ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
