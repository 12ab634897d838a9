"""Gates: steps that wait for the values on which more of an order is made. Pure.

A value may come with the report of a task, or with the answer or event of another system. Who can
bring it is told from the plan; where nobody in it can, people enter it and nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from trunkline.documents.shape import Json
from trunkline.ordering.node import Deferred
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem
from trunkline.ordering.steps import brought, needed_steps

STAGGERED = "staggered"
"""The part of a step's design that says which value it waits for."""
BRINGING = frozenset({"manual", "callout", "event", "fieldWork"})


def with_gates(
    items: Sequence[PlanItem], deferred: Iterable[Deferred], new_id: Callable[[], str]
) -> list[PlanItem]:
    """Return the steps of an order with those that wait for values that some of them may bring.

    What the rest will be made below waits for them, where it does not itself come first.
    """
    found = list(items)
    for one in dict.fromkeys((each.item_id, each.value, each.source) for each in deferred):
        item_id, value, source = one
        bringing = [each for each in items if value and _may_bring(each, item_id, value)]
        if not bringing or value is None:
            continue
        above = next((each for each in found if each.node_key == source), None)
        gate = _gate(bringing, above, item_id, value, new_id())
        found.append(gate)
        if above is not None and not _comes_before(found, above.id, gate):
            at = found.index(above)
            found[at] = replace(above, needs=(*above.needs, gate.id))
    return [replace(one, position=at) for at, one in enumerate(_in_order(found))]


def is_gate(item: PlanItem) -> bool:
    """Tell whether a step waits for a value on which more is made."""
    return isinstance(item.design, dict) and STAGGERED in item.design


def value_brought(plan: Plan, gate: PlanItem) -> Json:
    """Return the value that came with the steps before a gate, None where none did."""
    name = gate.design[STAGGERED]["name"]
    found: Json = None
    for one in sorted(needed_steps(plan.items, gate), key=lambda step: step.position):
        given = brought(one).get(name)
        found = given if given not in (None, "") else found
    return found


def settle_gates(plan: Plan, known: Mapping[str, Mapping[str, Json]], at: datetime) -> None:
    """End the gates whose values are known by now; `known` holds them by the id of the item."""
    for gate in [one for one in plan if is_gate(one) and one.state not in ENDED]:
        said = gate.design[STAGGERED]
        value = known.get(said["itemId"], {}).get(said["name"])
        if value not in (None, ""):
            plan.put(
                replace(gate, state="completed", started_at=gate.started_at or at, ended_at=at)
            )


def refuse_gates(plan: Plan, reason: str) -> None:
    """Let people look at the gates whose value came and was not taken."""
    for gate in [one for one in plan if is_gate(one) and one.state == "waiting"]:
        plan.put(replace(gate, state="fallout", error_kind="business", error_code="valueRefused",
                         error_message=reason))  # fmt: skip


def _may_bring(item: PlanItem, item_id: str, value: str) -> bool:
    if item.item_id != item_id or item.kind not in BRINGING or item.direction != "do":
        return False
    return value in (item.wants or ()) or value in set(_mapped(item))


def _mapped(item: PlanItem) -> Iterator[str]:
    said = item.design["item"] if isinstance(item.design, dict) else {}
    for part in (said.get("callout"), said.get("event")):
        for one in (part or {}).get("mapping") or ():
            yield str(one.get("characteristic") or "")


def _gate(
    bringing: Sequence[PlanItem], above: PlanItem | None, item_id: str, value: str, ident: str
) -> PlanItem:
    like = above or bringing[0]
    title = f"Wait for {value}"
    return PlanItem(
        id=ident,
        root=like.root,
        position=max(one.position for one in bringing),
        node_key=f"{like.node_key}~{value}",
        layer="product",
        kind="event",
        name=like.name,
        title=title,
        item_id=item_id,
        reason=f"more is made when {value} is known",
        owner=like.owner,
        partner=like.partner,
        needs=tuple(one.id for one in bringing),
        design={
            "item": {"id": f"{value}Known", "title": title, "kind": "event"},
            STAGGERED: {"itemId": item_id, "name": value},
        },
    )


def _comes_before(items: Sequence[PlanItem], ident: str, gate: PlanItem) -> bool:
    """Tell whether a step has to be done before the gate."""
    by_id = {one.id: one for one in items}
    return any(one.id == ident for one in needed_steps(by_id, gate))


def _in_order(items: Sequence[PlanItem]) -> list[PlanItem]:
    """Return steps as they stand, gates before those that need them."""
    gates = {one.id: one for one in items if is_gate(one)}
    found: dict[str, PlanItem] = {}
    for one in items:
        for need in one.needs:
            if need in gates and one.id not in gates:
                found.setdefault(need, gates[need])
        if one.id not in gates:
            found[one.id] = one
    return list({**found, **{ident: one for ident, one in gates.items() if ident not in found}}
                .values())  # fmt: skip
