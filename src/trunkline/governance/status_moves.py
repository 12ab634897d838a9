"""Moves of status: one place that says what stands against one, for every way of writing.

What the program itself brings about, such as the steps of its own work, follows the declared
lifecycles alone: a rule of the operator must not make it stand still half-way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.condition import RuleFailed
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Json
from trunkline.governance.required_texts import is_blank
from trunkline.governance.role_names import roles
from trunkline.governance.status_checks import checks_of
from trunkline.governance.status_rules import InForce, rules_of
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work

FORBID = "forbid"
ADD = "add"


@rule()
def status_rules_hold(work: Work, old: Document | None, new: Document) -> Iterator[Fault]:
    """Refuse a change of state against which a rule of the operator stands, with all reasons."""
    lifecycle = new.resource.lifecycle
    if lifecycle is None or (work.actor.kind == "system" and not lifecycle.is_open):
        return
    former = internal_state(new.resource, old.raw) if old is not None else None
    state = internal_state(new.resource, new.raw)
    if state is None or (old is not None and former == state):
        return
    applied = rules_of(work, new.resource)
    if lifecycle.is_open and former is not None:
        yield from _unknown_move(new.resource, lifecycle, applied, former, state)
    if work.actor.kind != "system":
        yield from move_reasons(work, new, old.raw if old is not None else None, applied)


def move_reasons(
    work: Work,
    record: Document,
    before: dict[str, Json] | None,
    applied: Sequence[InForce],
    *,
    with_checks: bool = True,
) -> Iterator[Fault]:
    """Yield what stands against a record's coming into the state that it is in, by these rules.

    `before` is the document as it was, None for a new record. Without the checks, nothing is
    read but the roles of who asks.
    """
    resource = record.resource
    state = internal_state(resource, record.raw) or ""
    former = internal_state(resource, before) if before is not None else None
    asked: set[str] = set()
    for one in applied:
        if not one.covers(former, state) or not one.concerns(record.raw, before):
            continue
        if one.effect == FORBID:
            yield Fault(status_of(resource), "lifecycleForbidden", _forbidden(one, former, state))
            continue
        yield from _role_faults(work, resource, one)
        yield from _missing(one, record.raw, state)
        yield from _expression_faults(resource, one, record.raw, before)
        if with_checks:
            own = checks_of(resource)
            for name in one.checks:
                if name in own and name not in asked:
                    asked.add(name)
                    yield from own[name].ask(work, record)


def status_of(resource: Resource) -> str:
    """Return the published attribute that says in which state a record is."""
    lifecycle = resource.lifecycle
    return resource.type.attributes()[lifecycle.attribute].json_name if lifecycle else ""


def moves_from(lifecycle: Lifecycle, applied: Sequence[InForce], former: str) -> list[str]:
    """Return the states that may follow one: those declared, and those that rules add."""
    added = [one.state for one in applied if one.effect == ADD and one.covers(former, one.state)]
    declared = lifecycle.moves.get(former, ())
    return list(dict.fromkeys([*declared, *(one for one in added if one != former)]))


def states_of(lifecycle: Lifecycle, applied: Sequence[InForce]) -> list[str]:
    """Return every state of a kind: those declared, and those that rules add."""
    return list(dict.fromkeys([*lifecycle.moves, *(o.state for o in applied if o.effect == ADD)]))


def added_states(resource: Resource, applied: Sequence[InForce]) -> list[str]:
    """Return the states that rules add to those declared."""
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return []
    return [one for one in states_of(lifecycle, applied) if one not in lifecycle.moves]


def _unknown_move(
    resource: Resource, lifecycle: Lifecycle, applied: Sequence[InForce], former: str, state: str
) -> Iterator[Fault]:
    """Where the declaration leaves the states open, refuse what neither it nor a rule has."""
    allowed = moves_from(lifecycle, applied, former)
    if state not in allowed:
        told = ", ".join(allowed) or "none: the state is final"
        message = f"cannot go from {former} to {state}; allowed from here: {told}"
        yield Fault(status_of(resource), "lifecycleMove", message)


def _role_faults(work: Work, resource: Resource, one: InForce) -> Iterator[Fault]:
    if not one.roles:
        return
    known = roles(work)
    if known.held.isdisjoint(one.roles):
        told = " or ".join(known.titles.get(name, name) for name in one.roles)
        message = f"only {told} may make it {one.state}; ask somebody with that role"
        yield Fault(status_of(resource), "statusRole", message)


def _missing(one: InForce, document: dict[str, Json], state: str) -> Iterator[Fault]:
    for path in one.required:
        if not has_value(document, path.split(".")):
            yield Fault(path, "statusRequires", f"is needed before it is {state}; fill it in")


def has_value(value: Json, names: Sequence[str]) -> bool:
    """Tell whether there is a value at a path, through lists; a text without letters is none."""
    if isinstance(value, list):
        return any(has_value(one, names) for one in value)
    if names:
        return isinstance(value, dict) and has_value(value.get(names[0]), names[1:])
    return value is not None and value != {} and not is_blank(value)


def _expression_faults(
    resource: Resource, one: InForce, document: dict[str, Json], before: dict[str, Json] | None
) -> Iterator[Fault]:
    if one.expression is None:
        return
    try:
        holds = one.expression.holds({"record": document, "former": before or {}})
        why = ""
    except RuleFailed as error:
        holds, why = False, f" ({error})"
    if not holds:
        told = one.message or f"does not hold: {one.expression.text}{why}"
        yield Fault(status_of(resource), "statusCondition", told)


def _forbidden(one: InForce, former: str | None, state: str) -> str:
    came = f"from {former} " if former is not None else ""
    return one.message or f"cannot go {came}to {state}; a rule of this installation takes it away"
