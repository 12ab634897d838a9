"""People who sign in."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer

from trunkline.access.permission import announce_permission
from trunkline.cli.terminal import opened, operator, out, show, show_secret, stop
from trunkline.identity.accounts import NewUser, add_user, disable, set_password, user_id
from trunkline.identity.change import changing
from trunkline.kernel.services import Services

app = typer.Typer(no_args_is_help=True, help="People who sign in: add, password, disable, list.")

GENERATED_BYTES = 15
Login = Annotated[str, typer.Argument(help="What the person types to sign in.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a password and show it, this once.")
]


@app.command()
def add(
    login: Login,
    name: Annotated[
        str, typer.Option(help="The person's name; the login where none is given.")
    ] = "",
    role: Annotated[
        list[str] | None, typer.Option(help="A role, such as administrator; may be repeated.")
    ] = None,
    password_stdin: FromInput = False,
    generate: Generate = False,
) -> None:
    """Add somebody who can sign in; asks for the password unless told otherwise."""
    password = _new_password(login, from_input=password_stdin, generate=generate)
    user = NewUser(login, name or login, password=password, roles=role or ())
    with opened() as program:
        services = program.services
        with changing(services) as connection:
            made = add_user(services, by=operator(), user=user, connection=connection)
            announce_permission(services, connection, made, "created")
    out.print(f"Added {login} with {', '.join(role or ()) or 'no role'}.")
    if generate:
        show_secret(f"The password of {login}", password)


@app.command()
def password(login: Login, password_stdin: FromInput = False, generate: Generate = False) -> None:
    """Give somebody a new password; their sessions end."""
    chosen = _new_password(login, from_input=password_stdin, generate=generate)
    with opened() as program:
        principal = must_find(program.services, login)
        set_password(program.services, by=operator(), principal=principal, password=chosen)
    out.print(f"{login} has a new password and is signed out everywhere.")
    if generate:
        show_secret(f"The password of {login}", chosen)


@app.command("disable")
def disable_user(login: Login) -> None:
    """Switch somebody off: sessions end and tokens are revoked at once."""
    with opened() as program:
        principal = must_find(program.services, login)
        was_on = disable(program.services, by=operator(), principal=principal)
    out.print(f"{login} is switched off." if was_on else f"{login} was switched off before.")


@app.command("list")
def list_users() -> None:
    """List who can sign in, with their roles."""
    with opened() as program, program.services.database.app.connection() as connection:
        rows = connection.execute(
            "select u.login, p.name, p.active, array(select role from principal_role r "
            "where r.principal = p.id order by role), p.created_at "
            "from user_account u join principal p on p.id = u.principal order by u.login"
        ).fetchall()
    show("Users", ("Login", "Name", "Active", "Roles", "Added"), rows)


def must_find(services: Services, login: str) -> str:
    """Return the id of the user with a login, or end the command."""
    with services.database.app.connection() as connection:
        found = user_id(connection, login=login)
    if found is None:
        raise stop(f"There is no user {login}. `trunkline user list` shows all.")
    return found


def _new_password(login: str, *, from_input: bool, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(GENERATED_BYTES)
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise stop("There is no terminal to ask at. Add --password-stdin or --generate.")
    answer: str = typer.prompt(f"Password of {login}", hide_input=True, confirmation_prompt=True)
    return answer
