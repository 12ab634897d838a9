"""Parked work: what failed too often and waits for somebody to say "try again"."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.terminal import opened, out, show, stop
from trunkline.leases import queue

app = typer.Typer(no_args_is_help=True, help="Work that failed too often: list, retry.")

LISTED_MAX = 200


@app.command("list")
def list_parked() -> None:
    """List what is parked, the oldest first."""
    with opened() as program, program.services.database.app.connection() as connection:
        rows = connection.execute(
            "select id, kind, subject::text, attempt, parked_at, error from work "
            "where parked_at is not null order by parked_at limit %s",
            [LISTED_MAX],
        ).fetchall()
    show("Parked work", ("Id", "Kind", "Record", "Tries", "Parked", "Error"), rows)


@app.command()
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="From `trunkline parked list`.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is parked.")] = False,
) -> None:
    """Try parked work again now."""
    if not numbers and not everything:
        raise stop("Name the ids to try again, or add --all.")
    with opened() as program, program.services.database.app.connection() as connection:
        if everything:
            rows = connection.execute("select id from work where parked_at is not null").fetchall()
            numbers = [ident for (ident,) in rows]
        missing = [one for one in numbers or () if not queue.try_again(connection, one)]
    if missing:
        raise stop(f"Not parked: {', '.join(map(str, missing))}. The others are tried again.")
    out.print(f"{len(numbers or ())} are tried again.")
