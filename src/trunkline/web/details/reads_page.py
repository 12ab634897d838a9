"""Who has read this: the reads of one record, beside its history, for who may see that log."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Resource
from trunkline.rest.reads import READ_LOG, Read, holds_personal, seen_reads
from trunkline.web.desk import Answer, Desk, Shown, Visit, must_operate
from trunkline.web.operations import operated
from trunkline.web.records import record_of
from trunkline.web.values import instant
from trunkline.web.wording import called_by

ROWS_MAX = 50
CHANNELS = {"web": "Pages", "api": "Interface"}


def sees_reads(actor: Actor, resource: Resource) -> bool:
    """Tell whether somebody may see who has read records of a kind, and there is such a log."""
    grant = actor.may(READ_LOG)
    return grant is not None and grant.reach == "all" and holds_personal(resource)


class ReadsPage:
    """`/r/{segment}/{ident}/reads`: a part of the record's history."""

    needs = "privacy:readLog"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def _view(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        must_operate(visit.actor, READ_LOG)
        resource = self._desk.addresses.resource(segment)
        if resource is None:
            raise NotFound("notFound", f"there is no page {segment}")
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
        with operated(self._desk, visit, READ_LOG) as connection:
            found = seen_reads(connection, subjects=[record.id], limit=ROWS_MAX + 1)
        rows = [self._row(one) for one in found[:ROWS_MAX]]
        return Shown("details_reads.html", {"rows": rows, "is_more": len(found) > ROWS_MAX})

    def _row(self, one: Read) -> dict[str, Any]:
        return {
            "at": instant(one.at, self._desk.zone),
            "who": called_by(one.actor_name, one.actor),
            "channel": CHANNELS.get(one.channel, one.channel),
            "address": one.address or "",
            "request": one.request or "",
        }
