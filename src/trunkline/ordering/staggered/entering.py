"""Entering: a value that an item lacked is told while its order runs, and the rest is made.

It goes the way of every change of a running order, so that its version, its reason and its steps
are kept; but nobody has to approve it, and points of no return do not count for what only comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import EARLY, go_on
from trunkline.ordering.revision import verbs
from trunkline.ordering.revision.assessment import assess
from trunkline.ordering.revision.carrying_out import FROZEN, remaining_faults
from trunkline.ordering.revision.content import ITEMS, content_of
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.ordering.staggered.gate import STAGGERED, value_brought

Values = Mapping[str, Mapping[str, Json]]
"""By the id of an item the values of its product, by name."""
LOOK_AGAIN = timedelta(seconds=60)
REFUSED = "valueRefused"


def enter_values(work: Work, ident: str, said: Values) -> OrderRevision | None:
    """Enter values that items of a running order lack; what waited for them is made.

    Returns the change that does it, None where all of them are known already. Refuses (409) a
    value that is another one than the known one, and an order that is not in progress.
    """
    work.actor.must_have(verbs.REVISE)
    return _enter(work, ident, said, f"entered by {work.actor.name}")


def arrived(work: Work, plan: Plan, gate: PlanItem) -> None:
    """Let a gate open: the value that came is entered; where none came, the order goes on."""
    value, awaited = value_brought(plan, gate), gate.design[STAGGERED]
    if value is None:
        _end(work, plan, replace(gate, state="completed", ended_at=work.now))
        return
    if plan.state != "inProgress":
        later = work.services.machine_now() + LOOK_AGAIN
        work.schedule(NewWork(EARLY, gate.id, run_at=later))
        return
    try:
        entered = _enter(work, plan.root, {awaited["itemId"]: {awaited["name"]: value}},
                         f"came with {gate.name}")  # fmt: skip
    except Refusal as refusal:
        told = "; ".join(one.message for one in refusal.faults) or refusal.message
        _end(work, plan, replace(gate, state="fallout", error_kind="business", error_code=REFUSED,
                                 error_message=told))  # fmt: skip
        return
    if entered is None:
        _end(work, plan, replace(gate, state="completed", ended_at=work.now))


def _end(work: Work, plan: Plan, gate: PlanItem) -> None:
    plan.put(gate)
    go_on(work, plan, Edits(work))


def _enter(work: Work, ident: str, said: Values, reason: str) -> OrderRevision | None:
    order = work.lock(ProductOrder, ident)
    content = content_of(order)
    items, names = _with_values(content[ITEMS], said)
    if not names:
        return None
    if order.internal_state != "inProgress":
        message = (
            f"{order.key} is {order.internal_state}; values are entered while it is going on; "
            "where it has ended, order a change of the product with the value"
        )
        raise Conflict("conflictNotInProgress", message)
    plan = plan_store.read(work, order.id)
    if not verbs.is_broken_down(plan):
        raise Conflict("conflictNotBrokenDown", f"{order.key} is not broken down yet; try later")
    found = assess(work, order, {**content, ITEMS: items}, plan)
    refuse(list(remaining_faults(found, is_entry=True)))
    words = f"{', '.join(names)} {reason}"
    revision = verbs.entry(work, order, {ITEMS: items}, words, found)
    before = dict(order.raw)
    order.internal_state = FROZEN
    work.save(order, before)
    return revision


def _with_values(items: Sequence[Json], said: Values) -> tuple[list[Json], list[str]]:
    """Return items with values that they lacked, and the names of these."""
    left, names = set(said), []
    faults: list[Fault] = []

    def take(listed: Sequence[Json]) -> list[Json]:
        return [one_item(copied(one)) for one in listed]

    def one_item(item: dict[str, Json]) -> dict[str, Json]:
        ident = str(item.get("id"))
        left.discard(ident)
        for name, value in said.get(ident, {}).items():
            if _put(item, name, value, faults):
                names.append(name)
        if item.get(ITEMS):
            item[ITEMS] = take(item[ITEMS])
        return item

    found = take(items)
    if left:
        raise NotFound("notFound", f"the order has no item {', '.join(sorted(left))}")
    if faults:
        raise Invalid.of(faults)
    return found, names


def _put(item: dict[str, Json], name: str, value: Json, faults: list[Fault]) -> bool:
    """Give an item a value that it lacks; tell whether it did."""
    if value in (None, ""):
        faults.append(Fault(f"value.{name}", "missing", "say the value"))
        return False
    product = item.setdefault("product", {})
    listed = product.setdefault("productCharacteristic", [])
    for one in listed:
        if one.get("name") == name and one.get("value") not in (None, ""):
            if one["value"] != value:
                message = f"is {one['value']} already; change the order to have it otherwise"
                faults.append(Fault(f"value.{name}", "conflictValueKnown", message))
            return False
    listed[:] = [
        *(one for one in listed if one.get("name") != name),
        {"name": name, "value": value},
    ]
    return True
