"""The search box without scripts: a key or id opens its record, anything else is searched."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import NotFound
from trunkline.governance.keys.numbering import patterns
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.records import record_of
from trunkline.web.shell.found_page import found_groups

CANDIDATES = (
    "select type from record where id = %s::uuid union all select type from alias where value = %s"
)


class GoPage:
    """`/go?q=`: opens what is named, or shows what is found."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Go there."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        asked = (visit.req.get_param("q") or "").strip()[:200]
        if not asked:
            return Moved("/")
        with self._desk.work(visit) as work:
            for resource, ident in self._candidates(work, asked):
                if work.actor.grant(resource, "read") is None:
                    continue
                try:
                    record = record_of(work, resource, ident)
                except NotFound:
                    continue
                return Moved(self._desk.addresses.of_record(resource, record.key))
        groups, problem = found_groups(self._desk, visit, asked)
        values = {"asked": asked, "groups": groups, "problem": problem}
        return Shown("go.html", values, 200 if groups else 400 if problem else 404)

    def _candidates(self, work: Work, asked: str) -> list[tuple[Resource, str]]:
        """Return the resources of which the asked-for key, id or other system's id may be.

        A key may be typed in small letters.
        """
        published = [one for one in work.services.registry if self._desk.addresses.has(one)]
        upper = asked.upper()
        head = upper.rstrip("0123456789")
        renumbered = patterns(work)  # of these a key may begin with what was said before
        by_key = [
            (one, upper)
            for one in published
            if head != upper and (one.prefix == head or one.name in renumbered)
        ]
        if asked == upper and any(one.prefix == head for one, _ in by_key):
            return by_key
        ident = asked if UUID.match(asked) else None
        rows = work.connection.execute(CANDIDATES, [ident, asked]).fetchall()
        names = {name for (name,) in rows}
        return [*by_key, *((one, asked) for one in published if one.name in names)]
