"""Roles: all of them, one as a matrix, two compared, and a cell changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.access.function import actions_by_function
from trunkline.access.limiting import limited
from trunkline.access.newly_shipped import give_newer, keep_roles, newer
from trunkline.access.user_role import change_user_role, create_user_role, role_named, said
from trunkline.documents.errors import Forbidden, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.identity.principals import holders_by_role
from trunkline.identity.rights import ADMINISTER, covering, not_held
from trunkline.identity.roles import Role, all_roles
from trunkline.kernel.actor import Actor, Grant
from trunkline.web.administration.limits import asked, chosen, dimensions, in_words
from trunkline.web.administration.matrix import (
    CLASS_WORDS,
    CLASSES,
    REACHES,
    VERB_WORDS,
    VERBS,
    cell,
    choice,
    differing,
    differs,
    matrix,
    wide_rows,
)
from trunkline.web.administration.opened import BASE, administered
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.wording import words

ROLES = f"{BASE}/roles"


class RolesPage:
    """`/administration/roles`, `new`, `{name}` and `{name}/cell`."""

    needs = "identity:administer"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them."""
        self._desk.answer(req, resp, self._list)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give a usual role what a newer version ships, or leave it as it is."""
        self._desk.act(req, resp, self._decide)

    def on_get_newer(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what a newer version ships for the usual roles."""
        self._desk.answer(req, resp, self._newer)

    def on_get_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form of a new one."""
        self._desk.answer(req, resp, lambda visit: self._new(visit, Form(), {}))

    def on_post_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a role like another one, to be changed cell by cell."""
        self._desk.act(req, resp, self._create)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Show one, beside another where one is named by `with`."""
        self._desk.answer(req, resp, lambda visit: self._one(visit, name))

    def on_get_cell(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Show what a role may do in one cell."""
        permission = req.get_param("permission") or ""
        self._desk.answer(req, resp, lambda visit: self._cell(visit, name, permission))

    def on_post_cell(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Change one cell."""
        self._desk.act(req, resp, partial(self._change, name=name))

    def _list(self, visit: Visit) -> Answer:
        services = self._desk.services
        with administered(self._desk, visit) as connection:
            roles = all_roles(connection)
            counts = holders_by_role(connection, now=services.machine_now())
        rows = [
            {"name": one.name, "title": one.title, "description": one.description,
             "address": f"{ROLES}/{quote(one.name)}", "count": counts.get(one.name, 0),
             "permissions": len(one.permissions), "interfaces_only": one.interfaces_only,
             "held": not not_held(services.registry, visit.actor, one.permissions)}
            for one in roles
        ]  # fmt: skip
        values: dict[str, Json] = {
            "rows": rows,
            "may_change": _may_define(visit.actor),
        }
        return Shown("admin_roles.html", values)

    def _newer(self, visit: Visit) -> Answer:
        with administered(self._desk, visit) as connection:
            lacking = newer(connection)
        values: dict[str, Json] = {
            "may_change": _may_define(visit.actor),
            "csrf": visit.csrf,
            "newer": [
                {"name": one.role.name, "title": one.role.title,
                 "permissions": list(one.permissions)}
                for one in lacking
            ],
        }  # fmt: skip
        return Fragment(self._desk.renderer.html("admin_roles_newer.html", values))

    def _decide(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must_have(ADMINISTER)
        act = give_newer if form.text("do") == "give" else keep_roles
        if not _may_define(visit.actor):
            raise Forbidden("notAllowed", f"{ADMINISTER} over everything is needed here")
        act(self._desk.services, by=visit.actor, names=[form.text("role")])
        return Moved(f"{ROLES}?done={'given' if act is give_newer else 'kept'}")

    def _new(
        self, visit: Visit, typed: Form, wrong: Mapping[str, str], status: int = 200
    ) -> Answer:
        with administered(self._desk, visit) as connection:
            roles = all_roles(connection)
            names = dimensions(self._desk.services, connection, visit.generation)
        registry = self._desk.services.registry
        values: dict[str, Json] = {
            "roles": [
                {"name": one.name, "title": one.title}
                for one in roles
                if not not_held(registry, visit.actor, one.permissions)
            ],
            "asked": asked(names, chosen(typed, names)),
            "title": typed.text("title"),
            "description": typed.text("description"),
            "only": typed.text("only") == "interfaces",
            "like": typed.text("like") or visit.req.get_param("like") or "",
            "wrong": dict(wrong),
        }
        return Shown("admin_role_new.html", values, status)

    def _create(self, visit: Visit, form: Form) -> Answer:
        services = self._desk.services
        try:
            with administered(self._desk, visit) as connection:
                permissions = role_named(connection, form.text("like")).permissions
                limit = chosen(form, dimensions(self._desk.services, connection, visit.generation))
                if limit:
                    permissions = limited(permissions, frozenset(limit))
                sent = {
                    "involvementRole": form.text("title"),
                    "description": form.text("description"),
                    "interfacesOnly": form.text("only") == "interfaces",
                    "entitlement": _entitlements(permissions),
                }
                role = create_user_role(services, connection, by=visit.actor, sent=sent)
        except Refusal as refusal:
            if refusal.status not in {400, 404, 409}:
                raise
            wrong = {one.path: one.message for one in refusal.faults}
            wrong = wrong or {"id": refusal.message}
            return self._new(visit, form, wrong, 400)
        return Moved(f"{ROLES}/{quote(role.name)}?done=created")

    def _one(self, visit: Visit, name: str) -> Answer:
        registry = self._desk.services.registry
        other = visit.req.get_param("with") or ""
        only = visit.req.get_param("only") == "differs"
        with administered(self._desk, visit) as connection:
            known = actions_by_function(registry, connection)
            by_name = {one.name: one for one in all_roles(connection)}
            names = dimensions(self._desk.services, connection, visit.generation)
        role = by_name.get(name)
        if role is None:
            raise NotFound("notFound", f"there is no user role {name}")
        compared = [role, *([by_name[other]] if other in by_name and other != name else [])]
        only = only and len(compared) > 1
        groups, wide = matrix(registry, known, compared), wide_rows(registry, known, compared)
        values: dict[str, Json] = {
            "name": name,
            "limits": in_words(
                frozenset().union(*(g.limits for g in role.permissions.values())), names
            ),
            "title": role.title,
            "description": role.description,
            "interfaces_only": role.interfaces_only,
            "address": f"{ROLES}/{quote(name)}",
            "compared": [{"name": one.name, "title": one.title} for one in compared],
            "others": [
                {"name": one.name, "title": one.title}
                for one in by_name.values()
                if one.name != name
            ],
            "other": other,
            "groups": differing(groups) if only else groups,
            "only": only,
            "verbs": [VERB_WORDS[one] for one in VERBS],
            "wide": [one for one in wide if not only or differs(one)],
            "everything": cell(registry, role, "*:*") if "*:*" in role.permissions else None,
            "may_change": self._may_change(visit.actor, role),
        }
        return Shown("admin_role.html", values)

    def _may_change(self, actor: Actor, role: Role) -> bool:
        registry = self._desk.services.registry
        return _may_define(actor) and not not_held(registry, actor, role.permissions)

    def _cell(
        self, visit: Visit, name: str, permission: str, problems: list[str] | None = None,
        status: int = 200,
    ) -> Answer:  # fmt: skip
        registry = self._desk.services.registry
        with administered(self._desk, visit) as connection:
            role = role_named(connection, name)
            known = actions_by_function(registry, connection)
            names = dimensions(self._desk.services, connection, visit.generation)
        function, _, action = permission.partition(":")
        if action not in known.get(function, ()):
            raise NotFound("notFound", f"there is no permission {permission[:80]}")
        own = role.permissions.get(permission)
        values: dict[str, Json] = {
            "role": {"name": name, "title": role.title},
            "address": f"{ROLES}/{quote(name)}",
            "permission": permission,
            "function": function,
            "action": VERB_WORDS.get(action) or words(action),
            "reach": own.reach if own else "",
            "sees": sorted(own.sees) if own else ["internal", "public"],
            "asked": asked(names, next(iter(own.limits), ()) if own else ()),
            "several": in_words(own.limits, names) if own and len(own.limits) > 1 else [],
            "reaches": [{"name": key, "title": title} for key, title in REACHES.items()],
            "classes": [{"name": one, "title": CLASS_WORDS[one]} for one in CLASSES],
            "via": [one for one in covering(registry, permission)[1:] if one in role.permissions],
            "problems": problems or [],
            "may_change": self._may_change(visit.actor, role),
        }
        return Shown("admin_cell.html", values, status)

    def _change(self, visit: Visit, form: Form, *, name: str) -> Answer:
        permission = form.text("permission")
        function, _, action = permission.partition(":")
        limit: Sequence[str] = ()

        def changed(before: dict[str, Any]) -> dict[str, Any]:
            others = [
                one
                for one in before["entitlement"]
                if (one["function"], one["action"]) != (function, action)
            ]
            cell_said = choice(form.text("reach"), form.all("sees"), limit)
            own = [{"function": function, "action": action} | cell_said] if cell_said else []
            return before | {"entitlement": [*others, *own]}

        try:
            with administered(self._desk, visit) as connection:
                limit = chosen(form, dimensions(self._desk.services, connection, visit.generation))
                change_user_role(
                    self._desk.services, connection, by=visit.actor, name=name, change=changed
                )
        except Refusal as refusal:
            if refusal.status not in {400, 403}:
                raise
            problems = problems_of(refusal)
            return self._cell(visit, name, permission, problems, refusal.status)
        return Moved(f"{ROLES}/{quote(name)}?done=changed#{quote(permission)}")


def _entitlements(permissions: Mapping[str, Grant]) -> list[dict[str, Any]]:
    return [
        {"function": name.partition(":")[0], "action": name.partition(":")[2], **one}
        for name, grant in permissions.items()
        for one in said(grant)
    ]


def _may_define(actor: Actor) -> bool:
    grant = actor.may(ADMINISTER)
    return grant is not None and grant.reach == "all"
