"""Dependencies: which steps must be done before which, and an order in which all can be done."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from trunkline.documents.errors import Fault
from trunkline.ordering.draft import Draft
from trunkline.ordering.node import SHARED
from trunkline.ordering.order_line import copies, copy_names, line_key, natural
from trunkline.ordering.standalone_line import AnyLine
from trunkline.shared.hierarchy import ancestors


def connect_lines(
    lines: Mapping[str, AnyLine],
    drafts: Mapping[str, Draft],
    asked: Mapping[str, set[str]],
) -> list[Fault]:
    """Make the steps of a line wait for what the lines that it comes after ask for.

    Steps that serve several lines wait for none of them. Between two lines that both end
    something the order is the other way round. A relationship that would close a circle is left
    out and named. `asked` holds the keys of the steps that each line itself asks for. What lies
    with it in one of several copies of something is waited for in the same copy only.
    """
    own: dict[str, list[Draft]] = {}
    for draft in drafts.values():
        if len(draft.items) == 1:
            own.setdefault(draft.item_id, []).append(draft)
    comes_after = _structure(lines)
    faults = []
    for line in lines.values():
        for other_id in line.after:
            late, early = _direction(line, lines[other_id])
            if late.id in ancestors([early.id], lambda one: comes_after.get(one, ())):
                faults.append(_circle(line, other_id))
                continue
            comes_after.setdefault(late.id, set()).add(early.id)
            needed, beside = asked.get(early.id, set()), _beside(late, early, lines)
            for draft in own.get(late.id, ()):
                is_apart = beside and not draft.key.startswith(SHARED)
                draft.needs |= needed & beside[draft.copy - 1] if is_apart else needed
    return faults


def _beside(late: AnyLine, early: AnyLine, lines: Mapping[str, AnyLine]) -> list[set[str]]:
    """Return by copy of a line the steps of another one in the same copy of what both lie in.

    None where they lie in nothing of which there are several.
    """
    whole = lines.get(late.whole or "")
    is_beside = whole is not None and late.whole == early.whole and copies(whole, lines) > 1
    if not is_beside or late.action != "add" or early.action != "add":
        return []
    found: dict[str | None, set[str]] = {}
    for one in copy_names(early, lines):
        found.setdefault(one.whole, set()).add(line_key(early, one.own))
    return [found.get(one.whole, set()) for one in copy_names(late, lines)]


def in_order(drafts: Mapping[str, Draft]) -> list[Draft]:
    """Return the drafts so that each comes after what it needs; ties go by key.

    Raises ValueError where that cannot be, which no order should bring about.
    """
    waiting = {key: set(draft.needs) & drafts.keys() for key, draft in drafts.items()}
    needed_by: dict[str, list[str]] = {}
    for key, needs in waiting.items():
        for need in needs:
            needed_by.setdefault(need, []).append(key)
    ready = [(natural(key), key) for key, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    found: list[Draft] = []
    while ready:
        _, key = heapq.heappop(ready)
        found.append(drafts[key])
        for later in needed_by.get(key, ()):
            waiting[later].discard(key)
            if not waiting[later]:
                heapq.heappush(ready, (natural(later), later))
    if len(found) < len(drafts):
        stuck = sorted(key for key, needs in waiting.items() if needs)
        raise ValueError(f"these steps wait for each other: {', '.join(stuck)}")
    return found


def _structure(lines: Mapping[str, AnyLine]) -> dict[str, set[str]]:
    """Return which lines come after which by lying inside each other."""
    found: dict[str, set[str]] = {}
    for line in lines.values():
        if line.whole is not None and _belong(lines[line.whole], line):
            late, early = _direction(lines[line.whole], line)
            found.setdefault(late.id, set()).add(early.id)
    return found


def _belong(whole: AnyLine, part: AnyLine) -> bool:
    """Return whether one of both waits for the other: both are made or changed, or both end."""
    grown = ("add", "modify")
    return (whole.action in grown and part.action in grown) or (
        whole.action == "delete" and part.action == "delete"
    )


def _direction(late: AnyLine, early: AnyLine) -> tuple[AnyLine, AnyLine]:
    both_end = late.action == "delete" and early.action == "delete"
    return (early, late) if both_end else (late, early)


def _circle(line: AnyLine, other_id: str) -> Fault:
    return Fault(
        line.relation_path(other_id),
        "itemCircle",
        f"item {line.id} and item {other_id} would wait for each other; take one relation off",
    )
