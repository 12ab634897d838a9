"""Event filters: what a list of events may be filtered and sorted by, as SQL over stored events.

What a kind of event says of all its events (its name, the kind of record) narrows the kinds; the
rest is read in the row of the event. What an event holds is sealed: it is looked at when opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.hub.envelope import HAPPENED
from trunkline.hub.event_name import KINDS, event_type
from trunkline.hub.query import EventQuery
from trunkline.kernel.filters import Condition, Operator, Sort
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Asked, Registry, Resource

OF_KINDS = ("eventType", "title", "domain", "resourceType")
WORDS = """
left join unnest(%(kinds)s::text[], %(names)s::text[], %(domains)s::text[], %(types)s::text[],
  %(words)s::text[]) as s (kind, name, domain, type, words) on s.kind = e.type || ' ' || e.kind
"""
IN_ROWS: Mapping[str, tuple[str, str]] = {
    "id": ("e.id", "uuid"),
    "eventId": ("e.id", "uuid"),
    "subject": ("e.subject", "uuid"),
    "eventTime": ("e.at", "timestamptz"),
    "timeOcurred": ("e.at", "timestamptz"),
    "correlationId": ("e.request", "text"),
    "resourceVersion": ("e.version", "numeric"),
    "description": ("replace(s.words, '{key}', coalesce(e.key, ''))", "text"),
    "eventType": ("s.name", "text"),
    "title": ("s.name", "text"),
    "domain": ("s.domain", "text"),
    "resourceType": ("s.type", "text"),
    "href": ("e.id", "uuid"),
}
SIGNS: Mapping[str, str] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
KIND_OF = {"timestamptz": "instant", "numeric": "integer"}


@dataclass(frozen=True)
class EventAttributes:
    """The attributes of an event, as a parser of query strings asks for them."""

    resource: str = "Event"
    page_default: int = 100
    page_max: int = 1000

    def stored(self, path: str) -> str:
        """Return the stored form of a path: the path itself."""
        return path

    def asked(self, path: str, _operator: Operator, values: Sequence[str]) -> Asked:
        """Return what a filter means: what it says."""
        return Asked(path, tuple(values))

    def leaf(self, path: str) -> tuple[tuple[()], str]:
        """Return the kind of value at a path; KeyError names what is undeclared."""
        if path == "event":
            return (), "object"
        return (), KIND_OF.get(IN_ROWS[path][1], "text")


@dataclass
class EventSql:
    """Conditions on stored events, an order of them, what both need, and the parameters of all."""

    source: str = "event e"
    texts: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def take(self, value: Any) -> str:
        """Keep a parameter and return its place."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


def holds_for_kind(resource: Resource, kind: str, conditions: Sequence[Condition]) -> bool:
    """Tell whether what a kind of event says of all its events meets the conditions on that."""
    own = tuple(one for one in conditions if one.path in OF_KINDS)
    if not own:
        return True
    name = event_type(resource, kind)
    said = {"eventType": name, "title": name, "domain": resource.module,
            "resourceType": list({resource.name, resource.type_name})}  # fmt: skip
    return EventQuery(conditions={resource.name: own}).holds(resource, "", None, said)


def sql_of(registry: Registry, conditions: Sequence[Condition], sorts: Sequence[Sort]) -> EventSql:
    """Return the conditions that are read in rows, and the order, as SQL."""
    found = EventSql()
    for one in conditions:
        if one.path not in OF_KINDS:
            found.texts.append(_text(found, one))
    for sort in sorts:
        expression, cast = IN_ROWS[sort.path]
        collation = ' collate "C"' if cast == "text" else ""
        direction = "desc" if sort.descending else "asc"
        found.order.append(f"{expression}{collation} {direction} nulls last")
    asked = {one.path for one in sorts} | {one.path for one in conditions}
    if asked & {*OF_KINDS, "description"}:
        columns = [list(one) for one in zip(*_said(registry), strict=True)]
        found.source += WORDS
        found.parameters |= zip(("kinds", "names", "domains", "types", "words"), columns,
                                strict=True)  # fmt: skip
    return found


def unknown_names(registry: Registry, conditions: Sequence[Condition]) -> Iterator[Fault]:
    """Yield a fault for names of events and of kinds of records that there are not."""
    events = {event_type(one, kind) for one in registry for kind in KINDS}
    kinds = {name for one in registry for name in (one.name, one.type_name)}
    known = {"eventType": ("event", events), "resourceType": ("resource", kinds)}
    for one in conditions:
        what, names = known.get(one.path, ("", set()))
        for value in one.values if what and one.operator in {"eq", "ne"} else ():
            if value not in names:
                yield Fault(one.path, "badValue", f"there is no {what} {value}")


def _text(found: EventSql, one: Condition) -> str:
    """Return one condition as SQL."""
    expression, cast = IN_ROWS[one.path]
    values: list[Any] = list(one.values)
    if one.path == "href":
        values = [str(value).rsplit("/", maxsplit=1)[-1] for value in values]
    if one.operator == "regex":
        return f"{expression}::text ~ any({found.take([str(v) for v in values])}::text[])"
    if cast == "timestamptz":
        return _moment(found, expression, one.operator, [str(value) for value in values])
    if one.operator in {"eq", "ne"}:
        if cast == "uuid":
            values = _idents(one.path, values)
        is_one = f"coalesce({expression} = any({found.take(values)}::{cast}[]), false)"
        return is_one if one.operator == "eq" else f"not {is_one}"
    sign = SIGNS[one.operator]
    compared = f'{expression}::text collate "C"' if cast != "numeric" else expression
    cast = cast if cast == "numeric" else "text"
    return _any(f"{compared} {sign} {found.take(value)}::{cast}" for value in values)


def _moment(found: EventSql, expression: str, operator: str, values: Sequence[str]) -> str:
    """Return a condition on a moment, which is told to the millisecond and kept more finely."""

    def after(value: str) -> str:
        later = parse_instant(value) + timedelta(milliseconds=1)
        return f"{found.take(format_instant(later))}::timestamptz"

    def at(value: str) -> str:
        return f"{found.take(value)}::timestamptz"

    if operator in {"eq", "ne"}:
        within = _any(f"{expression} >= {at(v)} and {expression} < {after(v)}" for v in values)
        return within if operator == "eq" else f"not ({within})"
    bound = {"gt": lambda v: f">= {after(v)}", "gte": lambda v: f">= {at(v)}",
             "lt": lambda v: f"< {at(v)}", "lte": lambda v: f"< {after(v)}"}  # fmt: skip
    return _any(f"{expression} {bound[operator](value)}" for value in values)


def _any(texts: Iterator[str]) -> str:
    return "(" + " or ".join(f"({one})" for one in texts) + ")"


def _idents(path: str, values: Sequence[Json]) -> list[str]:
    """Return the ids among values; the only one that a record can be found by has to be one."""
    if path == "subject" and not all(UUID.match(str(one)) for one in values):
        raise Invalid.of([Fault(path, "badValue", "is the id of a record")])
    return [str(one) for one in values if UUID.match(str(one))]


def _said(registry: Registry) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield each kind of event with its name, domain, kind of record and description."""
    for resource in registry:
        for kind in KINDS:
            words = f"{resource.title} {{key}} {HAPPENED[kind]}"
            name = event_type(resource, kind)
            yield f"{resource.name} {kind}", name, resource.module, resource.name, words
