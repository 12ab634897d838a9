"""Saved views: lists as people want to see them again, private or of everybody with a role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.errors import UniqueViolation

from trunkline.documents.errors import Conflict, Fault, Forbidden, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.identity.rights import ADMINISTER
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import transaction
from trunkline.workspace.list_columns import column_faults

NAME_MAX = 60
STATE_MAX = 4_000
VIEWS_MAX = 100
COLUMNS_MAX = 40
EVERYTHING = "all"
"""The name of no view at all: the list as it is without one."""
SLUG = re.compile(r"[^a-z0-9]+")
QUEUE = re.compile(r"queue:[a-z][a-z-]{0,40}")
"""What a view of a worklist is kept under, in place of a kind of record."""

HELD = (
    "select r.role from principal_role r where r.principal = %(who)s "
    "and (r.ends_at is null or r.ends_at > %(now)s)"
)
READ = (
    "select v.id::text, v.resource, v.slug, v.name, v.principal::text, v.role, v.state, "  # noqa: S608
    "v.version, "
    "coalesce(c.view = v.id, false), v.opens_for_role from saved_view v "
    "left join list_choice c on c.principal = %(who)s and c.resource = v.resource "
    f"where (v.principal = %(who)s or v.role in ({HELD}))"
)
NO_OTHER = (
    "update saved_view set opens_for_role = false "
    "where resource = %s and role = %s and opens_for_role and id <> %s"
)
CHANGE = (
    "update saved_view set name = %s, state = %s, role = %s, opens_for_role = %s, "
    "version = version + 1, changed_at = %s where id = %s"
)


@dataclass(frozen=True)
class SavedView:
    """One view: `state` is the query string of its list, without `?`; `role` shares it.

    The list opens with the one that `is_default` for who asks, else with one that opens for a
    role they hold.
    """

    id: str
    resource: str
    slug: str
    name: str
    owner: str
    role: str | None
    state: str
    version: int
    is_default: bool
    opens_for_role: bool = False


@dataclass(frozen=True)
class ListChoice:
    """What a person chose for a list: its views, own columns (None: as declared)."""

    views: Sequence[SavedView] = ()
    columns: tuple[str, ...] | None = None

    @property
    def first(self) -> SavedView | None:
        """With which view the list opens: the person's own choice, else that of a role."""
        own = next((one for one in self.views if one.is_default), None)
        return own or next((one for one in self.views if one.opens_for_role), None)


def queue_name(name: str) -> str:
    """Return what the views of a worklist are kept under."""
    return f"queue:{name}"


def choice_of(services: Services, actor: Actor, resource: str) -> ListChoice:
    """Return the views of a list that somebody may use and the columns they want, in one trip."""
    parameters = _who(services, actor) | {"resource": resource}
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select c.columns, v.* from (select 1) one left join list_choice c "  # noqa: S608
            "on c.principal = %(who)s and c.resource = %(resource)s "
            f"left join ({READ} and v.resource = %(resource)s "
            f"order by v.name limit {VIEWS_MAX}) v on true",
            parameters,
        ).fetchall()
    columns = rows[0][0]
    views = [SavedView(*row[1:]) for row in rows if row[1] is not None]
    views.sort(key=lambda one: (one.role is not None, one.name.casefold()))
    return ListChoice(views, None if columns is None else tuple(columns))


def views_of(services: Services, actor: Actor, resource: str | None = None) -> list[SavedView]:
    """Return every view that somebody may use, of one kind of record or of all."""
    text = READ + (" and v.resource = %(resource)s" if resource else "")
    with services.database.app.connection() as connection:
        rows = connection.execute(
            f"{text} order by v.resource, v.name", _who(services, actor) | {"resource": resource}
        ).fetchall()
    return [SavedView(*row) for row in rows]


def view_of(services: Services, actor: Actor, ident: str) -> SavedView:
    """Return a view by its id; refuses (404) one that somebody may not use."""
    with services.database.app.connection() as connection:
        row = connection.execute(
            f"{READ} and v.id::text = %(id)s", _who(services, actor) | {"id": ident}
        ).fetchone()
    if row is None:
        raise NotFound("notFound", "there is no such view")
    return SavedView(*row)


def roles_of(services: Services, actor: Actor) -> list[tuple[str, str]]:
    """Return the roles that somebody holds, by name and title: with these a view can be shared."""
    with services.database.app.connection() as connection:
        rows = connection.execute(
            f"select name, title from role where name in ({HELD}) order by title",  # noqa: S608
            _who(services, actor),
        ).fetchall()
    return [(name, title) for name, title in rows]


