"""Called: what references in a list that say no name are called by, the key of what they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.screens.values_at import plain_path, values_at
from trunkline.web.records import Branch, Record, within_reach


def call_by_key(
    work: Work, resource: Resource, records: Sequence[Record], columns: Iterable[str]
) -> None:
    """Name each reference in some columns that has no name by the key of what it points at.

    The keys are read by one statement, of what the visitor reaches; nothing is read where all
    references have names. An order is called by its number, which it has instead of a name.
    """
    unnamed = [
        (shape, holder)
        for path in columns
        if (shape := _shape_at(resource, _reference_path(path))) is not None
        for record in records
        for holder in _holders(record, _reference_path(path))
    ]
    if not unnamed:
        return
    keys = _keys(work, unnamed)
    for _, holder in unnamed:
        key = keys.get(holder["id"].lower())
        if key is not None:
            holder["name"] = key


def _reference_path(path: str) -> str:
    return path.removesuffix(".name")


def _shape_at(resource: Resource, path: str) -> type[Shape] | None:
    """Return the shape of the reference at a path, None where there is none."""
    try:
        shape = walk_path(resource.type, plain_path(path))[-1].attribute.shape
    except KeyError:
        return None
    return shape if shape is not None and shape.targets else None


def _holders(record: Record, path: str) -> Iterator[dict[str, Json]]:
    for one in values_at(record.document, path):
        if isinstance(one, dict) and not one.get("name") and UUID.match(str(one.get("id"))):
            yield one


def _keys(work: Work, unnamed: Sequence[tuple[type[Shape], dict[str, Json]]]) -> dict[str, str]:
    wanted: dict[str, set[str]] = {}
    for shape, holder in unnamed:
        said = holder.get("@referredType")
        for name in [said] if said in shape.targets else shape.targets:
            wanted.setdefault(name, set()).add(holder["id"])
    texts: list[str] = []
    parameters: list[Any] = []
    for name, idents in sorted(wanted.items()):
        kind = work.services.registry.resources.get(name)
        if kind is None or work.actor.grant(kind, "read") is None:
            continue
        asked = Branch(kind, "t.id = any(%s::uuid[])", [array_of(sorted(idents))])
        condition = within_reach(work, asked)
        texts.append(
            f"select t.id::text, t.key from {kind.table} t where {condition.text}"  # noqa: S608
        )
        parameters += condition.parameters
    if not texts:
        return {}
    return dict(work.connection.execute(" union all ".join(texts), parameters).fetchall())
