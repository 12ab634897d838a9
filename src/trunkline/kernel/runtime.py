"""Run-time attributes: checked like declared ones, and kept in side tables where indexed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault
from trunkline.documents.fitting import INDEXED_TEXT_MAX, WANTED, fits
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import RuntimeAttribute

COLUMNS = {"number": "number", "instant": "time"}

FIRST_ID = "00000000-0000-0000-0000-000000000000"


def faults(defined: Mapping[str, RuntimeAttribute], raw: dict[str, Json]) -> Iterator[Fault]:
    """Yield a fault for each run-time attribute with a value of another kind.

    Date-times are brought to the stored form on the way.
    """
    for name, attribute in defined.items():
        value = raw.get(name)
        if value is None:
            raw.pop(name, None)
        elif attribute.kind == "instant" and isinstance(value, str):
            try:
                raw[name] = format_instant(parse_instant(value))
            except (ValueError, OverflowError):
                yield Fault(name, "badDateTime", "must be a date-time such as 2026-11-21T10:00:00Z")
        elif attribute.indexed and isinstance(value, str) and len(value) > INDEXED_TEXT_MAX:
            yield Fault(name, "badValue", f"may have {INDEXED_TEXT_MAX} characters")
        elif not fits(attribute.kind, value):
            yield Fault(name, "badType", f"must be {WANTED.get(attribute.kind, 'text')}")


def keep_values(
    connection: Any,
    resource: Resource,
    defined: Mapping[str, RuntimeAttribute],
    documents: Sequence[tuple[str, Mapping[str, Json]]],
) -> None:
    """Write the values of indexed run-time attributes to the side table, in two statements.

    `documents` are (id, document); only pass those whose values differ.
    """
    indexed = [one for one in defined.values() if one.indexed]
    if not indexed or not documents:
        return
    table = f"{resource.family}_attribute"
    names = [one.name for one in indexed]
    connection.execute(
        f"delete from {table} where owner = any(%s::uuid[]) and name = any(%s)",
        [[ident for ident, _ in documents], names],
    )
    rows = [
        {"owner": ident, "name": one.name, COLUMNS.get(one.kind, "text"): value}
        for ident, raw in documents
        for one in indexed
        for value in _each(raw.get(one.name))
    ]
    if rows:
        source = f"json_populate_recordset(null::{table}, %s::json)"
        connection.execute(f"insert into {table} select * from {source}", [encode(rows).decode()])


def locked_part(
    connection: Any, resource: Resource, *, after: str | None, limit: int
) -> list[tuple[str, bytes]]:
    """Return (id, document) of the records that follow one, locked, in the order of their ids.

    Whoever changes one of them meanwhile waits, and so keeps its values after its locker does.
    """
    rows: list[tuple[str, bytes]] = connection.execute(
        f"select id::text, doc from {resource.table} where id > %s::uuid order by id limit %s "
        "for no key update",
        [after or FIRST_ID, limit],
    ).fetchall()
    return rows


def _each(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def differs(
    defined: Mapping[str, RuntimeAttribute], before: Mapping[str, Json], after: Mapping[str, Json]
) -> bool:
    """Tell whether any indexed run-time attribute has another value."""
    return any(
        one.indexed and before.get(one.name) != after.get(one.name) for one in defined.values()
    )
