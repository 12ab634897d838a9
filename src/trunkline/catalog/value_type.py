"""Types of characteristic values: which names they go by, and which values fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from trunkline.documents.shape import Json

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
DURATION = re.compile(
    r"P(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
)


@dataclass(frozen=True)
class ValueType:
    """What a characteristic's values are, and whether one value is a list of such."""

    kind: str
    is_array: bool = False

    @property
    def expected(self) -> str:
        """What should be sent, in words that end "must be …"."""
        return f"a list, each of it {EXPECTED[self.kind]}" if self.is_array else EXPECTED[self.kind]

    def fits(self, value: Json) -> bool:
        """Tell whether one value (of an array: one of its items) is of this type."""
        return FITS[self.kind](value)


@lru_cache(maxsize=1_000)
def value_type(name: str | None) -> ValueType:
    """Return the type that a `valueType` text names; an unknown name admits any value.

    Case and punctuation do not count: `date-time`, `dateTime` and `DateTime` are one type.
    `integerArray`, `integer[]` and `array of integer` are one, too.
    """
    word = re.sub(r"[^a-z\[\]]", "", (name or "").lower()).removesuffix("characteristic")
    bare = word.removesuffix("[]").removesuffix("array")
    if bare == word:
        bare = word.removeprefix("arrayof")
    kind = KINDS.get(bare, "any")
    return ValueType(kind, is_array=bare != word)


def is_number(value: Json) -> bool:
    """Tell whether a value is a number (yes and no are not)."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def is_same(one: Json, other: Json) -> bool:
    """Tell whether two values are equal; 1 equals 1.0, but not yes."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_integer(value: Json) -> bool:
    return is_number(value) and value == int(value)


def _is_date(value: Json) -> bool:
    return isinstance(value, str) and len(value) == len("2026-11-21") and _reads(date, value)


def _is_instant(value: Json) -> bool:
    return isinstance(value, str) and "T" in value.upper() and _reads(datetime, value)


def _reads(kind: type[date], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_duration(value: Json) -> bool:
    if isinstance(value, dict):
        return is_number(value.get("amount")) and isinstance(value.get("units"), str)
    return isinstance(value, str) and DURATION.fullmatch(value) is not None


def _is_email(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= 254 and EMAIL.fullmatch(value) is not None


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _is_object_or_text(value: Json) -> bool:
    return isinstance(value, dict) or (isinstance(value, str) and value != "")


FITS: Mapping[str, Callable[[Json], bool]] = {
    "any": lambda value: value is not None,
    "text": _is_text,
    "choice": lambda value: isinstance(value, (str, int, float, Decimal)),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "decimal": is_number,
    "date": _is_date,
    "dateTime": _is_instant,
    "duration": _is_duration,
    "email": _is_email,
    "address": _is_object_or_text,
    "attachment": _is_object_or_text,
    "object": _is_object,
    "label": lambda value: False,
}

EXPECTED: Mapping[str, str] = {
    "any": "a value",
    "text": "a text",
    "choice": "one of the options",
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a number",
    "date": "a date such as 2026-11-21",
    "dateTime": "a date-time such as 2026-11-21T10:00:00Z",
    "duration": "a duration such as P12M, or an amount with units",
    "email": "an e-mail address",
    "address": "an address: its parts, or the id of one",
    "attachment": "an attachment: its url or its content",
    "object": "an object",
    "label": "left out: it is only shown",
}

KINDS: Mapping[str, str] = {
    "text": "text",
    "string": "text",
    "singlelinetext": "text",
    "multilinetext": "text",
    "choice": "choice",
    "enum": "choice",
    "list": "choice",
    "radio": "choice",
    "boolean": "boolean",
    "bool": "boolean",
    "checkbox": "boolean",
    "yesno": "boolean",
    "integer": "integer",
    "int": "integer",
    "long": "integer",
    "decimal": "decimal",
    "number": "decimal",
    "float": "decimal",
    "double": "decimal",
    "date": "date",
    "datetime": "dateTime",
    "duration": "duration",
    "email": "email",
    "address": "address",
    "attachment": "attachment",
    "object": "object",
    "label": "label",
}
