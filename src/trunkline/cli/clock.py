"""The test clock: business time that can be moved, never in production."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated

import typer

from trunkline.cli.terminal import opened, out, stop
from trunkline.program.start import Program

app = typer.Typer(no_args_is_help=True, help="Business time in test mode: show, move.")

_STEP = re.compile(r"([+-]?)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@app.command("show")
def show_clock() -> None:
    """Print business time and how far it is from the machine's."""
    with opened() as program:
        _print(program, _offset_s(program))


# No short `-h` here: it is the end of `-2h`.
@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
def move(
    to: Annotated[
        str,
        typer.Argument(help="A step (30d, 12h, 1d12h, -2h), an instant (2026-03-01), or `now`."),
    ],
) -> None:
    """Move business time; every process follows at its next request or piece of work."""
    with opened() as program:
        if not program.settings.test_clock:
            raise stop("Time can be moved in test mode only: set TRUNKLINE_TEST_CLOCK=on.")
        offset_s = _target_s(to, _offset_s(program), program.services.machine_now())
        with program.services.database.app.connection() as connection:
            connection.execute("update clock set offset_s = %s", [offset_s])
        _print(program, offset_s)


def _offset_s(program: Program) -> int:
    with program.services.database.app.connection() as connection:
        return int(connection.execute("select offset_s from clock").fetchone()[0])


def _target_s(text: str, offset_s: int, machine_now: datetime) -> int:
    """Return the new distance from machine time in seconds."""
    if text == "now":
        return 0
    found = _STEP.fullmatch(text)
    if found and any(found.groups()[1:]):
        weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups()[1:])
        step = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return offset_s + int(step.total_seconds()) * (-1 if found[1] == "-" else 1)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise stop(
            f"{text} is neither a step such as 30d nor an instant such as 2026-03-01."
        ) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return ceil((instant - machine_now).total_seconds())


def _print(program: Program, offset_s: int) -> None:
    moved = timedelta(seconds=offset_s)
    out.print(f"Business time {program.services.now(offset_s):%Y-%m-%d %H:%M:%S}Z")
    out.print(f"Moved by {'-' if offset_s < 0 else ''}{abs(moved)}" if offset_s else "Not moved")
    if not program.settings.test_clock:
        out.print("The test clock is off: business time is machine time.")
