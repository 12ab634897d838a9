"""Users, clients and tokens for programs: the same functions as the administration's pages.

Passwords, secrets and tokens are told once and kept nowhere, so a repeat is not given the first
answer: it is refused as a login or name that is taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import falcon

from trunkline.access.permission import announce_permission
from trunkline.api.asking import Asked, answer_json, answer_list, only_parameters
from trunkline.api.identity_told import IDENTITY
from trunkline.documents.errors import Fault, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.identity.accounts import NewUser, add_user, disable, enable, set_password
from trunkline.identity.clients import create_client, drop_former_secrets, rotate_secret
from trunkline.identity.own_spheres import set_own_spheres
from trunkline.identity.password_links import give_password_link
from trunkline.identity.personal_tokens import (
    create_personal_token,
    personal_tokens_of,
    revoke_personal_token,
)
from trunkline.identity.principals import (
    Kind,
    Principal,
    Wanted,
    principal_of,
    principals,
    sessions_of,
)
from trunkline.identity.rights import ADMINISTER
from trunkline.identity.sessions import end_one_session, end_sessions
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known

PASSWORD_BYTES = 12
CHOOSE_PASSWORD = "/choose-password"
TOKEN_DAYS = 90
TEXT, FLAG, TEXTS, NUMBER = "a text", "true or false", "a list of texts", "a whole number"
TYPES: Mapping[str, str] = {
    "login": TEXT, "clientId": TEXT, "name": TEXT, "password": TEXT, "party": TEXT,
    "partner": TEXT, "active": FLAG, "liesIn": TEXTS, "role": TEXTS, "scope": TEXTS, "days": NUMBER,
}  # fmt: skip


class _Administered(Asked):
    """What the addresses share: only who administers somebody gets in."""

    kind: Kind = "user"

    def administered(self, req: falcon.Request, act: Callable[[Actor, Any], None]) -> None:
        """Act as an administrator, with a connection in a transaction."""

        def answered(known: Known) -> None:
            known.actor.must_have(ADMINISTER)
            with self.opened(known) as connection:
                act(known.actor, connection)

        self.as_known(req, answered)

    def taken(self, req: falcon.Request, *known: str) -> dict[str, Any]:
        """Return what was sent; refuses what is not known here or of another type."""
        sent = self.sent(req)
        faults = [Fault(one, "notKept", "is not kept; leave it out") for one in sent
                  if one not in known]  # fmt: skip
        faults += [
            Fault(name, "badType", f"must be {TYPES[name]}")
            for name in known
            if sent.get(name) is not None and not _fits(TYPES[name], sent[name])
        ]
        refuse(faults)
        return sent

    def principal(self, connection: Any, by: Actor, ident: str) -> Principal:
        """Return the user or client of an address; 404 where it is the other of the two."""
        one = principal_of(self.services, connection, by=by, ident=ident)
        if one.kind != self.kind:
            raise NotFound("notFound", "there is no such user or client")
        return one


class People(_Administered):
    """`/user` or `/client`, and one of them."""

    def __init__(self, services: Services, doorman: Doorman, kind: Kind) -> None:
        super().__init__(services, doorman)
        self.kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them."""
        only_parameters(req, "q", "role", "after", "limit")
        text, role, after = (
            (req.get_param(one) or "").replace("\0", "") for one in ("q", "role", "after")
        )
        wanted = Wanted(self.kind, text, role, after, self.limit(req))

        def act(by: Actor, connection: Any) -> None:
            found = principals(self.services, connection, by=by, wanted=wanted)
            answer_list(resp, [_shown(one) for one in found])

        self.administered(req, act)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add one; the password or secret that is made is told here only."""
        own = ("login", "password") if self.kind == "user" else ("clientId",)
        sent = self.taken(req, *own, "name", "role", "party", "partner")

        def act(by: Actor, connection: Any) -> None:
            ident, told = self._add(by, connection, sent)
            announce_permission(self.services, connection, ident, "created")
            one = self.principal(connection, by, ident)
            answer_json(resp, _shown(one) | told)
            resp.status = falcon.HTTP_201
            resp.set_header("Location", f"{req.prefix}{IDENTITY.base}/{self.kind}/{ident}")

        self.administered(req, act)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one."""

        def act(by: Actor, connection: Any) -> None:
            answer_json(resp, _shown(self.principal(connection, by, ident)))

        self.administered(req, act)

    def on_patch_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Switch one off or on, or say in which spheres it works."""
        sent = self.taken(req, "active", "liesIn")

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            if sent.get("active") is not None:
                switch = enable if sent["active"] else disable
                switch(self.services, by=by, principal=one.id, connection=connection)
            if sent.get("liesIn") is not None:
                set_own_spheres(
                    self.services, by=by, principal=one.id, spheres=sent["liesIn"],
                    connection=connection,
                )  # fmt: skip
            answer_json(resp, _shown(self.principal(connection, by, ident)))

        self.administered(req, act)

    def _add(
        self, by: Actor, connection: Any, sent: Mapping[str, Any]
    ) -> tuple[str, dict[str, Json]]:
        login: str = sent.get("login" if self.kind == "user" else "clientId") or ""
        roles: Sequence[str] = sent.get("role") or ()
        name, party, partner = sent.get("name") or login, sent.get("party"), sent.get("partner")
        if self.kind == "client":
            made = create_client(
                self.services, by=by, client_id=login, name=name, roles=roles, party=party,
                partner=partner, connection=connection,
            )  # fmt: skip
            return made.id, {"secret": made.secret}
        password = sent.get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
        user = NewUser(login, name, password, roles=roles, party=party, partner=partner)
        ident = add_user(self.services, by=by, user=user, connection=connection)
        return ident, {} if sent.get("password") else {"password": password}


class Password(_Administered):
    """`/user/{id}/password`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a user a new password."""
        given = self.taken(req, "password").get("password")
        password = given or secrets.token_urlsafe(PASSWORD_BYTES)

        def answered(known: Known) -> None:
            by = known.actor
            by.must_have(ADMINISTER)
            with self.opened(known) as connection:
                one = self.principal(connection, by, ident)
            set_password(self.services, by=by, principal=one.id, password=password)
            answer_json(resp, _shown(one) | ({} if given else {"password": password}))

        self.as_known(req, answered)


class PasswordLink(_Administered):
    """`/user/{id}/password-link`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make a link by which the user chooses a password once; it is told here only."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            made = give_password_link(self.services, by=by, principal=one.id, connection=connection)
            link = f"{req.prefix}{CHOOSE_PASSWORD}?token={made.token}"
            answer_json(resp, {"link": link, "endsAt": format_instant(made.expires_at)})
            resp.status = falcon.HTTP_201

        self.administered(req, act)


