"""Compensation: what becomes of each step of a running plan when its order changes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.revision.no_return import has_begun, has_done, only_waits
from trunkline.ordering.revision.order_revision import CompensationKind
from trunkline.ordering.revision.setting import Setting
from trunkline.ordering.staggered.gate import STAGGERED, is_gate

ABOUT = ("kind", "name", "action", "specification")
"""What makes a step another one, if it differs."""
MADE_OF = ("kind", "specification")
"""What makes it another one before it begins, too: who carries it out, and what it makes."""
TAKEN_BACK: frozenset[CompensationKind] = frozenset({"undo", "undoThenRedo"})


@dataclass(frozen=True)
class Compensation:
    """What becomes of one step and why; `steps` are those that stand for it in the plan now.

    The latest of them comes last; there are several where it was changed before. `wanted` is the
    step as the changed order asks for it, None where it asks for none. `values` are the
    characteristics that are other.
    """

    kind: CompensationKind
    key: str
    reason: str
    steps: tuple[PlanItem, ...] = ()
    wanted: PlanItem | None = None
    values: Mapping[str, Json] | None = None

    @property
    def shown(self) -> PlanItem:
        """The step as it is called: as it will be, else as it is."""
        return self.wanted or self.steps[-1]

    def with_steps(self, steps: tuple[PlanItem, ...]) -> Compensation:
        """Return the same about steps as they stand by now."""
        return replace(self, steps=steps)


def in_force(plan: Plan) -> dict[str, list[PlanItem]]:
    """Return by key the steps that stand for it: not called off, nor taken back since."""
    undone = {one.undoes for one in plan if one.undoes is not None}
    found: dict[str, list[PlanItem]] = {}
    for item in sorted(plan, key=lambda one: one.position):
        is_step = item.direction == "do" and item.layer != "order" and item.kind != "wait"
        if is_step and item.state != "canceled" and item.id not in undone:
            found.setdefault(item.node_key, []).append(item)
    return found


def last_kept(steps: Sequence[PlanItem]) -> PlanItem:
    """Return the last of the steps of a key that was not left out; where all were, the last one.

    A change that was left out does not end what was made before it: the next one follows on that.
    """
    return next((one for one in reversed(steps) if one.state != "skipped"), steps[-1])


def compensations(
    plan: Plan,
    before: Sequence[PlanItem],
    after: Sequence[PlanItem],
    settings: Callable[[PlanItem], Setting],
    resold: Iterable[str] = (),
    known: Mapping[str, Mapping[str, Json]] = MappingProxyType({}),
) -> list[Compensation]:
    """Return what becomes of the steps that a change of the order concerns, in the order of doing.

    `before` and `after` are the plans of the order as it is and as it shall be, both made anew of
    the same catalog and installed base, so that only what the change itself does differs. First
    comes what is taken back, users before what they use, then the rest, what is used before its
    users. `resold` are the lines that cost something else, or are billed or called otherwise.
    `known` are the values that the lines of the changed order give their products.
    """
    held, dearer = in_force(plan), set(resold)
    old = {one.node_key: one for one in before if one.layer != "order"}
    new = {one.node_key: one for one in after if one.layer != "order"}
    back = [
        _taken_back(key, tuple(held[key]), settings(held[key][-1]))
        for key in reversed(list(old))
        if key not in new and key in held and not _ends_by_itself(held[key][-1], known)
    ]
    forth: list[Compensation] = []
    for key, wanted in new.items():
        if key not in held:
            if key not in old:
                forth.append(Compensation("add", key, "is asked for now", wanted=wanted))
            continue
        former = old.get(key, held[key][-1])
        is_resold = wanted.layer == "product" and wanted.item_id in dearer and not is_gate(wanted)
        if is_resold or not _same(former, wanted):
            forth.append(_changed(key, tuple(held[key]), former, wanted, settings))
    replaced = [one for one in reversed(forth) if one.kind in TAKEN_BACK]
    return [*back, *replaced, *(one for one in forth if one.kind not in TAKEN_BACK)]


def other_values(former: PlanItem, wanted: PlanItem) -> dict[str, Json]:
    """Return the values that are other, None for those that go."""
    if is_told_by_item(wanted):
        return _spoken_of(former, wanted)
    old, new = former.characteristic or {}, wanted.characteristic or {}
    return {name: new.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}


def is_told_by_item(item: PlanItem) -> bool:
    """Tell whether an item of a plan definition alone says what a step does: it changes no record.

    Such a step has no values of its own; it speaks of those of the line and of the record.
    """
    return item.design is not None and item.action is None


def _spoken_of(former: PlanItem, wanted: PlanItem) -> dict[str, Json]:
    """Return the values that are other and that the item speaks of."""
    said = encode(wanted.design["item"]).decode()
    old, new = _given(former), _given(wanted)
    return {
        name: new.get(name)
        for name in {**old, **new}
        if old.get(name) != new.get(name) and re.search(rf"\.{re.escape(name)}\b", said)
    }


def _given(item: PlanItem) -> dict[str, Json]:
    """Return what an item may speak of: the values of its line, and those of its record."""
    design: Json = item.design or {}
    line = (design.get("facts") or {}).get("line") or {}
    return {**(line.get("characteristic") or {}), **(design.get("given") or {})}


def _ends_by_itself(step: PlanItem, known: Mapping[str, Mapping[str, Json]]) -> bool:
    """Tell whether a step waits for a value that its line has by now, or that has come already."""
    if not is_gate(step):
        return False
    said = step.design[STAGGERED]
    held = known.get(said["itemId"])
    if held is None:
        return False
    return step.state in ENDED or has_begun(step) or held.get(said["name"]) not in (None, "")


def _taken_back(key: str, steps: tuple[PlanItem, ...], setting: Setting) -> Compensation:
    if not any(has_done(one) for one in steps):
        if all(one.state in ENDED for one in steps):
            return Compensation("nothing", key, "was left out", steps)
        words = "waits in vain" if only_waits(steps[-1]) else "did not begin"
        return Compensation("discard", key, f"is not asked for any more; it {words}", steps)
    if setting.on_cancel == "nothing":
        reason = "is not asked for any more; its definition says that nothing is done about it"
        return Compensation("undo", key, reason, steps)
    return Compensation("undo", key, "is not asked for any more", steps)


def _changed(
    key: str,
    steps: tuple[PlanItem, ...],
    former: PlanItem,
    wanted: PlanItem,
    settings: Callable[[PlanItem], Setting],
) -> Compensation:
    last, values = last_kept(steps), other_values(former, wanted)
    setting, words = settings(last), _words(former, wanted, values)
    kind: CompensationKind
    if last.state in {"skipped", "canceled"}:
        kind, words = "nothing", "was left out"
    elif not has_begun(last) and _is_alike(former, wanted):
        kind, words = "update", f"{words}; it did not begin"
    elif not has_begun(last):
        kind, words = "undoThenRedo", f"{words}; it did not begin and is made anew"
    elif any(getattr(former, name) != getattr(wanted, name) for name in ABOUT):
        kind, words = "undoThenRedo", f"{words}; what was done is taken back first"
    elif _is_insignificant(former, wanted, values, setting):
        kind, words = "keep", f"{words}, which does not count for it"
    elif wanted.layer == "product":
        kind, words = "update", f"{words}; it was done"
    elif setting.on_change == "nothing":
        kind, words = "nothing", f"{words}; its definition says that it stays as it is"
    elif only_waits(last) and setting.on_change == "undo":
        return Compensation("discard", key, f"{words}; it waits in vain", steps)
    elif only_waits(last):
        kind, words = "update", f"{words}; it waits anew"
    elif setting.on_change == "undo":
        kind, words = "undo", f"{words}; its definition says that it is taken back"
    elif setting.on_change == "undoThenRedo":
        kind, words = "undoThenRedo", f"{words}; its definition says that it is taken back first"
    elif last.kind == "fieldWork" and last.state == "waiting":
        kind, words = "undoThenRedo", f"{words}; the visit is called off and made anew"
    else:
        kind = "redo" if setting.on_change == "redo" else "update"
        words = f"{words}; {'it was done' if last.state in ENDED else 'it began'}"
    return Compensation(kind, key, words, steps, wanted, values)


def _is_alike(former: PlanItem, wanted: PlanItem) -> bool:
    return all(getattr(former, name) == getattr(wanted, name) for name in MADE_OF)


def _same(former: PlanItem, wanted: PlanItem) -> bool:
    return (
        all(getattr(former, name) == getattr(wanted, name) for name in ABOUT)
        and (former.characteristic or {}) == (wanted.characteristic or {})
        and _place(former) == _place(wanted)
        and not (is_told_by_item(wanted) and _spoken_of(former, wanted))
    )


def _is_insignificant(
    former: PlanItem, wanted: PlanItem, values: Mapping[str, Json], setting: Setting
) -> bool:
    return (
        bool(values) and values.keys() <= setting.insignificant and _place(former) == _place(wanted)
    )


def _place(item: PlanItem) -> Json:
    place = item.place
    return place.get("id") or place if isinstance(place, dict) else place


def _words(former: PlanItem, wanted: PlanItem, values: Mapping[str, Json]) -> str:
    """Return in words what is other about a step."""
    said = [f"{name} changes" for name in sorted(values)]
    if _place(former) != _place(wanted):
        said.append("the place changes")
    if former.name != wanted.name:
        said.append(f"is {wanted.name} instead of {former.name}")
    if former.action != wanted.action:
        said.append(f"is {wanted.action} instead of {former.action}")
    return ", ".join(said) or "its price, account or offering changes"
