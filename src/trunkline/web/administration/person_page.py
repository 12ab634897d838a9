"""One user or client: what it may do, where it is signed in, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import falcon

from trunkline.access.function import actions_by_function
from trunkline.access.permission import announce_permission
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal, refuse
from trunkline.documents.shape import Json
from trunkline.identity.accounts import disable, enable
from trunkline.identity.clients import drop_former_secrets, rotate_secret
from trunkline.identity.own_spheres import set_own_spheres
from trunkline.identity.password_links import give_password_link
from trunkline.identity.personal_tokens import (
    create_personal_token,
    personal_tokens_of,
    revoke_personal_token,
)
from trunkline.identity.principals import Kind, Principal, principal_of
from trunkline.identity.rights import not_held
from trunkline.identity.roles import Role, all_roles, assign_role, withdraw_role
from trunkline.identity.sessions import end_one_session, end_sessions
from trunkline.identity.viewing import begin_viewing
from trunkline.web.administration.limits import chosen, dimensions
from trunkline.web.administration.opened import BASE, administered, shown
from trunkline.web.administration.people_page import WORDS, secret_shown
from trunkline.web.administration.person_panels import PANELS, panel_values
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.values import instant

TOKEN_DAYS = 90
DAYS_DIGITS_MAX = 6
Deed = Callable[[Visit, Form, Principal], Answer | None]


class PersonPage:
    """`/administration/users/{ident}` and `/administration/clients/{ident}`."""

    needs = "identity:administer"

    def __init__(self, desk: Desk, kind: Kind) -> None:
        self._desk = desk
        self._kind = kind
        self._deeds: dict[str, Deed] = {
            "lock": self._lock,
            "unlock": self._unlock,
            "give": self._give,
            "spheres": self._spheres,
            "withdraw": self._withdraw,
            "end": self._end_sessions,
            "end-one": self._end_one,
            "view": self._view_as,
            "password": self._password,
            "token": self._token,
            "revoke": self._revoke,
            "rotate": self._rotate,
            "drop": self._drop,
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, lambda visit: self._page(visit, ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do one thing about it, or say why not."""
        self._desk.act(req, resp, partial(self._do, ident=ident))

    def _do(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        name = form.text("do")
        deed = self._deeds.get(name)
        if deed is None:
            raise NotFound("notFound", "there is no such act")
        with administered(self._desk, visit) as connection:
            one = self._principal(visit, connection, ident)
        try:
            return deed(visit, form, one) or Moved(f"{BASE}/{one.kind}s/{one.id}?done={name}")
        except Refusal as refusal:
            if refusal.status not in {400, 403, 409}:
                raise
            problems = problems_of(refusal)
            return self._page(visit, ident, problems, refusal.status)

    def _principal(self, visit: Visit, connection: Any, ident: str) -> Principal:
        one = principal_of(self._desk.services, connection, by=visit.actor, ident=ident)
        if one.kind != self._kind:
            raise NotFound("notFound", "there is no such user or client")
        return one

    def on_get_panel(
        self, req: falcon.Request, resp: falcon.Response, ident: str, panel: str
    ) -> None:
        """Show one part of the page, which is asked for on its own and fails alone."""
        self._desk.answer(req, resp, partial(self._panel, ident=ident, panel=panel))

    def _page(
        self, visit: Visit, ident: str, problems: list[str] | None = None, status: int = 200
    ) -> Answer:
        services = self._desk.services
        with administered(self._desk, visit) as connection:
            one = self._principal(visit, connection, ident)
            roles = all_roles(connection)
        values: dict[str, Json] = {
            **self._about(visit, one),
            "one": shown(self._desk, one, {each.name: each.title for each in roles}),
            "words": vars(WORDS[one.kind]),
            "base": f"{BASE}/{one.kind}s",
            "problems": problems or [],
            "may_change": self._may_change(visit, one, roles),
            "panels": PANELS[one.kind],
            "more_roles": [
                {"name": each.name, "title": each.title}
                for each in roles
                if each.name not in one.roles
                and not not_held(services.registry, visit.actor, each.permissions)
            ],
        }
        return Shown("admin_person.html", values, status)

    def _about(self, visit: Visit, one: Principal) -> dict[str, Json]:
        return {"kind": one.kind, "is_self": one.id == visit.actor.id, "csrf": visit.csrf}

    def _may_change(self, visit: Visit, one: Principal, roles: Sequence[Role]) -> bool:
        """Tell whether the visitor holds all that the roles of somebody permit."""
        held = {
            name: grant
            for each in roles
            if each.name in one.roles
            for name, grant in each.permissions.items()
        }
        return not not_held(self._desk.services.registry, visit.actor, held)

    def _panel(self, visit: Visit, *, ident: str, panel: str) -> Answer:
        with administered(self._desk, visit) as connection:
            one = self._principal(visit, connection, ident)
            if panel not in {each for each, _ in PANELS[one.kind]}:
                raise NotFound("notFound", "there is no such part")
            own = self._desk.cookies.session(visit.req)
            values = {
                "panel": panel,
                "address": f"{BASE}/{one.kind}s/{one.id}",
                "active": one.active,
                "may_change": visit.req.get_param("change") == "yes",  # what is shown; not allowed
                **self._about(visit, one),
                **panel_values(
                    self._desk, connection, one, panel, generation=visit.generation, session=own
                ),
            }
        return Fragment(self._desk.renderer.html("admin_person_panel.html", values))

    # --- what is done --------------------------------------------------------------------------

    def _lock(self, visit: Visit, _form: Form, one: Principal) -> None:
        if one.id == visit.actor.id:
            raise Invalid("ownLock", "somebody else has to lock you out")
        disable(self._desk.services, by=visit.actor, principal=one.id)

    def _unlock(self, visit: Visit, _form: Form, one: Principal) -> None:
        enable(self._desk.services, by=visit.actor, principal=one.id)

    def _give(self, visit: Visit, form: Form, one: Principal) -> None:
        self._change_role(assign_role, visit, form, one)

    def _spheres(self, visit: Visit, form: Form, one: Principal) -> None:
        with administered(self._desk, visit) as connection:
            spheres = chosen(form, dimensions(self._desk.services, connection, visit.generation))
            set_own_spheres(
                self._desk.services, by=visit.actor, principal=one.id, spheres=spheres,
                connection=connection,
            )  # fmt: skip

    def _withdraw(self, visit: Visit, form: Form, one: Principal) -> None:
        self._change_role(withdraw_role, visit, form, one)

    def _change_role(
        self, change: Callable[..., bool], visit: Visit, form: Form, one: Principal
    ) -> None:
        services = self._desk.services
        with administered(self._desk, visit) as connection:
            done = change(
                services, by=visit.actor, principal=one.id, role=form.text("role"),
                connection=connection,
            )  # fmt: skip
            if done:
                announce_permission(services, connection, one.id, "changed")

    def _end_sessions(self, visit: Visit, _form: Form, one: Principal) -> None:
        own = self._desk.cookies.session(visit.req) if one.id == visit.actor.id else None
        end_sessions(self._desk.services, by=visit.actor, principal=one.id, but=own)

    def _view_as(self, visit: Visit, _form: Form, one: Principal) -> Answer:
        token = self._desk.cookies.session(visit.req) or ""
        begin_viewing(self._desk.services, by=visit.actor, token=token, principal=one.id)
        return Moved("/")

    def _end_one(self, visit: Visit, form: Form, one: Principal) -> None:
        ended = end_one_session(
            self._desk.services, by=visit.actor, principal=one.id, ident=form.text("session")
        )
        if not ended:
            raise Conflict("conflictSession", "this session has ended already")

    def _password(self, visit: Visit, _form: Form, one: Principal) -> Answer:
        made = give_password_link(self._desk.services, by=visit.actor, principal=one.id)
        link = f"{visit.req.prefix}/choose-password?token={made.token}"
        return secret_shown(
            f"{BASE}/users/{one.id}", "link", one.login, link,
            ends=instant(made.expires_at, self._desk.zone),
        )  # fmt: skip

    def _token(self, visit: Visit, form: Form, one: Principal) -> Answer:
        scopes = form.text("scopes").split()
        with administered(self._desk, visit) as connection:
            known = actions_by_function(self._desk.services.registry, connection)
        faults = [
            Fault("scope", "scopeName", f"{name[:80]} is not the name of a permission")
            for name in scopes
            if name.partition(":")[2] not in known.get(name.partition(":")[0], ())
        ]
        days = form.text("days") or str(TOKEN_DAYS)
        if not (days.isascii() and days.isdecimal() and len(days) <= DAYS_DIGITS_MAX):
            faults.append(Fault("days", "badValue", "write how many days it lasts, such as 90"))
        refuse(faults)
        made = create_personal_token(
            self._desk.services,
            by=visit.actor,
            owner=one.id,
            name=form.text("name"),
            scopes=scopes,
            lasts=timedelta(days=int(days)),
        )
        return self._secret(one, "token", made.token)

    def _revoke(self, visit: Visit, form: Form, one: Principal) -> None:
        owned = {each.id for each in personal_tokens_of(self._desk.services, owner=one.id)}
        if form.text("token") not in owned:
            raise NotFound("notFound", "there is no such token")
        revoke_personal_token(self._desk.services, by=visit.actor, token_id=form.text("token"))

    def _rotate(self, visit: Visit, _form: Form, one: Principal) -> Answer:
        secret = rotate_secret(self._desk.services, by=visit.actor, client_id=one.login)
        return self._secret(one, "client", secret)

    def _drop(self, visit: Visit, _form: Form, one: Principal) -> None:
        drop_former_secrets(self._desk.services, by=visit.actor, client_id=one.login)

    def _secret(self, one: Principal, what: str, secret: str) -> Shown:
        return secret_shown(f"{BASE}/{one.kind}s/{one.id}", what, one.login, secret)
