"""The archive: records that are over and out of the way, for those who have a right to see them.

A kind takes part by the promoted attribute `isArchived`. What is archived stands in no list and is
not found, unless it is asked for by that attribute; only who may read the archive may ask, or read
such a record. References to it hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trunkline.documents.decode import load
from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.filters import Condition, ListQuery, Schema
from trunkline.kernel.resource import Resource

ATTRIBUTE = "isArchived"
MARK = b'"isArchived":true'
READ, RESTORE = "archive:read", "archive:restore"
"""The permissions to see what is archived, and to take it out again."""


def is_archivable(resource: Resource) -> bool:
    """Tell whether records of a kind may be archived."""
    return any(one.path == ATTRIBUTE for one in resource.promote)


def lies_in_archive(document: Mapping[str, Json]) -> bool:
    """Tell whether a document is of an archived record."""
    return document.get(ATTRIBUTE) is True


def out_of_archive(actor: Actor, resource: Resource, query: ListQuery) -> ListQuery:
    """Return a query that leaves out what is archived, unless it asks for that itself.

    Refuses (403) to ask for it without the right.
    """
    if not is_archivable(resource):
        return query
    if any(one.path == ATTRIBUTE for one in query.conditions):
        actor.must_have(READ)
        return query
    steps, kind = Schema(resource).leaf(ATTRIBUTE)
    present = Condition(ATTRIBUTE, steps, kind, "ne", (True,))
    return replace(query, conditions=(*query.conditions, present))


def must_see_archived(actor: Actor, resource: Resource, body: bytes) -> None:
    """Refuse (403) to show a stored record that is archived to who may not read the archive."""
    if MARK in body:
        must_see(actor, resource, load(body))


def must_see(actor: Actor, resource: Resource, document: Mapping[str, Json]) -> None:
    """Refuse (403) to show a document of an archived record to who may not read the archive."""
    if not is_archivable(resource) or actor.may(READ) is not None:
        return
    if lies_in_archive(document):
        message = f"this {resource.title.lower()} is archived; ask who may read the archive"
        raise Forbidden("archived", message)
