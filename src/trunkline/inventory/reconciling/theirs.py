"""Theirs: what an outside inventory says of a record, by TMF638 or TMF639 or a table. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from trunkline.documents.decode import decode
from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.shape import Json

LINES = ("msisdn", "iccid", "imsi", "voiceNumber", "sipUser", "ontSerialNumber",
         "setTopBoxSerialNumber", "networkReference", "value", "serialNumber")  # fmt: skip
"""By which of their values records are found that have no id of the other inventory."""
STATES: Mapping[str, str] = {"Service": "state", "Resource": "resourceStatus"}
VALUES: Mapping[str, str] = {
    "Service": "serviceCharacteristic", "Resource": "resourceCharacteristic",
}  # fmt: skip
SPECIFICATIONS: Mapping[str, str] = {
    "Service": "serviceSpecification", "Resource": "resourceSpecification",
}  # fmt: skip
OWN = ("value", "serialNumber")
"""What of a resource identifies it beside its characteristics."""
HEADS = ("id", "name", "state", "place", "owner", "specification")
ROWS_MAX = 100_000


@dataclass(frozen=True)
class Theirs:
    """A record of an outside inventory; what it does not say is None and is not compared."""

    id: str
    name: str | None = None
    state: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    place: Mapping[str, str] | None = None
    owner: Mapping[str, str] | None = None
    specification: str | None = None

    @property
    def told(self) -> dict[str, Json]:
        """The record as a job keeps it."""
        found: dict[str, Json] = {
            "id": self.id, "name": self.name, "state": self.state, "values": dict(self.values),
            "place": dict(self.place) if self.place else None,
            "owner": dict(self.owner) if self.owner else None,
            "specification": self.specification,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value not in (None, {})}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Theirs:
        """Return the record that a job has kept."""
        return cls(**told)


def theirs_of(kind: str, sent: Json) -> Theirs:
    """Return a record as TMF638 or TMF639 says it. Raises ValueError (a sentence)."""
    if not isinstance(sent, dict):
        raise ValueError("a record must be an object")
    ident = sent.get("id")
    if not isinstance(ident, (str, int)) or isinstance(ident, bool) or not str(ident).strip():
        raise ValueError("a record must have an id")
    values = {
        str(one["name"]): one.get("value")
        for one in _objects(sent.get(VALUES[kind]))
        if isinstance(one.get("name"), str)
    }
    values |= {name: sent[name] for name in OWN if kind == "Resource" and sent.get(name)}
    places = sent.get("place")
    place = next(iter(_objects([places] if isinstance(places, dict) else places)), None)
    parties = _objects(sent.get("relatedParty"))
    owner = next((one for one in parties if one.get("role") == "customer"), None)
    specification = sent.get(SPECIFICATIONS[kind])
    named = specification if isinstance(specification, dict) else {}
    return Theirs(
        id=str(ident).strip(), name=_text(sent.get("name")), state=_text(sent.get(STATES[kind])),
        values=values, place=_named(place), owner=_named(owner),
        specification=_text(named.get("name")) or _text(named.get("id")),
    )  # fmt: skip


def of_row(row: Mapping[str, str]) -> Theirs:
    """Return a record of a table; columns with other heads are characteristics."""
    told = {name: row[name].strip() for name in HEADS if (row.get(name) or "").strip()}
    if "id" not in told:
        raise ValueError("a record must have an id")
    place, owner = told.get("place"), told.get("owner")
    return Theirs(
        id=told["id"], name=told.get("name"), state=told.get("state"),
        values={head: text.strip() for head, text in row.items()
                if head not in HEADS and text and text.strip()},
        place={"name": place} if place else None, owner={"name": owner} if owner else None,
        specification=told.get("specification"),
    )  # fmt: skip


def read_file(kind: str, content: str) -> tuple[list[Theirs], list[Fault]]:
    """Return the records of a file, JSON or CSV with a line of heads, and what is wrong in it."""
    text = content.lstrip("\ufeff").strip()
    if text.startswith(("[", "{")):
        try:
            body = decode(text.encode())
        except Refusal as refusal:
            return [], [Fault("file", "badJson", refusal.message)]
        return read_records(kind, body if isinstance(body, list) else [body])
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        return [], [Fault("file", "badFile", f"cannot be read as a table: {error}")]
    return _checked([(of_row, {k: v for k, v in row.items() if isinstance(v, str)})
                     for row in rows], "line", 2)  # fmt: skip


def read_records(kind: str, listed: Sequence[Json]) -> tuple[list[Theirs], list[Fault]]:
    """Return records as TMF638 or TMF639 says them, and what is wrong with them."""
    return _checked([(lambda one: theirs_of(kind, one), one) for one in listed], "record", 0)


def _checked(
    made: Sequence[tuple[Any, Any]], path: str, first: int
) -> tuple[list[Theirs], list[Fault]]:
    found: dict[str, Theirs] = {}
    faults: list[Fault] = []
    if len(made) > ROWS_MAX:
        return [], [Fault("file", "tooMany", f"may have {ROWS_MAX} records")]
    for index, (make, sent) in enumerate(made, first):
        try:
            one = make(sent)
        except ValueError as error:
            faults.append(Fault(f"{path}[{index}]", "badValue", str(error)))
            continue
        if one.id in found:
            faults.append(Fault(f"{path}[{index}]", "twice", f"{one.id} stands there already"))
        found[one.id] = one
    return list(found.values()), faults[:100]


def tokens_of(ident: str | None, values: Mapping[str, Json], names: Sequence[str]) -> list[str]:
    """Return by what a record is found: its id in the other inventory, its key values.

    They are digests, so that numbers of people do not stand in tables of comparisons.
    """
    found = [f"id {ident}"] if ident is not None else []
    found += [f"{one} {plain(values[one])}" for one in names if values.get(one) not in (None, "")]
    return [sha256(one.encode()).hexdigest() for one in found]


def plain(value: Json) -> str:
    """Return a value as a text that is the same however it was written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value).strip().casefold()


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max((";", ",", "\t"), key=head.count)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _named(one: Mapping[str, Any] | None) -> dict[str, str] | None:
    found = {name: str(one[name]) for name in ("id", "name") if one and one.get(name)}
    return found or None
