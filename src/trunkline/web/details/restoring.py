"""Restoring: values set to what an earlier change found, by the same rules as any change."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trunkline.documents.errors import Conflict, Invalid, NotFound
from trunkline.documents.patch import ABSENT, Change, copied, own_id, same
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.web.editing.paths import Lost, difference, put, value_at
from trunkline.web.history import changes_at
from trunkline.web.records import Record, record_of

MERGE = "application/merge-patch+json"
OWN_ID = re.compile(r'(.+\[id=[^\[\]"]+\])\.id')
"""The path of the id of an element of a list that is told from others by it."""


def restore(
    work: Work, resource: Resource, ident: str, *, version: int, path: str = "", only_last: bool
) -> Record:
    """Set a value, or all that a change set, to what it was before that change.

    With `only_last` nobody may have changed it since. Returns the record as it is then.
    """
    document = work.lock(resource.type, ident)
    record = record_of(work, resource, document.id)
    found = [
        one
        for one in changes_at(work, record, version)
        if "[*]" not in one.path and (not path or one.path == path)
    ]
    if not found:
        raise NotFound("notFound", f"nothing of that change of {record.key} is to be restored")
    if only_last:
        _must_be_last(record, found)
    after = restored(record.document, found)
    patch = difference(record.document, after)
    if patch:
        change(work, document, patch, MERGE)
    return record_of(work, resource, document.id)


def _must_be_last(record: Record, found: Sequence[Change]) -> None:
    for one in found:
        now = value_at(record.document, one.path)
        if not same(now, None if one.new is ABSENT else one.new):
            raise Conflict(
                "conflictChanged",
                f"{one.path} of {record.key} was changed again meanwhile; see its history",
            )


def restored(document: dict[str, Json], changes: Sequence[Change]) -> dict[str, Json]:
    """Return a document with changes taken back: what came goes, last first, what went comes."""
    after: dict[str, Json] = copied(document)
    came = [one.path for one in changes if one.old is ABSENT]
    # An element that came goes whole: without its id the rest of it is found no more.
    own = [found[1] for path in came if (found := OWN_ID.fullmatch(path))] if came[1:] else []
    try:
        for path in dict.fromkeys(_whole(one, own) for one in reversed(came)):
            put(after, path, None)
        for one in changes:
            if one.old is not ABSENT and one.old not in ({}, []):
                put(after, one.path, copied(one.old))
    except Lost as error:
        raise Invalid(
            "badValue", f"what held {error} is not there any more; change it on the form"
        ) from error
    return after


def _whole(path: str, elements: Sequence[str]) -> str:
    """Return the path of the outermost of the elements that a path leads into, else itself."""
    inside = (one for one in elements if path.startswith((f"{one}.", f"{one}[")))
    return min(inside, key=len, default=path)


def restored_through(
    document: dict[str, Json], steps: Sequence[Sequence[Change]]
) -> dict[str, Json]:
    """Return a document as it was before several changes, the newest of which comes first."""
    for step in steps:
        orders = [one for one in step if "[*]" in one.path]
        document = restored(document, [one for one in step if one not in orders])
        for one in orders:
            _put_in_order(document, one)
    return document


def _put_in_order(document: dict[str, Json], order: Change) -> None:
    """Put the elements of a list in the order in which their ids stood before."""
    held = value_at(document, order.path.removesuffix("[*].id"))
    if isinstance(held, list) and isinstance(order.old, list):
        places = {ident: place for place, ident in enumerate(order.old)}
        held.sort(key=lambda one: places.get(own_id(one), len(places)))
