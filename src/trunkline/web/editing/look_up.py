"""Look-ups: the records that a reference may point at, found as somebody types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.records import hidden_of
from trunkline.workspace.search import find

FOUND_MAX = 12
KINDS_MAX = 8
NEAR_MAX = 20
TYPED_MAX = 100
WORDS_MAX = 4
POINTING_MAX = 200
FRESH_FOR = timedelta(hours=1)
FRESH = (
    "select id::text, type from record where id >= %s and type = any(%s) and deleted_at is null "
    "and label ilike all(%s) order by id desc limit %s"
)


@dataclass(frozen=True)
class Target:
    """A record that may be picked."""

    id: str
    key: str
    label: str
    kind: str
    title: str


class LookUpPage:
    """`/look-up/{kinds}`: the options of a look-up, for kinds of records by name."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, kinds: str) -> None:
        """Answer with the list of options."""

        def view(visit: Visit) -> Answer:
            typed = (req.get_param("q") or "").strip()[:TYPED_MAX]
            near = [one for one in (req.get_param("near") or "").split(",") if UUID.match(one)]
            with self._desk.work(visit) as work:
                resources = self._readable(work, kinds)
                found = targets_of(work, resources, typed, near[:NEAR_MAX])
            values: dict[str, Any] = {
                "found": found,
                "several": len(resources) > 1,
                "typed": typed,
                "is_full": len(found) == FOUND_MAX,
            }
            return Shown("editing_look_up.html", values)

        self._desk.answer(req, resp, view)

    def _readable(self, work: Work, kinds: str) -> list[Resource]:
        known = self._desk.services.registry.resources
        named = [known[name] for name in kinds.split(",")[:KINDS_MAX] if name in known]
        if not named:
            raise NotFound("notFound", f"there is no kind of record {kinds}")
        readable = [one for one in named if work.actor.grant(one, "read") is not None]
        if not readable:
            work.actor.must(named[0], "read")
        return readable


def targets_of(work: Work, resources: list[Resource], typed: str, near: list[str]) -> list[Target]:
    """Return the records of some kinds that somebody means by what was typed, best first.

    With `near` only those that point at one of these records; with nothing typed the newest. What
    was made within the hour is found though the index of the search may not have it yet.
    """
    found: dict[str, Target] = {}
    if near:
        for resource, idents in _pointing_at(work, resources, near):
            found |= _targets(work, resource, idents)
        return [one for one in found.values() if _has(one, typed)][:FOUND_MAX]
    if not typed:
        for resource in resources:
            newest = work.find(resource.type, {}, limit=FOUND_MAX)
            found |= _shown(work, resource, newest)
        return sorted(found.values(), key=lambda one: one.id, reverse=True)[:FOUND_MAX]
    order = _meant(work, resources, typed)
    for resource in resources:
        idents = [ident for ident, kind in order.items() if kind == resource.name]
        found |= _targets(work, resource, idents)
    return [found[ident] for ident in order if ident in found][:FOUND_MAX]


def _meant(work: Work, resources: list[Resource], typed: str) -> dict[str, str]:
    """Return the kind of each record that may be meant, by its id, best first."""
    names = [one.name for one in resources]
    found: dict[str, str] = {}
    for resource in resources:
        if typed.upper().startswith(resource.prefix) or UUID.match(typed):
            one = work.get(resource.type, typed if UUID.match(typed) else typed.upper())
            found |= {one.id: resource.name} if one else {}
    found |= {one.record: one.kind for one in find(work.services, work.actor, typed, kinds=names)}
    words = typed.split()[:WORDS_MAX]
    since = work.services.machine_now() - FRESH_FOR
    kinds = [one.name for one in resources if _sees_label(work, one)]
    fresh = work.connection.execute(
        FRESH, [_first_id(since), kinds, [f"%{_like(one)}%" for one in words], FOUND_MAX]
    ).fetchall()
    return found | {ident: kind for ident, kind in fresh if ident not in found}


def _first_id(at: datetime) -> str:
    """Return an id below those of all records that were made from a moment on."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def _sees_label(work: Work, resource: Resource) -> bool:
    hidden = hidden_of(work, resource)
    return hidden is None or not any(is_hidden(hidden, one) for one in resource.label)


def _pointing_at(
    work: Work, resources: list[Resource], near: list[str]
) -> Iterator[tuple[Resource, list[str]]]:
    users = [user for one in near for user in work.used_by(one, limit=POINTING_MAX)]
    for resource in resources:
        yield resource, [source for kind, source, _ in users if kind == resource.name]


def _targets(work: Work, resource: Resource, idents: list[str]) -> dict[str, Target]:
    """Return the records with these ids that the visitor may reach."""
    return _shown(work, resource, work.many(resource.type, idents).values())


def _shown(work: Work, resource: Resource, records: Iterable[Document]) -> dict[str, Target]:
    sees_label = _sees_label(work, resource)
    found: dict[str, Target] = {}
    for one in records:
        label = label_of(resource, one.raw) if sees_label else None
        found[one.id] = Target(
            one.id, one.key, label or one.key, resource.type_name, resource.title
        )
    return found


def _has(target: Target, typed: str) -> bool:
    text = f"{target.label} {target.key}".casefold()
    return all(word in text for word in typed.casefold().split())


def _like(text: str) -> str:
    """Return a text for LIKE in which nothing stands for anything else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
