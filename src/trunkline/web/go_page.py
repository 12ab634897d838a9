"""The go-to box: a key or id opens its record; anything else is offered as a search of lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import falcon

from trunkline.documents.errors import NotFound
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.records import hidden_of, record_of
from trunkline.web.wording import plural

SEARCHED = (
    ("Customer", "name"), ("Individual", "familyName"), ("Organization", "tradingName"),
    ("BillingAccount", "name"), ("ProductOrder", "externalId"), ("ProductOffering", "name"),
    ("Product", "name"), ("Service", "name"), ("Resource", "value"),
    ("GeographicAddress", "streetName"), ("GeographicSite", "name"),
)  # fmt: skip
CANDIDATES = (
    "select type from record where id = %s::uuid union all select type from alias where value = %s"
)


class GoPage:
    """`/go?q=`: opens what is named, or offers where to look."""

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
            return Shown("go.html", {"asked": asked, "links": self._links(work, asked)}, 404)

    def _candidates(self, work: Work, asked: str) -> list[tuple[Resource, str]]:
        """Return the resources of which the asked-for key, id or other system's id may be.

        A key may be typed in small letters.
        """
        published = [one for one in work.services.registry if self._desk.addresses.has(one)]
        upper = asked.upper()
        head = upper.rstrip("0123456789")
        by_key = [(one, upper) for one in published if one.prefix == head and head != upper]
        if by_key and asked == upper:
            return by_key
        ident = asked if UUID.match(asked) else None
        rows = work.connection.execute(CANDIDATES, [ident, asked]).fetchall()
        names = {name for (name,) in rows}
        return [*by_key, *((one, asked) for one in published if one.name in names)]

    def _links(self, work: Work, asked: str) -> list[dict[str, Any]]:
        links = []
        for name, path in SEARCHED:
            resource = work.services.registry.resources.get(name)
            if resource is None or work.actor.grant(resource, "read") is None:
                continue
            hidden = hidden_of(work, resource)
            if hidden is None or not is_hidden(hidden, path):
                address = f"{self._desk.addresses.of_list(resource)}?{path}.contains="
                links.append(
                    {"title": plural(resource.title), "address": address + quote(asked, safe="")}
                )
        return links
