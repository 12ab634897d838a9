"""What must hold of plan definitions, decision tables and outside systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.governance.register_rules import code_faults, hold_name
from trunkline.governance.role_names import roles, without_holders
from trunkline.kernel.behaviour import enrich, on, rule
from trunkline.kernel.resource import Document, event
from trunkline.kernel.work import Work
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.design.decision_table import (
    PURPOSES,
    RESULTS,
    DecisionTable,
    cases_of,
    inputs_of,
    rows_of,
)
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.outside_system import GIVEN, NETWORK, OutsideSystem, systems_of
from trunkline.ordering.design.table import INPUT, case_faults, hidden_rows
from trunkline.ordering.design.validation import faults_of
from trunkline.ordering.edits import Edits, set_state
from trunkline.ordering.jeopardy.delivery_policy import DeliveryPolicy
from trunkline.ordering.plan_item import Layer, StepAction

STAYS = ("name", "description", "item")
NAMED: Mapping[str, tuple[type[Document], str, str, str]] = {
    "planDefinition": (PlanDefinition, "code", "plan definition", "definitionUnknown"),
    "enrichment": (OrderPolicy, "name", "order policy", "policyUnknown"),
    "jeopardy": (DeliveryPolicy, "name", "delivery policy", "policyUnknown"),
    "linePolicy": (DeliveryPolicy, "name", "delivery policy", "policyUnknown"),
}
"""What the results of tables name, by what they are for: its kind, by what, as what, and else."""
OF_STEPS = ("planDefinition", "workOrder")
STEP_WORDS: Mapping[str, tuple[str, ...]] = {
    "layer": get_args(Layer), "action": get_args(StepAction),
}  # fmt: skip
"""The words of what tables about steps ask, where there are no others."""


@enrich(PlanDefinition)
def number_version(work: Work, new: PlanDefinition) -> None:
    """Give a new definition the number after the last one of its code."""
    hold_name(work, "PlanDefinition", new.code)
    others = work.find(PlanDefinition, {"code": new.code})
    new.plan_version = 1 + max((int(one.plan_version or 0) for one in others), default=0)


@rule(PlanDefinition)
def published_definition_is_sound(
    work: Work, old: PlanDefinition | None, new: PlanDefinition
) -> Iterator[Fault]:
    """Refuse to publish a definition with circles, unreachable items or unknown names."""
    was_draft = old is None or old.lifecycle_status == "draft"
    if new.lifecycle_status == "published" and was_draft:
        yield from definition_faults(work, new)


@rule(PlanDefinition)
def published_definition_stays(
    _work: Work, old: PlanDefinition | None, new: PlanDefinition
) -> Iterator[Fault]:
    """Refuse changes of what is published or retired: orders may be going on by it."""
    if old is None or old.lifecycle_status == "draft":
        return
    for name in STAYS:
        if old.raw.get(name) != new.raw.get(name):
            message = f"{old.key} is {old.lifecycle_status} and stays so; draft a new version"
            yield Fault(name, "conflictPublished", message)


@rule(PlanDefinition, deleting=True)
def only_drafts_are_removed(_work: Work, old: PlanDefinition) -> Iterator[Fault]:
    """Refuse to remove what was published: it says where the steps of orders come from."""
    if old.lifecycle_status != "draft":
        message = f"{old.key} is {old.lifecycle_status}; retire it instead"
        yield Fault("lifecycleStatus", "conflictPublished", message)


@on(event(PlanDefinition, "state_changed").to("published"))
def retire_former(work: Work, new: PlanDefinition) -> None:
    """Retire the versions before the one that was published; running orders keep theirs."""
    edits = Edits(work)
    for one in work.find(PlanDefinition, {"code": new.code}):
        is_former = int(one.plan_version or 0) < int(new.plan_version or 0)
        if is_former and one.lifecycle_status == "published":
            found = work.lock(PlanDefinition, one.id)
            edits.keep(found)
            set_state(found, "retired")
    edits.write()


@rule(DecisionTable)
def table_speaks_of_what_there_is(
    work: Work, _old: DecisionTable | None, new: DecisionTable
) -> Iterator[Fault]:
    """Refuse a table that asks about what nobody knows, or whose conditions are no CEL."""
    texts = [(f"row[{index}].condition", row.condition) for index, row in enumerate(new.row)]
    yield from rule_faults(texts, INPUT, "conditionInvalid")
    inputs = inputs_of(new)
    told = ", ".join(inputs)
    for index, row in enumerate(new.row):
        for at, cell in enumerate(row.cell):
            if cell.input not in inputs:
                message = f"there is no input {cell.input}; there are: {told}"
                yield Fault(f"row[{index}].cell[{at}].input", "badValue", message)
    if new.is_on:
        yield from _word_faults(new)
        yield from _result_faults(work, new)


@rule(DecisionTable)
def examples_give_what_is_asked_about(
    _work: Work, old: DecisionTable | None, new: DecisionTable
) -> Iterator[Fault]:
    """Refuse a new example that gives what no row can ask about: it would prove nothing."""
    before = [one.raw for one in old.test_case] if old is not None else []
    asked = " ".join(row.condition or "" for row in new.row)
    inputs = inputs_of(new)
    for index, one in enumerate(new.test_case):
        path = f"testCase[{index}].given"
        if one.raw in before or one.given is None:
            continue
        if not isinstance(one.given, dict):
            yield Fault(path, "badType", "must be an object, a value by each input")
            continue
        for name in one.given:
            if name not in inputs and name not in asked:
                message = f"there is no input {name}; there are: {', '.join(inputs)}"
                yield Fault(f"{path}.{name}", "badValue", message)


@rule(DecisionTable)
def table_passes_its_examples(
    _work: Work, _old: DecisionTable | None, new: DecisionTable
) -> Iterator[Fault]:
    """Refuse to have a table on whose examples come out otherwise, or that has idle rows."""
    texts = [("", row.condition) for row in new.row]
    if new.is_on and not any(rule_faults(texts, INPUT, "conditionInvalid")):
        rows = rows_of(new)
        yield from hidden_rows(rows)
        yield from case_faults(rows, cases_of(new))


@rule(OutsideSystem)
def code_of_system_is_free(
    work: Work, old: OutsideSystem | None, new: OutsideSystem
) -> Iterator[Fault]:
    """Refuse a code that another system has."""
    if old is None:
        yield from code_faults(work, new, new.code)


@rule(OutsideSystem)
def system_can_be_called(
    _work: Work, _old: OutsideSystem | None, new: OutsideSystem
) -> Iterator[Fault]:
    """Refuse a system without address, credentials that say too little, and times turned round."""
    if new.code not in GIVEN and not new.url:
        yield Fault("url", "missing", "say the address under which the system is called")
    if new.code == NETWORK and new.speaks not in {None, "TMF641"}:
        message = "the network is spoken to by TMF641; set up a system of its own for another one"
        yield Fault("speaks", "badValue", message)
    held = new.credentials
    if held is not None and held.kind == "basic" and not held.user:
        yield Fault("credentials.user", "missing", "say the user that the password belongs to")
    if held is not None and held.kind == "header" and not held.header:
        yield Fault("credentials.header", "missing", "say the header that carries the secret")
    for index, one in enumerate(new.maintenance):
        if one.end_date_time <= one.start_date_time:
            message = "must come after the start; correct one of both"
            yield Fault(f"maintenance[{index}].endDateTime", "badPeriod", message)


def definition_faults(work: Work, definition: PlanDefinition) -> list[Fault]:
    """Return everything that keeps a definition from being published."""
    called = (code for code, one in systems_of(work).items() if one.url or code == NETWORK)
    return [*faults_of(definition, frozenset(called)), *_roles(work, definition)]


def definition_warnings(work: Work, definition: PlanDefinition) -> Iterator[Fault]:
    """Yield what keeps no definition from being published, and yet would let an order wait.

    The word for who does an item may be one that the operator only means to make a role of.
    """
    idle = without_holders(work, {one.role for one in definition.item if one.role})
    for index, item in enumerate(definition.item):
        path, role = f"item[{index}].role", item.role
        if role in idle and idle[role]:
            message = f"nobody holds the role {role}; give it to somebody, or name another one"
            yield Fault(path, "roleNotHeld", message)
        elif role in idle:
            message = f"there is no role {role}, so nobody holds it; make it, or name another one"
            yield Fault(path, "roleNotHeld", message)


def _roles(work: Work, definition: PlanDefinition) -> Iterator[Fault]:
    """Yield a fault for each role that is to be told of a breach and that there is not."""
    for index, item in enumerate(definition.item):
        told = item.sla.escalate_to if item.sla is not None else None
        if told is not None and told not in roles(work).titles:
            message = f"there is no role {told}; name one that somebody can hold"
            yield Fault(f"item[{index}].sla.escalateTo", "roleUnknown", message)


def _word_faults(table: DecisionTable) -> Iterator[Fault]:
    """Yield a fault for each cell with a word that no step ever has: its row would never count."""
    if (table.purpose or PURPOSES[0]) not in OF_STEPS:
        return
    for index, row in enumerate(table.row):
        for at, cell in enumerate(row.cell):
            known = STEP_WORDS.get(cell.input)
            for word in cell.value if known is not None else ():
                if known is not None and word not in known:
                    message = f"{cell.input} is never {word}; there are: {', '.join(known)}"
                    yield Fault(f"row[{index}].cell[{at}].value", "badValue", message)


def _result_faults(work: Work, table: DecisionTable) -> Iterator[Fault]:
    """Yield a fault for each row whose result is none of those that there are."""
    purpose = table.purpose or PURPOSES[0]
    if purpose in RESULTS:
        allowed = RESULTS[purpose]
        for index, row in enumerate(table.row):
            if row.result not in allowed:
                message = f"is one of {', '.join(allowed)}"
                yield Fault(f"row[{index}].result", "badValue", message)
    if purpose not in NAMED:
        return
    kind, attribute, called, code = NAMED[purpose]
    named = sorted({one.result for one in table.row if one.result})
    found = {one for one in named if work.find(kind, {attribute: one}, limit=1)}
    for index, row in enumerate(table.row):
        if row.result and row.result not in found:
            message = f"there is no {called} {row.result}; name one that there is"
            yield Fault(f"row[{index}].result", code, message)
