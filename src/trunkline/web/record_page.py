"""The page of any record: its facts, what uses it, its history and its JSON."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon
import msgspec

from trunkline.documents.decode import encode
from trunkline.documents.errors import NotFound
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.facts import Fact, Teller, pointed_at
from trunkline.web.history import history_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.values import instant, state
from trunkline.web.wording import plural, words

TABS = ("facts", "used-by", "history", "json")
USERS_MAX = 100


class RecordPage:
    """`/r/{segment}/{ident}`: one record of any published resource."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show the record."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def _view(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        resource = self._desk.addresses.resource(segment)
        if resource is None:
            raise NotFound("notFound", f"there is no page {segment}")
        asked = visit.req.get_param("tab")
        tab = asked if asked in TABS else "facts"
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            values = head_of(self._desk, record) | {"tab": tab}
            if tab == "used-by":
                values["users"] = users_of(self._desk, work, record)
            elif tab == "history":
                before = visit.req.get_param_as_int("before", min_value=1)
                lines, older = history_of(work, record, self._desk.zone, before)
                values |= {"lines": lines, "older": older}
            elif tab == "json":
                values["json"] = _pretty(record)
            else:
                values |= facts_of(self._desk, work, record)
        return Shown("record.html", values)


def head_of(desk: Desk, record: Record) -> dict[str, Any]:
    """Return what the head of a record's page shows."""
    resource = record.resource
    published = None
    if resource.lifecycle is not None:
        name = resource.type.attributes()[resource.lifecycle.attribute].json_name
        published = record.document.get(name)
    internal = internal_state(resource, record.document)
    facts = desk.addresses.of_facts(resource, record.key)
    own = desk.addresses.of_record(resource, record.key)
    return {
        "label": record.label,
        "key": record.key,
        "id": record.id,
        "kind": resource.title,
        "list": {"title": plural(resource.title), "address": desk.addresses.of_list(resource)},
        "state": state(published) if isinstance(published, str) else None,
        "internal": words(internal) if internal and internal != published else "",
        "version": record.version,
        "updated": instant(record.updated_at, desk.zone),
        "facts_address": facts,
        "own_address": own if own != facts else "",
        "masked": record.hidden is not None,
        "description": (resource.type.__doc__ or "").split("\n")[0],
    }


def facts_of(desk: Desk, work: Work, record: Record) -> dict[str, Any]:
    """Return the facts of a record: the small ones first, then those that need room."""
    facts = told(desk, work, record)
    return {
        "small": [one for one in facts if one.value.is_small],
        "large": [one for one in facts if not one.value.is_small],
    }


def told(desk: Desk, work: Work, record: Record) -> list[Fact]:
    """Return a record's facts with the names of what it points at."""
    return teller_of(desk, work, record).facts(record.resource.type, record.document)


def teller_of(desk: Desk, work: Work, *records: Record) -> Teller:
    """Return a teller that knows what the records point at."""
    targets: dict[str, set[str]] = {}
    for record in records:
        own = pointed_at(work.services.registry, record.resource, record.document)
        for name, idents in own.items():
            targets.setdefault(name, set()).update(idents)
    return Teller(desk.zone, mentions_of(work, desk.addresses, targets))


def users_of(desk: Desk, work: Work, record: Record) -> list[dict[str, Any]]:
    """Return the records that point at this one and that the visitor may see, newest first."""
    found = work.used_by(record.id, limit=USERS_MAX)
    idents: dict[str, set[str]] = {}
    for kind, source, _ in found:
        idents.setdefault(kind, set()).add(source)
    mentions = mentions_of(work, desk.addresses, idents)
    return [
        {"mention": mentions[source], "path": path}
        for _, source, path in found
        if source in mentions
    ]


def _pretty(record: Record) -> str:
    whole = {"id": record.id, "key": record.key} | record.document
    return msgspec.json.format(encode(whole), indent=2).decode()
