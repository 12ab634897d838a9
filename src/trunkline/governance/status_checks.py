"""Status checks: named questions about a record that the operator may ask before it moves on.

A module that knows the answer declares the check beside its own types, for records of modules
below it; which moves ask it is the operator's choice, by rules (`status_rule.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trunkline.documents.errors import Fault
from trunkline.kernel.ddl import column_name
from trunkline.kernel.resource import Document, Promoted, Resource
from trunkline.kernel.work import Work

Ask = Callable[[Any, Any], Iterable[Fault]]
TOLD_MAX = 3
F = TypeVar("F", bound=Ask)


@dataclass(frozen=True)
class StatusCheck:
    """A named check; `title` says for people what holds when nothing is found."""

    name: str
    title: str
    ask: Ask


_checks: dict[str, dict[str, StatusCheck]] = {}


def check(name: str, *types: type[Document], title: str) -> Callable[[F], F]:
    """Declare a check: `ask(work, record)` yields what stands against a move and never writes."""

    def attach(ask: F) -> F:
        for one in types:
            own = _checks.setdefault(one.resource.name, {})
            if name in own:
                raise ValueError(f"{one.resource}: the check {name} is declared twice")
            own[name] = StatusCheck(name, title, ask)
        return ask

    return attach


def checks_of(resource: Resource) -> dict[str, StatusCheck]:
    """Return the checks that there are for a kind of record, by name."""
    return _checks.get(resource.name, {})


def all_checks() -> Iterable[StatusCheck]:
    """Return every declared check, each kind of record's own."""
    return [one for own in _checks.values() for one in own.values()]


def left_over(
    work: Work, kind: type[Document], path: str, idents: Sequence[str], states: Sequence[str]
) -> str:
    """Return which records of a kind name one of others and are in one of these states, in words.

    Empty where there are none. Names records only to who may read all of their kind. The state
    must be promoted.
    """
    resource = kind.resource
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return ""
    state = resource.type.attributes()[lifecycle.attribute].json_name
    rows = work.connection.execute(
        f"select t.key from {resource.table} t where t.id in "  # noqa: S608 - our own names
        f"(select f.source from {resource.reference_table} f where f.target = any(%s::uuid[]) "
        "and f.type = %s and f.path = %s) "
        f"and t.{column_name(Promoted(state))} = any(%s) order by t.id limit %s",
        [list(idents), resource.name, path, list(states), TOLD_MAX + 1],
    ).fetchall()
    if not rows:
        return ""
    grant = work.actor.grant(resource, "read")
    title = resource.title.lower()
    if grant is None or grant.reach != "all":
        return f"a {title}"
    more = " and others" if len(rows) > TOLD_MAX else ""
    return f"{title} " + ", ".join(key for (key,) in rows[:TOLD_MAX]) + more
