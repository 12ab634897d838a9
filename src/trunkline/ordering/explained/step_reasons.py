"""Why a step is there, by which rule it is carried out, and where its values come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from trunkline.catalog.entry import Specification
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.explained.because import Because, version_of
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import PlanItem
from trunkline.screens.read_ahead import held

UNDONE_BY = {
    "callout": "its undo request is sent",
    "activation": "the network is told to take the change back",
    "manual": "a person takes it back",
    "fieldWork": "the visit is called off",
}
"""How a step of a plan definition is taken back, by its kind."""
DONE_BY = {
    "automatic": "is done by the program itself",
    "callout": "is handed over to the network",
    "manual": "is done by a person",
    "timer": "is over when its time has passed",
    "fieldWork": "is done on a visit",
}


@dataclass(frozen=True)
class Told:
    """A step with what is needed to explain it: its node, and the step that it belongs to.

    `node` is None where the present catalog asks for no such thing; `undone` is the step that is
    taken back, `own` the one that makes the record for which an item of a plan definition is done.
    `begun_at` is when the order was broken down.
    """

    step: PlanItem
    node: Node | None
    own: PlanItem
    undone: PlanItem | None = None
    begun_at: datetime | None = None


def reasons(work: Work, told: Told) -> Iterator[Because]:
    """Yield why a step is there, what carries it out, and where its values come from."""
    step = told.step
    if step.layer == "order":
        yield _of_order_step(step)
        return
    specification = specification_of(work, step)
    if told.undone is not None:
        yield from _of_undoing(told.undone, step)
    elif told.own is not step:
        yield _of_item(step, told)
    else:
        yield _of_record(told, specification)
    yield from _of_rule(step, specification, told.begun_at)
    yield from _of_condition(step)
    yield from _of_values(told)


def specification_of(work: Work, step: PlanItem) -> Specification | None:
    """Return the specification by which a step makes its record."""
    kind: type[Specification] | None = SPECIFICATIONS.get(step.layer)
    return held(work, kind, step.specification) if kind and step.specification else None


def _of_order_step(step: PlanItem) -> Because:
    """Return why a step is there that makes nothing itself."""
    if step.error_kind == "order":
        text = f"the order could not be broken down: {step.error_message or step.error_code}"
        return Because("part", text, given=step.request)
    if step.kind == "milestone":
        of = f"item {step.item_id}" if step.item_id is not None else "the order"
        return Because("part", step.reason or f"is reached when all that {of} needs is done")
    return Because("part", step.reason or "belongs to the order itself", given=step.awaits)


def _of_undoing(undone: PlanItem, step: PlanItem) -> Iterator[Because]:
    name = undone.title or undone.name
    text = step.reason or "what was done is taken back, since it is not asked for any more"
    yield Because("part", f"takes back {name}: {text}", given={"step": undone.id})


def _of_record(told: Told, specification: Specification | None) -> Because:
    """Return why the step is there that makes, changes or ends a record."""
    step, node = told.step, told.node
    given: dict[str, Json] = {"item": step.item_id, "action": step.action}
    rule = f"specification {step.name}" if specification is not None else None
    if node is not None:
        return Because("part", node.explanation, None, rule, version_of(specification), given)
    text = step.reason or (
        f"was asked for by item {step.item_id} when the order was broken down; the order or the "
        "catalog has changed since and does not ask for it any more"
    )
    return Because("part", text, None, rule, version_of(specification), given)


def _of_item(step: PlanItem, told: Told) -> Because:
    """Return why the step of an item of a plan definition is there."""
    rule, version = _definition(step)
    named = _design(step).get("item", {}).get("id")
    text = f"item {named} of the plan by which {told.own.name} is carried out"
    if told.node is not None:
        text += f": {told.node.explanation}"
    elif step.reason:
        text += f": {step.reason}"
    return Because("part", text, None, rule, version, _input(step))


def _of_condition(step: PlanItem) -> Iterator[Because]:
    """Yield the condition of an item of a plan definition, and whether it held."""
    condition = _design(step).get("item", {}).get("condition")
    if condition and step.direction == "do":
        text = {"pending": "is asked when its turn comes", "skipped": "did not hold",
                "canceled": "was not asked any more"}.get(step.state, "held")  # fmt: skip
        rule, version = _definition(step)
        told = f"its condition {text}: {condition}"
        yield Because("rule", told, "condition", rule, version, _input(step))


def _design(step: PlanItem) -> Mapping[str, Json]:
    return step.design if isinstance(step.design, dict) else {}


def _input(step: PlanItem) -> Json:
    """Return what a step of a plan definition was given when the order was broken down."""
    design = _design(step)
    return {name: design[name] for name in ("facts", "given", "awaits") if design.get(name)} or None


def _definition(step: PlanItem) -> tuple[str | None, str | None]:
    if step.origin is None:
        return None, None
    return f"plan definition {step.origin['name']}", str(step.origin["version"])


def _of_rule(
    step: PlanItem, specification: Specification | None, begun_at: datetime | None
) -> Iterator[Because]:
    """Yield by which plan definition, else by which specification, a step is carried out."""
    rule, version = _definition(step)
    if step.origin is not None:
        if step.origin.get("reason"):
            version_said = step.origin.get("tableVersion")
            named = f" (version {version_said})" if version_said is not None else ""
            text = f"was picked by {step.origin['reason']}{named}"
        else:
            text = "was picked for it"
        if step.direction == "undo" and isinstance(step.design, dict):
            kind = str(step.design["item"].get("kind"))
            text = f"{text}; {UNDONE_BY.get(kind, 'it is taken back')}"
        yield Because("rule", text, None, rule, version, step.origin.get("item"))
        return
    if specification is None:
        return
    said = specification.raw.get("fulfilment")
    done = DONE_BY.get(step.kind, step.kind)
    text = f"{done}, as its fulfilment says" if said else f"{done}: it says nothing else"
    if step.role:
        text += f"; the role is {step.role}"
    if step.system:
        text += f"; the outside system is {step.system}"
    yield Because("rule", text, None, f"specification {specification.name or specification.key}",
                  version_of(specification), said)  # fmt: skip
    changed = specification.meta.updated_at
    if changed is not None and begun_at is not None and changed > begun_at:
        text = (
            f"it was changed at {format_instant(changed)}, after the order was broken down; "
            "the step keeps what was said then"
        )
        yield Because("rule", text, "changed", f"specification {specification.name}",
                      version_of(specification), _kept(step))  # fmt: skip


def _kept(step: PlanItem) -> dict[str, Json]:
    found: dict[str, Json] = {
        "kind": step.kind, "title": step.title, "role": step.role,
        "durationMinutes": step.duration_minutes, "delaySeconds": step.delay_s,
        "system": step.system,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def _of_values(told: Told) -> Iterator[Because]:
    """Yield where each value of a step comes from."""
    step, node = told.step, told.node
    held = step.characteristic if isinstance(step.characteristic, dict) else {}
    known = {one.name: one for one in node.characteristics} if node is not None else {}
    for name, value in held.items():
        said = known.get(name)
        if said is not None and said.value == value:
            yield Because("value", said.explanation, name=name, given=value)
        elif node is None:
            text = "is as it was when the order was broken down"
            yield Because("value", text, name=name, given=value)
        else:
            text = "was brought by an answer, a report or a correction"
            yield Because("value", text, name=name, given=value)
    answer = step.answer if isinstance(step.answer, dict) else {}
    brought = answer.get("characteristic")
    rule, version = _definition(step)
    by = _expressions(step)
    for name, value in brought.items() if isinstance(brought, dict) else ():
        if name in by:
            yield Because("value", by[name], name, rule, version, value)
        elif name not in held:
            yield Because("value", "came with its answer or report", name=name, given=value)


def _expressions(step: PlanItem) -> dict[str, str]:
    """Return by which expression of its plan definition a step brings each value."""
    item = _design(step).get("item") or {}
    found: dict[str, str] = {}
    for mappings, how in (
        (item.get("assign"), "computed by"),
        ((item.get("callout") or {}).get("mapping"), "read from the answer by"),
        ((item.get("event") or {}).get("mapping"), "read from the event by"),
    ):
        found |= {one["characteristic"]: f"{how} {one['expression']}" for one in mappings or ()}
    return found
