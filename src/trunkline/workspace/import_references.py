"""References of an import: the records that rows name, by id, by key or by what they are called.

What names nothing, or several, is refused with what was found; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.documents.references import Found, leads_to_references
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.references import KEY, UUID, held_targets
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.workspace.fresh import first_id, fresh_from
from trunkline.workspace.search import find
from trunkline.workspace.search_terms import fold

TOLD_MAX = 5
SAID = ("name", "@referredType")
WITH_ROLE = re.compile(r"^(.+) \(([^()]+)\)$")
FRESH = (
    "select id::text, type from record where id >= %s and type = any(%s) and deleted_at is null "
    "and lower(label) = lower(%s) order by id limit 20"
)
FRESH_AT_ONCE = (
    "select n.said, r.type, (array_agg(r.id::text order by r.id))[1:20] "
    "from unnest(%s::text[]) as n (said) join record r on lower(r.label) = lower(n.said) "
    "where r.id >= %s and r.type = any(%s) and r.deleted_at is null group by n.said, r.type"
)
JUST_NOW = timedelta(seconds=2)


@dataclass(frozen=True)
class Holder:
    """The JSON object of a reference; `where` is its path, `is_single` where it is in no list."""

    raw: dict[str, Json]
    shape: type[Shape]
    where: str
    is_single: bool


@dataclass
class Names:
    """The records that were found by their names so far, so that none is looked for twice.

    `fresh` are new records by what they are called, as they were read for many rows at once; those
    with an id from `since` on are newer than that.
    """

    known: dict[tuple[tuple[str, ...], str], Document] = field(default_factory=dict)
    fresh: dict[tuple[tuple[str, ...], str], list[tuple[str, str]]] = field(default_factory=dict)
    since: str = ""


def settle(
    work: Work, names: Names, resource: Resource, sent: dict[str, Json],
    before: dict[str, Json] | None,
) -> list[Fault]:  # fmt: skip
    """Turn what rows call records into references; return a fault for each that names not one.

    `before` is the record that the row changes: an element of a list of references that it names
    again stays as it was, and what was said of another record goes.
    """
    faults: list[Fault] = []
    for one in list(_holders(resource.type, sent, "")):
        fault = _settled(work, names, one, is_change=before is not None)
        faults += [fault] if fault is not None else []
    if before is not None and not faults:
        _keep_former(resource.type, sent, before)
    return faults


def _holders(shape: type[Shape], raw: dict[str, Json], where: str) -> Iterator[Holder]:
    """Yield the objects that are references, those without an id too."""
    for name, (inner, *_) in leads_to_references(shape).items():
        value, path = raw.get(name), f"{where}.{name}" if where else name
        several = value if isinstance(value, list) else [value]
        for index, one in enumerate(several):
            if not isinstance(one, dict):
                continue
            here = f"{path}[{index}]" if isinstance(value, list) else path
            if inner.targets and "id" in inner.by_json_name():
                yield Holder(one, inner, here, several is not value)
            yield from _holders(inner, one, here)


def _settled(work: Work, names: Names, one: Holder, *, is_change: bool) -> Fault | None:
    """Give a reference the id of the record that it names; return why it does not name one."""
    ident, said = one.raw.get("id"), _said(one)
    held = held_targets(work.services.registry, one.shape)
    kinds = _readable(work, held)
    if isinstance(said, str) and not UUID.match(said) and kinds:
        found = named(work, names, kinds, said, one.raw.get("@referredType"))
        if len(found) == 1:
            one.raw["id"] = found[0].id
            if ident is None:
                one.raw.pop("name", None)
        elif found or (ident is not None and len(held) == len(one.shape.targets)):
            return _fault(f"{one.where}.id", kinds, said, found)
    if is_change and one.is_single and "id" in one.raw:
        for other in SAID:
            if other in one.shape.by_json_name():
                one.raw.setdefault(other, None)
    return None


def _said(one: Holder) -> Json:
    ident = one.raw.get("id")
    return ident if isinstance(ident, str) else one.raw.get("name")


def _readable(work: Work, held: Sequence[Resource]) -> list[Resource]:
    return [kind for kind in held if work.actor.grant(kind, "read") is not None]


def learn(
    work: Work, names: Names, resource: Resource, rows: Sequence[dict[str, Json]]
) -> list[bool]:
    """Find at once, by keys and other systems' ids, and lock the records that rows name.

    Tells of each row whether all are found that it names; the others are to be looked for.
    """
    held = [[*_holders(resource.type, sent, "")] for sent in rows]
    asked: dict[tuple[Resource, ...], dict[str, str]] = {}
    for one in (one for each in held for one in each):
        said = _said(one)
        kinds = tuple(_readable(work, held_targets(work.services.registry, one.shape)))
        if isinstance(said, str) and not UUID.match(said) and kinds:
            kinds = _meant(kinds, one.raw.get("@referredType"))
            text = _asked_for(said)
            if _place(kinds, said) not in names.known and not UUID.match(text):
                asked.setdefault(kinds, {})[said] = text
    names.fresh, names.since = {}, first_id(work.services.machine_now() - JUST_NOW)
    for kinds, texts in asked.items():
        _find_at_once(work, names, kinds, texts)
        _read_fresh(
            work, names, kinds, [one for one in texts if _place(kinds, one) not in names.known]
        )
    found = [[_ident(work, names, one) for one in each] for each in held]
    work.directory.resolve(
        [
            Found("", "", {"id": ident}, one.shape)
            for each, idents in zip(held, found, strict=True)
            for one, ident in zip(each, idents, strict=True)
            if ident
        ]
    )
    return [
        all(ident is not None and (not ident or ident in work.directory.known) for ident in idents)
        for idents in found
    ]


def _find_at_once(
    work: Work, names: Names, kinds: tuple[Resource, ...], texts: Mapping[str, str]
) -> None:
    """Remember the records that words name as a key or an id, each where it is the only one."""
    found: dict[str, list[Document]] = {}
    for kind in kinds:
        idents = work.directory.named(kind, set(texts.values()))
        records = work.many(kind.type, idents.values())
        for said, text in texts.items():
            if (record := records.get(idents.get(text, ""))) is not None:
                found.setdefault(said, []).append(record)
    names.known.update(
        {_place(kinds, said): records[0] for said, records in found.items() if len(records) == 1}
    )


def _read_fresh(work: Work, names: Names, kinds: tuple[Resource, ...], said: Sequence[str]) -> None:
    """Remember the new records that are called so; one by one each would look through all new."""
    texts = {" ".join(one.split()) for one in said}
    names.fresh.update({_place(kinds, one): [] for one in texts})
    seen = [one.name for one in kinds if _sees_label(work, one)]
    if not texts or not seen:
        return
    since = fresh_from(work.services.machine_now())
    rows = work.connection.execute(FRESH_AT_ONCE, [[*texts], since, seen]).fetchall()
    for text, kind, idents in rows:
        names.fresh[_place(kinds, text)] += [(ident, kind) for ident in idents]


def _ident(work: Work, names: Names, one: Holder) -> str | None:
    """Return the id of the record that is named; empty where none is, None if it is not known."""
    said = _said(one)
    kinds = _readable(work, held_targets(work.services.registry, one.shape))
    if not isinstance(said, str):
        return ""
    if UUID.match(said):
        return said
    found = names.known.get(_place(_meant(kinds, one.raw.get("@referredType")), said))
    return found.id if found is not None else None


def _meant(kinds: Sequence[Resource], kind: Json) -> tuple[Resource, ...]:
    """Return those of some kinds that a reference says it is of; all where it says none."""
    said = [one for one in kinds if isinstance(kind, str) and kind in {one.name, one.type_name}]
    return tuple(said or kinds)


def _place(kinds: Sequence[Resource], said: str) -> tuple[tuple[str, ...], str]:
    return tuple(one.name for one in kinds), said


def _asked_for(said: str) -> str:
    """Return what is looked for: keys in capitals, other words without needless blanks."""
    text = " ".join(said.split())
    return text.upper() if KEY.match(text.upper()) else text


def _fault(path: str, kinds: Sequence[Resource], said: str, found: Sequence[Document]) -> Fault:
    """Return why words do not name one record, with what was found."""
    if not found:
        what = " or ".join(one.title.lower() for one in kinds)
        return Fault(
            path,
            "notFoundByName",
            f"no {what} has the key or the name {said}; correct it, or make that first",
        )
    keys = ", ".join(one.key for one in found[:TOLD_MAX])
    keys += f" +{len(found) - TOLD_MAX}" if len(found) > TOLD_MAX else ""
    return Fault(
        path,
        "severalByName",
        f"{len(found)} records are called {said}: {keys}; give the key of one",
    )


def named(
    work: Work, names: Names, kinds: Sequence[Resource], said: str, kind: Json = None
) -> list[Document]:
    """Return the records of some kinds that have a key, another system's id or else a name."""
    kinds = _meant(kinds, kind)
    place = _place(kinds, said)
    if place in names.known:
        return [names.known[place]]
    text = _asked_for(said)
    found = [one for each in kinds if (one := work.get(each.type, text)) is not None]
    found = found or _called(work, names, kinds, " ".join(said.split()))
    if len(found) == 1:
        names.known[place] = found[0]
    return found


