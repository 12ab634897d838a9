"""Decision tables: the first row whose cells all match says the result. Pure.

A row's cells hold, by input, the values that it is for; an input without a cell may be anything.
Rows are asked by priority (the lowest first), those of the same priority as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.condition import Rule, RuleFailed
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json

INPUT = ("input",)


@dataclass(frozen=True)
class Row:
    """One row: where it stands in its table, when it is meant and what it says."""

    index: int
    cells: Mapping[str, frozenset[str]]
    result: str | None
    condition: Rule | None = None
    priority: int = 0


@dataclass(frozen=True)
class Hit:
    """The row that was found, by its index in the table, and its result."""

    index: int
    result: str | None


@dataclass(frozen=True)
class Case:
    """An example that a table must get right."""

    name: str
    given: Mapping[str, Json]
    expected: str | None


def decide(rows: Sequence[Row], given: Mapping[str, Json]) -> Hit | None:
    """Return the first hit, None where no row is meant."""
    for row in sorted(rows, key=lambda one: (one.priority, one.index)):
        if _matches(row, given):
            return Hit(row.index, row.result)
    return None


def case_faults(rows: Sequence[Row], cases: Sequence[Case]) -> Iterator[Fault]:
    """Yield a fault for each example that comes out otherwise than it says."""
    for index, case in enumerate(cases):
        hit = decide(rows, case.given)
        found = hit.result if hit is not None else None
        if found != case.expected:
            by = f"row {hit.index + 1}" if hit is not None else "no row"
            told = f"gives {found or 'nothing'} by {by}, not {case.expected or 'nothing'}"
            message = f"{case.name} {told}; correct the rows or the example"
            yield Fault(f"testCase[{index}]", "testCaseFails", message)


def hidden_rows(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield a fault for each row that an earlier one leaves nothing to."""
    ordered = sorted(rows, key=lambda one: (one.priority, one.index))
    for at, row in enumerate(ordered):
        for earlier in ordered[:at]:
            if earlier.condition is None and _covers(earlier, row):
                message = f"never counts: row {earlier.index + 1} takes all that it is for"
                yield Fault(f"row[{row.index}]", "rowHidden", message)
                break


def _covers(wide: Row, narrow: Row) -> bool:
    return all(
        name in narrow.cells and narrow.cells[name] <= values for name, values in wide.cells.items()
    )


def _matches(row: Row, given: Mapping[str, Json]) -> bool:
    if any(values.isdisjoint(_texts(given.get(name))) for name, values in row.cells.items()):
        return False
    try:
        return row.condition is None or row.condition.holds({"input": given})
    except RuleFailed:  # a value that it asks for is not there
        return False


def _texts(value: Json) -> list[str]:
    """Return the values of an input: one, or several of which one is enough."""
    several = value if isinstance(value, (list, tuple)) else [value]
    return ["" if one is None else str(one) for one in several]
