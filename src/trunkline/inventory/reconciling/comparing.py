"""Comparing: what an outside inventory says otherwise of one of our records. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from trunkline.documents.shape import Json
from trunkline.inventory.reconciling.difference import DifferenceKind
from trunkline.inventory.reconciling.theirs import OWN, STATES, VALUES, Theirs, plain


@dataclass(frozen=True)
class Seen:
    """One difference: of which kind, in which characteristic, ours and theirs as people read."""

    kind: DifferenceKind
    attribute: str | None = None
    ours: Json = None
    theirs: Json = None
    detail: Json = None

    @property
    def mark(self) -> tuple[str, str | None]:
        """What it is known by among the differences of its record."""
        return self.kind, self.attribute


Names = Mapping[str, Sequence[str]]
"""By the id of a record everything that it is called."""


def differences(
    kind: str, system: str, raw: Mapping[str, Any], theirs: Theirs, names: Names
) -> list[Seen]:
    """Return what theirs says otherwise than our record; what it does not say is not compared."""
    return [
        *_identifier(system, raw, theirs),
        *_state(kind, raw, theirs),
        *_values(kind, raw, theirs),
        *_place(raw, theirs, names),
        *_owner(raw, theirs, names),
    ]


def missing_here(theirs: Theirs) -> Seen:
    """Return the difference of what only theirs knows."""
    return Seen("missingHere", theirs=theirs.name or theirs.id, detail=theirs.told)


def missing_there(raw: Mapping[str, Any], key: str) -> Seen:
    """Return the difference of what only we know."""
    return Seen("missingThere", ours=raw.get("name") or key)


def ambiguous(keys: Sequence[str], theirs: Theirs) -> Seen:
    """Return the difference of what several of ours could be."""
    return Seen("ambiguous", ours=", ".join(keys), theirs=theirs.name or theirs.id)


def identifier_of(system: str, raw: Mapping[str, Any]) -> str | None:
    """Return the valid id that a record has in a system."""
    return next(
        (
            str(one["id"])
            for one in raw.get("externalIdentifier") or ()
            if one.get("owner") == system and one.get("isValid") is not False
        ),
        None,
    )


def values_in(kind: str, raw: Mapping[str, Any]) -> dict[str, Json]:
    """Return what a record is like, by name."""
    found = {one["name"]: one.get("value") for one in raw.get(VALUES[kind]) or ()}
    own = {name: raw[name] for name in OWN if kind == "Resource" and raw.get(name) is not None}
    return found | own


def customer_in(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the reference to the customer of a record."""
    parties = raw.get("relatedParty") or ()
    return next((one for one in parties if one.get("role") == "customer"), None)


def place_in(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the first place of a record."""
    place = raw.get("place")
    if isinstance(place, list):
        place = place[0] if place else None
    return place if isinstance(place, dict) else None


def is_alike(ours: Json, theirs: Json) -> bool:
    """Tell whether two values mean the same; a table holds numbers and flags as texts."""
    return ours == theirs or plain(like(theirs, ours)) == plain(ours)


def like(value: Json, example: Json) -> Json:
    """Return a value in the type of another one, as far as it can be."""
    if not isinstance(value, str):
        return value
    if isinstance(example, bool):
        return {"true": True, "false": False}.get(value.strip().casefold(), value)
    if isinstance(example, (int, Decimal)):
        try:
            found = Decimal(value.strip())
        except InvalidOperation:
            return value
        return int(found) if found == found.to_integral_value() else found
    return value


def _identifier(system: str, raw: Mapping[str, Any], theirs: Theirs) -> Iterator[Seen]:
    ours = identifier_of(system, raw)
    if ours != theirs.id:
        yield Seen("identifier", None, ours, theirs.id)


def _state(kind: str, raw: Mapping[str, Any], theirs: Theirs) -> Iterator[Seen]:
    ours = raw.get(STATES[kind])
    if theirs.state is not None and theirs.state != ours:
        yield Seen("state", None, ours, theirs.state)


def _values(kind: str, raw: Mapping[str, Any], theirs: Theirs) -> Iterator[Seen]:
    ours = values_in(kind, raw)
    for name, value in sorted(theirs.values.items()):
        if not is_alike(ours.get(name), value):
            yield Seen("characteristic", name, ours.get(name), value)


def _place(raw: Mapping[str, Any], theirs: Theirs, names: Names) -> Iterator[Seen]:
    ours = place_in(raw)
    if theirs.place is not None and not _is_called(ours, theirs.place, names):
        yield Seen("place", None, _name(ours, names), _said(theirs.place), dict(theirs.place))


def _owner(raw: Mapping[str, Any], theirs: Theirs, names: Names) -> Iterator[Seen]:
    ours = customer_in(raw)
    if theirs.owner is not None and not _is_called(ours, theirs.owner, names):
        yield Seen("owner", None, _name(ours, names), _said(theirs.owner), dict(theirs.owner))


def _is_called(
    ours: Mapping[str, Any] | None, theirs: Mapping[str, str], names: Names
) -> bool:  # fmt: skip
    if ours is None:
        return False
    ident = str(ours.get("id") or "")
    own = {plain(one) for one in (ident, ours.get("name"), *names.get(ident, ())) if one}
    return not own.isdisjoint(plain(one) for one in theirs.values())


def _name(ours: Mapping[str, Any] | None, names: Names) -> str | None:
    if ours is None:
        return None
    ident = str(ours.get("id") or "")
    return ours.get("name") or next(iter(names.get(ident, ())), None) or ident or None


def _said(theirs: Mapping[str, str]) -> str:
    return theirs.get("name") or theirs["id"]
