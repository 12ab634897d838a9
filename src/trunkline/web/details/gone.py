"""Gone: of a record that was removed its history is left, told by its id or its key."""

from __future__ import annotations

from trunkline.documents.errors import NotFound
from trunkline.kernel.references import KEY, UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.reads import holds_personal, note_read
from trunkline.web.details.reads_page import sees_reads
from trunkline.web.records import Record, hidden_of

BY_KEY = (
    "select r.id::text from record r join event e on e.subject = r.id "
    "where r.type = %s and r.deleted_at is not null and e.key = %s limit 1"
)
REMOVED = (
    "select a.at, a.version, (select e.key from event e where e.subject = r.id "
    "and e.version = a.version limit 1) from record r join audit a on a.subject = r.id "
    "and a.action = 'delete' where r.id = %s and r.type = %s and r.deleted_at is not null "
    "order by a.version desc limit 1"
)


def gone_record(work: Work, resource: Resource, ident: str, missing: NotFound) -> Record:
    """Return what is left of a record that was removed, without its values.

    Raises `missing` where none of that id or key was, and for whoever reaches some records only:
    whose it was is not known any more. What held personal data is left to who may see who read it.
    """
    grant = work.actor.must(resource, "read")
    is_watched = holds_personal(resource) and not sees_reads(work.actor, resource)
    if grant.reach != "all" or grant.limits or is_watched:
        raise missing
    removed = _removed(work, resource, ident)
    row = removed and work.connection.execute(REMOVED, [removed, resource.name]).fetchone()
    if not removed or not row:
        raise missing
    note_read(work.services, work.actor, grant, resource, removed)
    at, version, key = row
    return Record(resource, removed, key or removed, version, at, {}, hidden_of(work, resource))


def _removed(work: Work, resource: Resource, ident: str) -> str | None:
    """Return the id of what may have been removed, given by its id or its key."""
    if UUID.match(ident):
        return ident.lower()
    if not KEY.match(ident.upper()):
        return None
    row = work.connection.execute(BY_KEY, [resource.name, ident.upper()]).fetchone()
    return str(row[0]) if row else None
