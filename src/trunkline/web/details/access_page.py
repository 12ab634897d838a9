"""Who may see a record, and why somebody may not: grants, reach and masks, told one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import falcon

from trunkline.documents.errors import NotFound
from trunkline.documents.limits import ENTERED, LIES_IN, Limits
from trunkline.identity.rights import read_actor
from trunkline.identity.roles import Role, all_roles, roles_of
from trunkline.kernel.actor import Actor, Grant, Verb
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import Mask, hidden_paths
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import may_reach
from trunkline.kernel.work import Work
from trunkline.web.administration.limits import dimensions, in_words, said
from trunkline.web.desk import Answer, Desk, Shown, Visit, must_operate
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, record_of
from trunkline.web.wording import words

Owned: TypeAlias = tuple[str | None, str | None, Sequence[str] | None]
VERBS: tuple[Verb, ...] = ("read", "create", "update", "delete")
PEOPLE_MAX = 50
PEOPLE = (
    "select p.id::text, p.name, coalesce(u.login, c.client_id, '') as login from principal p "
    "left join user_account u on u.principal = p.id left join api_client c on c.principal = p.id "
    "where p.active and (p.name ilike %s or u.login ilike %s or c.client_id ilike %s) "
    "order by p.name, p.id limit %s"
)
OWNERS = (
    f"select r.owner::text, r.partner::text, {LIES_IN.format('r.owner')}, o.label, p.label, "  # noqa: S608
    f"array(select array[f.id, f.name, f.login] from ({PEOPLE}) f) "
    "from record r left join record o on o.id = r.owner left join record p on p.id = r.partner "
    "where r.id = %s"
)
"""Whose a record is, how those are called, and among whom may be chosen, in one statement."""


@dataclass(frozen=True)
class Answered:
    """May somebody do one thing: yes or no, by which permissions of which roles, and why not."""

    verb: str
    may: bool
    why: str
    by: Sequence[str]
    reach: str
    hidden: Sequence[str]


class AccessPage:
    """`/r/{segment}/{ident}/access?of=…` for administrators."""

    needs = "identity:administer"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show it."""

        def view(visit: Visit) -> Answer:
            must_operate(visit.actor, "identity:administer")
            resource = self._desk.addresses.resource(segment)
            if resource is None:
                raise NotFound("notFound", f"there is no page {segment}")
            with self._desk.work(visit) as work:
                record = record_of(work, resource, ident)
                return Shown("details_access.html", self._values(visit, work, record))

        self._desk.answer(req, resp, view)

    def _values(self, visit: Visit, work: Work, record: Record) -> dict[str, Any]:
        typed = (visit.req.get_param("q") or "").strip()[:100]
        of, role_name = visit.req.get_param("of") or "", visit.req.get_param("role") or ""
        connection = work.connection
        roles = all_roles(connection)
        like = "%" + typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        asked_for = [like, like, like, PEOPLE_MAX, record.id]
        owner, partner, lies_in, owned_by, shared_with, people = connection.execute(
            OWNERS, asked_for
        ).fetchone()
        names = dimensions(work.services, connection, work.generation)
        values = head_of(self._desk, record) | {
            "typed": typed,
            "people": [{"id": one[0], "name": one[1], "login": one[2]} for one in people],
            "roles": [{"name": one.name, "title": one.title} for one in roles],
            "owners": [owned_by or owner or "", shared_with or partner or ""],
            "scoped": is_scoped(record.resource),
            "lies_in": [one for one in said(lies_in or (), names) if one["code"] != ENTERED],
            "of": of,
            "role": role_name,
            "who": "",
        }
        asked = self._asked(work, roles, of, role_name)
        if asked is not None:
            actor, own = asked
            values |= {
                "who": actor.name,
                "own_roles": [one.title for one in own],
                "answers": [
                    answered(actor, own, record.resource, verb, (owner, partner, lies_in))
                    for verb in VERBS
                ],
                "limits": {
                    words(verb).lower(): in_words(_told(actor, record.resource, verb), names)
                    for verb in VERBS
                },
            }
        return values

    def _asked(
        self, work: Work, roles: Sequence[Role], of: str, role_name: str
    ) -> tuple[Actor, list[Role]] | None:
        """Return whom the page is about, with the roles that they have."""
        by_name = {one.name: one for one in roles}
        if role_name in by_name:
            role = by_name[role_name]
            return Actor(role.name, role.title, "user", role.permissions), [role]
        if not of:
            return None
        actor = read_actor(work.connection, principal=of, now=work.services.machine_now())
        if actor is None:
            raise NotFound("notFound", "there is no such user or client")
        names = roles_of(work.connection, principal=of)
        return actor, [by_name[one] for one in names if one in by_name]


