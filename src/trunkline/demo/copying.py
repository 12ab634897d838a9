"""Copying: what belongs to an exemplar, read as it is stored and written many times in bulk.

A copy stands as the one write path stores records that were moved over from another system as
they are: version 1, one audit line, one event, and nothing that follows from them. The lines are
those of COPY; row security admits no COPY into its tables, so they pass through temporary ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from trunkline.demo.mapping import point_of
from trunkline.demo.people import FAMILY_NAMES, STREETS
from trunkline.demo.stencil import (
    Copy,
    Slots,
    Stencil,
    Value,
    is_number,
    new_family_name,
    new_given_name,
    new_house,
    new_id,
    new_key,
    new_mail,
    new_number,
    new_street,
)
from trunkline.documents.decode import encode, load
from trunkline.documents.patch import encode_changes
from trunkline.documents.references import pick, references
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.states import internal_state
from trunkline.leases.sealing import Sealer

NOTHING = r"\N"
UNCHANGED = encode(encode_changes([]))
AUDIT = ("id", "at", "actor", "actor_name", "channel", "action", "type", "subject", "version",
         "owner", "partner", "changes")  # fmt: skip
EVENT = ("id", "at", "type", "kind", "state", "subject", "key", "version", "root", "owner",
         "partner", "payload")  # fmt: skip
RECORD = ("id", "type", "label", "owner", "partner")
LINK = ("source", "path", "target", "role", "type", "target_type")
# A copy was written once, at the time at which its exemplar was written last.
REWRITTEN = {"version": "1", "created_at": "updated_at"}


@dataclass(frozen=True)
class Part:
    """One record of an exemplar; `owner` is the slot of its owner's id."""

    table: str
    head: Stencil
    document: Stencil
    event: Stencil
    audit: Stencil
    owner: int | None


@dataclass(frozen=True)
class Exemplar:
    """What one component of records is copied from; slot 0 holds the id of its first record."""

    slots: Slots
    parts: tuple[Part, ...]
    lines: tuple[tuple[str, Stencil], ...]
    key_tables: tuple[str, ...]

    def first_id(self, copy: Copy) -> str:
        """Return the id of a copy's first record, by which it is found again."""
        return self.slots.values[0](copy)

    def owners(self, values: Sequence[str]) -> set[str]:
        """Return whose records a copy holds."""
        return {values[one.owner] for one in self.parts if one.owner is not None}


Lines = dict[str, list[str]]


def columns_of(connection: Any, registry: Iterable[Resource]) -> dict[str, tuple[str, ...]]:
    """Return the columns of every table that copies are written to, the document last."""
    found = {"record": RECORD, "event": EVENT, "audit": AUDIT}
    for resource in registry:
        rows = connection.execute(
            "select column_name::text from information_schema.columns where table_schema = "
            "current_schema() and table_name = %s and column_name <> 'doc' "
            "order by ordinal_position",
            [resource.table],
        ).fetchall()
        found[resource.table] = (*(name for (name,) in rows), "doc")
        found[resource.reference_table] = LINK
    return found


def read_exemplar(
    services: Services,
    connection: Any,
    members: Mapping[str, str],
    *,
    columns: Mapping[str, Sequence[str]],
    moment: datetime,
    actor: Actor,
) -> Exemplar:
    """Read what a component of records has stored, and cut it into stencils."""
    registry = services.registry
    heads: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    for kind in sorted(set(members.values())):
        resource = registry[kind]
        own = [one for one, other in members.items() if other == kind]
        for head in _rows(connection, resource.table, "id", own, columns[resource.table][:-1]):
            heads[head["id"]] = head
        rows = connection.execute(
            f"select id::text, doc::text from {resource.table} where id = any(%s::uuid[])",  # noqa: S608
            [own],
        ).fetchall()
        texts.update(rows)
    order = sorted(members)
    documents = {one: load(texts[one].encode()) for one in order}
    slots = Slots(moment, _differing(members, heads, documents, order))
    slots.cut(order[0])
    parts = tuple(
        _part(registry[members[one]], slots, heads[one], texts[one], documents[one], actor)
        for one in order
    )
    lines = [
        (table, slots.cut("\t".join(row.values())))
        for table, column, names in [
            ("record", "id", RECORD),
            *((one, "source", LINK) for one in sorted({r.reference_table for r in registry})),
        ]
        for row in _rows(connection, table, column, order, names)
    ]
    tables = tuple(registry[members[one]].table for one in order)
    return Exemplar(slots, parts, tuple(lines), tables)


