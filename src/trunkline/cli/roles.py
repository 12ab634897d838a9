"""Roles: what a newer version gives the usual ones, shown, and given or left."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.access.newly_shipped import give_newer, keep_roles, newer
from trunkline.cli.terminal import opened, operator, out, show

app = typer.Typer(no_args_is_help=True, help="Roles: what a newer version gives the usual ones.")
Names = Annotated[list[str] | None, typer.Argument(help="Names of roles; all where none is given.")]


@app.callback()
def roles() -> None:
    """Roles: what a newer version gives the usual ones."""


@app.command("newer")
def show_newer(
    names: Names = None,
    give: Annotated[bool, typer.Option("--give", help="Give the roles what they lack.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the roles as they are; nobody is asked again.")
    ] = False,
) -> None:
    """Show which permissions the usual roles lack that this version ships; give or leave them."""
    if give and keep:
        raise typer.BadParameter("choose --give or --keep")
    with opened() as program:
        services = program.services
        if give or keep:
            act = give_newer if give else keep_roles
            found = act(services, by=operator(), names=names or ())
        else:
            with services.database.app.connection() as connection:
                found = [one for one in newer(connection) if not names or one.role.name in names]
    rows = [
        [one.role.name, name, grant.reach, ", ".join(sorted(grant.sees))]
        for one in found
        for name, grant in one.permissions.items()
    ]
    if not rows:
        out.print("No role lacks anything that this version ships.")
        return
    show("Shipped by this version", ["role", "permission", "reach", "sees"], rows)
    if give or keep:
        out.print("Given." if give else "Left as they are.")
    else:
        out.print("--give gives them, --keep leaves the roles as they are.")
