"""References of an import: the records that rows name, by id, by key or by what they are called.

What names nothing, or several, is refused with what was found; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.documents.references import leads_to_references
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.references import KEY, UUID, held_targets
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.workspace.fresh import fresh_from
from trunkline.workspace.search import find
from trunkline.workspace.search_terms import fold

TOLD_MAX = 5
SAID = ("name", "@referredType")
WITH_ROLE = re.compile(r"^(.+) \(([^()]+)\)$")
FRESH = (
    "select id::text, type from record where id >= %s and type = any(%s) and deleted_at is null "
    "and lower(label) = lower(%s) order by id limit 20"
)


@dataclass(frozen=True)
class Holder:
    """The JSON object of a reference; `where` is its path, `is_single` where it is in no list."""

    raw: dict[str, Json]
    shape: type[Shape]
    where: str
    is_single: bool


@dataclass
class Names:
    """The records that were found by their names so far, so that none is looked for twice."""

    known: dict[tuple[tuple[str, ...], str], Document] = field(default_factory=dict)


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
    ident, name = one.raw.get("id"), one.raw.get("name")
    said = ident if isinstance(ident, str) else name
    held = held_targets(work.services.registry, one.shape)
    kinds = [kind for kind in held if work.actor.grant(kind, "read") is not None]
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
    if isinstance(kind, str):
        kinds = [one for one in kinds if kind in {one.name, one.type_name}] or kinds
    place = (tuple(one.name for one in kinds), said)
    if place in names.known:
        return [names.known[place]]
    text = " ".join(said.split())
    key = text.upper() if KEY.match(text.upper()) else text
    found = [one for each in kinds if (one := work.get(each.type, key)) is not None]
    found = found or _called(work, kinds, text)
    if len(found) == 1:
        names.known[place] = found[0]
    return found


def _called(work: Work, kinds: Sequence[Resource], text: str) -> list[Document]:
    """Return the records that are called so, as far as the importer sees what they are called."""
    idents: dict[str, set[str]] = {}
    hits = find(work.services, work.actor, text, kinds=[one.name for one in kinds], many=True)
    for hit in hits:
        if hit.label is not None and fold(hit.label) == fold(text):
            idents.setdefault(hit.kind, set()).add(hit.record)
    seen = [one.name for one in kinds if _sees_label(work, one)]
    rows = work.connection.execute(
        FRESH, [fresh_from(work.services.machine_now()), seen, text]
    ).fetchall()
    for ident, kind in rows:
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
