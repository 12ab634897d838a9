"""What must hold of plan definitions, decision tables and outside systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
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
    input_faults,
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
MADE = (ProductSpecification, ServiceSpecification, ResourceSpecification)
"""The kinds of what the steps of other plans make."""
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


@rule(PlanDefinition)
def retired_definition_is_not_picked(
    work: Work, old: PlanDefinition | None, new: PlanDefinition
) -> Iterator[Fault]:
    """Refuse to retire what a table picks: orders would go on without it, and nobody would see it.

    Where another version is in force, that one is picked.
    """
    was_in_force = old is not None and old.lifecycle_status == "published"
    if not was_in_force or new.lifecycle_status != "retired":
        return
    hold_name(work, "PlanDefinition", new.code)  # as who has a table on that picks it
    if any(one.id != new.id for one in work.find(PlanDefinition, in_force(new.code))):
        return
    for table in work.find(DecisionTable, {"isOn": True}):
        rows = [at for at, one in enumerate(table.row, start=1) if one.result == new.code]
        if rows and (table.purpose or PURPOSES[0]) == "planDefinition":
            message = (
                f"{table.name}, row {rows[0]} picks {new.code}; take the row out, or publish "
                "another version first"
            )
            yield Fault("lifecycleStatus", "conflictPicked", message)


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
    for index, one in enumerate(new.test_case):
        path = f"testCase[{index}].given"
        if one.raw in before or one.given is None:
            continue
        if not isinstance(one.given, dict):
            yield Fault(path, "badType", "must be an object, a value by each input")
            continue
        yield from input_faults(new, one.given, path)


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
    asked = {one.specification for item in definition.item for one in item.after}
    named = sorted(one for one in asked if one)
    known = {one.name for kind in MADE if named for one in work.find(kind, {"name": named})}
    for index, item in enumerate(definition.item):
        for at, after in enumerate(item.after):
            name = after.specification
            if name and name not in known:
                message = f"there is no specification {name}, so nothing is waited for; correct it"
                yield Fault(f"item[{index}].after[{at}].specification", "notFound", message)
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


def in_force(code: str) -> dict[str, Json]:
    """Return by what the versions of a definition are found that orders may begin by."""
    return {"code": code, "lifecycleStatus": "published"}


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
    for one in named if kind is PlanDefinition else ():
        hold_name(work, "PlanDefinition", one)  # as who retires it
    found = {one for one in named if work.find(kind, {attribute: one}, limit=1)}
    idle = set(found) if kind is PlanDefinition else set()
    idle -= {one for one in idle if work.find(PlanDefinition, in_force(one), limit=1)}
    for index, row in enumerate(table.row):
        if row.result and row.result not in found:
            message = f"there is no {called} {row.result}; name one that there is"
            yield Fault(f"row[{index}].result", code, message)
        elif row.result in idle:
            message = f"{row.result} is not in force; publish it, or name another one"
            yield Fault(f"row[{index}].result", "definitionNotPublished", message)
