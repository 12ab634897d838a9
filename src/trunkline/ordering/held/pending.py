"""Pending: what running orders are about to make of products, services and resources.

Nothing is stored for it: the steps of the plans say it, so that it is gone when a step is done or
called off, and right after every change of an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from trunkline.documents.patch import same
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.installed import place_of, values
from trunkline.ordering.line_record import place_wanted
from trunkline.ordering.macd.early_end import is_termination_charge
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.plan_item import PlanItem, StepAction
from trunkline.ordering.product_order import ProductOrder

OPEN = ("acknowledged", "pending", "held", "inProgress", "assessingCancellation")
NOT_BEGUN = frozenset({"draft", "submitted", "new", "acknowledged", "enrichmentInProgress",
                       "enrichmentOnHold", "scheduled"})  # fmt: skip
ACTIONS: Mapping[str, StepAction] = {
    "modify": "modify", "delete": "delete", "suspend": "suspend", "resume": "resume",
}  # fmt: skip
STATUS = {"delete": "terminated", "suspend": "suspended", "resume": "active"}
"""In which status a line leaves a product."""
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
    """What one order is about to do with a record; without a kind the order may not be read.

    `values` are characteristics, `attributes` what else of a product will be otherwise.
    """

    record: str
    order: str
    order_kind: str
    order_key: str
    item: str | None
    action: StepAction
    state: str
    values: Sequence[PendingValue] = field(default_factory=tuple)
    attributes: Sequence[PendingValue] = field(default_factory=tuple)
    place: Json = None
    due_at: datetime | None = None

    @property
    def mention(self) -> Json:
        """The order as a reference; None where the asker may not read such orders."""
        if not self.order_kind:
            return None
        return {"id": self.order, "key": self.order_key, "@referredType": self.order_kind}


def pending_of(
    work: Work, records: Sequence[str], *, products: Mapping[str, Product] | None = None
) -> Mapping[str, Sequence[Pending]]:
    """Return what is pending by record, the order that came first at first.

    Of the `products` among them, given by id, that is also what orders want of them that have not
    been broken down yet.
    """
    ordered = _ordered(work, products) if products else {}
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
        said = {one.order: one.attributes for one in wanted}
        held[:] = [replace(one, attributes=said.get(one.order, ())) for one in held]
        held += [one for one in wanted if one.order not in begun and one.state in NOT_BEGUN]
    return {record: each for record, each in found.items() if each}


def _ordered(work: Work, products: Mapping[str, Product]) -> dict[str, list[Pending]]:
    """Return what open orders say of products; nothing to who reads no orders."""
    if work.actor.grant(ProductOrder.resource, "read") is None:
        return {}
    wanted = {"productOrderItem.product.id": list(products), "state": list(OPEN)}
    found: dict[str, list[Pending]] = {}
    for order in work.find(ProductOrder, wanted):
        for line in lines_of(order).values():
            ident = line.product_id or ""
            if ident in products and line.action in ACTIONS:
                one = _as_ordered(order, line, ident, products[ident])
                found.setdefault(ident, []).append(one)
    return found


def _as_ordered(order: ProductOrder, line: Line, ident: str, product: Product) -> Pending:
    now = values(product)
    return Pending(
        record=ident,
        order=order.id,
        order_kind="ProductOrder",
        order_key=order.key,
        item=line.id,
        action=ACTIONS[line.action or "modify"],
        state=str(line.item.internal_state or order.internal_state),
        values=[
            PendingValue(one.name, now.get(one.name), one.value)
            for one in line.given
            if not same(now.get(one.name), one.value)
        ],
        attributes=list(_attributes(line, product)),
        due_at=order.requested_completion_date or order.requested_start_date,
    )


def _attributes(line: Line, product: Product) -> Iterator[PendingValue]:
    """Yield what a line makes otherwise of a product beside its characteristics."""
    item, status = line.item, STATUS.get(line.action or "")
    if status is not None and status != product.status:
        yield PendingValue("status", product.status, status)
    if line.action != "modify":
        return
    said, former = item.product_offering, product.product_offering
    if said is not None and (former is None or former.id != said.id):
        yield PendingValue("productOffering", former.raw if former is not None else None, said.raw)
    held, moved = place_of(product), place_wanted(line, product)
    if moved[1]:
        yield PendingValue("place", [held], [moved[0]])
    prices = [one.raw for one in item.item_price if not is_termination_charge(one)]
    if prices:
        running = (one for one in product.product_price
                   if one.valid_for is None or one.valid_for.end_date_time is None)  # fmt: skip
        yield PendingValue("productPrice", [one.raw for one in running], prices)


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
