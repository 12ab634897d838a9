"""Users and clients: the lists of both, and the forms that make new ones."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.access.permission import announce_permission
from trunkline.documents.errors import Conflict, Fault, Invalid, Refusal
from trunkline.documents.shape import Json
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.clients import create_client
from trunkline.identity.principals import Kind, Wanted, principals
from trunkline.identity.rights import not_held
from trunkline.identity.roles import Role, all_roles
from trunkline.identity.viewing import begin_viewing
from trunkline.pages.language import say
from trunkline.web.administration.opened import BASE, administered, shown
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.values import EMPTY, Cell

ROWS_MAX = 100
PASSWORD_BYTES = 12


@dataclass(frozen=True)
class Words:
    """How one of the two kinds is called on its pages."""

    title: str
    new: str
    login: str
    login_note: str


WORDS: Mapping[Kind, Words] = {
    "user": Words("Users", "New user", "Sign-in name",
                  "What the person types to sign in; left empty it is made from the name."),
    "client": Words("API clients", "New client", "Client id",
                    "What the program calls itself when it asks for a token."),
}  # fmt: skip


class PeoplePage:
    """`/administration/users` and `/administration/clients`, and `new` below each."""

    needs = "identity:administer"

    def __init__(self, desk: Desk, kind: Kind) -> None:
        self._desk = desk
        self._kind = kind
        self._address = f"{BASE}/{kind}s"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them."""
        self._desk.answer(req, resp, self._list)

    def on_get_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the empty form."""
        self._desk.answer(req, resp, lambda visit: self._form(visit, Form(), {}))

    def on_post_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add somebody, and show the password or secret this once; or what is wrong."""

        def act(visit: Visit, form: Form) -> Answer:
            try:
                return self._add(visit, form)
            except Refusal as refusal:
                if refusal.status not in {400, 409}:
                    raise
                wrong = {one.path.rpartition(".")[2]: one.message for one in refusal.faults}
                if isinstance(refusal, Conflict):
                    wrong["login"] = refusal.message
                return self._form(visit, form, wrong, refusal.status)

        self._desk.act(req, resp, act)

    def _list(self, visit: Visit) -> Answer:
        asked = (visit.req.get_param("q") or "").strip()[:100]
        role = (visit.req.get_param("role") or "")[:63]
        after = (visit.req.get_param("after") or "")[:200]
        wanted = Wanted(self._kind, _plain(asked), _plain(role), _plain(after), ROWS_MAX + 1)
        with administered(self._desk, visit) as connection:
            found = principals(self._desk.services, connection, by=visit.actor, wanted=wanted)
            roles = all_roles(connection)
        titles = {one.name: one.title for one in roles}
        more = ""
        if len(found) > ROWS_MAX:
            more = "?" + urlencode({"q": asked, "role": role, "after": found[ROWS_MAX - 1].login})
        values: dict[str, Json] = {
            "kind": self._kind,
            "words": vars(WORDS[self._kind]),
            "base": self._address,
            "rows": [shown(self._desk, one, titles) for one in found[:ROWS_MAX]],
            "asked": asked,
            "role": role,
            "roles": [{"name": one.name, "title": one.title} for one in roles],
            "more": more,
        }
        return Shown("admin_people.html", values)

    def _form(
        self, visit: Visit, typed: Form, wrong: Mapping[str, str], status: int = 200
    ) -> Answer:
        with administered(self._desk, visit) as connection:
            roles = all_roles(connection)
        registry = self._desk.services.registry
        values: dict[str, Json] = {
            "kind": self._kind,
            "words": vars(WORDS[self._kind]),
            "base": self._address,
            "name": typed.text("name"),
            "login": typed.text("login"),
            "chosen": typed.all("role"),
            "role_named": typed.text("roleNamed"),
            "wrong": dict(wrong),
            "roles": [
                {"name": one.name, "title": one.title, "description": one.description,
                 "may": not not_held(registry, visit.actor, one.permissions)}
                for one in roles
            ],
        }  # fmt: skip
        return Shown("admin_new.html", values, status)

    def _add(self, visit: Visit, form: Form) -> Answer:
        services, by = self._desk.services, visit.actor
        login, name = form.text("login"), form.text("name")
        if self._kind == "user":
            login = login or login_from(name)
        partner = by.partner
        with administered(self._desk, visit) as connection:
            named = _role_named(all_roles(connection), form.text("roleNamed"))
            roles = sorted({*form.all("role"), *named})
            if self._kind == "user":
                secret = secrets.token_urlsafe(PASSWORD_BYTES)
                user = NewUser(login, name or login, secret, roles=roles, partner=partner)
                ident = add_user(services, by=by, user=user, connection=connection)
            else:
                made = create_client(
                    services, by=by, client_id=login, name=name or login, roles=roles,
                    partner=partner, connection=connection,
                )  # fmt: skip
                ident, secret = made.id, made.secret
            announce_permission(services, connection, ident, "created")
        if form.text("then") == "view" and self._kind == "user":
            token = self._desk.cookies.session(visit.req) or ""
            begin_viewing(services, by=by, token=token, principal=ident)
            return Moved("/")
        return secret_shown(f"{self._address}/{ident}", self._kind, login, secret)


def secret_shown(address: str, kind: str, login: str, secret: str, *, ends: Cell = EMPTY) -> Shown:
    """Return the one page that shows a password, secret or link; nothing keeps it."""
    values: dict[str, Any] = {"kind": kind, "login": login, "secret": secret, "address": address,
                              "ends": ends}  # fmt: skip
    return Shown("admin_secret.html", values)


def login_from(name: str) -> str:
    """Return the sign-in name that a name makes: its words in small letters, dots between them."""
    bare = "".join(
        one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one)
    )
    return ".".join(re.findall(r"\w+", bare.casefold()))


def _role_named(roles: Sequence[Role], typed: str) -> list[str]:
    """Return the role that is called as was typed, by code or title, none where nothing was."""
    wanted = typed.strip().casefold()
    if not wanted:
        return []
    for one in roles:
        if wanted in (one.name.casefold(), one.title.casefold(), say(one.title).casefold()):
            return [one.name]
    raise Invalid.of([Fault("roleNamed", "badValue", "no role is called so; take one of the list")])


def _plain(text: str) -> str:
    return text.replace("\0", "")
