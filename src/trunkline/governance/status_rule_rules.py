"""What must hold of a status rule: it speaks of what there is, and narrows or widens soundly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.paths import walk_path
from trunkline.governance.register_rules import hold_name
from trunkline.governance.role_names import roles
from trunkline.governance.status_checks import checks_of
from trunkline.governance.status_moves import ADD, FORBID, states_of, status_of
from trunkline.governance.status_rule import StatusRule
from trunkline.governance.status_rules import VARIABLES, rules_of
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work


@enrich(StatusRule)
def name_after_move(work: Work, new: StatusRule) -> None:
    """Name a rule after its move where it has no name, with a number where another is called so."""
    if new.name is None:
        came = ", ".join(new.from_status)
        name = f"{new.applies_to}: {came + ' ' if came else ''}→ {new.to_status}"[:110]
        taken = {one.name for one in work.find(StatusRule, {"appliesTo": new.applies_to})}
        numbered = (f"{name} ({number})" for number in count(2))
        new.name = name if name not in taken else next(o for o in numbered if o not in taken)


@rule(StatusRule)
def names_of_rules_differ(work: Work, old: StatusRule | None, new: StatusRule) -> Iterator[Fault]:
    """Refuse a name that another rule of the kind has: between installations it is the key."""
    if old is not None and old.name == new.name:
        return
    hold_name(work, "StatusRule", new.applies_to, new.name or "")
    for one in work.find(StatusRule, {"appliesTo": new.applies_to}):
        if one.name == new.name and one.id != new.id:
            yield Fault("name", "conflictName", f"{one.key} is called so already; name it apart")


@rule(StatusRule)
def rule_speaks_of_what_there_is(
    work: Work, _old: StatusRule | None, new: StatusRule
) -> Iterator[Fault]:
    """Refuse a rule about kinds, states, attributes, checks or roles that there are not."""
    resource = work.services.registry.resources.get(new.applies_to)
    lifecycle = resource.lifecycle if resource is not None and resource.published else None
    if resource is None or lifecycle is None:
        message = f"{new.applies_to} is no kind of record that moves from state to state"
        yield Fault("appliesTo", "badValue", message)
        return
    yield from _move_faults(work, new, resource, lifecycle)
    yield from _path_faults(work, new, resource)
    known = checks_of(resource)
    for index, name in enumerate(new.check):
        if name not in known:
            told = ", ".join(sorted(known)) or "none"
            message = f"there is no check {name} of this kind; there are: {told}"
            yield Fault(f"check[{index}]", "badValue", message)
    yield from _role_faults(work, new)


@rule(StatusRule)
def texts_of_rule_are_sound(
    _work: Work, _old: StatusRule | None, new: StatusRule
) -> Iterator[Fault]:
    """Refuse a condition or an expression that is not sound CEL."""
    texts = [("condition", new.condition), ("expression", new.expression)]
    yield from rule_faults(texts, VARIABLES, "conditionInvalid")


@rule(StatusRule)
def rule_asks_for_something(
    _work: Work, _old: StatusRule | None, new: StatusRule
) -> Iterator[Fault]:
    """Refuse a rule that asks for nothing, and one that asks for what cannot be any more."""
    asks = bool(new.role or new.required_attribute or new.check or new.expression)
    if (new.effect or "require") == "require" and not asks and new.follow_up is None:
        message = "says nothing yet; name a role, an attribute, a check, a condition or a task"
        yield Fault("effect", "ruleEmpty", message)
    if new.effect == FORBID and (asks or new.follow_up is not None):
        message = "takes the move away, so nothing else can be asked of it; leave the rest out"
        yield Fault("effect", "ruleForbids", message)


@rule(StatusRule, deleting=True)
def added_state_is_left(work: Work, old: StatusRule) -> Iterator[Fault]:
    """Refuse to take away a move that added a state as long as records are in it."""
    yield from _held_faults(work, old)


@rule(StatusRule)
def added_state_is_kept(work: Work, old: StatusRule | None, new: StatusRule) -> Iterator[Fault]:
    """Refuse to let a move lead elsewhere as long as records are in the state that it added."""
    if old is not None and (old.to_status, old.effect) != (new.to_status, new.effect):
        yield from _held_faults(work, old)


def _held_faults(work: Work, old: StatusRule) -> Iterator[Fault]:
    resource = work.services.registry[old.applies_to]
    lifecycle = resource.lifecycle
    if old.effect != ADD or lifecycle is None or old.to_status in lifecycle.moves:
        return
    if any(
        one.effect == ADD and one.state == old.to_status and one.id != old.id
        for one in rules_of(work, resource)
    ):
        return
    for one in work.find(resource.type, {status_of(resource): old.to_status}, limit=1):
        message = f"{one.key} is {old.to_status}; bring it into another state first"
        yield Fault("toStatus", "conflictInUse", message)


def _move_faults(
    work: Work, new: StatusRule, resource: Resource, lifecycle: Lifecycle
) -> Iterator[Fault]:
    """Yield what is wrong with the states; those that other rules add are states as well."""
    others = [one for one in rules_of(work, resource) if one.id != new.id]
    states = states_of(lifecycle, others)
    told = ", ".join(states)
    for index, state in enumerate(new.from_status):
        if state not in states:
            message = f"{state} is not a state of a {resource}; there are: {told}"
            yield Fault(f"fromStatus[{index}]", "badValue", message)
    if new.effect == ADD:
        yield from _added_faults(new, resource, lifecycle)
    elif new.to_status not in states:
        message = f"{new.to_status} is not a state of a {resource}; there are: {told}"
        yield Fault("toStatus", "badValue", message)


def _added_faults(new: StatusRule, resource: Resource, lifecycle: Lifecycle) -> Iterator[Fault]:
    if not lifecycle.is_open:
        message = f"the states of a {resource} are not open to more; moves can only be narrowed"
        yield Fault("effect", "statesClosed", message)
    if not new.from_status:
        message = "say from which states the new move leads; a new record begins as declared"
        yield Fault("fromStatus", "missing", message)
    for index, state in enumerate(new.from_status):
        if new.to_status in lifecycle.moves.get(state, ()) or state == new.to_status:
            message = f"a {resource} goes from {state} to {new.to_status} already"
            yield Fault(f"fromStatus[{index}]", "moveKnown", message)


def _path_faults(work: Work, new: StatusRule, resource: Resource) -> Iterator[Fault]:
    own = work.defined(resource)
    for index, path in enumerate(new.required_attribute):
        try:
            if path not in own:
                walk_path(resource.type, path)
        except KeyError:
            message = f"a {resource} has no attribute {path}"
            yield Fault(f"requiredAttribute[{index}]", "badValue", message)


def _role_faults(work: Work, new: StatusRule) -> Iterator[Fault]:
    named = [(f"role[{index}]", name) for index, name in enumerate(new.role)]
    if new.follow_up is not None:
        named.append(("followUp.role", new.follow_up.role))
    known = roles(work).titles if named else {}
    for path, name in named:
        if name not in known:
            yield Fault(path, "roleUnknown", f"there is no role {name}; name one that there is")
