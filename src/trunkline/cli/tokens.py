"""Personal tokens: a person's own keys for scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from trunkline.cli.terminal import opened, operator, out, show, show_secret
from trunkline.cli.users import must_find
from trunkline.identity.personal_tokens import (
    create_personal_token,
    personal_tokens_of,
    revoke_personal_token,
)

app = typer.Typer(no_args_is_help=True, help="Personal tokens for scripts: create, list, revoke.")

DAYS = 90
Login = Annotated[str, typer.Argument(help="Whose token it is.")]


@app.command()
def create(
    login: Login,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="A permission, such as *:read; may be repeated. Without: all held now."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is good for.")] = DAYS,
) -> None:
    """Make a token and print it, this once, alone on standard output."""
    with opened() as program:
        made = create_personal_token(
            program.services,
            by=operator(),
            owner=must_find(program.services, login),
            name=name,
            scopes=scope or None,
            lasts=timedelta(days=days),
        )
    show_secret(f"Token {made.id} of {login}, good until {made.expires_at:%Y-%m-%d}", made.token)


@app.command("list")
def list_tokens(login: Login) -> None:
    """List somebody's live tokens."""
    with opened() as program:
        found = personal_tokens_of(program.services, owner=must_find(program.services, login))
    rows = [
        (one.id, one.name, one.scopes, one.created_at, one.expires_at, one.last_used_at)
        for one in found
    ]
    show(f"Tokens of {login}", ("Id", "Name", "Scopes", "Made", "Good until", "Last used"), rows)


@app.command()
def revoke(token_id: Annotated[str, typer.Argument(help="From `trunkline token list`.")]) -> None:
    """Revoke a token; it stops working at once."""
    with opened() as program:
        was_live = revoke_personal_token(program.services, by=operator(), token_id=token_id)
    out.print("Revoked." if was_live else "It was revoked before.")
