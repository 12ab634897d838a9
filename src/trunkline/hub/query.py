"""Queries: which events a listener wants, in the words of list filters.

`eventType=ThingCreateEvent&thing.state=done` is a query on the name and on what the event holds;
the attribute may be written alone, behind the resource's name, or behind `event.` and that name.
"""

from __future__ import annotations

import operator as signs
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.hub.event_name import KINDS, event_type, property_name, resources_of, view_of
from trunkline.kernel.filters import Condition, Schema
from trunkline.kernel.resource import Registry, Resource, View
from trunkline.rest.query import RESERVED, parse, split_piece, split_values

QUERY_LENGTH_MAX = 2000
NOT_IN_EVENTS = {"createdAt", "updatedAt"}
CACHED_MAX = 5_000

MayFilter = Callable[[Resource, str], bool]
_Piece = tuple[str, str, str]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": signs.eq, "gt": signs.gt, "gte": signs.ge, "lt": signs.lt, "lte": signs.le,
}  # fmt: skip


@dataclass(frozen=True)
class EventQuery:
    """What a listener wants: names of events, and per resource what its record must be like.

    None stands for "all"; of a resource that is not in `conditions` nothing is wanted.
    """

    event_types: frozenset[str] | None = None
    conditions: Mapping[str, tuple[Condition, ...]] | None = None

    def wants(self, resource: Resource, name: str) -> bool:
        """Tell whether an event of this name can be one; its content is not looked at."""
        if self.event_types is not None and name not in self.event_types:
            return False
        return self.conditions is None or resource.name in self.conditions

    def holds(self, resource: Resource, ident: str, key: str | None, shown: Json) -> bool:
        """Tell whether a record, as the listener gets to see it, is one that it wants."""
        conditions = () if self.conditions is None else self.conditions.get(resource.name)
        return conditions is not None and all(_holds(one, ident, key, shown) for one in conditions)


def may_filter_all(_resource: Resource, _path: str) -> bool:
    """Let every attribute be asked for: what is shown is masked before it is compared."""
    return True


def parse_query(
    text: str,
    *,
    resources: Sequence[Resource],
    view: View | None = None,
    may_filter: MayFilter = may_filter_all,
) -> EventQuery:
    """Return what a query asks for; `may_filter(resource, stored path)` says what may be asked.

    Refuses (400) names of events and attributes that are not there or hidden, and bad values.
    """
    if len(text) > QUERY_LENGTH_MAX:
        raise Invalid("queryTooLong", f"a query may have {QUERY_LENGTH_MAX} characters")
    pieces = [split_piece(one.strip()) for one in text.split("&") if one.strip()]
    named = [value for name, _, value in pieces if name == "eventType"]
    names = [one for value in named for one in split_values(value, "eq")]
    content: list[_Piece] = [one for one in pieces if one[0] != "eventType"]
    refuse(list(_name_faults(pieces, names, resources, view)))
    if not content:
        return EventQuery(frozenset(names) if names else None)
    conditions: dict[str, tuple[Condition, ...]] = {}
    unknown = [name for name, _, _ in content]
    for resource in resources:
        found = _pieces_of(resource, view, content, may_filter)
        unknown = [one for one in unknown if one not in found]
        if len(found) == len({name for name, _, _ in content}):
            conditions[resource.name] = _conditions(resource, view, content, found)
    faults = [
        Fault(name, "notFilterable", f"no event here has a declared attribute {name}")
        for name in dict.fromkeys(unknown)
    ]
    refuse(faults)
    if not conditions:
        raise Invalid("notFilterable", "no resource has all of the attributes that are asked for")
    return EventQuery(frozenset(names) if names else None, conditions)


def _name_faults(
    pieces: Sequence[_Piece],
    names: Sequence[str],
    resources: Sequence[Resource],
    view: View | None,
) -> Iterator[Fault]:
    known = {event_type(one, kind, view) for one in resources for kind in KINDS}
    for name in names:
        if name not in known:
            yield Fault("eventType", "badValue", f"there is no event {name} here")
    for name, operator, _ in pieces:
        if name == "eventType" and operator != "eq":
            yield Fault(name, "badValue", "is compared with = only")
        if name in RESERVED:
            yield Fault(name, "notFilterable", "is for lists; leave it out of a query")


