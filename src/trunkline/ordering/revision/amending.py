"""Amending: a running plan brought to what its changed order asks for, step by step. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from trunkline.documents.shape import Json
from trunkline.ordering.keeping import Kept
from trunkline.ordering.left_out import with_earlier
from trunkline.ordering.new_plan import END
from trunkline.ordering.plan_editing.plan_edit import ADDED
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem, fresh
from trunkline.ordering.revision.compensation import (
    TAKEN_BACK,
    Compensation,
    in_force,
    is_told_by_item,
    last_kept,
)
from trunkline.ordering.revision.content import LINE_CANCELED
from trunkline.ordering.revision.no_return import has_begun, has_done, only_waits
from trunkline.ordering.undo import NOTHING_TO_UNDO, call_visits_off, undo_steps

NewId = Callable[[], str]
TITLES = {"update": "Update", "redo": "Redo"}


@dataclass
class Amended:
    """What was done to a plan: by key the new steps, and those that were changed as they stand.

    `redone` are new steps about records that are there, `added` those about new ones, `updated`
    had not begun, `undone` are the steps taken back, `dropped` those called off. `retry` are
    steps that go to the network under a new key.
    """

    redone: dict[str, PlanItem] = field(default_factory=dict)
    added: dict[str, PlanItem] = field(default_factory=dict)
    updated: dict[str, PlanItem] = field(default_factory=dict)
    undone: list[PlanItem] = field(default_factory=list)
    dropped: list[PlanItem] = field(default_factory=list)
    retry: list[PlanItem] = field(default_factory=list)


def undone_steps(found: Iterable[Compensation]) -> list[PlanItem]:
    """Return the steps that are taken back, as they stand."""
    return [
        step
        for one in found
        if one.kind in TAKEN_BACK
        for step in one.steps
        if has_done(step) and step.kind not in NOTHING_TO_UNDO
    ]


def amend(
    plan: Plan,
    found: Sequence[Compensation],
    wanted: Sequence[PlanItem],
    new_id: NewId,
    at: datetime,
    *,
    silent: frozenset[str] = frozenset(),
    kept: Mapping[str, Kept] | None = None,
) -> Amended:
    """Carry compensations out on a plan; `wanted` is the plan of the order as it shall be.

    The steps of `silent` are taken back without telling anybody. What `kept` names stays, since
    others use it.
    """
    return _Amendment(plan, found, wanted, new_id, at).carry_out(silent, kept or {})


class _Amendment:
    def __init__(
        self,
        plan: Plan,
        found: Sequence[Compensation],
        wanted: Sequence[PlanItem],
        new_id: NewId,
        at: datetime,
    ) -> None:
        self.plan = plan
        self.found = found
        self.wanted = {one.node_key: one for one in wanted}
        self.keys = {one.id: one.node_key for one in wanted}
        self.new_id = new_id
        self.at = at
        self.final = {key: steps[-1].id for key, steps in in_force(plan).items()}
        self.done = Amended()
        self.new: dict[str, PlanItem] = {}
        self.undo_of: dict[str, str] = {}
        self.position = plan.next_position

    def carry_out(self, silent: frozenset[str], kept: Mapping[str, Kept]) -> Amended:
        self._drop()
        self._undo(silent, kept)
        for one in self.found:
            if one.wanted is not None and one.kind not in ("undo", "nothing", "keep"):
                self._do(one, one.wanted)
        self._need_anew()
        self._reach_milestones()
        self.plan.extend(sorted(self.new.values(), key=lambda one: one.position))
        self._tell_users()
        return self.done

    def _drop(self) -> None:
        """Call off what did not begin and is not asked for any more."""
        for one in self.found:
            if one.kind != "discard" and one.kind not in TAKEN_BACK:
                continue
            for step in one.steps:
                if step.state not in ENDED and not has_done(step):
                    self.done.dropped.append(
                        self.plan.put(replace(step, state="canceled", ended_at=self.at))
                    )
            self.final.pop(one.key, None)

    def _undo(self, silent: frozenset[str], kept: Mapping[str, Kept]) -> None:
        self.done.undone = call_visits_off(self.plan, undone_steps(self.found), self.at)
        asked = [one for one in self.found if one.kind in TAKEN_BACK and one.wanted is not None]
        changed = {step.id for one in asked for step in one.steps}
        steps = undo_steps(self.plan, self.done.undone, self.new_id, kept=kept, changed=changed)
        for step in steps:
            if step.undoes in silent and step.state != "skipped":
                step.kind, step.command_key = "automatic", None
            self.undo_of[str(step.undoes)] = step.id
        self._add(steps)

    def _do(self, one: Compensation, wanted: PlanItem) -> None:
        last = last_kept(one.steps) if one.steps else None
        if last is None or one.kind in TAKEN_BACK:
            made = replace(wanted, id=self.new_id())
            if last is not None and self._stays(wanted):
                about = {name: getattr(last, name) for name in ("product", "service", "resource")}
                made = replace(made, design=_redesigned(last, wanted), **about)
            before = [self.undo_of[step.id] for step in one.steps if step.id in self.undo_of]
            made.needs = tuple(before)
            self.done.added[one.key] = made
            self._add([made])
        elif has_done(last):
            made = self._again(one, last, wanted)
            self.done.redone[one.key] = made
            self._add([made])
        else:
            made = self._updated(one, last, wanted)
            self.done.updated[one.key] = made
        self.final[one.key] = made.id

    def _again(self, one: Compensation, last: PlanItem, wanted: PlanItem) -> PlanItem:
        """Return the step that brings what a begun one has made to what is wanted now."""
        made = fresh(last, ident=self.new_id(), position=0, node_key=one.key)
        held, values = last.characteristic or {}, self._values(one, last)
        gone: dict[str, Json] = {name: None for name in held if name not in values}
        former: dict[str, Json] = {"characteristic": {name: held.get(name)
                                                      for name in {**held, **values}}}  # fmt: skip
        if wanted.place != last.place:
            former["place"] = last.place if last.layer == "resource" else [last.place]
        what = f"{TITLES.get(one.kind, 'Update')}: {wanted.title or wanted.name}"
        return replace(
            made,
            action="modify" if last.action in {"add", "modify"} else last.action,
            title=what,
            characteristic={**values, **gone} or None,
            former=former,
            place=wanted.place,
            wants=None,
            links=None,
            role=wanted.role,
            duration_minutes=wanted.duration_minutes,
            command_key=self.new_id() if last.kind == "callout" else None,
            point_of_no_return=wanted.point_of_no_return,
            design=_redesigned(last, wanted),
            needs=(last.id,),
        )

    def _stays(self, wanted: PlanItem) -> bool:
        """Tell whether a step of a plan definition that is done anew is about the same record."""
        replaced = {one.key for one in self.found if one.kind in TAKEN_BACK and one.wanted
                    and not is_told_by_item(one.wanted)}  # fmt: skip
        owner = self.keys.get(wanted.part_of or "")
        own = {one.node_key for one in self.wanted.values() if one.part_of == wanted.part_of}
        return is_told_by_item(wanted) and not replaced & {*own, owner}

    def _updated(self, one: Compensation, last: PlanItem, wanted: PlanItem) -> PlanItem:
        """Return a step that did not begin as it is asked for now; one that failed begins anew.

        What failed is tried again under another key: under the old one something else was sent.
        """
        was_tried = last.state in {"failed", "fallout"} or last.attempt > 0
        made = replace(last, characteristic=self._values(one, last) or None, place=wanted.place,
                       design=_redesigned(last, wanted))  # fmt: skip
        if is_told_by_item(made) and made.kind == "callout" and made.state == "ready":
            made = replace(made, state="pending")  # it is put together anew
        if only_waits(last):  # for what is told of it by now
            made = replace(made, state="pending", started_at=None, correlation=None)
        if len(one.steps) == 1:  # else it is to change what a step before it has made
            made = replace(
                made,
                name=wanted.name,
                title=wanted.title,
                action=wanted.action,
                specification=wanted.specification,
                former=wanted.former,
                wants=wanted.wants,
                role=wanted.role,
                duration_minutes=wanted.duration_minutes,
            )
        if made.kind == "automatic" and one.values:
            made = replace(made, former=with_earlier(made.former, last, one.values))
        if was_tried:
            if last.command_key is not None:
                self.done.retry.append(last)
                made = replace(made, command_key=self.new_id())
            made = replace(made, state="pending", started_at=None, answer=None, error_kind=None,
                           error_code=None, error_message=None, fallout=None)  # fmt: skip
        return self.plan.put(made)

    def _values(self, one: Compensation, last: PlanItem) -> dict[str, Json]:
        """Return the values of a step with those that are other now; what it was given stays."""
        other = one.values if one.values and not is_told_by_item(last) else {}
        held = {**(last.characteristic or {}), **other}
        return {name: value for name, value in held.items() if value is not None}

    def _need_anew(self) -> None:
        """Let steps that did not begin, and new ones, wait for what they need now."""
        for key, wanted in self.wanted.items():
            ident = self.final.get(key)
            if wanted.layer == "order" or ident is None:
                continue
            needs = self._mapped(wanted.needs)
            held = self.plan.items.get(ident)
            needs += tuple(one for one in (held.needs if held else ()) if self._goes_on(one, key))
            needs += tuple(one for one in self._parts(wanted) if self._is_new_to(held, one))
            made = self.new.get(ident)
            if made is not None:
                made.part_of = self._final(wanted.part_of)
                made.needs = tuple(dict.fromkeys((*made.needs, *needs)))
                continue
            item = self.plan.items[ident]
            if item.state in ENDED or has_begun(item) or item.needs == needs:
                continue
            waits = item.state in {"ready", "failed"} and not self._are_met(needs)
            state = "pending" if waits else item.state
            self.plan.put(replace(item, needs=needs, state=state))
        for one in self.found:
            if one.kind == "undo":
                self._undo_after_users(one)

    def _undo_after_users(self, one: Compensation) -> None:
        """Let what goes be taken back only when those that used it have let go of it."""
        again = {step.id for step in self.done.redone.values()}
        undoing = {self.undo_of.get(step.id) for step in one.steps}
        users = {
            self.final.get(self.plan.items[user].node_key, "")
            for step in one.steps
            for user in step.needed_by
            if user in self.plan.items
        }
        for item in self.new.values():
            if item.id in undoing:
                item.needs = (*item.needs, *sorted(users & again))

    def _parts(self, wanted: PlanItem) -> list[str]:
        """Return the steps that a plan definition has made of a record, as they stand."""
        own = [one for one in self.wanted.values() if one.part_of == wanted.id]
        return [self.final[one.node_key] for one in own if one.node_key in self.final]

    def _is_new_to(self, held: PlanItem | None, part: str) -> bool:
        """Tell whether a record's own step waits for one of its parts, made by this change or one
        before: those that come after it may have been done, and stay as they are."""
        return part in self.new or (held is not None and part in held.needs)

    def _final(self, ident: str | None) -> str | None:
        """Return the step that stands in the plan for one of the wanted plan."""
        return self.final.get(self.keys.get(ident, "")) if ident is not None else None

    def _mapped(self, needs: Iterable[str]) -> tuple[str, ...]:
        found = (self._final(need) for need in needs)
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def _are_met(self, needs: Iterable[str]) -> bool:
        known = (self.plan.items.get(one) for one in needs)
        return all(one is not None and one.state in ENDED for one in known)

    def _reach_milestones(self) -> None:
        """Bring the milestones of lines and of the order to what has to be reached now."""
        made: dict[str | None, list[str]] = {}
        for item in self.new.values():
            made.setdefault(item.item_id, []).append(item.id)
        standing = _milestones(self.plan)
        lines = [one for one in self.wanted.values() if one.layer == "order"]
        gone = [one for key, one in standing.items() if key not in self.wanted]
        last: list[str] = []
        for one in gone:
            if one.item_id is None or one.node_key.startswith(LINE_CANCELED):
                continue
            by_hand = [each for each in self.plan if each.item_id == one.item_id
                       and each.node_key.startswith(ADDED)]  # fmt: skip
            for step in (one, *by_hand):
                if step.state not in ENDED:
                    self.plan.put(replace(step, state="canceled", ended_at=self.at))
            key = LINE_CANCELED + one.item_id
            last.append(self._milestone(one, key, f"{one.name} canceled", made.get(one.item_id)))
        for one in lines:
            needs = [*self._mapped(one.needs), *made.get(one.item_id, ())]
            if one.node_key == END:
                needs += [*last, *(ident for each in made.values() for ident in each)]
            self._settle_milestone(one, standing.get(one.node_key), tuple(dict.fromkeys(needs)))

    def _settle_milestone(
        self, wanted: PlanItem, held: PlanItem | None, needs: tuple[str, ...]
    ) -> None:
        if held is None or held.state == "canceled":
            self.final[wanted.node_key] = self._milestone(
                wanted, wanted.node_key, wanted.name, needs
            )
        elif held.state not in ENDED:
            waits = (*needs, *(one for one in held.needs if self._is_awaited(one)))
            self.plan.put(replace(held, name=wanted.name, needs=tuple(dict.fromkeys(waits))))
            self.final[wanted.node_key] = held.id
        elif self._are_met(needs):
            self.final[wanted.node_key] = held.id
        else:
            self.final[wanted.node_key] = self._milestone(
                wanted, wanted.node_key, wanted.name, needs
            )

    def _milestone(self, like: PlanItem, key: str, name: str, needs: Iterable[str] | None) -> str:
        made = fresh(like, ident=self.new_id(), position=0, node_key=key)
        self._add([replace(made, name=name, needs=tuple(needs or ()))])
        return made.id

    def _is_awaited(self, ident: str) -> bool:
        """Tell whether a milestone goes on waiting for what an earlier change made it wait for."""
        item = self.plan.items[ident]
        is_own = item.layer != "order" or item.node_key.startswith((LINE_CANCELED, ADDED))
        return is_own and item.state not in ENDED and ident not in self.undo_of

    def _goes_on(self, ident: str, key: str) -> bool:
        """Tell whether a step goes on being waited for, though no plan made anew knows of it.

        Somebody has added it by hand, or it is what an earlier change left to be awaited: the step
        that stood for the same before, or what takes that back.
        """
        item = self.plan.items.get(ident)
        if item is not None and item.node_key == key:  # what is left without a change is made still
            return item.state != "canceled"
        if item is None or item.state in ENDED:
            return False
        return item.direction == "undo" or item.node_key.startswith(ADDED)

    def _add(self, items: Iterable[PlanItem]) -> None:
        for item in items:
            item.position = self.position
            self.position += 1
            self.new[item.id] = item

    def _tell_users(self) -> None:
        """Let every step know again by which others it is needed."""
        users: dict[str, list[str]] = {}
        for item in sorted(self.plan, key=lambda one: one.position):
            for need in item.needs:
                users.setdefault(need, []).append(item.id)
        for item in list(self.plan):
            needed_by = tuple(users.get(item.id, ()))
            if item.id in self.plan.added:
                item.needed_by = needed_by
            elif item.needed_by != needed_by:
                self.plan.put(replace(item, needed_by=needed_by))


def _redesigned(last: PlanItem, wanted: PlanItem) -> Json:
    """Return what a step's item speaks of now, about the record that there is."""
    if last.design is None or wanted.design is None:
        return last.design
    facts = {**wanted.design["facts"], "record": last.design["facts"].get("record")}
    return {**last.design, "facts": facts, "given": wanted.design["given"]}


def _milestones(plan: Plan) -> dict[str, PlanItem]:
    """Return the last milestone of each key."""
    ordered = sorted(plan, key=lambda one: one.position)
    return {
        one.node_key: one
        for one in ordered
        if one.kind == "milestone" and one.layer == "order" and one.direction == "do"
    }
