"""Decision tables as records: what is taken for what, with examples beside it.

What a table is for says what it may ask about, and what its results mean: the code of a plan
definition, a kind of field work, the name of an order policy that an order meets (`enrichment`), a
`priority`, the name of the delivery policy that counts first for a task (`jeopardy`) or a line
(`linePolicy`), whether an offering may be had (`eligibility`), or how promising a lead is
(`leadScore`, a number from 1 to 100, and `leadRating`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, get_args

from trunkline.documents.condition import rule_of
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Shape, many
from trunkline.governance.configured import configures
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.design.definition import NAME, RULE, TEXT
from trunkline.ordering.design.table import INPUT, Case, Row
from trunkline.ordering.fallout import ORDERING

Purpose: TypeAlias = Literal[
    "planDefinition", "workOrder", "enrichment", "priority", "jeopardy", "linePolicy",
    "eligibility", "leadScore", "leadRating",
]  # fmt: skip
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
PARTS = ("specification", "category", "layer", "action", "customerSegment", "customerType")
ORDERS = ("offering", "action", "channel", "category", "customerSegment", "customerType")
LEADS = ("source", "type", "industry", "priority", "offering", "category", "isCompany")
INPUTS: Mapping[str, Sequence[str]] = {
    "planDefinition": PARTS,
    "workOrder": (*PARTS, "task"),
    "enrichment": ORDERS,
    "priority": ORDERS,
    "jeopardy": ("specification", "taskKind", "role", "customerSegment", "customer"),
    "linePolicy": ("specification", "customerSegment", "customer"),
    "eligibility": ORDERS,
    "leadScore": LEADS,
    "leadRating": LEADS,
}
"""What a table may ask about, by what it is for."""
RESULTS: Mapping[str, Sequence[str]] = {
    "priority": ("critical", "high", "medium", "low"),
    "eligibility": ("eligible", "notEligible"),
}
"""What a table may say, where that is a closed list; else its results are names of records."""


class TableCell(Shape):
    """The values of an input that a row is for."""

    input: Annotated[str, NAME]
    value: list[Annotated[str, NAME]] = many()


class TableRow(Shape):
    """When a row is meant, and what it says; without `result` it says that there is nothing.

    `condition` is CEL over `input`. The lowest `priority` is asked first, 0 where nothing is said.
    """

    cell: list[TableCell] = many()
    condition: Annotated[str | None, RULE] = None
    result: Annotated[str | None, NAME] = None
    priority: int | None = None


class TableCase(Shape):
    """An example: what is given, and what has to come of it."""

    name: Annotated[str, NAME]
    given: Any = None
    expected: Annotated[str | None, NAME] = None


@configures
@resource(
    api=ORDERING,
    path="decisionTable",
    prefix="DTB",
    defaults={"purpose": lambda _now: "planDefinition"},
    promote=(Promoted("purpose"), Promoted("isOn", "boolean")),
    label=("name",),
    columns=("key", "name", "purpose", "isOn", "position"),
)
class DecisionTable(Document):
    """A table that decides; while it is on, its examples must come out as they say.

    Of several for the same that are on, the one with the lowest `position` is asked first.
    """

    name: Annotated[str, NAME]
    description: Annotated[str | None, TEXT] = None
    purpose: Purpose | None = None
    is_on: bool | None = None
    position: int | None = None
    row: list[TableRow] = many()
    test_case: list[TableCase] = many()


def rows_of(table: DecisionTable) -> Sequence[Row]:
    """Return the rows, ready to be asked. Raises RuleInvalid."""
    return tuple(
        Row(
            index=index,
            cells={one.input: frozenset(one.value) for one in row.cell if one.value},
            result=row.result,
            condition=rule_of(row.condition, INPUT),
            priority=row.priority or 0,
        )
        for index, row in enumerate(table.row)
    )


def cases_of(table: DecisionTable) -> Sequence[Case]:
    """Return the examples."""
    return tuple(
        Case(one.name, one.given if isinstance(one.given, dict) else {}, one.expected)
        for one in table.test_case
    )


def inputs_of(table: DecisionTable) -> Sequence[str]:
    """Return what a table may ask about."""
    return INPUTS[table.purpose or PURPOSES[0]]


def input_faults(table: DecisionTable, given: Iterable[str], path: str) -> Iterator[Fault]:
    """Yield a fault for each name at which no row can ask: it is no input, and in no condition.

    What is left out is none: a row may be meant without it.
    """
    inputs, conditions = inputs_of(table), [row.condition or "" for row in table.row]
    for name in given:
        spoken_of = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if name not in inputs and not any(spoken_of.search(one) for one in conditions):
            message = f"there is no input {name}; there are: {', '.join(inputs)}"
            yield Fault(f"{path}.{name}", "badValue", message)
