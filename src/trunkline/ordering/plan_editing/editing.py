"""Editing: a plan with an expert's edits carried out, and every fault of the result. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.ordering.new_plan import END
from trunkline.ordering.node import SHARED
from trunkline.ordering.plan_editing.plan_edit import ADDED, PlanEdit
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem, fresh
from trunkline.ordering.revision.no_return import kind_of
from trunkline.ordering.revision.setting import setting_of

FALLEN = frozenset({"fallout", "failed"})
DEPTHS = {"order": 0, "product": 1, "service": 2, "resource": 3}
NO_CATALOG = CatalogSnapshot()


@dataclass
class Edited:
    """What became of a plan: sentences that say it, its faults, and steps sent under a new key."""

    told: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    added: list[PlanItem] = field(default_factory=list)


def edit_plan(
    plan: Plan, edits: Sequence[PlanEdit], new_id: Callable[[], str], *, by: str
) -> Edited:
    """Carry edits out on a plan, one after the other; it is not to be kept where there are faults.

    The plan stays one that ends: no step waits for itself, for one that was removed, or for what
    cannot be reached; what cannot be taken back once begun does not come sooner than planned.
    """
    editing = _Editing(plan, new_id, by)
    for place, edit in enumerate(edits):
        editing.carry_out(edit, f"edit[{place}]")
    if not editing.done.faults:
        editing.done.faults += circle_faults(plan)
    return editing.done


def is_stuck(plan: Plan) -> bool:
    """Tell whether an order stands still, in whole or in part, so that its plan may be edited."""
    return stands_still(plan.state, plan)


def stands_still(state: str, steps: Iterable[PlanItem]) -> bool:
    """Tell whether an order in an internal state does, or any of its steps."""
    return state == "onHold" or any(
        one.state in FALLEN or (one.hold is not None and one.state not in ENDED) for one in steps
    )


def may_change(item: PlanItem) -> bool:
    """Tell whether a step has not begun: nobody has it and nothing was sent for it."""
    if item.direction == "undo" or item.kind in ("milestone", "wait"):
        return False
    is_offered = item.kind == "manual" and item.state == "ready" and item.claim is None
    return item.state == "pending" or is_offered


def may_repeat(item: PlanItem) -> bool:
    """Tell whether a step that was done may be done once more."""
    is_work = item.kind in ("manual", "callout") and item.action not in ("delete", "suspend")
    return item.state == "completed" and item.direction == "do" and is_work


def is_final(item: PlanItem) -> bool:
    """Tell whether a step cannot be taken back once it has begun."""
    return kind_of(item, setting_of(item, NO_CATALOG)) == "hard"


def circle_faults(plan: Plan) -> Iterator[Fault]:
    """Yield a fault where steps wait for each other, or for one that never comes."""
    waiting = {one.id: set(one.needs) for one in plan if one.state not in ENDED}
    for one in plan:
        for need in one.needs if one.state not in ENDED and one.direction == "do" else ():
            needed = plan.items.get(need)
            if needed is not None and needed.state == "canceled":
                message = f"{one.name} would wait for {needed.name}, which was called off"
                yield Fault("edit", "stepUnreachable", message)
    left = {ident: needs & waiting.keys() for ident, needs in waiting.items()}
    while free := [ident for ident, needs in left.items() if not needs]:
        for ident in free:
            del left[ident]
        gone = set(free)
        left = {ident: needs - gone for ident, needs in left.items()}
    if left:
        names = ", ".join(sorted(plan.items[one].name for one in left))
        yield Fault("edit", "stepCircle", f"these steps would wait for each other: {names}")


class _Editing:
    """Carries edits out on one plan."""

    def __init__(self, plan: Plan, new_id: Callable[[], str], by: str) -> None:
        self.plan = plan
        self.new_id = new_id
        self.by = by
        self.done = Edited()

    def carry_out(self, edit: PlanEdit, path: str) -> None:
        """Carry one edit out, or note why it cannot be."""
        found = list(self._faults(edit, path))
        if found:
            self.done.faults += found
            return
        step = self.plan.items.get(edit.step)
        if step is None:
            self._add(edit)
        elif edit.do == "remove":
            self._remove(step)
        elif edit.do == "repeat":
            self._repeat(step)
        elif edit.do == "change":
            self._change(step, edit)
        elif edit.do == "wait":
            self._wait(step, edit.needs)
        else:
            self._unwait(step, edit.needs)

    # --- what cannot be ------------------------------------------------------------------------

    def _faults(self, edit: PlanEdit, path: str) -> Iterator[Fault]:
        known = self.plan.items
        named = [("step", edit.step), ("needs", edit.needs)]
        named += [(name, one) for name in ("after", "before") for one in getattr(edit, name)]
        unknown = [(name, one) for name, one in named if one and one not in known]
        for name, one in unknown:
            yield Fault(f"{path}.{name}", "stepUnknown", f"the plan has no step {one}")
        if unknown:
            return
        if edit.do == "add":
            yield from self._faults_of_new(edit, path)
            return
        step = known[edit.step]
        if edit.do == "repeat":
            yield from _repeat_faults(step, path)
            return
        if not may_change(step) and not (edit.do == "change" and _is_fixable(step)):
            is_waiting = step.kind == "milestone" and step.state == "pending"
            if not (edit.do == "wait" and is_waiting):
                message = f"{step.name} is {step.state}; only what has not begun is edited"
                yield Fault(f"{path}.step", "stepBegun", message)
                return
        if edit.do == "wait":
            yield from self._faults_of_wait(step, known[edit.needs], path)
        elif edit.do == "unwait":
            yield from self._faults_of_unwait(step, known[edit.needs], path)
        elif edit.do == "remove":
            yield from self._faults_of_removal(step, path)

    def _faults_of_new(self, edit: PlanEdit, path: str) -> Iterator[Fault]:
        if edit.kind == "timer" and edit.minutes is None:
            yield Fault(f"{path}.durationMinutes", "required", "say how long it waits")
        if edit.line is not None and self._milestone(edit.line) is None:
            message = f"the plan has no open item {edit.line}"
            yield Fault(f"{path}.itemId", "itemUnknown", message)
        for ident in edit.before:
            user = self.plan.items[ident]
            is_open = user.kind == "milestone" and user.state == "pending"
            if not may_change(user) and not is_open:
                message = f"{user.name} is {user.state}; nothing can be put before it any more"
                yield Fault(f"{path}.before", "stepBegun", message)
        for ident in edit.after:
            yield from self._unreachable(self.plan.items[ident], f"{path}.after")

    def _faults_of_wait(self, step: PlanItem, need: PlanItem, path: str) -> Iterator[Fault]:
        if need.id == step.id:
            yield Fault(f"{path}.needs", "stepCircle", f"{step.name} cannot wait for itself")
        yield from self._unreachable(need, f"{path}.needs")

    def _faults_of_unwait(self, step: PlanItem, need: PlanItem, path: str) -> Iterator[Fault]:
        if need.id not in step.needs:
            message = f"{step.name} does not wait for {need.name}"
            yield Fault(f"{path}.needs", "stepUnknown", message)
        elif _carries(need, step):
            message = f"{step.name} is built on {need.name}; change the order instead"
            yield Fault(f"{path}.needs", "stepStructure", message)
        elif is_final(step) and need.state not in ENDED:
            yield self._too_soon(step, need, f"{path}.needs")

    def _faults_of_removal(self, step: PlanItem, path: str) -> Iterator[Fault]:
        for ident in step.needed_by:
            user = self.plan.items.get(ident)
            if user is not None and user.state not in ENDED and is_final(user):
                yield self._too_soon(user, step, f"{path}.step")

    def _too_soon(self, step: PlanItem, need: PlanItem, path: str) -> Fault:
        message = f"{step.name} cannot be taken back once begun, so it goes on waiting for"
        return Fault(path, "conflictPointOfNoReturn", f"{message} {need.name}")

    def _unreachable(self, need: PlanItem, path: str) -> Iterator[Fault]:
        if need.state == "canceled":
            yield Fault(path, "stepUnreachable", f"{need.name} was called off and never comes")

    # --- what is done --------------------------------------------------------------------------

    def _add(self, edit: PlanEdit) -> None:
        like = next(iter(self.plan))
        ident = self.new_id()
        step = PlanItem(
            id=ident, root=self.plan.root, position=self.plan.next_position,
            node_key=f"{ADDED}{ident}", layer="order",
            kind="timer" if edit.kind == "timer" else "manual", name=edit.name or "",
            item_id=edit.line, role=edit.role, duration_minutes=edit.minutes,
            delay_s=(edit.minutes or 0) * 60 if edit.kind == "timer" else None,
            owner=like.owner, partner=like.partner, needs=tuple(dict.fromkeys(edit.after)),
            reason=f"added by {self.by}",
        )  # fmt: skip
        self._extend(step)
        end = self._milestone(edit.line)
        users = [self.plan.items[one] for one in edit.before] or ([end] if end is not None else [])
        for user in users:
            self._wait(user, ident, tells=False)
        self.done.told.append(f"added {step.name}")

    def _remove(self, step: PlanItem) -> None:
        """Call a step off, its users waiting for what it waited for; what makes a record is left
        out instead, with all that stands on it alone."""
        reason = f"removed by {self.by}"
        if step.action is not None:
            self.plan.put(replace(step, state="skipped", reason=reason))
        else:
            for ident in step.needed_by:
                user = self.plan.items[ident]
                if user.state not in ENDED:
                    needs = [one for one in user.needs if one != step.id] + list(step.needs)
                    self._needs(user, needs)
            self.plan.put(replace(self.plan.items[step.id], state="canceled", reason=reason))
        self.done.told.append(f"removed {step.name}")

    def _repeat(self, step: PlanItem) -> None:
        made = fresh(step, ident=self.new_id(), position=self.plan.next_position,
                     node_key=step.node_key)  # fmt: skip
        is_made = step.action in ("add", "modify")
        made = replace(
            made,
            title=f"Repeat: {step.title or step.name}",
            action="modify" if is_made else step.action,
            former={"characteristic": dict(step.values)} if is_made else step.former,
            command_key=self.new_id() if step.kind == "callout" else None,
            wants=None,
            links=None,
            reason=f"repeated by {self.by}",
            needs=(step.id,),
        )
        self._extend(made)
        users = [self.plan.items[one] for one in step.needed_by if one in self.plan.items]
        users = [one for one in users if one.state == "pending" and one.direction == "do"]
        end = self._milestone(step.item_id)
        for user in [*users, *([end] if end is not None and end not in users else [])]:
            self._wait(user, made.id, tells=False)
        self.done.told.append(f"repeated {step.name}")

    def _change(self, step: PlanItem, edit: PlanEdit) -> None:
        held = step.characteristic if isinstance(step.characteristic, dict) else {}
        values = {**held, **edit.characteristic}
        values = {name: value for name, value in values.items() if value is not None}
        minutes = step.duration_minutes if edit.minutes is None else edit.minutes
        self.plan.put(
            replace(
                step, characteristic=values or None, role=edit.role or step.role,
                duration_minutes=minutes, title=edit.name or step.title,
                delay_s=minutes * 60 if step.kind == "timer" and minutes is not None
                else step.delay_s,
            )
        )  # fmt: skip
        said = sorted(edit.characteristic)
        said += [name for name, one in (("role", edit.role), ("duration", edit.minutes),
                                        ("title", edit.name)) if one is not None]  # fmt: skip
        self.done.told.append(f"changed {step.name}: {', '.join(said) or 'nothing'}")

    def _wait(self, step: PlanItem, need: str, *, tells: bool = True) -> None:
        self._needs(self.plan.items[step.id], (*self.plan.items[step.id].needs, need))
        if tells:
            self.done.told.append(f"{step.name} waits for {self.plan.items[need].name}")

    def _unwait(self, step: PlanItem, need: str) -> None:
        self._needs(step, [one for one in step.needs if one != need])
        self.done.told.append(f"{step.name} no longer waits for {self.plan.items[need].name}")

    # --- inside --------------------------------------------------------------------------------

    def _extend(self, step: PlanItem) -> None:
        self.plan.extend([step])
        self.done.added.append(step)

    def _needs(self, step: PlanItem, needs: Iterable[str]) -> None:
        """Let a step wait for these; one that was offered to people waits again."""
        found = tuple(dict.fromkeys(needs))
        for ident in {*found, *step.needs}:
            needed = self.plan.items[ident]
            users = tuple(one for one in needed.needed_by if one != step.id)
            if ident in found:
                users += (step.id,)
            self._put(needed, needed_by=users)
        is_back = step.state == "ready" and not all(
            self.plan.items[one].state in ENDED for one in found
        )
        held = self.plan.items[step.id]
        self._put(held, needs=found)
        if is_back:
            self.plan.put(
                replace(self.plan.items[step.id], state="pending", started_at=None, due_at=None)
            )

    def _put(self, step: PlanItem, **changed: tuple[str, ...]) -> None:
        if step.id in self.plan.added:  # nobody has seen it yet
            for name, value in changed.items():
                setattr(step, name, value)
        else:
            self.plan.put(replace(step, **changed))  # type: ignore[arg-type]

    def _milestone(self, line: str | None) -> PlanItem | None:
        """Return the milestone of a line, or of the order, that is not reached yet."""
        for one in self.plan:
            if one.kind == "milestone" and one.state == "pending" and one.direction == "do":
                is_own = one.item_id == line if line is not None else one.node_key == END
                if is_own:
                    return one
        return None


def _repeat_faults(step: PlanItem, path: str) -> Iterator[Fault]:
    if not may_repeat(step):
        message = f"{step.name} is {step.state}; people's work and calls that were done are"
        yield Fault(f"{path}.step", "stepNotRepeatable", f"{message} repeated")
    elif is_final(step):
        message = f"{step.name} cannot be taken back, so it is not done twice"
        yield Fault(f"{path}.step", "conflictPointOfNoReturn", message)


def _is_fixable(step: PlanItem) -> bool:
    """Tell whether a step that stands still may get other values before it is tried again."""
    return step.state == "fallout" and step.error_kind in ("technical", "business")


def _carries(need: PlanItem, step: PlanItem) -> bool:
    """Tell whether what a step makes is built on what another one makes, for the same line."""
    if step.kind == "milestone" or step.part_of == need.id or need.part_of == step.id:
        return True
    both = need.action is not None and step.action is not None
    is_own = need.item_id == step.item_id or need.node_key.startswith(SHARED)
    return both and is_own and DEPTHS[need.layer] >= DEPTHS[step.layer]
