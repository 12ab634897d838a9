"""Aliases: the ids by which other systems know a record."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.errors import Conflict
from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work

COMMON = "client"
MERGED = "merged"
"""Says of names that they were those of a record that has become one with this one."""
WRITING: tuple[Verb, ...] = ("create", "update")


def remember_aliases(work: Work, given: Sequence[tuple[Document, str]]) -> None:
    """Let records of a kind be found by ids that a client gave; refuses (409) where one is taken.

    What the client may not see takes no id: who reaches some records only has ids of its own. A
    UUID is the same one in whichever case it is written.
    """
    if not given:
        return
    values = [value.lower() if UUID.match(value) else value for _, value in given]
    resource = given[0][0].resource
    kind, system = resource.name, namespace(work.actor, resource)
    done = work.connection.execute(
        "insert into alias (system, value, type, record) select %s, n.value, %s, n.record "
        "from unnest(%s::text[], %s::uuid[]) as n (value, record) "
        "where not exists "
        "(select 1 from alias a where a.value = n.value and a.type = %s and %s::boolean) "
        "on conflict do nothing",
        [system, kind, values, [one.id for one, _ in given], kind, system != COMMON],
    )
    if done.rowcount < len(given):
        raise Conflict("conflictId", f"id: another {resource} has the id {' or '.join(values)}")


def forget_aliases(work: Work, document: Document) -> None:
    """Free the ids that clients gave a record which is as if it had never been made."""
    work.connection.execute(
        "delete from alias where record = %s::uuid and type = %s and system like 'client%%'",
        [document.id, document.resource.name],
    )


def namespace(actor: Actor, resource: Resource) -> str:
    """Return whose ids these are: everybody's, or those of a partner or an owner."""
    asked = (actor.grant(resource, verb) for verb in WRITING)
    held = [one for one in asked if one is not None]
    grant = next((one for one in held if one.is_staffs), held[0] if held else None)
    if grant is None or grant.is_staffs or not is_scoped(resource):
        return COMMON
    return f"client of {actor.partner if grant.reach == 'partner' else actor.party}"
