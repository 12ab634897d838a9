"""The index of the search box: how far it is, and building it anew."""

from __future__ import annotations

import time

import typer

from trunkline.cli.terminal import opened, out, show
from trunkline.workspace.search_index import rebuild as ask_to_rebuild
from trunkline.workspace.search_index import state_of, step

app = typer.Typer(no_args_is_help=True, help="The search box's index: status, rebuild.")
PAUSE_S = 0.5


@app.command()
def status() -> None:
    """Tell how far the index is."""
    with opened() as program, program.services.database.app.connection() as connection:
        state = state_of(connection)
        held = connection.execute(
            "select kind, count(*) from search_entry group by kind order by 2 desc, 1"
        ).fetchall()
    if state is None:
        out.print("There is no index yet; it is built when the worker runs.")
        return
    if state.building is not None:
        out.print(f"It is being built: {state.records} records are in it, now {state.building}.")
    show("What is found", ("Kind", "Records"), held)


@app.command()
def rebuild() -> None:
    """Build the index anew from the records; searching goes on meanwhile.

    What is cut off goes on where it was: with the worker, or with this command given again.
    """
    with opened() as program:
        services = program.services
        with services.database.app.connection() as connection:
            state = state_of(connection)
        if state is None or state.building is None:
            ask_to_rebuild(services)
        told = -1
        while True:
            done = step(services)
            with services.database.app.connection() as connection:
                state = state_of(connection)
            if done is None or state is None:
                time.sleep(PAUSE_S)
                continue
            if state.building is None:
                break
            if state.records // 10_000 != told:
                told = state.records // 10_000
                out.print(f"{state.records:,} records, now {state.building}")
        out.print(f"Done: {state.records:,} records.")
