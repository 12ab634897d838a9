"""Dependencies: which steps must be done before which, and an order in which all can be done."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from trunkline.documents.errors import Fault
from trunkline.ordering.draft import Draft
from trunkline.ordering.order_line import Line, natural
from trunkline.shared.hierarchy import ancestors


def connect_lines(
    lines: Mapping[str, Line],
    drafts: Mapping[str, Draft],
    products: Mapping[str, set[str]],
) -> list[Fault]:
    """Make the steps of a line wait for the products of the lines that it comes after.

    Steps that serve several lines wait for none of them. Between two lines that both end
    something the order is the other way round. A relationship that would close a circle is left
    out and named. `products` holds the keys of the products that each line itself asks for.
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
            for draft in own.get(late.id, ()):
                draft.needs |= products.get(early.id, set())
    return faults


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


def _structure(lines: Mapping[str, Line]) -> dict[str, set[str]]:
    """Return which lines come after which by lying inside each other."""
    found: dict[str, set[str]] = {}
    for line in lines.values():
        if line.whole is not None and _belong(lines[line.whole], line):
            late, early = _direction(lines[line.whole], line)
            found.setdefault(late.id, set()).add(early.id)
    return found


def _belong(whole: Line, part: Line) -> bool:
    """Return whether one of both waits for the other: both are made or changed, or both end."""
    grown = ("add", "modify")
    return (whole.action in grown and part.action in grown) or (
        whole.action == "delete" and part.action == "delete"
    )


def _direction(late: Line, early: Line) -> tuple[Line, Line]:
    both_end = late.action == "delete" and early.action == "delete"
    return (early, late) if both_end else (late, early)


def _circle(line: Line, other_id: str) -> Fault:
    named = line.item.product_order_item_relationship
    index = next(index for index, one in enumerate(named) if one.id == other_id)
    return Fault(
        f"{line.path}.productOrderItemRelationship[{index}]",
        "itemCircle",
        f"item {line.id} and item {other_id} would wait for each other; take one relation off",
    )