class Sessions(_Administered):
    """`/user/{id}/session`, and one of them."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List where a user is signed in."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            found = sessions_of(self.services, connection, principal=one.id)
            answer_list(
                resp,
                [
                    {"id": each.id, "address": each.address, "agent": each.agent,
                     "since": format_instant(each.created_at),
                     "lastUsedAt": format_instant(each.last_seen_at),
                     "endsAt": format_instant(each.expires_at)}
                    for each in found
                ],
            )  # fmt: skip

        self.administered(req, act)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Sign a user out everywhere."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            end_sessions(self.services, by=by, principal=one.id, connection=connection)
            resp.status = falcon.HTTP_204

        self.administered(req, act)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, ident: str, session: str
    ) -> None:
        """Sign a user out at one place."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            if not end_one_session(
                self.services, by=by, principal=one.id, ident=session, connection=connection
            ):
                raise NotFound("notFound", "there is no such session")
            resp.status = falcon.HTTP_204

        self.administered(req, act)


class Tokens(_Administered):
    """`/user/{id}/token` and `/token/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List a user's live tokens."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            found = personal_tokens_of(self.services, owner=one.id)
            answer_list(
                resp,
                [
                    {"id": each.id, "name": each.name, "scope": list(each.scopes),
                     "endsAt": format_instant(each.expires_at), **_used(each.last_used_at)}
                    for each in found
                ],
            )  # fmt: skip

        self.administered(req, act)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make a token; it is told here only."""
        sent = self.taken(req, "name", "scope", "days")
        scopes, name = sent.get("scope") or [], sent.get("name") or ""
        lasts = timedelta(days=max(0, min(sent.get("days") or TOKEN_DAYS, 10_000)))

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            made = create_personal_token(
                self.services, by=by, owner=one.id, name=name, scopes=scopes, lasts=lasts,
                connection=connection,
            )  # fmt: skip
            answer_json(
                resp,
                {"id": made.id, "name": name, "scope": sorted(set(scopes)),
                 "endsAt": format_instant(made.expires_at), "token": made.token},
            )  # fmt: skip
            resp.status = falcon.HTTP_201

        self.administered(req, act)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Revoke a token."""

        def act(by: Actor, connection: Any) -> None:
            revoke_personal_token(self.services, by=by, token_id=ident, connection=connection)
            resp.status = falcon.HTTP_204

        self.administered(req, act)


class Secrets(_Administered):
    """`/client/{id}/secret`."""

    kind: Kind = "client"

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make a second secret; it is told here only."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            secret = rotate_secret(self.services, by=by, client_id=one.login, connection=connection)
            answer_json(resp, _shown(self.principal(connection, by, ident)) | {"secret": secret})

        self.administered(req, act)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Drop all secrets but the newest."""

        def act(by: Actor, connection: Any) -> None:
            one = self.principal(connection, by, ident)
            drop_former_secrets(self.services, by=by, client_id=one.login, connection=connection)
            resp.status = falcon.HTTP_204

        self.administered(req, act)


