"""Configurations: filling and checking the characteristics of what is ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from trunkline.catalog.characteristic import (
    CharacteristicSpecificationBase,
    ProductSpecificationCharacteristicValueUse,
)
from trunkline.catalog.option import Bounds, bounds, value_faults
from trunkline.catalog.value_type import is_same
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.shared.characteristic import Characteristic

Given = tuple[str, Characteristic]
"""A characteristic as given, and the path where it stands."""

Allowed = Mapping[str, tuple[CharacteristicSpecificationBase, Bounds]]
"""What each characteristic may hold, by its name, in the order of the specification."""


def allowed_by(
    specification: Iterable[CharacteristicSpecificationBase],
    value_uses: Iterable[ProductSpecificationCharacteristicValueUse],
    *,
    at: datetime | None = None,
) -> Allowed:
    """Return what characteristics may hold; `at` leaves out options that are not valid then."""
    uses = {one.name: one for one in value_uses if one.name}
    known = {one.name: one for one in specification if one.name}
    return {name: (one, bounds(one, uses.get(name), at=at)) for name, one in known.items()}


def complete(
    specification: Iterable[CharacteristicSpecificationBase],
    value_uses: Iterable[ProductSpecificationCharacteristicValueUse],
    given: Iterable[Characteristic],
    *,
    path: str = "characteristic",
    at: datetime | None = None,
) -> tuple[list[Characteristic], list[Fault]]:
    """Return the given characteristics with the defaults added, and what is wrong with them.

    The result is in the order of the specification; unknown names are left out of it. `path` is
    where the given list stands; `at` leaves out options that are not valid then. Codes:
    characteristicUnknown, characteristicMissing, characteristicType, characteristicValue,
    characteristicPattern, characteristicCardinality, characteristicFixed.

    A characteristic that cannot be configured takes its default and nothing else; one without a
    default is filled later (by the network, say) and is neither missing nor refused here.
    """
    return completed(allowed_by(specification, value_uses, at=at), given, path=path)


def completed(
    allowed_values: Allowed, given: Iterable[Characteristic], *, path: str
) -> tuple[list[Characteristic], list[Fault]]:
    """Return what `complete` does, by what is known to be allowed."""
    sent, faults = _by_name(allowed_values, given, path)
    found: list[Characteristic] = []
    for name, (one, allowed) in allowed_values.items():
        entries = sent.get(name, [])
        if not entries:
            found += _defaults(allowed, one, path, faults)
            continue
        faults += _faults(allowed, entries)
        found += [_filled(allowed, one, entry) for _, entry in entries]
    return found, faults


def _by_name(
    known: Allowed, given: Iterable[Characteristic], path: str
) -> tuple[dict[str, list[Given]], list[Fault]]:
    sent: dict[str, list[Given]] = {}
    faults: list[Fault] = []
    for index, one in enumerate(given):
        where = f"{path}[{index}]"
        if one.name in known:
            sent.setdefault(one.name, []).append((where, one))
            continue
        names = ", ".join(known) or "none"
        message = f"the specification has no characteristic {one.name}; it has: {names}"
        faults.append(Fault(f"{where}.name", "characteristicUnknown", message))
    return sent, faults


def _defaults(
    allowed: Bounds, specification: CharacteristicSpecificationBase, path: str, faults: list[Fault]
) -> list[Characteristic]:
    values = list(allowed.defaults)
    if values:
        if allowed.type.is_array:
            values = [[item for one in values for item in _items(allowed, one)]]
        return [_characteristic(specification, value) for value in values]
    if allowed.minimum > 0 and not allowed.is_fixed:
        message = f"{allowed.name} is missing; send a value, {allowed.type.expected}"
        faults.append(Fault(path, "characteristicMissing", message))
    return []


def _characteristic(specification: CharacteristicSpecificationBase, value: Json) -> Characteristic:
    raw = {"name": specification.name, "value": value}
    if specification.value_type:
        raw["valueType"] = specification.value_type
    return Characteristic.wrap(raw)


def _filled(
    allowed: Bounds, specification: CharacteristicSpecificationBase, entry: Characteristic
) -> Characteristic:
    """Return the entry with its type, and an object's members with their defaults."""
    raw = dict(entry.raw)
    if specification.value_type:
        raw.setdefault("valueType", specification.value_type)
    if allowed.type.kind == "object" and allowed.children:
        value = raw.get("value")
        if isinstance(value, list):
            raw["value"] = [_filled_object(allowed.children, one) for one in value]
        else:
            raw["value"] = _filled_object(allowed.children, value)
    return Characteristic.wrap(raw)


