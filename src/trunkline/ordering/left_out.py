"""Left out: values that were asked for and that nobody handed over, since a step was left out.

What a line asks for reaches its product when the product's own step is done, and a change of a
running order writes it there before. Where the steps below that were to hand a change over were
all left out, record and network would say different things: the record keeps what was so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trunkline.documents.shape import Json
from trunkline.ordering.plan_item import Plan, PlanItem

EARLIER = "earlier"


def with_earlier(former: Json, last: PlanItem, other: Mapping[str, Json]) -> Json:
    """Return what was before a step, with the values that a change of its order replaces.

    `earlier` maps the names of values to what they were before each change, the oldest first.
    """
    held: Mapping[str, Json] = last.former if isinstance(last.former, dict) else {}
    earlier = dict(held.get(EARLIER) or {})
    values = last.characteristic or {}
    for name in other:
        earlier[name] = [*earlier.get(name, ()), values.get(name)]
    return {**(former or {}), EARLIER: earlier}


def never_handed_over(plan: Plan, item: PlanItem) -> dict[str, Json]:
    """Return by name the values of a record that stay as they were, None for what it had not.

    These are the values whose last change every step below that spoke of it left out. A step below
    speaks of a value by its name, or, where that is mapped to another one, by being changed from
    the same to the same. What the network made anew with a value that was never asked for
    before has handed it over, too.
    """
    wanted: Mapping[str, Json] = item.characteristic or {}
    former: Mapping[str, Json] = item.former if isinstance(item.former, dict) else {}
    before, earlier = former.get("characteristic") or {}, former.get(EARLIER) or {}
    if not before and not earlier:
        return {}
    below = _below(plan, item)
    changes = [one for one in below if one.action == "modify"]
    if all(one.state != "skipped" for one in changes):
        return {}
    made = [
        one.characteristic or {}
        for one in below
        if (one.kind, one.direction, one.action, one.state) == ("callout", "do", "add", "completed")
    ]
    found: dict[str, Json] = {}
    for name in {**before, **earlier}:
        was = [*([before.get(name)] if name in before else ()), *earlier.get(name, ())]
        value = wanted.get(name)
        if value in was or not any(name in one and one[name] == value for one in made):
            value = _standing(name, wanted, was, changes)
        if value != wanted.get(name):
            found[name] = value
    return found


def _standing(
    name: str, wanted: Mapping[str, Json], was: list[Json], changes: Iterable[PlanItem]
) -> Json:
    """Return what a value is, without the changes of it that were left out, the last ones first."""
    value = wanted.get(name)
    for change in sorted(changes, key=lambda one: one.position, reverse=True):
        for own, old, new in _changed(change):
            is_mapped = own not in wanted and new == value and old in was
            if own != name and not is_mapped:
                continue
            if change.state != "skipped":
                return value
            value = old
    return value


def _changed(change: PlanItem) -> Iterator[tuple[str, Json, Json]]:
    """Yield the values that a step changes: the name, what it was and what it was to be."""
    former: Mapping[str, Json] = change.former if isinstance(change.former, dict) else {}
    new: Mapping[str, Json] = change.characteristic or {}
    for name, old in (former.get("characteristic") or {}).items():
        if new.get(name) != old:
            yield name, old, new.get(name)


def _below(plan: Plan, item: PlanItem) -> list[PlanItem]:
    """Return the steps that a record is built on, without those of other products."""
    found: dict[str, PlanItem] = {}
    waiting = list(item.needs)
    while waiting:
        below = plan.items.get(waiting.pop())
        if below is not None and below.id not in found and below.layer in ("service", "resource"):
            found[below.id] = below
            waiting += below.needs
    return list(found.values())