def _rows(
    connection: Any, table: str, column: str, idents: Sequence[str], names: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Yield stored rows, each value as COPY writes it."""
    asked = ", ".join(REWRITTEN.get(one, one) for one in names)
    query = f"copy (select {asked} from {table} where {column} = any(%s::uuid[])) to stdout"  # noqa: S608
    with connection.cursor().copy(query, [list(idents)]) as copy:
        text = b"".join(copy).decode()
    for line in text.splitlines():
        yield dict(zip(names, line.split("\t"), strict=True))


def _part(
    resource: Resource,
    slots: Slots,
    head: Mapping[str, str],
    text: str,
    document: dict[str, Json],
    actor: Actor,
) -> Part:
    root = head["id"]
    if resource.root != "self":
        found = pick(list(references(resource.type, document)), resource.root)
        root = found.id if found is not None else root
    state = internal_state(resource, document) or NOTHING
    at, ident, common = head["updated_at"], head["id"], (head["owner"], head["partner"])
    event = (at, resource.name, "created", state, ident, head["key"], "1", root, *common)
    who = (actor.id, actor.name, actor.channel)
    audit = (at, *who, "create", resource.name, ident, "1", *common)
    owner = None if head["owner"] == NOTHING else slots.cut(head["owner"]).slots[0]
    return Part(
        resource.table,
        slots.cut("\t".join(head.values())),
        slots.cut(text),
        slots.cut("\t".join(event)),
        slots.cut("\t".join(audit)),
        owner,
    )


def _differing(
    members: Mapping[str, str],
    heads: Mapping[str, Mapping[str, str]],
    documents: Mapping[str, dict[str, Json]],
    order: Sequence[str],
) -> dict[str, Value]:
    """Return what copies have instead of an exemplar's ids, keys, names, places and numbers."""
    found: dict[str, Value] = {}
    for place, ident in enumerate(order):
        found[heads[ident]["key"]] = new_key(place)
        found[ident] = new_id(ident)
        document = documents[ident]
        if members[ident] == "Individual":
            found[str(document["givenName"])] = new_given_name()
            found[str(document["familyName"])] = new_family_name()
        elif members[ident] == "Organization":
            family = str(document["tradingName"]).partition(" ")[0]
            if family in FAMILY_NAMES:
                found[family] = new_family_name()
        elif members[ident] == "GeographicAddress":
            found.update(_address(document))
        for text in _texts(document):
            if "@example." in text:
                found[text] = new_mail(text)
            elif is_number(text):
                found[text] = new_number(text)
    return found


def _address(document: Mapping[str, Json]) -> Iterator[tuple[str, Value]]:
    """Yield the street, the number of the house, both as they stand in the label, and the point."""
    street, house = str(document["streetName"]), str(document["streetNr"])
    postcode, city = str(document["postcode"]), str(document["city"])
    new, number = new_street(street), new_house(house)
    yield street, new
    yield f'"streetNr":"{house}"', lambda copy: f'"streetNr":"{number(copy)}"'
    yield f"{street} {house} {postcode}", lambda copy: f"{new(copy)} {number(copy)} {postcode}"
    point = point_of(city, street, house, STREETS)
    yield _point(point), lambda copy: _point(point_of(city, new(copy), number(copy), STREETS))


def _point(point: Sequence[Decimal]) -> str:
    return f'"coordinates":{encode([*point]).decode()}'


def _texts(value: Json) -> Iterator[str]:
    """Yield the values of characteristics that are texts, at any depth."""
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str) and name in {"value", "emailAddress", "phoneNumber"}:
                yield one
            else:
                yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def write_copy(
    lines: Lines, exemplar: Exemplar, values: Sequence[str], sealer: Sealer, services: Services
) -> None:
    """Add the lines of one copy to those of its chunk."""
    new = services.chance.uuid
    for one in exemplar.parts:
        owner = None if one.owner is None else values[one.owner]
        text = one.document.filled(values)
        event, audit = new(), new()
        payload = sealer.seal(owner, f"event|{event}", text.encode())
        changes = sealer.seal(owner, f"audit|{audit}", UNCHANGED)
        escaped = text.replace("\\", "\\\\") if "\\" in text else text
        lines[one.table].append(f"{one.head.filled(values)}\t{escaped}\n")
        lines["event"].append(f"{event}\t{one.event.filled(values)}\t\\\\x{payload.hex()}\n")
        lines["audit"].append(f"{audit}\t{one.audit.filled(values)}\t\\\\x{changes.hex()}\n")
    for table, stencil in exemplar.lines:
        lines[table].append(stencil.filled(values) + "\n")


def make_ways(connection: Any, columns: Mapping[str, Sequence[str]]) -> None:
    """Make the temporary tables through which lines pass on this connection."""
    for table, names in columns.items():
        listed = ", ".join(names)
        connection.execute(
            f"create temp table way_to_{table} on commit delete rows as "  # noqa: S608
            f"select {listed} from {table} with no data"
        )


def store(connection: Any, columns: Mapping[str, Sequence[str]], lines: Lines) -> None:
    """Store the lines of a chunk, all or none of them."""
    with connection.transaction():
        connection.execute("set local statement_timeout = 0; set local synchronous_commit = off")
        for table, rows in lines.items():
            listed = ", ".join(columns[table])
            with connection.cursor().copy(f"copy way_to_{table} ({listed}) from stdin") as copy:
                copy.write("".join(rows))
            connection.execute(
                f"insert into {table} ({listed}) select {listed} from way_to_{table}"  # noqa: S608
            )


def drop_ways(connection: Any, columns: Mapping[str, Sequence[str]]) -> None:
    """Drop the temporary tables again."""
    connection.execute("drop table if exists " + ", ".join(f"way_to_{one}" for one in columns))
