"""Asked values: what the characteristics of a specification ask of people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import get_args

from trunkline.catalog.characteristic import (
    CharacteristicSpecificationBase,
    CharacteristicValueSpecification,
    ProductSpecificationCharacteristicValueUse,
)
from trunkline.catalog.option import Bounds, admits, bounds, describe
from trunkline.catalog.value_type import is_same
from trunkline.governance.registers import called, described
from trunkline.screens.asked_value import AskedValue, Choice, Kind

DEPTH_MAX = 5
"""How deep objects are asked for by their members; what lies deeper is typed as JSON."""


def asked_values(
    characteristics: Iterable[CharacteristicSpecificationBase],
    uses: Iterable[ProductSpecificationCharacteristicValueUse],
    at: datetime,
    language: str = "",
) -> list[AskedValue]:
    """Return what is asked for each characteristic under an offering's uses, in their order.

    Names, hints and labels are in the language of who is asked, as far as they are translated.
    Hidden ones are left out; fixed ones are shown where they have a value, labels as their text.
    """
    used = {one.name: one for one in uses if one.name}
    listed = sorted(characteristics, key=lambda one: (one.order is None, one.order or 0))
    found = []
    for one in listed:
        allowed = bounds(one, used.get(one.name or ""), at=at)
        if one.name and not one.hidden and not _is_empty(one, allowed):
            found.append(_asked(one, allowed, language))
    return found


def _is_empty(one: CharacteristicSpecificationBase, allowed: Bounds) -> bool:
    """Tell whether there is nothing to be asked for nor to be shown."""
    if allowed.type.kind == "label":
        return not (allowed.defaults or one.description)
    return allowed.is_fixed and not allowed.defaults


def _asked(
    one: CharacteristicSpecificationBase, allowed: Bounds, language: str, depth: int = 0
) -> AskedValue:
    options = _narrowest(allowed)
    choices = tuple(_choices(options, allowed, one.options, language))
    ranges = [] if choices else options
    lows = [each.value_from for each in ranges if each.value_from is not None]
    highs = [each.value_to for each in ranges if each.value_to is not None]
    units = {each.unit_of_measure for each in (*options, *one.options) if each.unit_of_measure}
    kind = allowed.type.kind
    is_bounded = len(lows) == len(ranges) == len(highs)
    hint = text = described(one.raw, one.description or "").within(language)
    if ranges and not is_bounded and not hint:
        hint = f"Must be {describe(ranges)}."
    is_label = kind == "label"
    members = () if choices or depth >= DEPTH_MAX else tuple(_members(allowed, language, depth))
    return AskedValue(
        name=allowed.name,
        kind="json" if kind == "object" and not members else _kind(kind),
        value_type=one.value_type or "",
        hint="" if is_label else hint,
        choices=choices,
        least=allowed.minimum,
        most=allowed.maximum,
        is_array=allowed.type.is_array,
        pattern=one.regex or "",
        low=str(min(lows)) if is_bounded and lows else "",
        high=str(max(highs)) if is_bounded and highs else "",
        unit=units.pop() if len(units) == 1 else "",
        defaults=allowed.defaults or ((text,) if is_label else ()),
        fixed=allowed.is_fixed or is_label,
        members=members,
        label=called({**one.raw, "name": ""}, "").within(language),
    )


def _members(allowed: Bounds, language: str, depth: int) -> Iterator[AskedValue]:
    """Yield what is asked for each member of an object, in their order."""
    for one in sorted(allowed.children, key=lambda each: (each.order is None, each.order or 0)):
        held = bounds(one)
        if one.name and not one.hidden and not _is_empty(one, held):
            yield _asked(one, held, language, depth + 1)


def _kind(kind: str) -> Kind:
    return next((one for one in get_args(Kind) if one == kind), "text")


def _narrowest(allowed: Bounds) -> Sequence[CharacteristicValueSpecification]:
    """Return the options that bind most: those of the offering's use before the own ones."""
    return next((one for one in reversed(allowed.choices) if one), ())


def _choices(
    options: Sequence[CharacteristicValueSpecification],
    allowed: Bounds,
    own: Sequence[CharacteristicValueSpecification],
    language: str,
) -> Iterator[Choice]:
    """Yield single values to choose from; nothing where an option is a range or a pattern.

    A value that an offering's use repeats has the label and unit of the characteristic's own.
    """
    if any(one.value is None or one.value_to is not None or one.regex for one in options):
        return
    for one in sorted(options, key=lambda each: (each.order is None, each.order or 0)):
        others = (each for each in allowed.choices if each)
        if all(any(admits(other, one.value) for other in each) for each in others):
            same = [each for each in (one, *own) if is_same(each.value, one.value)]
            yield Choice(one.value, _label(one, same, language))


def _label(
    option: CharacteristicValueSpecification,
    same: Sequence[CharacteristicValueSpecification],
    language: str,
) -> str:
    names = [called({**one.raw, "name": ""}, "").within(language) for one in same]
    label = next((one for one in (*names, *(each.label for each in same)) if one), "")
    if label:
        return label
    value = str(option.value).lower() if isinstance(option.value, bool) else str(option.value)
    unit = next((one.unit_of_measure for one in same if one.unit_of_measure), "")
    return f"{value} {unit}".strip()
