"""Aliases: the ids by which other systems know a record."""

from __future__ import annotations

from trunkline.documents.errors import Conflict
from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work

COMMON = "client"
WRITING: tuple[Verb, ...] = ("create", "update")


def remember_alias(work: Work, document: Document, value: str) -> None:
    """Let a record be found by an id that a client gave it; refuses (409) one that is taken.

    What the client may not see takes no id: who reaches some records only has ids of its own. A
    UUID is the same one in whichever case it is written.
    """
    value = value.lower() if UUID.match(value) else value
    kind, system = document.resource.name, namespace(work.actor, document.resource)
    done = work.connection.execute(
        "insert into alias (system, value, type, record) select %s, %s, %s, %s::uuid "
        "where not exists (select 1 from alias where value = %s and type = %s and %s::boolean) "
        "on conflict do nothing",
        [system, value, kind, document.id, value, kind, system != COMMON],
    )
    if not done.rowcount:
        raise Conflict("conflictId", f"id: another {document.resource} has the id {value}")


def namespace(actor: Actor, resource: Resource) -> str:
    """Return whose ids these are: everybody's, or those of a partner or an owner."""
    asked = (actor.grant(resource, verb) for verb in WRITING)
    held = [one for one in asked if one is not None]
    grant = next((one for one in held if one.is_staffs), held[0] if held else None)
    if grant is None or grant.is_staffs or not is_scoped(resource):
        return COMMON
    return f"client of {actor.partner if grant.reach == 'partner' else actor.party}"
