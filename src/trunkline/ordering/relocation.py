"""Relocation: in a move, what is taken along waits until what is built anew works."""

from __future__ import annotations

from trunkline.ordering.branch import place_name
from trunkline.ordering.draft import Draft
from trunkline.ordering.growth import Growth
from trunkline.ordering.installed import place_of
from trunkline.shared.hierarchy import ancestors


def take_along_last(growth: Growth) -> None:
    """Let what moves with a line need what that makes at the new place.

    Until then it goes on working where it is. What is made on top of something that is taken along
    comes after it, of course.
    """
    for ident, keys in growth.asked.items():
        if not any(_moves(growth, growth.drafts[key]) for key in keys if key in growth.drafts):
            continue
        own = [one for one in growth.drafts.values() if ident in one.items]
        new = [one.key for one in own if one.action == "add" and one.layer != "product"]
        for draft in own:
            if draft.layer != "product" and _moves(growth, draft):
                draft.needs.update(key for key in new if draft.key not in _below(growth, key))


def _moves(growth: Growth, draft: Draft) -> bool:
    """Tell whether a step puts an existing record elsewhere."""
    record = growth.installed.record(draft.instance_id or "")
    if draft.action != "modify" or record is None or draft.place is None:
        return False
    held = place_of(record)
    return held is not None and place_name(held) != place_name(draft.place)


def _below(growth: Growth, key: str) -> set[str]:
    """Return a step and those that it needs, at whatever distance."""
    drafts = growth.drafts
    return ancestors([key], lambda one: drafts[one].needs if one in drafts else ())
