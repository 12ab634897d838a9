"""Clients: programs that call the API with a secret of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.access.permission import announce_permission
from trunkline.cli.terminal import opened, operator, out, show, show_secret
from trunkline.identity.change import changing
from trunkline.identity.clients import create_client, drop_former_secrets, rotate_secret

app = typer.Typer(no_args_is_help=True, help="Programs that call the API: create, list, rotate.")

ClientId = Annotated[str, typer.Argument(help="What the program calls itself at /oauth/token.")]


@app.command()
def create(
    client_id: ClientId,
    name: Annotated[str, typer.Option(help="What the program is; its id where not given.")] = "",
    role: Annotated[
        list[str] | None, typer.Option(help="A role, such as auditor; may be repeated.")
    ] = None,
) -> None:
    """Add a client and print its secret, this once, alone on standard output."""
    with opened() as program, changing(program.services) as connection:
        made = create_client(
            program.services,
            by=operator(),
            client_id=client_id,
            name=name or client_id,
            roles=role or (),
            connection=connection,
        )
        announce_permission(program.services, connection, made.id, "created")
    show_secret(f"The secret of {client_id}", made.secret)


@app.command("list")
def list_clients() -> None:
    """List the clients with their roles and how many secrets they have."""
    with opened() as program, program.services.database.app.connection() as connection:
        rows = connection.execute(
            "select c.client_id, p.name, p.active, array(select role from principal_role r "
            "where r.principal = p.id order by role), "
            "(select count(*) from client_secret s where s.client = p.id), p.created_at "
            "from api_client c join principal p on p.id = c.principal order by c.client_id"
        ).fetchall()
    show("Clients", ("Id", "Name", "Active", "Roles", "Secrets", "Added"), rows)


@app.command()
def rotate(
    client_id: ClientId,
    drop_former: Annotated[
        bool,
        typer.Option("--drop-former", help="Drop all secrets but the newest, and make none."),
    ] = False,
) -> None:
    """Print a second secret; the first stays good until `rotate --drop-former`."""
    with opened() as program:
        if drop_former:
            dropped = drop_former_secrets(program.services, by=operator(), client_id=client_id)
            out.print(f"Dropped {dropped} former secrets of {client_id}.")
            return
        secret = rotate_secret(program.services, by=operator(), client_id=client_id)
    show_secret(f"The second secret of {client_id}", secret)
