"""Pending: what running orders are about to make of products, services and resources.

Nothing is stored for it: the steps of the plans say it, so that it is gone when a step is done or
called off, and right after every change of an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.documents.patch import same
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.plan_item import PlanItem, StepAction
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items

OPEN = ("acknowledged", "pending", "held", "inProgress", "assessingCancellation")
NOT_BEGUN = frozenset({"draft", "submitted", "new", "acknowledged", "enrichmentInProgress",
                       "enrichmentOnHold", "scheduled"})  # fmt: skip
ACTIONS: Mapping[str, StepAction] = {"modify": "modify", "delete": "delete"}
ORDERS = """
select r.id::text, r.type, coalesce(p.key, s.key, o.key) from record r
left join product_order p on p.id = r.id left join service_order s on s.id = r.id
left join resource_order o on o.id = r.id where r.id = any(%s::uuid[])
"""


@dataclass(frozen=True)
class PendingValue:
    """A value that will be another one."""

    name: str
    former: Json
    value: Json


@dataclass(frozen=True)
class Pending:
    """What one order is about to do with a record; without a kind the order may not be read."""

    record: str
    order: str
    order_kind: str
    order_key: str
    item: str | None
    action: StepAction
    state: str
    values: Sequence[PendingValue] = field(default_factory=tuple)
    place: Json = None
    due_at: datetime | None = None

    @property
    def mention(self) -> Json:
        """The order as a reference; None where the asker may not read such orders."""
        if not self.order_kind:
            return None
        return {"id": self.order, "key": self.order_key, "@referredType": self.order_kind}


def pending_of(
    work: Work, records: Sequence[str], *, now: Mapping[str, Json] | None = None
) -> Mapping[str, Sequence[Pending]]:
    """Return what is pending by record, the order that came first at first.

    Of a product, whose values `now` are given, that is also what orders want of it that have not
    been broken down yet.
    """
    ordered = _ordered(work, records, now) if now is not None and records else {}
    items = plan_store.open_about(work, records)
    known = {
        one.order: (one.order_kind, one.order_key) for each in ordered.values() for one in each
    }
    orders = known | _orders(work, {one.root for one in items} - known.keys())
    found: dict[str, list[Pending]] = {}
    seen: set[tuple[str | None, str, str | None]] = set()
    for one in items:
        kind, key = orders.get(one.root, ("", ""))
        same_step = (one.record, one.root, one.action)
        if one.record is not None and one.action is not None and same_step not in seen:
            seen.add(same_step)
            found.setdefault(one.record, []).append(_pending(one, kind, key))
    for record, wanted in ordered.items():
        held = found.setdefault(record, [])
        begun = {one.order for one in held}
        held += [one for one in wanted if one.order not in begun and one.state in NOT_BEGUN]
    return {record: each for record, each in found.items() if each}


def _ordered(
    work: Work, products: Sequence[str], now: Mapping[str, Json]
) -> dict[str, list[Pending]]:
    """Return what open orders say of products that there are; nothing to who reads no orders."""
    if work.actor.grant(ProductOrder.resource, "read") is None:
        return {}
    wanted = {"productOrderItem.product.id": list(products), "state": list(OPEN)}
    found: dict[str, list[Pending]] = {}
    for order in work.find(ProductOrder, wanted):
        for _, item in placed_product_items(order.product_order_item):
            ident = item.product.id if item.product is not None else None
            if ident in products and ident is not None and item.action in ACTIONS:
                found.setdefault(ident, []).append(_as_ordered(order, item, ident, now))
    return found


def _as_ordered(
    order: ProductOrder, item: ProductOrderItem, product: str, now: Mapping[str, Json]
) -> Pending:
    said = item.product.product_characteristic if item.product is not None else ()
    return Pending(
        record=product,
        order=order.id,
        order_kind="ProductOrder",
        order_key=order.key,
        item=item.id,
        action=ACTIONS[item.action],
        state=str(item.internal_state or order.internal_state),
        values=[
            PendingValue(one.name, now.get(one.name), one.value)
            for one in said
            if not same(now.get(one.name), one.value)
        ],
        due_at=order.requested_completion_date or order.requested_start_date,
    )


def _orders(work: Work, roots: set[str]) -> dict[str, tuple[str, str]]:
    rows = work.connection.execute(ORDERS, [sorted(roots)]).fetchall() if roots else ()
    registry = work.services.registry
    return {
        ident: (kind, key or "")
        for ident, kind, key in rows
        if work.actor.grant(registry[kind], "read") is not None
    }


def _pending(item: PlanItem, kind: str, key: str) -> Pending:
    former = item.former if isinstance(item.former, dict) else {}
    before = former.get("characteristic") if isinstance(former.get("characteristic"), dict) else {}
    values = [
        PendingValue(name, (before or {}).get(name), value)
        for name, value in item.values.items()
        if item.action in {"add", "modify"} and not same((before or {}).get(name), value)
    ]
    return Pending(
        record=item.record or "",
        order=item.root,
        order_kind=kind,
        order_key=key,
        item=item.item_id,
        action=item.action or "modify",
        state=item.state,
        values=values,
        place=item.place if item.action == "modify" and "place" in former else None,
        due_at=item.due_at or item.planned_at,
    )