def _called(work: Work, names: Names, kinds: Sequence[Resource], text: str) -> list[Document]:
    """Return the records that are called so, as far as the importer sees what they are called."""
    idents: dict[str, set[str]] = {}
    hits = find(work.services, work.actor, text, kinds=[one.name for one in kinds], many=True)
    for hit in hits:
        if hit.label is not None and fold(hit.label) == fold(text):
            idents.setdefault(hit.kind, set()).add(hit.record)
    seen = [one.name for one in kinds if _sees_label(work, one)]
    fresh = names.fresh.get(_place(kinds, text))
    since = fresh_from(work.services.machine_now()) if fresh is None else names.since
    rows = work.connection.execute(FRESH, [since, seen, text]).fetchall()
    for ident, kind in [*rows, *(fresh or ())]:
        idents.setdefault(kind, set()).add(ident)
    return [
        document
        for one in kinds
        for document in work.many(one.type, idents.get(one.name, ())).values()
    ]


def _sees_label(work: Work, resource: Resource) -> bool:
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    return hidden is None or not any(is_hidden(hidden, one) for one in resource.label)


def _keep_former(shape: type[Shape], sent: dict[str, Json], before: dict[str, Json]) -> None:
    """Put elements of lists of references that are named again in as they were."""
    for name, (inner, *_) in leads_to_references(shape).items():
        value, former = sent.get(name), before.get(name)
        if isinstance(value, dict) and isinstance(former, dict):
            _keep_former(inner, value, former)
        elif isinstance(value, list) and isinstance(former, list) and inner.targets:
            sent[name] = [kept for one in value for kept in _former(one, former)]


def _former(one: Json, former: Sequence[Json]) -> list[Json]:
    if not isinstance(one, dict) or not set(one) <= {"id", "role"}:
        return [one]
    same = [
        old for old in former
        if isinstance(old, dict) and old.get("id") == one["id"]
        and one.get("role") in {None, old.get("role")}
    ]  # fmt: skip
    return copied(same) or [one]


def references_in(text: str, shape: type[Shape] | None) -> list[Json]:
    """Return the references that a cell lists: `IND000001 (owner); Ada Lovelace`."""
    found: list[Json] = []
    has_role = shape is not None and "role" in shape.by_json_name()
    for part in text.split(";"):
        split = WITH_ROLE.match(part.strip()) if has_role else None
        if split is not None:
            found.append({"id": split[1].strip(), "role": split[2].strip()})
        elif part.strip():
            found.append({"id": part.strip()})
    return found
