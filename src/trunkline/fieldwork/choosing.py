"""Choosing: which type of work a step of a plan asks for, as the decision tables say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.fieldwork.work_type import WorkType, known_codes, work_types
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.design.decision_table import DecisionTable, Purpose
from trunkline.ordering.design.tables import Table, decided, tables_of
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.plan_item import PlanItem

PURPOSE: Purpose = "workOrder"


@dataclass(frozen=True)
class WorkTables:
    """The tables that pick types of work, in their order."""

    listed: Sequence[Table] = ()

    def chosen(self, given: Mapping[str, Json]) -> tuple[str, str] | None:
        """Return the code that the first table with a hit says, and which row of which it was."""
        found = decided(self.listed, given)
        return (found.result, found.reason) if found is not None and found.result else None


@rule(DecisionTable)
def tables_name_work_types(
    work: Work, _old: DecisionTable | None, new: DecisionTable
) -> Iterator[Fault]:
    """Refuse to have a table on that names a type of work that there is not."""
    if not new.is_on or new.raw.get("purpose") != PURPOSE:
        return
    known = known_codes(work, *sorted({row.result for row in new.row if row.result}))
    for index, row in enumerate(new.row):
        if row.result and row.result not in known:
            message = f"there is no work type {row.result}; name one that there is"
            yield Fault(f"row[{index}].result", "workTypeUnknown", message)


def chosen_type(work: Work, item: PlanItem) -> tuple[WorkType | None, str]:
    """Return the type of work of a step, None where no table says one, and what picked it."""
    found = work_tables(work).chosen(facts(work, item))
    if found is None:
        return None, ""
    code, reason = found
    kinds = work_types(work).by_code
    kind = kinds.get(code)
    if kind is not None and item.direction == "undo" and kind.take_back:
        kind = kinds.get(kind.take_back, kind)
    return kind, reason


def facts(work: Work, item: PlanItem) -> dict[str, Json]:
    """Return what tables may ask about a step: what is made or ended, and as which task.

    `task` is the item of the plan definition, `place` and `values` may be asked by conditions.
    """
    design = item.design if isinstance(item.design, dict) else {}
    about = design.get("facts") or {}
    values = item.characteristic or design.get("given") or {}
    kind = SPECIFICATIONS.get(item.layer)
    found = work.get(kind, item.specification) if kind and item.specification else None
    category = found.raw.get("category") if found is not None else None
    return {
        "specification": item.name,
        "layer": item.layer,
        "action": item.action or (about.get("record") or {}).get("action"),
        "category": [category] if isinstance(category, str) else [],
        "task": (design.get("item") or {}).get("id"),
        "values": values,
        "place": item.place if isinstance(item.place, dict) else {},
    }


def work_tables(work: Work) -> WorkTables:
    """Return the tables in force."""
    return WorkTables(tables_of(work).of(PURPOSE))
