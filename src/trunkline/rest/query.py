"""Query strings: what a list request asks for, checked against what is declared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Protocol
from urllib.parse import unquote, unquote_plus

from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, Invalid, NotBuilt
from trunkline.documents.paths import Step
from trunkline.documents.shape import format_instant, parse_instant
from trunkline.kernel.filters import OPERATORS, Condition, ListQuery, Operator, Sort
from trunkline.kernel.resource import Asked

SIGNS: dict[str, Operator] = {
    ">=": "gte", "<=": "lte", "==": "eq", "=~": "regex", "*=": "regex", ">": "gt", "<": "lt",
}  # fmt: skip
SIGNED = re.compile(r"^([\w@.$-]+?)(>=|<=|==|=~|\*=|>|<)(.*)$", re.DOTALL)
RESERVED = {"fields", "sort", "offset", "limit", "after", "filter", "depth", "expand", "mode"}
INSTEAD_OF_JSONPATH = (
    "filter= (JSONPath) is optional and not offered; name attributes themselves: attr=value, "
    "inner.attr=value, attr.gt=value (.gte .lt .lte .ne .regex); & joins what must hold together, "
    "a comma the values of which one must, such as state=held,pending&orderDate.gte=2026-01-01"
)
REGEX_LENGTH_MAX = 200
VALUES_MAX = 200
UNSAFE_REGEX = re.compile(r"\\[1-9]|\(\?[=!<]|\\[mMyY]")


class Attributes(Protocol):
    """What may be asked for of a list, declared or not: as `Schema` says it of a resource."""

    @property
    def resource(self) -> object:
        """What the list is of, as a message names it."""

    @property
    def page_default(self) -> int:
        """How many a page has where nobody says."""

    @property
    def page_max(self) -> int:
        """How many a page has at most."""

    def stored(self, path: str) -> str:
        """Return the stored form of a path."""

    def asked(self, path: str, operator: Operator, values: Sequence[str], /) -> Asked:
        """Return what a filter means; ValueError says why it cannot be asked."""

    def leaf(self, path: str) -> tuple[tuple[Step, ...], str]:
        """Return the steps and the kind of value at a path; KeyError names what is undeclared."""


def parse(query: str, schema: Attributes) -> ListQuery:
    """Return what a raw query string asks for.

    Refuses (400) with one fault per parameter: notFilterable (undeclared attribute), badValue,
    badRegex, badNumber (offset, limit), notSortable.
    """
    faults: list[Fault] = []
    plain: dict[str, str] = {}
    found: dict[tuple[str, Operator], list[str]] = {}
    parameters: list[tuple[str, str]] = []
    for piece in query.split("&"):
        if not piece:
            continue
        name, operator, value = split_piece(piece)
        parameters.append((name if operator == "eq" else f"{name}.{operator}", value))
        if name in RESERVED and operator == "eq":
            plain[name] = value
        else:
            found.setdefault((name, operator), []).extend(split_values(value, operator))
    if "filter" in plain:
        raise NotBuilt("filterNotOffered", INSTEAD_OF_JSONPATH)
    conditions = [
        one
        for (name, operator), values in found.items()
        if (one := _condition(schema, name, operator, values, faults)) is not None
    ]
    sorts = _sorts(schema, plain.get("sort", ""), faults)
    offset = _number("offset", plain.get("offset"), 0, faults)
    limit = min(_number("limit", plain.get("limit"), schema.page_default, faults), schema.page_max)
    if faults:
        raise Invalid.of(faults)
    fields = plain.get("fields")
    return ListQuery(
        tuple(conditions),
        sorts,
        None if not fields else tuple(part.strip() for part in fields.split(",") if part.strip()),
        offset,
        limit,
        "limit" in plain or "offset" in plain or "after" in plain,
        plain.get("after"),
        tuple(parameters),
    )


def split_piece(piece: str) -> tuple[str, Operator, str]:
    """Return name, operator and value of one `&` part of a raw query string."""
    left, equals, right = piece.partition("=")
    name = unquote(left)
    if equals:
        value = unquote_plus(right)
        if name in RESERVED:
            return name, "eq", value
        if name.endswith((">", "<", "*")):
            return name[:-1].rstrip(), SIGNS[name[-1] + "="], value
        stem, dot, suffix = name.rpartition(".")
        if dot and suffix in OPERATORS:
            return stem, suffix, value
        if right[:1] in {"=", "~"}:  # `==` and `=~`, not encoded
            return name, SIGNS["=" + right[0]], value[1:]
        return name, "eq", value
    signed = SIGNED.match(unquote_plus(piece))
    if signed is None:
        return name, "eq", ""
    return signed.group(1), SIGNS[signed.group(2)], signed.group(3)


def split_values(text: str, operator: str) -> list[str]:
    """Return the alternatives of a value: split at `,` and `;` outside quotes, quotes taken off."""
    if operator == "regex":
        return [_unquoted(text)]
    parts: list[str] = []
    current, quote = "", ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
            current += char
        elif char in "'\"" and not current:
            quote = char
            current += char
        elif char in ",;":
            parts.append(current)
            current = ""
        else:
            current += char
    return [_unquoted(part) for part in [*parts, current]]


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def _condition(
    schema: Attributes, name: str, operator: Operator, values: list[str], faults: list[Fault]
) -> Condition | None:
    try:
        asked = schema.asked(name, operator, values)
    except ValueError as error:
        faults.append(Fault(name, "notFilterable", str(error)))
        return None
    try:
        steps, kind = schema.leaf(asked.path)
    except KeyError as error:
        part = error.args[0] if asked.path == name else name
        faults.append(
            Fault(name, "notFilterable", f"{schema.resource} has no declared attribute {part}")
        )
        return None
    if kind == "object":
        faults.append(Fault(name, "notFilterable", "is an object; filter by one of its attributes"))
        return None
    if len(values) > VALUES_MAX:
        faults.append(Fault(name, "badValue", f"has more than {VALUES_MAX} alternatives"))
        return None
    if operator == "regex":
        return _regex(Condition(asked.path, steps, kind, "regex", asked.values), name, faults)
    typed = [_typed(name, kind, value, faults) for value in asked.values]
    known = tuple(one for one in typed if one is not None)
    return Condition(asked.path, steps, kind, operator, known, asked.or_absent)


def bad_pattern(query: ListQuery, said: str) -> Invalid:
    """Return the refusal of a pattern that the database cannot read, by the attributes it is of."""
    message = f"the pattern is not one: {said}"
    paths = [one.path for one in query.conditions if one.operator == "regex"]
    return Invalid.of([Fault(path, "badRegex", message) for path in paths])


def _regex(condition: Condition, name: str, faults: list[Fault]) -> Condition | None:
    for value in map(str, condition.values):
        if len(value) > REGEX_LENGTH_MAX or UNSAFE_REGEX.search(value) or "\0" in value:
            faults.append(
                Fault(
                    name,
                    "badRegex",
                    f"may have {REGEX_LENGTH_MAX} characters, no look-around, no back-references",
                )
            )
            return None
    return condition


def _typed(path: str, kind: str, text: str, faults: list[Fault]) -> str | bool | Decimal | None:
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind in {"number", "integer"}:
            number = bounded_number(text)
            if not number.is_finite():
                raise ValueError(text)
            return number
        if kind == "instant":
            return format_instant(parse_instant(re.sub(r" (\d\d:?\d\d)$", r"+\1", text)))
    except (KeyError, ValueError, InvalidOperation, OverflowError):
        wanted = {"boolean": "true or false", "instant": "a date or date-time"}
        faults.append(Fault(path, "badValue", f"takes {wanted.get(kind, 'a number')}, not {text}"))
        return None
    if "\0" in text:
        faults.append(Fault(path, "badValue", "holds a NUL character"))
        return None
    return unicodedata.normalize("NFC", text)


def _sorts(schema: Attributes, text: str, faults: list[Fault]) -> tuple[Sort, ...]:
    sorts: list[Sort] = []
    for part in text.split(","):
        name = part.strip().lstrip("+-")
        if not name:
            continue
        path = schema.stored(name)
        try:
            steps, kind = schema.leaf(path)
        except KeyError as error:
            missing = error.args[0] if path == name else name
            message = f"{schema.resource} has no declared attribute {missing}"
            faults.append(Fault(f"sort={name}", "notSortable", message))
            continue
        if kind == "object" or any(step.is_list for step in steps):
            faults.append(Fault(f"sort={name}", "notSortable", "is not a single value"))
            continue
        sorts.append(Sort(path, kind, part.strip().startswith("-")))
    return tuple(sorts)


def _number(name: str, text: str | None, default: int, faults: list[Fault]) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        faults.append(Fault(name, "badNumber", "takes a whole number from 0"))
        return default
    return int(text)
