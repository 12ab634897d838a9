"""The command line: `trunkline --help` lists what an operator can do."""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import psycopg
import typer
from typer.core import TyperGroup

from trunkline.cli import (
    clients,
    clock,
    configuration,
    deliveries,
    demo,
    doctor,
    documents,
    imports,
    parked,
    roles,
    search,
    servers,
    storage,
    tokens,
    users,
)
from trunkline.cli.terminal import print_problem
from trunkline.database.problems import DatabaseProblem
from trunkline.documents.errors import Refusal
from trunkline.program.logging import without_secrets
from trunkline.program.serve import ServeProblem
from trunkline.settings import SettingsError

PLAIN = (SettingsError, DatabaseProblem, ServeProblem, Refusal, psycopg.Error)
RUNNING, DATA, PEOPLE, CARE = "Run", "Data", "Who may call", "Look after it"


class Commands(TyperGroup):
    """Prints expected problems in plain words, and takes `--data` at any place."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Bring `--data DIR` to the front, where this group reads it."""
        return super().parse_args(ctx, _data_first(args))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a problem that the operator can mend ends with exit code 2."""
        try:
            return super().invoke(ctx)
        except PLAIN as problem:
            print_problem(without_secrets(_explained(problem)))
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Trunkline, the open telecom CRM. Without any settings it brings its own PostgreSQL;"
    " try [bold]trunkline demo[/bold].",
)


@app.callback()
def _options(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the data. May stand anywhere in the line.",
            envvar="TRUNKLINE_DATA",
            show_default=".trunkline",
        ),
    ] = None,
) -> None:
    if data is not None:
        os.environ["TRUNKLINE_DATA"] = str(data.absolute())


app.command(rich_help_panel=RUNNING)(demo.demo)
app.command(rich_help_panel=RUNNING)(servers.serve)
app.command(rich_help_panel=RUNNING)(servers.worker)
app.command(
    rich_help_panel=RUNNING,
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(servers.simulator)
app.command(rich_help_panel=DATA)(storage.migrate)
app.command(rich_help_panel=DATA)(storage.seed)
app.command(rich_help_panel=DATA)(storage.backup)
app.command(rich_help_panel=DATA)(storage.restore)
app.command("upgrade-data", rich_help_panel=DATA)(storage.upgrade_data)
app.add_typer(users.app, name="user", rich_help_panel=PEOPLE)
app.add_typer(roles.app, name="role", rich_help_panel=PEOPLE)
app.add_typer(tokens.app, name="token", rich_help_panel=PEOPLE)
app.add_typer(clients.app, name="client", rich_help_panel=PEOPLE)
app.command(rich_help_panel=CARE)(doctor.doctor)
app.add_typer(parked.app, name="parked", rich_help_panel=CARE)
app.add_typer(search.app, name="search", rich_help_panel=CARE)
app.add_typer(deliveries.app, name="deliveries", rich_help_panel=CARE)
app.add_typer(clock.app, name="clock", rich_help_panel=CARE)
app.add_typer(imports.app, name="import", rich_help_panel=DATA)
app.add_typer(configuration.app, name="configuration", rich_help_panel=DATA)
app.command("map", rich_help_panel=CARE)(documents.print_map)
app.command(rich_help_panel=CARE)(documents.openapi)


@app.command(rich_help_panel=CARE)
def version() -> None:
    """Print the version."""
    print(f"trunkline {version_of('trunkline')}")


def main() -> None:
    """Run the command line; being told to stop ends a command in good order, too."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    app()


def _stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _data_first(args: list[str]) -> list[str]:
    for place, one in enumerate(args):
        if one == "--":
            break
        if one == "--data" and place + 1 < len(args):
            return [one, args[place + 1], *args[:place], *args[place + 2 :]]
        if one.startswith("--data="):
            return [one, *args[:place], *args[place + 1 :]]
    return args


def _explained(problem: Exception) -> str:
    if isinstance(problem, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedFunction):
        return "The database lacks tables of this release. Run `trunkline migrate` first."
    if isinstance(problem, psycopg.Error):
        # Not the details: they may hold values of a person.
        return f"The database says: {problem.diag.message_primary or problem}"
    if isinstance(problem, Refusal) and len(problem.faults) > 1:
        return "\n".join(f"{one.path}: {one.message}" for one in problem.faults)
    return str(problem)


if __name__ == "__main__":
    main()
