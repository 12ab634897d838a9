"""Explanations: why an order has its lines, steps, values, dates, states and prices as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from trunkline.catalog.entry import Specification
from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.policies import Policies, policies
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.node import Node
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.assessment import assess
from trunkline.ordering.revision.content import content_of
from trunkline.ordering.revision.verbs import is_broken_down
from trunkline.ordering.schedule import Scheduled, schedule
from trunkline.ordering.shown_lines import item_within, lines_within, steps_of_lines
from trunkline.ordering.shown_plan import plan_shown

About: TypeAlias = Literal["part", "rule", "value", "start", "duration", "end", "state", "price"]


@dataclass(frozen=True)
class Because:
    """Why one thing about a line or a step is as it is.

    `name` is the value or price that is meant, `rule` what decided it (a plan definition, a
    specification, a policy, a price) with its `version`, `given` what it was decided by.
    """

    about: About
    text: str
    name: str | None = None
    rule: str | None = None
    version: str | None = None
    given: Json = None


def explain_step(work: Work, ident: str, step: str) -> list[Because]:
    """Return why a step of a product order is there, with its values, dates and state.

    The order is broken down once more by the present catalog, and nothing is written. Refuses
    (404) a step that there is not, and (409) an order that is not broken down.
    """
    order = _order(work, ident)
    shown = plan_shown(work, order.id)
    own = next((one for one in shown.steps if one.id == step), None)
    if own is None:
        raise NotFound("notFound", f"there is no step {step} in {order.key}")
    scheduled = schedule(shown.steps, work.now, shown.terms)
    by_id = {one.id: one for one in shown.steps}
    found: list[Because] = []
    if own.layer != "order":
        node = _nodes(work, order, shown.steps).get(own.node_key)
        found += _of_node(own, node)
        found += _of_specification(work, own)
    found += _of_dates(own, by_id, scheduled, policies(work))
    found.append(Because("state", _state(own, by_id)))
    return found


def explain_line(work: Work, ident: str, line: str) -> list[Because]:
    """Return why a line of a product order has its state, its dates and its prices."""
    order = _order(work, ident)
    item = item_within(order.raw, line)
    if item is None:
        raise NotFound("notFound", f"{order.key} has no item {line}")
    shown = plan_shown(work, order.id)
    scheduled = schedule(shown.steps, work.now, shown.terms)
    own = steps_of_lines(shown.steps, lines_within(order.raw, line))
    return [*_of_line(item, own, scheduled), *_of_prices(order, line)]


def _order(work: Work, ident: str) -> ProductOrder:
    order = work.get(ProductOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no product order {ident}")
    return order


def _nodes(work: Work, order: ProductOrder, steps: Sequence[PlanItem]) -> Mapping[str, Node]:
    """Return by key what an order that runs is broken down into."""
    plan = Plan(order.id, "ProductOrder", str(order.internal_state), {one.id: one for one in steps})
    if not is_broken_down(plan):
        raise Conflict("conflictNotBrokenDown", f"{order.key} is not broken down yet")
    found = assess(work, order, content_of(order), plan)
    return {one.key: one for one in found.former_nodes}


def _of_node(step: PlanItem, node: Node | None) -> Iterator[Because]:
    if node is None:
        text = step.reason or "is not asked for by the present catalog any more"
        yield Because("part", text)
        return
    yield Because("part", node.explanation)
    held = step.characteristic if isinstance(step.characteristic, dict) else {}
    known = {one.name: one for one in node.characteristics}
    for name, value in held.items():
        said = known.get(name)
        if said is not None and said.value == value:
            yield Because("value", said.explanation, name=name, given=value)
        else:
            text = "was brought by an answer, a report or a correction"
            yield Because("value", text, name=name, given=value)


def _of_specification(work: Work, step: PlanItem) -> Iterator[Because]:
    if step.origin is not None:
        yield Because(
            "rule", str(step.origin.get("reason") or "picked it"),
            rule=f"plan definition {step.origin['name']}",
            version=str(step.origin["version"]), given=step.origin.get("item"),
        )  # fmt: skip
        return
    kind: type[Specification] | None = SPECIFICATIONS.get(step.layer)
    found = work.get(kind, step.specification) if kind and step.specification else None
    if found is not None:
        yield Because(
            "rule", "its fulfilment says how it is carried out",
            rule=f"specification {found.name or found.key}", version=found.raw.get("version"),
        )  # fmt: skip


def _of_dates(
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
    else:
        start = "it would begin at once" if last is None else f"{last.name} ends then"
    at = scheduled[step.id].start_at
    yield Because("start", start, given=format_instant(at) if at is not None else None)
    takes = in_force.takes(step)
    if takes is not None:
        policy = in_force.takes_by(step)
        minutes = int(takes.total_seconds() // 60)
        source = f"policy {policy}" if policy is not None else "its specification or definition"
        yield Because("duration", f"{minutes} minutes", rule=source, given=minutes)
    end = scheduled[step.id].end_at
    if end is not None:
        text = "it ended then" if step.state in ENDED else "its start and how long it takes"
        if scheduled[step.id].is_critical:
            text += "; it decides when the order is done"
        yield Because("end", text, given=format_instant(end))


def _state(step: PlanItem, by_id: Mapping[str, PlanItem]) -> str:
    """Return in words why a step is in its state."""
    waiting = [by_id[one].name for one in step.needs
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


def _of_line(
    item: Mapping[str, Json], steps: Sequence[PlanItem], scheduled: Mapping[str, Scheduled]
) -> Iterator[Because]:
    still = [one for one in steps if one.state not in ENDED and one.kind != "milestone"]
    stuck = [one.name for one in still if one.state in ("fallout", "failed")]
    text = f"{len(steps) - len(still)} of {len(steps)} steps are over"
    if stuck:
        text += f"; stands still: {', '.join(stuck)}"
    elif still:
        text += f"; still to come: {', '.join(one.name for one in still[:5])}"
    yield Because("state", text, given=item.get("internalState") or item.get("state"))
    ends = [(scheduled[one.id].end_at, one) for one in steps]
    dated = [(at, one) for at, one in ends if at is not None]
    if dated:
        at, last = max(dated, key=lambda pair: pair[0])
        yield Because("end", f"{last.name} ends last", given=format_instant(at))
    for name in ("requestedCompletionDate", "committedCompletionDate"):
        if item.get(name) is not None:
            text = "was asked for" if name.startswith("requested") else "was promised"
            yield Because("end", text, name=name, given=item[name])


def _of_prices(order: ProductOrder, line: str) -> Iterator[Because]:
    found = lines_of(order).get(line)
    for one in found.item.item_price if found is not None else ():
        listed = one.product_offering_price
        amount = one.raw.get("price")
        because = Because("price", "was given with the order", name=one.name, given=amount)
        if listed is not None:
            rule = f"price {listed.name or listed.id}"
            version = listed.raw.get("version")
            text = "is the offering's list price in force"
            because = replace(because, text=text, rule=rule, version=version)
        yield because
        for alteration in one.price_alteration:
            text = alteration.description or alteration.name or "changes the price"
            yield Because("price", text, name=one.name, rule=alteration.name,
                          given=alteration.raw.get("price"))  # fmt: skip
