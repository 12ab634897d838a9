"""About: the record that a note, a task or a file is about, and who may have to do with those.

They are the staff's own: who may read a record and sees personal values in it has to do with what
is about it, except the one whose own record it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound
from trunkline.documents.limits import LIES_IN
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import may_reach
from trunkline.kernel.work import Work

SPHERES_OF = "select " + LIES_IN.format("u.owner") + " from (select %s::uuid as owner) u"  # noqa: S608
OWNED = f"r.owner::text, r.partner::text, {LIES_IN.format('r.owner')}"
"""SQL: whose the record `r` is, as `About` says it."""


def must_have_over_all(actor: Actor, permission: str) -> None:
    """Refuse (403) whoever has a permission over a part of the records only, or not at all."""
    if actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


@dataclass(frozen=True)
class About:
    """A record within the reach of who asks; `owner` is whose key seals what is said about it.

    `lies_in` are the spheres of the owner, as far as somebody has looked.
    """

    resource: Resource
    id: str
    key: str
    owner: str | None
    partner: str | None
    lies_in: Sequence[str] | None = None

    @property
    def words(self) -> str:
        """What the record is called where anybody may read it."""
        return f"{self.resource.title.lower()} {self.key}"

    @property
    def told(self) -> Json:
        """What the record is called, for those who read it in another language, too."""
        return {"english": self.words, "kind": self.resource.name, "key": self.key}


def may_note(actor: Actor, resource: Resource) -> bool:
    """Tell whether somebody has to do with what the staff keeps about records of a kind."""
    grant = actor.grant(resource, "read")
    return grant is not None and grant.reach != "own" and "personal" in grant.sees


def is_staff(actor: Actor) -> bool:
    """Tell whether somebody has to do with other records than the own ones."""
    return any(one.reach != "own" for one in actor.grants.values())


def must_be_staff(actor: Actor) -> None:
    """Refuse (403) who has to do with own records only."""
    if not is_staff(actor):
        raise Forbidden("notAllowed", "tasks are the staff's")


def about(work: Work, resource: Resource, ident: str) -> About:
    """Return a record by id or key; 403 and 404 as reading it refuses."""
    work.actor.must(resource, "read")
    if not may_note(work.actor, resource):
        raise Forbidden("notAllowed", "notes, tasks and files about records are the staff's")
    document = work.get(resource.type, ident) if "\0" not in ident else None
    if document is None:
        raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")
    meta = document.meta
    return About(resource, meta.id, meta.key, meta.owner, meta.partner)


def about_named(work: Work, kind: str, ident: str) -> About:
    """Return a record by the name of its kind and its id or key; refuses an unknown kind (400)."""
    resource = work.services.registry.resources.get(kind)
    if resource is None or not resource.published:
        raise Invalid.of([Fault("record.@referredType", "badValue", f"there is no kind {kind}")])
    return about(work, resource, ident)


def reaches(actor: Actor, one: About, connection: Any = None) -> bool:
    """Tell whether somebody has to do with what is about a record.

    By a connection the owner's spheres are looked up for somebody whose rights are limited.
    """
    grant = actor.grant(one.resource, "read")
    if grant is None or not may_note(actor, one.resource):
        return False
    lies_in = one.lies_in
    if lies_in is None and connection is not None and grant.limits:
        (lies_in,) = connection.execute(SPHERES_OF, [one.owner]).fetchone()
    return may_reach(actor, grant, one.owner, one.partner, lies_in)


def must_be_id(kind: str, ident: str) -> None:
    """Refuse (404) what is no id of ours."""
    if not UUID.fullmatch(ident):
        raise not_there(kind)


def not_there(kind: str) -> NotFound:
    """Return the refusal of what is not there or out of reach; they look alike."""
    return NotFound("notFound", f"there is no such {kind}")


def row_of(work: Work, sql: str, kind: str, ident: str) -> tuple[Any, ...]:
    """Return the one row that a statement finds by id, locked or not, or refuse with 404."""
    must_be_id(kind, ident)
    row: tuple[Any, ...] | None = work.connection.execute(sql, [ident]).fetchone()
    if row is None:
        raise not_there(kind)
    return row


def must_reach(work: Work, what: str, kind: str, record: str) -> About:
    """Return the record that something is about, or refuse with 404 as if that were not there."""
    try:
        return about_named(work, kind, record)
    except (Forbidden, Invalid, NotFound):
        raise not_there(what) from None
