"""The path of a project: its phases as steps of the order's plan, between those it has. Pure.

A phase that people do is a manual task; the phase of delivery is reached when what is ordered is
done. They stand in the plan like steps that an expert has added, so that a change of the order
goes on waiting for them and a line that goes takes its own with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from trunkline.documents.shape import Json
from trunkline.ordering.branch import place_name
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.plan_editing.plan_edit import ADDED
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.project.phase import OrderProject, Per, ProjectPhase

PATH = f"{ADDED}project/"
"""What the key of a step begins with that is a phase of a project."""


@dataclass(frozen=True)
class Stretch:
    """The lines that go through the phases together: a top line with those inside it, or a site.

    `tops` are the items whose milestones say that its lines are done, `items` all of them.
    """

    key: str
    tops: tuple[str, ...]
    items: frozenset[str]
    place: Json = None


def stretches(order: ProductOrder, per: Per, gone: Iterable[str] = ()) -> list[Stretch]:
    """Return what of an order goes through the phases of a project together."""
    lines = lines_of(order)
    left = set(gone)
    inside: dict[str, set[str]] = {}
    for one in lines.values():
        inside.setdefault(_top(lines, one), set()).add(one.id)
    found: dict[str, list[str]] = {}
    for ident in inside:
        if ident not in left:
            key = ident if per == "line" else place_name(lines[ident].place)
            found.setdefault(key, []).append(ident)
    return [
        Stretch(key, tuple(tops), frozenset().union(*(inside[one] for one in tops)),
                lines[tops[0]].place)
        for key, tops in found.items()
    ]  # fmt: skip


def lay(
    plan: Plan, project: OrderProject, found: Sequence[Stretch], new_id: Callable[[], str]
) -> None:
    """Bring the phases of a project into a plan, or, where they are there, to how it is now.

    What no line needs any more is called off by the caller's plan: its steps have no users.
    """
    held = {
        one.node_key: one
        for one in plan
        if one.node_key.startswith(PATH) and one.state != "canceled"
    }
    known = {f"{PATH}{index}/{one.key}" for one in found for index in range(len(project.phase))}
    for key, step in held.items():
        if key not in known and step.state not in ENDED:
            plan.put(replace(step, state="canceled"))
    _wait_for_none_canceled(plan)
    for one in found:
        _lay_one(plan, project, one, held, new_id)


def _lay_one(
    plan: Plan,
    project: OrderProject,
    stretch: Stretch,
    held: dict[str, PlanItem],
    new_id: Callable[[], str],
) -> None:
    ends = [one for one in plan if _is_end(one, stretch)]
    if not ends:  # all of it is done, or was called off
        return
    done = [need for one in ends for need in one.needs if not _is_phase(plan, need)]
    before: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    for index, phase in enumerate(project.phase):
        key = f"{PATH}{index}/{stretch.key}"
        needs = before if phase.stage == "before" else (*before, *done)
        step = held.get(key)
        if step is None:
            step = _new_step(plan, project, phase, stretch, key, new_id())
            plan.extend([step])
        if step.state == "pending":
            _needs(plan, step, needs)
        before = (step.id,)
        gate = before if phase.stage == "before" else gate
    for end in ends:
        _needs(plan, end, (*(one for one in end.needs if not _is_phase(plan, one)), *before))
    if gate and plan.items[gate[0]].state not in ENDED:
        for one in _first(plan, stretch):
            _needs(plan, one, (*one.needs, *gate))


def _wait_for_none_canceled(plan: Plan) -> None:
    """Let no step wait for a phase that was called off: such a need is never met."""
    gone = {one.id for one in plan if one.node_key.startswith(PATH) and one.state == "canceled"}
    for one in list(plan) if gone else ():
        if one.state not in ENDED and not gone.isdisjoint(one.needs):
            _needs(plan, one, (need for need in one.needs if need not in gone))


def _new_step(
    plan: Plan, project: OrderProject, phase: ProjectPhase, stretch: Stretch, key: str, ident: str
) -> PlanItem:
    like = next(iter(plan))
    is_work = phase.stage != "delivery"
    return PlanItem(
        id=ident, root=plan.root, position=plan.next_position, node_key=key, layer="order",
        kind="manual" if is_work else "automatic", name=phase.name, title=phase.name,
        item_id=stretch.key if project.per == "line" else None, role=phase.role,
        duration_minutes=phase.duration_minutes if is_work else None,
        place=stretch.place, owner=like.owner, partner=like.partner,
        reason=f"a phase of {project.name}",
    )  # fmt: skip


def _is_end(item: PlanItem, stretch: Stretch) -> bool:
    is_milestone = item.kind == "milestone" and item.direction == "do"
    is_own = item.item_id in stretch.tops and item.node_key == f"item/{item.item_id}"
    return is_milestone and is_own and item.state not in ENDED


def _is_phase(plan: Plan, ident: str) -> bool:
    item = plan.items.get(ident)
    return item is not None and item.node_key.startswith(PATH)


def _first(plan: Plan, stretch: Stretch) -> list[PlanItem]:
    """Return the steps of lines that have not begun and come after no other one of theirs."""
    own = {one.id: one for one in plan if one.item_id in stretch.items and one.layer != "order"}
    waiting = [one for one in own.values() if one.state == "pending" and one.direction == "do"]
    return [one for one in waiting if not any(need in own for need in one.needs)]


def _needs(plan: Plan, item: PlanItem, needs: Iterable[str]) -> None:
    """Let a step need these, and these know it."""
    item = plan.items[item.id]
    wanted = tuple(dict.fromkeys(needs))
    for ident in {*wanted, *item.needs}:
        needed = plan.items[ident]
        users = tuple(one for one in needed.needed_by if one != item.id)
        plan.put(replace(needed, needed_by=(*users, item.id) if ident in wanted else users))
    plan.put(replace(plan.items[item.id], needs=wanted))


def _top(lines: dict[str, Line], line: Line) -> str:
    seen = {line.id}
    while line.whole in lines and line.whole not in seen:
        line = lines[line.whole]
        seen.add(line.id)
    return line.id
