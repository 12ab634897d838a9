"""Validation of plan definitions: what has to be right before one is published. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import get_args

from trunkline.catalog.value_type import value_type
from trunkline.documents.condition import RuleInvalid, compile_rule
from trunkline.documents.errors import Fault
from trunkline.ordering.design.declared import unknown_faults
from trunkline.ordering.design.definition import (
    ANSWER_VARIABLES,
    VARIABLES,
    AnswerMapping,
    Callout,
    DefinedItem,
    ItemRetry,
    PlanDefinition,
)
from trunkline.ordering.design.form import choice_of
from trunkline.ordering.design.template import expression_faults, template_faults
from trunkline.ordering.repair.failure_policy import PAUSE_MAX_S, TRIES_MAX, ErrorKind

NEEDED = {"callout": "callout", "event": "event", "timer": "delaySeconds"}
"""What an item of a kind cannot do without, by the JSON name."""


def faults_of(definition: PlanDefinition, systems: Collection[str]) -> list[Fault]:
    """Return everything that keeps a definition from being published, with its paths.

    `systems` are the codes of the outside systems that there are.
    """
    items = definition.item
    if not items:
        return [Fault("item", "planEmpty", "has no item yet; add what is to be done")]
    return [
        *_names(items),
        *_circles(items),
        *(
            fault
            for index, one in enumerate(items)
            for fault in _item(one, f"item[{index}]", systems)
        ),
    ]


def sequence(needs: Mapping[str, Collection[str]]) -> tuple[list[str], list[str]]:
    """Return the names in a sequence in which each comes after its needs, and those left over."""
    found: list[str] = []
    left = dict(needs)
    while True:
        ready = [one for one, before in left.items() if all(need not in left for need in before)]
        if not ready:
            return found, list(left)
        for one in ready:
            del left[one]
        found += ready


def own_needs(items: Sequence[DefinedItem]) -> dict[str, list[str]]:
    """Return which items of the plan itself come after which, by their ids."""
    known = {one.id for one in items}
    return {
        one.id: [
            after.item
            for after in one.after
            if (after.scope or "plan") == "plan" and after.item in known
        ]
        for one in items
    }


def _names(items: Sequence[DefinedItem]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, one in enumerate(items):
        if one.id in seen:
            yield Fault(
                f"item[{index}].id", "itemTwice", f"{one.id} is there already; name it apart"
            )
        seen.add(one.id)
    activations = [index for index, one in enumerate(items) if one.kind == "activation"]
    for index in activations[1:]:
        message = "hands the same change over a second time; one item of this kind is enough"
        yield Fault(f"item[{index}].kind", "activationTwice", message)
    for index, one in enumerate(items):
        for at, after in enumerate(one.after):
            path = f"item[{index}].after[{at}]"
            if (after.scope or "plan") == "plan":
                if after.item not in seen:
                    message = f"there is no item {after.item or ''} in this plan; name one that is"
                    yield Fault(f"{path}.item", "itemUnknown", message)
            elif not after.specification:
                message = "say by its name which specification's plan is waited for"
                yield Fault(f"{path}.specification", "missing", message)


def _circles(items: Sequence[DefinedItem]) -> Iterator[Fault]:
    """Yield items that wait for themselves, and those that are never reached."""
    needs = own_needs(items)
    _, left = sequence(needs)
    circle = {one for one in left if one in _before(one, needs)}
    never = {one.id for one in items if one.condition and _is_never(one.condition)}
    for index, one in enumerate(items):
        if one.id in circle:
            others = ", ".join(sorted(circle - {one.id})) or "itself"
            message = f"{one.id} waits in a circle with {others}; take one dependency off"
            yield Fault(f"item[{index}].after", "itemCircle", message)
        elif one.id in left:
            message = f"{one.id} is never reached: it comes after a circle; break that up first"
            yield Fault(f"item[{index}].after", "itemUnreachable", message)
        elif one.id in never:
            message = f"{one.id} is never reached: its condition is never true"
            yield Fault(f"item[{index}].condition", "itemUnreachable", message)


def _before(name: str, needs: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs[name])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += needs[one]
    return found


def _is_never(text: str) -> bool:
    try:
        return compile_rule(text, variables=VARIABLES).is_never()
    except RuleInvalid:
        return False


def _item(item: DefinedItem, path: str, systems: Collection[str]) -> Iterator[Fault]:
    yield from unknown_faults(DefinedItem, item.raw, path)
    yield from expression_faults(item.condition, f"{path}.condition", VARIABLES, condition=True)
    yield from _mappings(item.assign, f"{path}.assign", VARIABLES)
    needed = NEEDED.get(item.kind)
    if needed is not None and item.raw.get(needed) is None:
        message = f"an item of the kind {item.kind} cannot do without it; fill it in"
        yield Fault(f"{path}.{needed}", "missing", message)
    if item.retry is not None:
        yield from _pauses(item.retry, f"{path}.retry")
    if item.callout is not None:
        yield from _callout(item.callout, f"{path}.callout", systems)
        held = item.compensation.on_change if item.compensation is not None else None
        if held in {"undo", "undoThenRedo"} and item.callout.undo_request is None:
            message = "is to be taken back when its order changes; say by which request"
            yield Fault(f"{path}.callout.undoRequest", "missing", message)
    if item.event is not None:
        correlation = item.event.correlation
        where = f"{path}.event.correlation"
        yield from expression_faults(correlation, where, VARIABLES, condition=False)
        yield from _mappings(item.event.mapping, f"{path}.event.mapping", ANSWER_VARIABLES)
    yield from _choices(item, path)
    names = [one.name for one in item.form]
    for index, name in enumerate(names):
        if name in names[:index]:
            where = f"{path}.form[{index}].name"
            yield Fault(where, "fieldTwice", f"{name} is asked for already; name it apart")


def _choices(item: DefinedItem, path: str) -> Iterator[Fault]:
    """Yield a fault for each choice of a form that nobody could report, being of another kind."""
    for at, field in enumerate(item.form):
        kind = field.value_type or "string"
        for index, text in enumerate(field.choice):
            if choice_of(text, kind) is None:
                message = f"{text} is not {value_type(kind).expected}; correct it, or the type"
                yield Fault(f"{path}.form[{at}].choice[{index}]", "badValue", message)


def _pauses(retry: ItemRetry, path: str) -> Iterator[Fault]:
    """Yield a fault for each kind of error after which a step would be tried again too often."""
    for kind in get_args(ErrorKind):
        pauses: Sequence[int] = getattr(retry, kind)
        if len(pauses) > TRIES_MAX:
            message = f"is tried again {TRIES_MAX} times at the most; take some pauses away"
            yield Fault(f"{path}.{kind}", "tooMany", message)
        for index, pause_s in enumerate(pauses):
            if pause_s > PAUSE_MAX_S:
                message = f"{pause_s} is greater than the maximum of {PAUSE_MAX_S}"
                yield Fault(f"{path}.{kind}[{index}]", "badValue", message)


def _callout(callout: Callout, path: str, systems: Collection[str]) -> Iterator[Fault]:
    if callout.system not in systems:
        message = f"there is no outside system {callout.system}; set it up, or name another one"
        yield Fault(f"{path}.system", "systemUnknown", message)
    for name, request in (("request", callout.request), ("undoRequest", callout.undo_request)):
        if request is not None:
            yield from template_faults(request.path, f"{path}.{name}.path", VARIABLES)
            yield from template_faults(request.body, f"{path}.{name}.body", VARIABLES)
    for name in ("successWhen", "pendingWhen", "businessErrorWhen"):
        text = callout.raw.get(name)
        yield from expression_faults(text, f"{path}.{name}", ANSWER_VARIABLES, condition=True)
    for name in ("errorCode", "errorMessage"):
        text = callout.raw.get(name)
        yield from expression_faults(text, f"{path}.{name}", ANSWER_VARIABLES, condition=False)
    yield from _mappings(callout.mapping, f"{path}.mapping", ANSWER_VARIABLES)


def _mappings(
    mappings: Sequence[AnswerMapping], path: str, variables: tuple[str, ...]
) -> Iterator[Fault]:
    for index, one in enumerate(mappings):
        where = f"{path}[{index}].expression"
        yield from expression_faults(one.expression, where, variables, condition=False)
