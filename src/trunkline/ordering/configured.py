"""Configured values: which characteristics a step gives, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSequence

from trunkline.catalog.configuration import complete
from trunkline.catalog.entry import Specification, once
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.value_type import is_same
from trunkline.documents.shape import Json
from trunkline.ordering.installed import values_of
from trunkline.ordering.node import NodeCharacteristic
from trunkline.ordering.standalone_line import AnyLine
from trunkline.shared.characteristic import Characteristic


def ordered(
    line: AnyLine,
    offering: ProductOffering | None,
    specification: Specification | None,
    held: Mapping[str, Json] | None,
) -> tuple[NodeCharacteristic, ...]:
    """Return the values of what a line asks for: as ordered, else as it has them, else by default.

    `held` is what an existing record has, None for a new one.
    """
    sent = [
        NodeCharacteristic(name, value, f"ordered by item {line.id}")
        for name, value in values_of(line.given).items()
    ]
    if specification is None:
        return _sorted([], sent, held or {})
    uses = offering.prod_spec_char_value_use if offering is not None else ()
    if held is not None:
        return filled(specification, sent, held)
    completed, _ = complete(specification.characteristics, uses, line.given)
    defaults = {
        name: value
        for name, value in values_of(completed).items()
        if not any(one.name == name for one in sent)
    }
    return _sorted(once(specification, _names), [*sent, *_defaults(specification, defaults)], {})


def filled(
    specification: Specification,
    wanted: Iterable[NodeCharacteristic],
    held: Mapping[str, Json] | None,
) -> tuple[NodeCharacteristic, ...]:
    """Return the wanted values with what an existing record has, or a new one's defaults.

    The specification's sequence comes first, then all others by name.
    """
    given = list(wanted)
    if held is None:
        known = {one.name for one in given}
        own = once(specification, _own_defaults).items()
        defaults = {name: value for name, value in own if name not in known}
        given += _defaults(specification, defaults)
    return _sorted(once(specification, _names), given, held or {})


def _own_defaults(specification: Specification) -> Mapping[str, Json]:
    completed, _ = complete(specification.characteristics, (), ())
    return values_of(completed)


def is_changed(held: Mapping[str, Json], wanted: Iterable[NodeCharacteristic]) -> bool:
    """Return whether any wanted value differs from what a record has."""
    return any(one.name not in held or not same(held[one.name], one.value) for one in wanted)


def same(one: Json, other: Json) -> bool:
    """Return whether two values are the same; numbers count by their size."""
    return is_same(one, other)


def known_values(wanted: Iterable[NodeCharacteristic]) -> dict[str, Json]:
    """Return the values by name, without those that are empty."""
    return {one.name: one.value for one in wanted if one.value is not None and one.value != ""}


def _names(specification: Specification) -> list[str]:
    return [one.name for one in specification.characteristics if one.name]


def _defaults(specification: Specification, found: Mapping[str, Json]) -> list[NodeCharacteristic]:
    reason = f"default of {specification.name}"
    return [NodeCharacteristic(name, value, reason) for name, value in found.items()]


def _sorted(
    names: list[str], given: Iterable[NodeCharacteristic], held: Mapping[str, Json]
) -> tuple[NodeCharacteristic, ...]:
    found = {name: NodeCharacteristic(name, value, "as it was") for name, value in held.items()}
    for one in given:
        if one.name not in held or not same(held[one.name], one.value):
            found[one.name] = one
    first = [found.pop(name) for name in dict.fromkeys(names) if name in found]
    return (*first, *(found[name] for name in sorted(found)))


def put_values(held: MutableSequence[Characteristic], values: Mapping[str, Json]) -> None:
    """Set values by name in a list of characteristics; None takes one out.

    What is there several times has one of a list of values each.
    """
    known: dict[str | None, list[int]] = {}
    for index, one in enumerate(held):
        known.setdefault(one.name, []).append(index)
    gone: list[int] = []
    for name, value in values.items():
        own = known.get(name, [])
        wanted = value if len(own) > 1 and isinstance(value, list) else [value]
        wanted = [one for one in wanted if one is not None]
        for index, one in zip(own, wanted, strict=False):
            held[index].raw["value"] = one
        held.extend(Characteristic(name=name, value=one) for one in wanted[len(own) :])
        gone += own[len(wanted) :]
    for index in sorted(gone, reverse=True):
        del held[index]
