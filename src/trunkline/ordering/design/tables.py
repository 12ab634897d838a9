"""Tables in force: all that are on, by what they are for, and what they decide about something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.shape import Json
from trunkline.governance.configured import all_on, configured
from trunkline.kernel.work import Work
from trunkline.ordering.design.decision_table import DecisionTable, Purpose, rows_of
from trunkline.ordering.design.table import Row, decide


@dataclass(frozen=True)
class Table:
    """One table that is on, its conditions compiled; `version` counts how often it was written."""

    name: str
    rows: Sequence[Row]
    version: int | None = None


@dataclass(frozen=True)
class Decided:
    """What a table says, None for nothing; `reason` names the table and the row."""

    result: str | None
    reason: str
    version: int | None = None


@dataclass(frozen=True)
class Tables:
    """The tables that are on by what they are for, each list in the order in which it is asked."""

    by_purpose: Mapping[str, Sequence[Table]] = field(default_factory=dict)

    def of(self, purpose: Purpose) -> Sequence[Table]:
        """Return the tables for something."""
        return self.by_purpose.get(purpose, ())

    def decide(self, purpose: Purpose, given: Mapping[str, Json]) -> Decided | None:
        """Return what the first table with a hit says; None where none has."""
        return decided(self.of(purpose), given)

    def asks(self, purpose: Purpose, names: Sequence[str]) -> bool:
        """Tell whether a table for something asks about any of these inputs."""
        return asks(self.of(purpose), names)


def decided(tables: Sequence[Table], given: Mapping[str, Json]) -> Decided | None:
    """Return what the first of some tables with a hit says; None where none has."""
    for table in tables:
        hit = decide(table.rows, given)
        if hit is not None:
            return Decided(hit.result, f"{table.name}, row {hit.index + 1}", table.version)
    return None


def asks(tables: Sequence[Table], names: Sequence[str]) -> bool:
    """Tell whether any of some tables asks about any of these inputs."""
    return any(
        name in row.cells or (row.condition is not None and name in row.condition.text)
        for name in names
        for table in tables
        for row in table.rows
    )


def tables_of(work: Work) -> Tables:
    """Return the tables that are on, read once per generation."""
    return configured(work, Tables, read_tables)


def read_tables(connection: Any) -> Tables:
    """Return the tables that are on as the database has them."""
    found: dict[str, list[Table]] = {}
    for one in all_on(connection, DecisionTable):
        found.setdefault(str(one.purpose), []).append(
            Table(one.name, rows_of(one), one.meta.version)
        )
    return Tables(found)