def _filled_object(children: Sequence[CharacteristicSpecificationBase], value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    known = {child.name: bounds(child) for child in children if child.name}
    filled = dict(value)
    for name, allowed in known.items():
        if name not in filled and allowed.defaults:
            first = allowed.defaults[0]
            filled[name] = _items(allowed, first) if allowed.type.is_array else first
        if allowed.type.kind == "object" and allowed.children and name in filled:
            held = filled[name]
            filled[name] = (
                [_filled_object(allowed.children, one) for one in held]
                if isinstance(held, list)
                else _filled_object(allowed.children, held)
            )
    return filled


def _faults(allowed: Bounds, entries: Sequence[Given]) -> list[Fault]:
    """Return what is wrong with all that was given under one name."""
    values: list[tuple[str, Json]] = []
    for where, entry in entries:
        spot = f"{where}.value"
        value = entry.raw.get("value")
        if allowed.type.is_array and not isinstance(value, list):
            expected = allowed.type.expected
            return [Fault(spot, "characteristicType", f"{allowed.name} must be {expected}")]
        if isinstance(value, list):
            values += [(f"{spot}[{index}]", item) for index, item in enumerate(value)]
        else:
            values.append((spot, value))
    if allowed.is_fixed:
        return _fixed_faults(allowed, values)
    faults = [fault for spot, value in values for fault in _value_faults(allowed, value, spot)]
    return faults + _cardinality(allowed, len(values), entries[0][0])


def _fixed_faults(allowed: Bounds, values: Sequence[tuple[str, Json]]) -> list[Fault]:
    if not allowed.defaults:
        return []
    items = [item for one in allowed.defaults for item in _items(allowed, one)]
    fixed = ", ".join(str(one) for one in items)
    return [
        Fault(spot, "characteristicFixed", f"{allowed.name} is fixed to {fixed}; leave it out")
        for spot, value in values
        if not any(is_same(value, item) for item in items)
    ]


def _cardinality(allowed: Bounds, count: int, path: str) -> list[Fault]:
    if count < allowed.minimum:
        message = f"{allowed.name} needs at least {allowed.minimum} values, not {count}"
    elif allowed.maximum is not None and count > allowed.maximum:
        message = f"{allowed.name} takes at most {allowed.maximum} values, not {count}"
    else:
        return []
    return [Fault(path, "characteristicCardinality", message)]


def _value_faults(allowed: Bounds, value: Json, path: str) -> list[Fault]:
    faults = list(value_faults(allowed, value, path))
    if not faults and allowed.type.kind == "object" and allowed.children:
        return _member_faults(allowed.children, value, path)
    return faults


def _member_faults(
    children: Sequence[CharacteristicSpecificationBase], value: Mapping[str, Json], path: str
) -> list[Fault]:
    """Return what is wrong with the members of an object."""
    known = {child.name: bounds(child) for child in children if child.name}
    faults = [
        Fault(f"{path}.{name}", "characteristicUnknown", f"there is no member {name}; leave it out")
        for name in value
        if name not in known
    ]
    for name, allowed in known.items():
        spot = f"{path}.{name}"
        if name in value:
            member = Characteristic(name=name, value=value[name])
            faults += [
                Fault(_member_path(fault.path, spot), fault.code, fault.message)
                for fault in _faults(allowed, [("", member)])
            ]
        elif allowed.minimum > 0 and not allowed.defaults and not allowed.is_fixed:
            message = f"{name} is missing; send a value, {allowed.type.expected}"
            faults.append(Fault(spot, "characteristicMissing", message))
    return faults


def _member_path(path: str, spot: str) -> str:
    return spot + path.removeprefix(".value")


def _items(allowed: Bounds, value: Json) -> list[Json]:
    return list(value) if allowed.type.is_array and isinstance(value, list) else [value]
