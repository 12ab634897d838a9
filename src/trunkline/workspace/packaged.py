"""Roles, shared views and texts for messages in a configuration package.

Nobody takes over a role that permits more than they hold themselves. A view comes over for the
role that shares it; who imports it owns it where it is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.errors import Conflict, Fault, Invalid, refuse
from trunkline.documents.limits import Limits, listed
from trunkline.documents.shape import Json
from trunkline.governance.packages import Body, Section, bring
from trunkline.identity.change import log
from trunkline.identity.rights import ADMINISTER, must_administer_all
from trunkline.identity.roles import all_roles, define_role
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import Work
from trunkline.workspace.message_texts import MessageText, texts_in, write_message_text
from trunkline.workspace.saved_views import NAME_MAX, STATE_MAX

TEXT = ("name", "language", "title", "subject", "content")
VIEW = ("resource", "slug", "name", "role", "state")


def _roles(work: Work) -> Mapping[str, Body]:
    must_administer_all(work.actor)
    return {
        one.name: {
            "name": one.name,
            "title": one.title,
            "description": one.description,
            "interfacesOnly": one.interfaces_only,
            "permission": {
                name: {
                    "reach": grant.reach,
                    "sees": sorted(grant.sees),
                    **({"limits": listed(grant.limits)} if grant.limits else {}),
                }
                for name, grant in sorted(one.permissions.items())
            },
        }
        for one in all_roles(work.connection)
    }


def _write_role(work: Work, key: str, body: Body, _here: Body | None) -> None:
    define_role(
        work.services,
        by=work.actor,
        name=key,
        title=_text(body, "title"),
        description=_text(body, "description"),
        permissions=_grants(body.get("permission")),
        interfaces_only=body.get("interfacesOnly") is True,
        connection=work.connection,
    )


def _grants(said: Json) -> dict[str, Grant]:
    if not isinstance(said, dict):
        raise Invalid.of([Fault("permission", "badType", "must be an object")])
    found: dict[str, Any] = {}
    for name, one in said.items():
        sees = one.get("sees") if isinstance(one, dict) else None
        if not isinstance(sees, list) or not all(isinstance(each, str) for each in sees):
            raise Invalid.of([Fault(f"permission.{name}", "badType", "needs reach and sees")])
        found[name] = Grant(one.get("reach"), frozenset(sees), _limits(name, one.get("limits")))
    return found


def _limits(name: str, said: Json) -> Limits:
    found: set[frozenset[str]] = set()
    for one in said if isinstance(said, list) else [] if said is None else [None]:
        if not isinstance(one, list) or not all(isinstance(sphere, str) for sphere in one):
            message = "limits are a list of lists of spheres, such as team:north"
            raise Invalid.of([Fault(f"permission.{name}", "badType", message)])
        found.add(frozenset(one))
    return frozenset(found)


def _views(work: Work) -> Mapping[str, Body]:
    must_administer_all(work.actor)
    rows = work.connection.execute(
        "select resource, slug, name, role, state from saved_view where role is not null "
        "order by resource, slug"
    ).fetchall()
    return {f"{row[0]}/{row[1]}": dict(zip(VIEW, row, strict=True)) for row in rows}


def _write_view(work: Work, _key: str, body: Body, _here: Body | None) -> None:
    values = [_text(body, name) for name in VIEW]
    resource, slug, name, role, state = values
    faults = []
    if not 0 < len(name.strip()) <= NAME_MAX or len(state) > STATE_MAX or not slug:
        faults.append(Fault("name", "badValue", "needs a slug, a name and a state of sane length"))
    known = work.connection.execute("select 1 from role where name = %s", [role]).fetchone()
    if known is None:
        faults.append(Fault("role", "roleUnknown", f"there is no role {role}; take it, too"))
    refuse(faults)
    done = work.connection.execute(
        "insert into saved_view as v (id, resource, slug, name, role, state, principal, "
        "created_at, changed_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (resource, slug) do update set name = excluded.name, role = excluded.role, "
        "state = excluded.state, version = v.version + 1, changed_at = excluded.changed_at "
        "where v.role is not null",
        [work.services.chance.uuid(), resource, slug, name.strip(), role, state, _owner(work),
         work.services.machine_now(), work.services.machine_now()],
    )  # fmt: skip
    if done.rowcount:
        log(work.services, work.connection, by=work.actor, action=f"shareView {resource}/{slug}",
            subject=None, kind="savedView")  # fmt: skip
    else:
        message = f"somebody's own view of {resource} is called {slug} here"
        raise Conflict("conflictName", message)


def _message_texts(work: Work) -> Mapping[str, Body]:
    must_administer_all(work.actor)
    return {
        _text_key(body): body
        for one in texts_in(work.connection)
        if (body := {name: getattr(one, name) for name in TEXT})
    }


def _write_text(work: Work, _key: str, body: Body, _here: Body | None) -> None:
    must_administer_all(work.actor)
    write_message_text(work.connection, MessageText(**{name: _text(body, name) for name in TEXT}))


def _owner(work: Work) -> str:
    """Return who owns a view: who imports it; the program gives it to an administrator."""
    if work.actor.kind != "system":
        return work.actor.id
    row = work.connection.execute(
        "select p.id::text from principal p join user_account u on u.principal = p.id "
        "join principal_role r on r.principal = p.id join role_permission g on g.role = r.role "
        "where p.active and g.permission in ('*:*', %s) order by p.created_at limit 1",
        [ADMINISTER],
    ).fetchone()
    if row is None:
        raise Conflict("conflictOwner", "nobody administers this installation yet; add a user")
    return str(row[0])


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise Invalid.of([Fault(name, "badType", "must be a text")])
    return value


def _role_key(body: Body) -> str:
    return str(body["name"])


def _text_key(body: Body) -> str:
    return f"{body['name']}/{body['language'] or 'any'}"


def _view_key(body: Body) -> str:
    return f"{body['resource']}/{body['slug']}"


bring(Section("roles", "Roles", _roles, _role_key, _write_role), order=40)
bring(
    Section("messageTexts", "Texts for messages", _message_texts, _text_key, _write_text), order=55
)
bring(Section("savedViews", "Shared views", _views, _view_key, _write_view), order=60)
