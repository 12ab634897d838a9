"""What was chosen: the version of a plan definition by which a record is made, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.ordering.design.validation import sequence

HERE = "plan"
UNDOABLE = frozenset({"activation", "manual", "fieldWork"})
"""The kinds of items whose steps are undone where nothing else is said."""


@dataclass(frozen=True)
class Chosen:
    """A published version of a plan definition; `items` are JSON, each after those it needs.

    `reason` names the table and the row that chose it, `table_version` that table's version.
    """

    id: str
    key: str
    code: str
    name: str
    version: int
    items: tuple[Mapping[str, Json], ...]
    reason: str = ""
    table_version: int | None = None

    def origin(self, item: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """Return what a step says of where it comes from."""
        found: dict[str, Json] = {
            "definition": self.id, "key": self.key, "code": self.code, "name": self.name,
            "version": self.version, "reason": self.reason,
        }  # fmt: skip
        if self.table_version is not None:
            found["tableVersion"] = self.table_version
        return found | ({"item": item["id"]} if item is not None else {})

    @property
    def minutes(self) -> float:
        """How long all of it takes: the longest way through the items."""
        ends: dict[str, float] = {}
        for item in self.items:
            start = max((ends[one] for one in own_needs(item) if one in ends), default=0.0)
            ends[item["id"]] = start + _minutes(item)
        return max(ends.values(), default=0.0)


def in_sequence(items: Sequence[Mapping[str, Json]]) -> tuple[Mapping[str, Json], ...]:
    """Return items so that each stands after those that it needs."""
    known = {str(one["id"]): one for one in items}
    needs = {ident: [o for o in own_needs(one) if o in known] for ident, one in known.items()}
    return tuple(known[one] for one in sequence(needs)[0])


def own_needs(item: Mapping[str, Json]) -> list[str]:
    """Return the items of the same plan that an item comes after."""
    return [
        str(one.get("item"))
        for one in item.get("after") or ()
        if (one.get("scope") or HERE) == HERE
    ]


def is_undone(item: Mapping[str, Json], *, is_changed: bool = False) -> bool:
    """Tell whether a step of an item is undone where its order is called off.

    Where that `is_changed` so that the step is taken back, what can be undone is.
    """
    said = None if is_changed else (item.get("compensation") or {}).get("onCancel")
    if item["kind"] == "callout":
        return said != "nothing" and bool(item["callout"].get("undoRequest"))
    return said != "nothing" and item["kind"] in UNDOABLE


def _minutes(item: Mapping[str, Json]) -> float:
    if item["kind"] == "timer":
        return float(item.get("delaySeconds") or 0) / 60
    return float(item.get("durationMinutes") or 0)
