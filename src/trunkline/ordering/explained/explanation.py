"""Explanations: why an order has its lines, steps, values, dates, states and prices as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.decomposition import ITEMS as ITEMS_OF
from trunkline.ordering.edits import state_of
from trunkline.ordering.explained.because import Because, version_of
from trunkline.ordering.explained.order_reasons import of_prices, reasons_of_order
from trunkline.ordering.explained.step_reasons import Told, reasons, specification_of
from trunkline.ordering.jeopardy.policies import Policies, policies
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.revision.apart import nodes_alone, nodes_asked
from trunkline.ordering.revision.content import ITEMS, content_of, ever_asked
from trunkline.ordering.revision.verbs import is_broken_down
from trunkline.ordering.schedule import Scheduled, schedule
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shown_lines import item_within, lines_within, steps_of_lines
from trunkline.ordering.shown_plan import plan_shown
from trunkline.ordering.standalone_line import RootOrder
from trunkline.ordering.start import KIND_OF
from trunkline.screens.read_ahead import held


def explained(
    work: Work, ident: str, *, step: str | None = None, line: str | None = None,
    kind: type[Document] = ProductOrder,
) -> list[Because]:  # fmt: skip
    """Return why a step or a line of an order is as it is, else why the whole order is."""
    order: Document | None = held(work, kind, ident)
    if not isinstance(order, ProductOrder | ServiceOrder | ResourceOrder):
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    if step is not None:
        return explain_step(work, order, step)
    return explain_line(work, order, line) if line is not None else explain_order(work, order)


def explain_step(work: Work, order: RootOrder, step: str) -> list[Because]:
    """Return why a step of a product order is there, with its values, dates and state.

    What carries it out is said as the plan keeps it; for why it is there the order is broken down
    once more by the present catalog, and nothing is written. Refuses (404) a step that there is
    not, and (409) an order that is not broken down.
    """
    shown = plan_shown(work, order.id)
    by_id = {one.id: one for one in shown.steps}
    own = by_id.get(step)
    if own is None:
        raise NotFound("notFound", f"there is no step {step} in {order.key}")
    scheduled = schedule(shown.steps, work.now, shown.terms)
    return [
        *reasons(work, _told(work, order, own, by_id)),
        *_of_dates(work, own, by_id, scheduled, policies(work)),
        Because("state", _state(own, by_id), given=own.state),
    ]


def explain_line(work: Work, order: RootOrder, line: str) -> list[Because]:
    """Return why a line of an order has its state, its dates and its prices."""
    items = ITEMS_OF[type(order)]
    item = item_within(order.raw, line, items)
    if item is None:
        raise NotFound("notFound", f"{order.key} has no item {line}")
    shown = plan_shown(work, order.id)
    scheduled = schedule(shown.steps, work.now, shown.terms)
    own = steps_of_lines(shown.steps, lines_within(order.raw, line, items))
    found = list(_of_steps(own, scheduled, item.get("internalState") or item.get("state")))
    if not own:
        found = reasons_of_order(work, order, shown, what=("state", "start", "end", "rule"))
    prices = of_prices(work, order, line) if isinstance(order, ProductOrder) else ()
    return [*found, *_of_asked_dates(item), *prices]


def explain_order(work: Work, order: RootOrder) -> list[Because]:
    """Return why an order as a whole has its state, dates, priority and prices."""
    shown = plan_shown(work, order.id)
    scheduled = schedule(shown.steps, work.now, shown.terms)
    found = reasons_of_order(work, order, shown)
    if any(one.kind != "wait" for one in shown.steps):
        found += _of_steps(shown.steps, scheduled, order.state)
    return [*found, *_of_asked_dates(order.raw)]


def _told(work: Work, order: RootOrder, step: PlanItem, by_id: Mapping[str, PlanItem]) -> Told:
    """Return a step with what explains it: its node is that of the step that makes its record."""
    undone = by_id.get(step.undoes or "")
    meant = undone or step
    own = by_id.get(meant.part_of or "", meant)
    node = _node(work, order, list(by_id.values()), own.node_key) if own.layer != "order" else None
    moments = (one.started_at or one.ended_at for one in by_id.values())
    return Told(step, node, own, undone, min((one for one in moments if one), default=None))


def _node(work: Work, order: RootOrder, steps: Sequence[PlanItem], key: str) -> Node | None:
    """Return what a step stands for, of what the order asks for or did before; None if nothing."""
    kind, by_id = KIND_OF[type(order)], {one.id: one for one in steps}
    plan = Plan(order.id, kind, str(state_of(order)), by_id)
    if not is_broken_down(plan):
        raise Conflict("conflictNotBrokenDown", f"{order.key} is not broken down yet")
    if not isinstance(order, ProductOrder):
        nodes = nodes_alone(work, order, plan)
        return next((one for one in nodes if one.key == key), None)
    for content in (content_of(order), ever_asked(order)):
        nodes = nodes_asked(work, order, content, plan) if content[ITEMS] else ()
        found = next((one for one in nodes if one.key == key), None)
        if found is not None:
            return found
    return None


def _of_dates(
    work: Work,
    step: PlanItem,
    by_id: Mapping[str, PlanItem],
    scheduled: Mapping[str, Scheduled],
    in_force: Policies,
) -> Iterator[Because]:
    needs = [by_id[one] for one in step.needs if one in by_id]
    ends = {one.id: scheduled[one.id].end_at for one in needs}
    last = max((one for one in needs if ends[one.id] is not None),
               key=lambda one: str(ends[one.id]), default=None)  # fmt: skip
    if step.started_at is not None:
        start = "it was begun then"
    elif step.state in ENDED:
        start = "it was never begun"
    else:
        start = "it would begin at once" if last is None else f"{titled(last)} ends then"
    at = scheduled[step.id].start_at
    yield Because("start", start, given=format_instant(at) if at is not None else None)
    yield from _of_duration(work, step, in_force)
    end = scheduled[step.id].end_at
    if end is not None:
        text = "it ended then" if step.state in ENDED else "its start and how long it takes"
        if scheduled[step.id].is_critical:
            text += "; it decides when the order is done"
        yield Because("end", text, given=format_instant(end))


def _of_duration(work: Work, step: PlanItem, in_force: Policies) -> Iterator[Because]:
    """Yield how long a step takes, and who says so."""
    takes = in_force.takes(step)
    if takes is None:
        return
    minutes = int(takes.total_seconds() // 60)
    policy = in_force.takes_by(step)
    specification = specification_of(work, step)
    if policy is not None:
        rule, version = f"policy {policy.name}", str(policy.version)
    elif step.origin is not None:
        rule, version = f"plan definition {step.origin['name']}", str(step.origin["version"])
    elif specification is not None:
        rule, version = f"specification {specification.name}", str(version_of(specification))
    else:
        yield Because("duration", f"{minutes} minutes, as the step itself says", given=minutes)
        return
    yield Because("duration", f"{minutes} minutes", None, rule, version, minutes)


def titled(step: PlanItem) -> str:
    """Return what a step is called: one of several about the same record by its own title."""
    is_own = step.part_of is None and step.direction == "do"
    return step.name if is_own else step.title or step.name


def _state(step: PlanItem, by_id: Mapping[str, PlanItem]) -> str:
    """Return in words why a step is in its state."""
    waiting = [titled(by_id[one]) for one in step.needs
               if one in by_id and by_id[one].state not in ("completed", "skipped")]  # fmt: skip
    if step.hold is not None:
        return f"{step.state}: put on hold by {step.hold['by']}: {step.hold['reason']}"
    if step.state == "pending":
        return f"pending: waits for {', '.join(waiting)}" if waiting else "pending: its turn comes"
    if step.state in ("fallout", "failed"):
        tries = len(step.attempts) if isinstance(step.attempts, list) else step.attempt
        code = step.error_code or step.error_kind or "an error"
        return f"{step.state}: {code} after {tries} tries; somebody has to put it right"
    said = {
        "ready": "nobody has reported it yet" if step.kind == "manual" else "is about to be sent",
        "running": "is being sent", "waiting": "its answer, its time or its event is awaited",
        "unknown": "no answer came; the system is asked what became of it",
        "completed": "it was done", "skipped": "it was left out", "canceled": "it was called off",
    }  # fmt: skip
    return f"{step.state}: {step.reason or said[step.state]}"


def _of_steps(
    steps: Sequence[PlanItem], scheduled: Mapping[str, Scheduled], state: Json
) -> Iterator[Because]:
    """Yield how far steps are, and which of them ends last."""
    still = [one for one in steps if one.state not in ENDED and one.kind != "milestone"]
    stuck = [titled(one) for one in still if one.state in ("fallout", "failed")]
    text = f"{len(steps) - len(still)} of {len(steps)} steps are over"
    if stuck:
        text += f"; stands still: {', '.join(stuck)}"
    elif still:
        text += f"; still to come: {', '.join(titled(one) for one in still[:5])}"
    yield Because("state", text, given=state)
    ends = [(scheduled[one.id].end_at, one) for one in steps if one.state != "canceled"]
    dated: list[tuple[datetime, PlanItem]] = [(at, one) for at, one in ends if at is not None]
    if dated:
        at, last = max(dated, key=lambda pair: (pair[0], pair[1].kind != "milestone"))
        verb = "ended" if last.state in ENDED else "ends"
        yield Because("end", f"{titled(last)} {verb} last", given=format_instant(at))


def _of_asked_dates(said: Mapping[str, Json]) -> Iterator[Because]:
    """Yield the dates that were asked for and promised, of an order or of a line."""
    for name in ("requestedCompletionDate", "committedCompletionDate"):
        if said.get(name) is not None:
            text = "was asked for" if name.startswith("requested") else "was promised"
            yield Because("end", text, name=name, given=said[name])
