"""What the pages of any record show: its head, its facts, what uses it and its JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from trunkline.documents.decode import encode
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.party.master_system import KINDS, stale_of
from trunkline.screens.screen import screen_of
from trunkline.web.desk import Desk
from trunkline.web.facts import Fact, Teller, pointed_at
from trunkline.web.governed import NOTHING, Governed, governed
from trunkline.web.records import Record, documents_of, mentions_of
from trunkline.web.values import ago, instant
from trunkline.web.wording import plural, words

USERS_MAX = 100


def head_of(
    desk: Desk, record: Record, now: datetime | None = None, known: Governed = NOTHING
) -> dict[str, Any]:
    """Return what the head of a record's page shows; with `now` how long ago it was changed.

    `known` is what the operator calls its state.
    """
    resource = record.resource
    published, name = None, ""
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
        "state": known.state(name, published) if isinstance(published, str) else None,
        "internal": words(internal) if internal and internal != published else "",
        "version": record.version,
        "updated": ago(record.updated_at, desk.zone, now)
        if now
        else instant(record.updated_at, desk.zone),
        "facts_address": facts,
        "own_address": own if own != facts else "",
        "versions_address": desk.addresses.of_versions(resource, record.key),
        "masked": record.hidden is not None,
        "advice": screen_of(resource).advice,
        "description": (resource.type.__doc__ or "").split("\n")[0],
    }


def stale_shown(desk: Desk, work: Work, record: Record) -> dict[str, Any] | None:
    """Return since when a record may not be as its master has it, and which system is silent."""
    if record.resource.type not in KINDS:
        return None
    found = stale_of(work, {record.id: record.document}).get(record.id)
    if found is None:
        return None
    return {"system": found.system, "since": instant(found.since, desk.zone)}


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
    known = NOTHING
    if len(records) == 1:
        known = governed(work, records[0].resource, records[0].document)
    return Teller(desk.zone, mentions_of(work, desk.addresses, targets), known)


Uses = list[tuple[str, str, str]]
"""Where a record is used: the kind and id of each that points at it, and the path there."""


def uses_of(work: Work, record: Record) -> Uses:
    """Return the uses of a record, newest first, whether the visitor sees what uses it or not.

    The users are read together with what the record itself points at.
    """
    uses = work.used_by(record.id, limit=USERS_MAX)
    idents = pointed_at(work.services.registry, record.resource, record.document)
    for kind, source, _ in uses:
        idents.setdefault(kind, set()).add(source)
    documents_of(work, idents)
    return uses


def users_of(desk: Desk, work: Work, uses: Uses) -> list[dict[str, Any]]:
    """Return the records that point at one and that the visitor may see, newest first."""
    idents: dict[str, set[str]] = {}
    for kind, source, _ in uses:
        idents.setdefault(kind, set()).add(source)
    mentions = mentions_of(work, desk.addresses, idents)
    return [
        {"mention": mentions[source], "path": path}
        for _, source, path in uses
        if source in mentions
    ]


def pretty(record: Record) -> str:
    """Return a record as JSON that people can read."""
    whole = {"id": record.id, "key": record.key} | record.document
    return msgspec.json.format(encode(whole), indent=2).decode()
