"""The doctor on the command line: every check in turn, with an exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator

import typer
from rich.markup import escape

from trunkline import settings as settings_file
from trunkline.cli.terminal import out, say
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.problems import DatabaseProblem, DatabaseUnavailable
from trunkline.database.roles import connect_plain
from trunkline.program.doctor import Finding, all_database_findings, settings_findings
from trunkline.program.logging import without_secrets
from trunkline.settings import Settings, SettingsError

COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor() -> None:
    """Look at settings, database, work and disk; exit code 1 when something fails."""
    found = []
    for one in findings():
        found.append(one)
        color = COLORS[one.level]
        text = escape(without_secrets(one.text))
        out.print(f"[{color}]{one.level:4}[/{color}]  {one.subject:10}  {text}")
    raise typer.Exit(1 if any(one.level == "fail" for one in found) else 0)


def findings() -> Iterator[Finding]:
    """Yield what is found, in the order in which it has to be mended."""
    try:
        chosen = settings_file.load(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("fail", "settings", problem)
        return
    yield from settings_findings(chosen)
    try:
        yield from _database(chosen)
    except DatabaseProblem as problem:
        step = "Start what TRUNKLINE_DATABASE_URL names, or set that right. "
        is_away = chosen.database_url is not None and isinstance(problem, DatabaseUnavailable)
        yield Finding("fail", "database", (step if is_away else "") + str(problem))


def _database(chosen: Settings) -> Iterator[Finding]:
    if chosen.database_url is not None:
        with connect_plain(chosen.database_url) as connection:
            yield from all_database_findings(connection)
        return
    with EmbeddedServer.start(chosen.data, bindir=chosen.pg_bindir, say=say) as server:
        yield Finding("ok", "database", f"embedded, data in {server.folder}")
        with connect_plain(server.dsn()) as connection:
            yield from all_database_findings(connection)
