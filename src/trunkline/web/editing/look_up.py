"""Look-ups: the records that a reference may point at, found as somebody types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.records import Branch, called, hidden_of, select_among
from trunkline.workspace.fresh import fresh_from
from trunkline.workspace.search import find

FOUND_MAX = 12
KINDS_MAX = 8
NEAR_MAX = 20
TYPED_MAX = 100
WORDS_MAX = 4
POINTING_MAX = 200
NEWEST = f"order by t.id desc limit {FOUND_MAX}"
MEANT = (
    "(t.id = any(%s::uuid[]) or t.id = any(array(select record from alias where type = %s "
    "and value = any(%s))) or t.id = any(array(select id from record where id >= %s and type = %s "
    "and deleted_at is null and label ilike all(%s) and %s order by id desc limit %s)) "
    "or t.key = %s)"
)
"""Found by the search, named so by another system, made just now, or of that key."""


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

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, kinds: str) -> None:
        """Answer with the list of options."""

        def view(visit: Visit) -> Answer:
            typed = (req.get_param("q") or "").strip()[:TYPED_MAX]
            near = [one for one in (req.get_param("near") or "").split(",") if UUID.match(one)]
            found: list[Target] = []
            problem = ""
            with self._desk.work(visit) as work:
                resources = self._readable(work, kinds)
                try:
                    found = targets_of(work, resources, typed, near[:NEAR_MAX])
                except Invalid as refusal:  # the list of options has no other place to say so
                    problem = refusal.message
            values: dict[str, Any] = {
                "found": found,
                "several": len(resources) > 1,
                "typed": typed,
                "problem": problem,
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
    if near:
        read = select_among(work, [_pointing_at(one, near) for one in resources])
        found = [one for one in _targets(work, read) if _has(one, typed)]
        return found[:FOUND_MAX]
    if not typed:
        read = select_among(work, [Branch(one, "true", [], NEWEST) for one in resources])
        return _targets(work, sorted(read, key=lambda one: one.id, reverse=True))[:FOUND_MAX]
    hits = find(work.services, work.actor, typed, kinds=[one.name for one in resources])
    read = select_among(
        work, [_meant(work, one, typed, [hit.record for hit in hits]) for one in resources]
    )
    places = {hit.record: place for place, hit in enumerate(hits)}
    read.sort(key=lambda one: one.id, reverse=True)
    read.sort(key=lambda one: (not _is_named(one, typed), places.get(one.id, len(places))))
    return _targets(work, read)[:FOUND_MAX]


def _meant(work: Work, resource: Resource, typed: str, idents: list[str]) -> Branch:
    """Return where records of a kind are: found by the search, new, or called so elsewhere."""
    words = typed.split()[:WORDS_MAX] if _sees_label(work, resource) else []
    since = fresh_from(work.services.machine_now())
    likes = [f"%{_like(one)}%" for one in words]
    name = typed.replace("\0", "")
    return Branch(
        resource,
        MEANT,
        [array_of(idents), resource.name, [name, name.upper()], since, resource.name, likes,
         bool(words), FOUND_MAX, name.upper()],
        f"order by t.id desc limit {FOUND_MAX + len(idents)}",
    )  # fmt: skip


def _is_named(document: Document, typed: str) -> bool:
    return typed.upper() == document.key or typed.lower() == document.id


def _sees_label(work: Work, resource: Resource) -> bool:
    hidden = hidden_of(work, resource)
    return hidden is None or not any(is_hidden(hidden, one) for one in resource.label)


def _pointing_at(resource: Resource, near: list[str]) -> Branch:
    return Branch(
        resource,
        f"t.id in (select source from {resource.reference_table} "  # noqa: S608 - declared
        "where target = any(%s::uuid[]) and type = %s)",
        [array_of(near), resource.name],
        f"order by t.id desc limit {POINTING_MAX}",
    )


def _targets(work: Work, records: Iterable[Document]) -> list[Target]:
    """Return records as what may be picked."""
    sees = {}
    found = []
    for one in records:
        resource = one.resource
        if resource.name not in sees:
            sees[resource.name] = _sees_label(work, resource)
        label = called(resource, one.raw) if sees[resource.name] else None
        found.append(Target(one.id, one.key, label or one.key, resource.type_name, resource.title))
    return found


def _has(target: Target, typed: str) -> bool:
    text = f"{target.label} {target.key}".casefold()
    return all(word in text for word in typed.casefold().split())


def _like(text: str) -> str:
    """Return a text for LIKE in which nothing stands for anything else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
