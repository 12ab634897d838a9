"""Points of no return: which lines of a running order cannot be changed any more, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trunkline.catalog.fulfilment_terms import NoReturn
from trunkline.documents.shape import Json
from trunkline.ordering.node import SHARED
from trunkline.ordering.order_line import Line, natural
from trunkline.ordering.plan_item import UNDER_WAY, Plan, PlanItem
from trunkline.ordering.revision.setting import Setting


@dataclass(frozen=True)
class Passed:
    """The step by which a line is past its point of no return, and on which line it is."""

    step: PlanItem
    line: str
    kind: NoReturn

    @property
    def sentence(self) -> str:
        """Why, in words."""
        return f"{self.step.title or self.step.name} of item {self.line} has begun"


def has_begun(item: PlanItem) -> bool:
    """Tell whether a step is under way, done, or may have happened without our knowing."""
    return item.state in UNDER_WAY or item.state == "completed" or item.may_have_happened


def only_waits(item: PlanItem) -> bool:
    """Tell whether a step just waits for an event, or for other orders: nothing has come of it."""
    design: Json = item.design if isinstance(item.design, dict) else {}
    is_told = "awaits" in design or "event" in (design.get("item") or {})
    return item.kind == "event" and item.state == "waiting" and is_told


def has_done(item: PlanItem) -> bool:
    """Tell whether anything may have come of a step that has begun."""
    return has_begun(item) and not only_waits(item)


def kind_of(item: PlanItem, setting: Setting) -> NoReturn:
    """Return which point of no return a step is once it has begun.

    What ends a product or service cannot be taken back either.
    """
    is_end = item.action == "delete" and item.layer in {"product", "service"}
    return "hard" if is_end else setting.no_return


def passed_lines(
    plan: Plan, lines: Mapping[str, Line], settings: Callable[[PlanItem], Setting]
) -> dict[str, Passed]:
    """Return by line, in their sequence, how it is past a point of no return; hard before soft.

    A step's point of no return holds for the lines that it serves and for the bundles that these
    lie in as a whole, where its setting does not say the line alone, or the whole order.
    """
    found: dict[str, Passed] = {}
    whole = bundles(lines)
    undone = {one.undoes for one in plan if one.undoes is not None and one.state == "completed"}
    for item in plan:
        if item.direction == "undo" or item.id in undone or not has_begun(item):
            continue
        setting = settings(item)
        kind = kind_of(item, setting)
        if kind == "none":
            continue
        for line in sorted(served(plan, item)):
            reached = _reached(line, setting, whole)
            for one in reached:
                if one not in found or (found[one].kind, kind) == ("soft", "hard"):
                    found[one] = Passed(item, line, kind)
    return {line: found[line] for line in sorted(found, key=natural)}


def _reached(line: str, setting: Setting, whole: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the lines that a point of no return on a line holds for; `whole` are its bundle's."""
    alone = frozenset((line,))
    if setting.reaches == "order":
        return alone | whole.keys()
    return whole.get(line, alone) if setting.reaches == "bundle" else alone


def served(plan: Plan, item: PlanItem) -> set[str]:
    """Return the lines that a step is done for: its own, of a shared one those above it, too."""
    found = {item.item_id} if item.item_id is not None else set()
    if item.node_key.startswith(SHARED):
        for ident in item.needed_by:
            above = plan.items.get(ident)
            if above is not None and above.kind != "milestone" and above.direction == "do":
                found |= served(plan, above)
    return found


def bundles(lines: Mapping[str, Line]) -> dict[str, frozenset[str]]:
    """Return by line the lines of its bundle: up to the root, and all below that."""
    roots: dict[str, str] = {}
    for ident in lines:
        root = ident
        while lines[root].whole in lines:
            root = str(lines[root].whole)
        roots[ident] = root
    inside: dict[str, set[str]] = {}
    for ident, root in roots.items():
        inside.setdefault(root, set()).add(ident)
    return {ident: frozenset(inside[root]) for ident, root in roots.items()}