def _pieces_of(
    resource: Resource, view: View | None, content: Sequence[_Piece], may_filter: MayFilter
) -> dict[str, str]:
    """Return for each asked-for name the path that it means on a resource, where it means one."""
    schema = _schema(resource, view)
    own = property_name(resource, view)
    found = {}
    for name, _, _ in content:
        bare = name.removeprefix("event.")
        candidates = [bare.removeprefix(f"{own}.")] if bare.startswith(f"{own}.") else []
        if bare == name or not candidates:
            candidates.append(name)
        for path in candidates:
            stored = schema.stored(path)
            try:
                schema.leaf(stored)
            except KeyError:
                continue
            if stored not in NOT_IN_EVENTS and may_filter(resource, stored):
                found[name] = path
                break
    return found


def _conditions(
    resource: Resource, view: View | None, content: Sequence[_Piece], paths: Mapping[str, str]
) -> tuple[Condition, ...]:
    text = "&".join(
        f"{quote(paths[name])}{'' if operator == 'eq' else '.' + operator}={quote(value)}"
        for name, operator, value in content
    )
    conditions = parse(text, _schema(resource, view)).conditions
    for one in conditions:
        if one.operator == "regex":
            for value in one.values:
                _pattern(one.path, str(value))
    return conditions


def _schema(resource: Resource, view: View | None) -> Schema:
    return Schema(resource, view=view)


def _holds(condition: Condition, ident: str, key: str | None, shown: Json) -> bool:
    if condition.operator == "ne":
        return not _holds(replace(condition, operator="eq"), ident, key, shown)
    wanted: Sequence[Any] = condition.values
    if condition.path in {"id", "href"}:
        found: list[Json] = [ident, key]
        wanted = [str(one).rsplit("/", maxsplit=1)[-1] for one in wanted]
    elif condition.path == "key":
        found = [key]
    else:
        found = list(_values(shown, condition.path.split(".")))
        if condition.or_absent and _lacks(shown, condition.path.split(".")):
            return True
    if condition.operator == "regex":
        patterns = [_pattern(condition.path, str(one)) for one in wanted]
        return any(one.is_valid(_text(value)) for value in found for one in patterns)
    compare = _COMPARE[condition.operator]
    if condition.kind in {"number", "integer"}:
        numbers = [one for one in found if _is_number(one)]
        return any(compare(value, one) for value in numbers for one in wanted)
    texts = [_text(one) for one in found if one is not None]
    return any(compare(value, _text(one)) for value in texts for one in wanted)


def _values(value: Json, path: Sequence[str]) -> Iterator[Json]:
    """Yield the single values at a path, through lists at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif path:
        if isinstance(value, dict) and path[0] in value:
            yield from _values(value[path[0]], path[1:])
    elif not isinstance(value, dict):
        yield value


def _lacks(value: Json, path: Sequence[str]) -> bool:
    """Tell whether an object at the path has no value of the last name."""
    if isinstance(value, list):
        return any(_lacks(one, path) for one in value)
    if not isinstance(value, dict):
        return False
    return path[0] not in value if len(path) == 1 else _lacks(value.get(path[0]), path[1:])


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=CACHED_MAX)
def _pattern(path: str, text: str) -> jsonschema_rs.Draft202012Validator:
    """Return a pattern of an engine whose time grows with the text only: listeners write them."""
    try:
        return jsonschema_rs.Draft202012Validator(
            {"type": "string", "pattern": text}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        raise Invalid.of([Fault(path, "badRegex", "this is not a pattern")]) from error


class Queries:
    """The queries of stored subscriptions, each parsed once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._parsed: dict[tuple[str, str, str | None], EventQuery | None] = {}

    def of(self, text: str, api_number: str, view_version: str | None) -> EventQuery | None:
        """Return the query, or None where this release no longer has what it names."""
        key = (text, api_number, view_version)
        if key not in self._parsed:
            if len(self._parsed) >= CACHED_MAX:
                self._parsed.clear()
            resources = resources_of(self._registry, api_number)
            try:
                self._parsed[key] = parse_query(
                    text, resources=resources, view=view_of(resources, view_version)
                )
            except Invalid:
                self._parsed[key] = None
        return self._parsed[key]
