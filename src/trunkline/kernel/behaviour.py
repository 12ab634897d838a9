"""Behaviour: rules, which may refuse a write; reactions, which follow it; and completions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from trunkline.documents.errors import Fault
from trunkline.kernel.resource import Document, Event, registry

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """A fact that must hold when a record is written (or removed, for `deleting`)."""

    check: Callable[..., Iterable[Fault] | None]
    deleting: bool


@dataclass(frozen=True)
class Reaction:
    """What happens after an event; at least once, so it must be idempotent."""

    name: str
    run: Callable[..., object]
    events: tuple[Event, ...]
    named_by: tuple[type[Document], ...] = ()
    by_way_of: str = ""

    @property
    def summary(self) -> str:
        """The first line of its docstring, as the map prints it."""
        return (self.run.__doc__ or "").strip().split("\n")[0]


def rule(*types: type[Document], deleting: bool = False) -> Callable[[F], F]:
    """Attach a rule: `check(work, old, new)` yields the faults it finds and never writes.

    `old` is None on create. With `deleting` the rule runs before a removal as `check(work, old)`.
    Without a type it holds for every kind.
    """

    def attach(check: F) -> F:
        for name in [one.resource.name for one in types] or [""]:
            registry.rules.setdefault(name, []).append(Rule(check, deleting))
        return check

    return attach


def enrich(
    *types: type[Document], again: Callable[[Any, Any], bool] = lambda _old, _new: False
) -> Callable[[F], F]:
    """Attach a completion: `complete(work, new)` fills in what a new record may leave out.

    It runs on create, when a draft is handed in, and after a change where `again(old, new)` says
    so, once schema and references were found good and before the rules; it reads and never
    writes. What it fills in is checked like what was sent. Several for one kind run in no settled
    order: none may look at what another one fills in.
    """

    def attach(complete: F) -> F:
        for one in types:
            registry.completions.setdefault(one.resource.name, []).append((complete, again))
        return complete

    return attach


def on(
    *events: Event, named_by: tuple[type[Document], ...] = (), by_way_of: str = ""
) -> Callable[[F], F]:
    """Attach a reaction: `run(work, record)` is called with the record as it is by then.

    It runs after the commit, in a transaction of its own, once or more; not at all where no record
    of the kinds `named_by` names the record by then, or what that itself names at `by_way_of`.
    """

    def attach(run: F) -> F:
        if not run.__doc__:
            raise TypeError(f"{run.__qualname__}: a reaction needs a docstring for the map")
        name = f"{run.__module__.removeprefix('trunkline.')}.{run.__name__}"
        registry.reactions.append(Reaction(name, run, events, named_by, by_way_of))
        return run

    return attach


def handler(kind: str) -> Callable[[F], F]:
    """Name the function that carries out work rows of one kind: `run(services, row)`."""

    def attach(run: F) -> F:
        if kind in registry.handlers:
            raise ValueError(f"work of kind {kind} has two handlers")
        registry.handlers[kind] = run
        return run

    return attach
