"""What one characteristic may hold: its specification, narrowed by the offering that is sold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import jsonschema_rs

from trunkline.catalog.characteristic import (
    CharacteristicSpecificationBase,
    CharacteristicValueSpecification,
    ProductSpecificationCharacteristicValueUse,
)
from trunkline.catalog.value_type import ValueType, is_number, is_same, value_type
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json

OPEN_BELOW = ("open", "closedtop")
OPEN_ABOVE = ("open", "closedbottom")


@dataclass(frozen=True)
class Bounds:
    """What a characteristic may hold.

    `choices` holds lists of options, each of which must admit a value; an empty list admits any.
    `maximum` None means any number of values.
    """

    name: str
    type: ValueType
    minimum: int
    maximum: int | None
    regexes: tuple[str, ...]
    choices: tuple[Sequence[CharacteristicValueSpecification], ...]
    defaults: tuple[Json, ...]
    is_fixed: bool
    children: Sequence[CharacteristicSpecificationBase]


def bounds(
    specification: CharacteristicSpecificationBase,
    use: ProductSpecificationCharacteristicValueUse | None = None,
    *,
    at: datetime | None = None,
) -> Bounds:
    """Return what a characteristic may hold under an offering's use of it.

    Options outside their validity at the instant do not count. An extensible characteristic's
    own options are proposals only; those of the use still bind.
    """
    own = _valid(specification.options, at)
    used = _valid(use.product_spec_characteristic_value, at) if use else []
    kind = value_type(specification.value_type or (use.value_type if use else None))
    maximum = specification.max_cardinality
    if maximum is None and not kind.is_array:
        maximum = 1
    minimum = specification.min_cardinality or 0
    if use is not None:
        minimum = max(minimum, use.min_cardinality or 0)
        if use.max_cardinality is not None:
            maximum = min(use.max_cardinality, maximum if maximum is not None else 1 << 31)
    found = Bounds(
        name=specification.name or "",
        type=kind,
        minimum=minimum,
        maximum=maximum,
        regexes=(specification.regex,) if specification.regex else (),
        choices=([] if specification.extensible else own, used),
        defaults=defaults(used) or defaults(own),
        is_fixed=specification.configurable is False or specification.read_only is True,
        children=specification.child_characteristic,
    )
    if kind.is_array or not used:
        return found
    # What holds by default elsewhere does not where the offering has no such value.
    own_values = (one for one in found.defaults if not any(value_faults(found, one, "")))
    return replace(found, defaults=tuple(own_values))


def options_of(
    specification: Iterable[CharacteristicSpecificationBase],
    uses: Iterable[ProductSpecificationCharacteristicValueUse],
) -> Iterator[CharacteristicValueSpecification]:
    """Yield the options of all characteristics, and those that an offering's uses say."""
    for one in specification:
        yield from one.options
    for use in uses:
        yield from use.product_spec_characteristic_value


def defaults(options: Sequence[CharacteristicValueSpecification]) -> tuple[Json, ...]:
    """Return the values that hold when none is given."""
    return tuple(one.value for one in options if one.is_default and one.value is not None)


def value_faults(allowed: Bounds, value: Json, path: str) -> Iterator[Fault]:
    """Yield what is wrong with one value (of an array: with one of its items)."""
    if not allowed.type.fits(value):
        expected = allowed.type.expected
        yield Fault(path, "characteristicType", f"{allowed.name} must be {expected}")
        return
    for regex in allowed.regexes:
        if not matches(regex, value):
            message = f"{allowed.name} must match the pattern {regex}"
            yield Fault(path, "characteristicPattern", message)
    for options in allowed.choices:
        if options and not any(admits(option, value) for option in options):
            message = f"{allowed.name} must be {describe(options)}"
            yield Fault(path, "characteristicValue", message)
            return


def admits(option: CharacteristicValueSpecification, value: Json) -> bool:
    """Return whether a value lies within one option: its value, its range, its pattern."""
    if option.regex and not matches(option.regex, value):
        return False
    if option.value_from is not None or option.value_to is not None:
        return _in_range(option, value)
    return option.value is None or is_same(option.value, value)


def describe(options: Sequence[CharacteristicValueSpecification]) -> str:
    """Return the options in words for a refusal."""
    return " or ".join(_describe(option) for option in options[:10])


def matches(regex: str, value: Json) -> bool:
    """Return whether a text as a whole matches a pattern; other values always do.

    A pattern that cannot be compiled matches nothing: the rule on specifications refuses it.
    """
    if not isinstance(value, str):
        return True
    compiled = _pattern(regex)
    return compiled is not None and compiled.is_valid(value)


def is_pattern(regex: str) -> bool:
    """Return whether the text is a pattern of the supported (linear-time) syntax."""
    return _pattern(regex) is not None


@lru_cache(maxsize=1000)
def _pattern(regex: str) -> jsonschema_rs.Draft202012Validator | None:
    """Compile with an engine whose time is linear, since operators write the patterns."""
    try:
        return jsonschema_rs.Draft202012Validator(
            {"pattern": f"^(?:{regex})$"}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except jsonschema_rs.ValidationError:
        return None


def _valid(
    options: Sequence[CharacteristicValueSpecification], at: datetime | None
) -> list[CharacteristicValueSpecification]:
    return [
        one for one in options if at is None or one.valid_for is None or one.valid_for.contains(at)
    ]


def _in_range(option: CharacteristicValueSpecification, value: Json) -> bool:
    if not is_number(value):
        return False
    interval = (option.range_interval or "closed").lower()
    low, high = option.value_from, option.value_to
    above = low is None or (value > low if interval in OPEN_BELOW else value >= low)
    below = high is None or (value < high if interval in OPEN_ABOVE else value <= high)
    return bool(above and below)


def _describe(option: CharacteristicValueSpecification) -> str:
    if option.value_from is None and option.value_to is None:
        return str(option.value) if option.value is not None else f"matching {option.regex}"
    if option.value_to is None:
        return f"from {option.value_from} on"
    if option.value_from is None:
        return f"up to {option.value_to}"
    return f"between {option.value_from} and {option.value_to}"
