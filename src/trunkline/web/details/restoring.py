"""Restoring: values set to what an earlier change found, by the same rules as any change."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.errors import Conflict, Invalid, NotFound
from trunkline.documents.patch import ABSENT, Change, copied, same
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.web.editing.paths import Lost, difference, put, value_at
from trunkline.web.history import changes_at
from trunkline.web.records import Record, record_of

MERGE = "application/merge-patch+json"


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
    came = [one for one in changes if one.old is ABSENT]
    try:
        for one in reversed(came):
            put(after, one.path, None)
        for one in changes:
            if one.old is not ABSENT and one.old not in ({}, []):
                put(after, one.path, copied(one.old))
    except Lost as error:
        raise Invalid(
            "badValue", f"what held {error} is not there any more; change it on the form"
        ) from error
    return after
