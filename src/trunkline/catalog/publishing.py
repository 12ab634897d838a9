"""Publishing: an entry goes live with the drafts that it needs, now or on a day to come.

What goes live later is live with a validity that begins then: nobody can order it before, no timer
is needed, and what happens on that day can be simulated. Until then it can be taken back.
"""

from __future__ import annotations

from datetime import datetime

from trunkline.catalog.entry import DRAFT, LIVE, CatalogEntry, is_to_come
from trunkline.catalog.needed import BY_NAME, leads_to, needed
from trunkline.documents.errors import Conflict, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.shared.period import start_of

MERGE = "application/merge-patch+json"


def with_drafts(work: Work, entry: CatalogEntry) -> list[CatalogEntry]:
    """Return the drafts that go live with an entry, what is needed first and itself last."""
    found = needed(work, entry.id) if entry.resource.name in BY_NAME else [entry]
    return [one for one in found if one.lifecycle_status in DRAFT]


def publish(
    work: Work, kind: type[CatalogEntry], ident: str, *, at: datetime | None = None
) -> list[CatalogEntry]:
    """Bring an entry and the drafts that it needs live, from an instant on, and return them.

    Each keeps a validity of its own that begins later than that. Refuses (409) what is live.
    """
    if at is not None and at <= work.now:
        raise Invalid("startPast", "choose a moment that is still to come, or publish it now")
    entry = work.lock(kind, ident)
    if entry.lifecycle_status not in DRAFT:
        message = f"{entry.key} is {entry.lifecycle_status}; only a draft is published"
        raise Conflict("conflictState", message)
    published = []
    for one in with_drafts(work, entry):
        document = entry if one.id == entry.id else work.lock(type(one), one.id)
        patch: dict[str, Json] = {"lifecycleStatus": LIVE[-1]}
        own = start_of(document.valid_for)
        if at is not None and (own is None or own < at):
            patch["validFor"] = {"startDateTime": format_instant(at)}
        change(work, document, patch, MERGE)
        published.append(document)
    return published


def take_back(work: Work, kind: type[CatalogEntry], ident: str) -> list[CatalogEntry]:
    """Make drafts again of an entry that has not begun and of what was to begin with it.

    Returns them. What others need stays live. Refuses (409) what has begun or is needed itself.
    """
    entry = work.lock(kind, ident)
    if not is_to_come(entry, work.now):
        message = f"{entry.key} has begun or is no longer live; it is not taken back"
        raise Conflict("conflictBegun", message)
    begins = start_of(entry.valid_for)
    found = needed(work, entry.id) if entry.resource.name in BY_NAME else [entry]
    taken: dict[str, CatalogEntry] = {}
    for one in reversed(found):
        start = start_of(one.valid_for)
        if not one.is_live or start != begins or _others_need(work, one, taken):
            continue
        document = entry if one.id == entry.id else work.lock(type(one), one.id)
        patch = {"lifecycleStatus": DRAFT[1], "validFor": {"startDateTime": None}}
        change(work, document, patch, MERGE)
        taken[one.id] = document
    return list(taken.values())


def _others_need(work: Work, entry: CatalogEntry, taken: dict[str, CatalogEntry]) -> bool:
    """Tell whether an entry other than those taken back needs one; of the first a rule says it."""
    if not taken:
        return False
    return any(
        source not in taken and kind in BY_NAME and entry.id in leads_to(user)
        for kind, source, _ in work.used_by(entry.id)
        if kind in BY_NAME and (user := work.get(BY_NAME[kind], source)) is not None
        and user.is_live
    )  # fmt: skip