def make_view(
    services: Services, actor: Actor, *, resource: str, name: str, state: str,
    role: str | None = None,
) -> SavedView:  # fmt: skip
    """Keep a view; its slug is made of the name and never changes."""
    _check(services, actor, name=name, state=state, role=role)
    slug = SLUG.sub("-", name.casefold()).strip("-")[:NAME_MAX] or "view"
    slug = f"{slug}-view" if slug == EVERYTHING else slug
    now = services.machine_now()
    ident = services.chance.uuid()
    with services.database.app.connection() as connection, connection.transaction():
        own = connection.execute(
            "select count(*) from saved_view where principal = %s and resource = %s",
            [actor.id, resource],
        ).fetchone()[0]
        if own >= VIEWS_MAX:
            raise Conflict("conflictMany", f"you have {VIEWS_MAX} views of this; delete one first")
        for number in range(1, VIEWS_MAX * 10):
            done = connection.execute(
                "insert into saved_view (id, resource, slug, name, principal, role, state, "
                "created_at, changed_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
                "on conflict (resource, slug) do nothing",
                [ident, resource, slug if number == 1 else f"{slug}-{number}", name.strip(),
                 actor.id, role, state, now, now],
            )  # fmt: skip
            if done.rowcount:
                break
    return view_of(services, actor, ident)


def change_view(
    services: Services, actor: Actor, ident: str, *, name: str | None = None,
    state: str | None = None, role: str | None = "", opens: bool | None = None,
) -> SavedView:  # fmt: skip
    """Change a view of one's own; an administrator changes every shared one. `role` "": as it is.

    `opens` says whether the list opens with it for everybody with the role; another view that did
    so does not any more. Refuses (403) who may only use it.
    """
    view = view_of(services, actor, ident)
    _must_own(actor, view)
    wanted = view.role if role == "" else role
    _check(
        services, actor, name=view.name if name is None else name,
        state=view.state if state is None else state,
        role=None if wanted == view.role else wanted,
    )  # fmt: skip
    opens = bool(wanted) and (view.opens_for_role if opens is None else opens)
    said = [
        (view.name if name is None else name).strip(), view.state if state is None else state,
        wanted, opens, services.machine_now(), ident,
    ]  # fmt: skip
    try:
        with services.database.app.connection() as connection, connection.transaction():
            if opens:
                connection.execute(NO_OTHER, [view.resource, wanted, ident])
            connection.execute(CHANGE, said)
    except UniqueViolation as error:
        message = "somebody else has just made another view the first one of this role; try again"
        raise Conflict("conflictOpens", message) from error
    return view_of(services, actor, ident)


def remove_view(services: Services, actor: Actor, ident: str) -> None:
    """Delete a view; who opened the list with it gets the list without it."""
    _must_own(actor, view_of(services, actor, ident))
    with services.database.app.connection() as connection:
        connection.execute("delete from saved_view where id = %s", [ident])


def choose_view(services: Services, actor: Actor, *, resource: str, ident: str | None) -> None:
    """Open a list with a view from now on, for this person; None for none."""
    if ident is not None:
        view = view_of(services, actor, ident)
        refuse([Fault("view", "badValue", "is of another list")] * (view.resource != resource))
    _keep(services, actor, resource, "view", ident)


def choose_columns(
    services: Services, actor: Actor, *, resource: Resource, columns: Sequence[str] | None
) -> None:
    """Show these columns of a list from now on, for this person; None for those declared.

    Refuses (400) too many, and each that the records of the list do not have.
    """
    if columns is not None:
        if len(columns) > COLUMNS_MAX:
            refuse([Fault("columns", "badValue", f"may be {COLUMNS_MAX}")])
        with transaction(services, actor) as work:
            refuse([*column_faults(work, resource, columns)])
    _keep(services, actor, resource.name, "columns", None if columns is None else list(columns))


def _keep(services: Services, actor: Actor, resource: str, column: str, value: Json) -> None:
    with services.database.app.connection() as connection:
        connection.execute(
            f"insert into list_choice (principal, resource, {column}) values (%s, %s, %s) "  # noqa: S608
            f"on conflict (principal, resource) do update set {column} = excluded.{column}",
            [actor.id, resource, value],
        )


def may_change(actor: Actor, view: SavedView) -> bool:
    """Tell whether somebody may change a view that they may use."""
    return view.owner == actor.id or _administers(actor)


def _must_own(actor: Actor, view: SavedView) -> None:
    if not may_change(actor, view):
        raise Forbidden(
            "notAllowed", f"“{view.name}” is somebody else's; save it under a name of your own"
        )


def _administers(actor: Actor) -> bool:
    grant = actor.may(ADMINISTER)
    return grant is not None and grant.reach == "all"


def _check(services: Services, actor: Actor, *, name: str, state: str, role: str | None) -> None:
    faults = []
    if not name.strip() or len(name) > NAME_MAX:
        faults.append(Fault("name", "badValue", f"needs a name of at most {NAME_MAX} characters"))
    if len(state) > STATE_MAX or "\0" in state + name:
        faults.append(Fault("state", "badValue", f"may have {STATE_MAX} characters"))
    if role and role not in {one for one, _ in roles_of(services, actor)}:
        faults.append(Fault("role", "badValue", "is no role of yours; share with one you have"))
    refuse(faults)


def _who(services: Services, actor: Actor) -> dict[str, Any]:
    return {"who": actor.id, "now": services.machine_now()}