def _shown(one: Principal) -> dict[str, Json]:
    login = "login" if one.kind == "user" else "clientId"
    found: dict[str, Json] = {
        "id": one.id, login: one.login, "name": one.name, "active": one.active,
        "role": list(one.roles), "createdAt": format_instant(one.created_at),
        **_used(one.last_used_at),
    }  # fmt: skip
    found |= {name: value for name, value in (("party", one.party), ("partner", one.partner))
              if value}  # fmt: skip
    if one.lies_in:
        found["liesIn"] = list(one.lies_in)
    return found if one.kind == "user" else found | {"secrets": one.secrets}


def _used(moment: Any) -> dict[str, Json]:
    return {"lastUsedAt": format_instant(moment)} if moment else {}


def _fits(wanted: str, value: Json) -> bool:
    if wanted == TEXTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if wanted == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool if wanted == FLAG else str)


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of users, clients and tokens."""
    for kind in ("user", "client"):
        people = People(services, doorman, kind)
        app.add_route(f"{IDENTITY.base}/{kind}", people)
        app.add_route(f"{IDENTITY.base}/{kind}/{{ident}}", people, suffix="item")
    of_user = f"{IDENTITY.base}/user/{{ident}}"
    tokens = Tokens(services, doorman)
    app.add_route(f"{of_user}/password", Password(services, doorman))
    app.add_route(f"{of_user}/password-link", PasswordLink(services, doorman))
    sessions = Sessions(services, doorman)
    app.add_route(f"{of_user}/session", sessions)
    app.add_route(f"{of_user}/session/{{session}}", sessions, suffix="one")
    app.add_route(f"{of_user}/token", tokens)
    app.add_route(f"{IDENTITY.base}/token/{{ident}}", tokens, suffix="one")
    app.add_route(f"{IDENTITY.base}/client/{{ident}}/secret", Secrets(services, doorman))
