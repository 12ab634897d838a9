"""Conditions: rules that operators write in CEL, compiled once and carried out within limits.

Money is never computed here: CEL has no decimals (docs/decisions/0008-cel.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, format_instant

LENGTH_MAX = 2048
UNDECLARED = "undeclared reference"
MACROS_MAX = 4
ITEMS_MAX = 1000
RULES_KEPT = 2000
INTEGER_MAX = 1 << 63
VARIABLES = ("source", "item", "place")
VALUE = "value"
"""The one variable that may be any value; all others are maps of names to values."""

# A few nested walks over short lists are fine; many `map` in a row double the memory each time.
MACRO = re.compile(r"\b(?:map|filter|all|exists|exists_one)\s*(?://[^\n]*\s*)*\(")
NAMED = re.compile(r"\brecord\.([A-Za-z][A-Za-z0-9_]*)")
MISSING = re.compile(r'^NOT_FOUND: Key not found in map : "?(?P<name>[^"]*)"?$')


class RuleInvalid(ValueError):
    """A text that is no rule: too long, not CEL, or of the wrong type."""


class RuleFailed(ValueError):
    """A rule that came to no result with the values that it was given."""


class ValueMissing(RuleFailed):
    """A rule that needs a value which is not known yet; `name` is the name of that value."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no value")
        self.name = name


@dataclass(frozen=True)
class Rule:
    """A compiled expression over variables: maps of names to values, and perhaps a value."""

    text: str
    variables: tuple[str, ...]
    _program: Any

    def holds(self, context: Mapping[str, Json]) -> bool:
        """Return whether the condition is true.

        Raises ValueMissing where a value is needed that is not there, RuleFailed where the
        result is not yes or no.
        """
        found = self.value(context)
        if not isinstance(found, bool):
            raise RuleFailed(f"the result must be true or false, not {found!r}")
        return found

    def is_never(self) -> bool:
        """Return whether the condition is false whatever its variables hold."""
        try:
            return self._program.eval(data={}).plain_value() is False
        except RuntimeError:
            return False

    def is_met(self, context: Mapping[str, Json], *, if_unclear: bool) -> bool:
        """Return whether the condition is true; `if_unclear` where it comes to no result.

        One that needs a value which is not there is not true.
        """
        try:
            return self.holds(context)
        except ValueMissing:
            return False
        except RuleFailed:
            return if_unclear

    def value(self, context: Mapping[str, Json]) -> Json:
        """Return what the expression comes to, as JSON; broken numbers as decimals."""
        values = {
            name: _given({} if context.get(name) is None else context[name])
            for name in self.variables
        }
        try:
            found = self._program.eval(data=values)
        except RuntimeError as error:
            raise RuleFailed(_first_line(error)) from error
        plain = found.plain_value()
        if found.type() == cel.Type.ERROR:
            missing = MISSING.match(str(plain))
            raise ValueMissing(missing["name"]) if missing else RuleFailed(_told(str(plain)))
        return _taken(plain)


def rule_of(text: str | None, variables: tuple[str, ...]) -> Rule | None:
    """Return the condition that a text says, None for no text. Raises RuleInvalid."""
    return compile_rule(text, variables=variables) if text else None


def rule_faults(
    texts: Iterable[tuple[str, str | None]], variables: tuple[str, ...], code: str
) -> Iterator[Fault]:
    """Yield a fault of this code for each text that is no condition, at the path beside it."""
    for path, text in texts:
        try:
            rule_of(text, variables)
        except RuleInvalid as error:
            yield Fault(path, code, str(error))


def named_in(text: str | None) -> frozenset[str]:
    """Return the attributes of `record` that a rule speaks of."""
    return frozenset(NAMED.findall(text or ""))


@lru_cache(maxsize=RULES_KEPT)
def compile_rule(
    text: str, *, condition: bool = True, variables: tuple[str, ...] = VARIABLES
) -> Rule:
    """Return the rule that a text of at most 2 KB says; it is checked now, not when it is used.

    A `condition` must be able to come to true or false; `variables` are the names that it may
    speak of. Raises RuleInvalid.
    """
    if len(text.encode()) > LENGTH_MAX:
        raise RuleInvalid(f"is longer than {LENGTH_MAX} bytes; split it up")
    if len(MACRO.findall(text)) > MACROS_MAX:
        raise RuleInvalid(f"walks through more than {MACROS_MAX} lists; split it up")
    try:
        program = _environment(variables).compile(text)
    except RuntimeError as error:
        said = _first_line(error)
        names = f"; it may speak of {', '.join(variables)}" if UNDECLARED in said else ""
        raise RuleInvalid(f"is not a rule: {said}{names}") from error
    if condition and program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        kind = program.return_type().name().lower()
        raise RuleInvalid(f"must come to true or false, not to a value of type {kind}")
    return Rule(text, variables, program)


def value(text: str, context: Mapping[str, Json]) -> Json:
    """Return what an expression comes to. Raises RuleInvalid, RuleFailed and ValueMissing."""
    return compile_rule(text, condition=False).value(context)


@lru_cache
def _environment(variables: tuple[str, ...]) -> Any:
    values = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    kinds = {name: cel.Type.DYN if name == VALUE else values for name in variables}
    return cel.NewEnv(variables=kinds)


def _given(value: Json) -> Any:
    """Return a JSON value as CEL takes it; decimals lose what a double cannot hold."""
    if isinstance(value, Mapping):
        return {str(name): _given(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) > ITEMS_MAX:
            raise RuleFailed(f"a list of {len(value)} values is too long; {ITEMS_MAX} are taken")
        return [_given(one) for one in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int) and not -INTEGER_MAX <= value < INTEGER_MAX:
        return float(value)
    return value


def _taken(value: Any) -> Json:
    if isinstance(value, dict):
        return {str(name): _taken(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_taken(one) for one in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime):
        return format_instant(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise RuleFailed(f"the result is a {type(value).__name__}, which no characteristic can hold")


def _told(text: str) -> str:
    """Return what CEL says of a failure, with the next step where it leaves that open."""
    if "No matching overloads" in text and "int64" in text and "double" in text:
        return f"{text}; it does not mix whole and broken numbers: write double(...) around each"
    return text


def _first_line(error: RuntimeError) -> str:
    text = str(error).removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: <input>:")
    return text.split("\n", maxsplit=1)[0].strip()