def answered(
    actor: Actor, roles: Sequence[Role], resource: Resource, verb: Verb, owned: Owned
) -> Answered:
    """Return whether somebody may do a thing with a record, and by what.

    `owned` has the owner, the partner and the spheres in which the owner lies.
    """
    names = permissions_for(resource, verb)
    by = [
        f"{role.title}: {name} ({role.permissions[name].reach})"
        for role in roles
        for name in names
        if name in role.permissions
    ]
    by += [
        f"{name} ({actor.grants[name].reach})"
        for name in names
        if name in actor.grants and not any(name in role.permissions for role in roles)
    ]
    word = words(verb).lower()
    if verb in {"update", "delete", "create"} and _operation(verb) not in resource.operations:
        return Answered(word, False, "nobody can: the interface does not offer it", by, "", ())
    grant = actor.grant(resource, verb)
    if grant is None:
        why = f"no role has {resource.name}:{verb} or a wider permission"
        if by:
            why = "the permission is narrow, and such records belong to nobody"
        return Answered(word, False, why, by, "", ())
    if is_scoped(resource) and not may_reach(actor, grant, *owned):
        return Answered(word, False, _out_of_reach(actor, grant), by, grant.reach, ())
    hidden = hidden_names(resource, hidden_paths(resource, grant.sees))
    return Answered(word, True, "", by, grant.reach, hidden)


def _told(actor: Actor, resource: Resource, verb: Verb) -> Limits:
    grant = actor.grant(resource, verb)
    return _limits(grant) if grant is not None else frozenset()


def _limits(grant: Grant) -> Limits:
    """Return the limits of a grant, without the one to what somebody has entered."""
    return frozenset(
        one for one in grant.limits if not any(each.startswith(f"{ENTERED}:") for each in one)
    )


def permissions_for(resource: Resource, verb: Verb) -> list[str]:
    """Return the permissions any of which allows a thing, the narrowest first."""
    return [
        f"{resource.name}:{verb}", f"{resource.api.number}:{verb}", f"{resource.module}:{verb}",
        f"*:{verb}", "*:*",
    ]  # fmt: skip


def _operation(verb: Verb) -> str:
    return {"update": "patch", "read": "retrieve"}.get(verb, verb)


def _out_of_reach(actor: Actor, grant: Grant) -> str:
    if grant.reach == "limited" and not _limits(grant):
        return "reaches customers of where they work only, and they work nowhere in particular"
    if grant.reach == "limited":
        return "reaches the records of some customers only, and this one's is not among them"
    if grant.reach == "own" and actor.party is None:
        return "reaches their own records only, and they are linked to no party"
    if grant.reach == "own":
        return "reaches their own records only, and this one belongs to somebody else"
    if actor.partner is None:
        return "reaches the records of their partner only, and they are linked to no partner"
    return "reaches the records of their partner only, and this one is another's"


def hidden_names(resource: Resource, mask: Mask | None) -> list[str]:
    """Return the attributes that are hidden, wholly or in part, in the order of declaration."""
    if mask is None:
        return []
    return [
        words(name)
        for name in resource.type.by_json_name()
        if not name.startswith("@") and mask.step(name) is not True
    ]
