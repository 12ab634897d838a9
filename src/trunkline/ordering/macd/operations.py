"""Operations: what orders suspend, resume and end of products, waiting for its day or done.

They are read from the orders themselves: an operation is one item of one order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering.line_dates import LineDates, waits_for_its_day
from trunkline.ordering.node import NodeAction
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.product_order import ProductOrder

OperationState: TypeAlias = Literal["scheduled", "inProgress", "completed", "canceled", "failed"]

PAUSES: tuple[NodeAction, ...] = ("suspend", "resume")
OPERATIONS: tuple[NodeAction, ...] = (*PAUSES, "delete")
STATES: Mapping[str, OperationState] = {
    "completed": "completed",
    "failed": "failed",
    "partial": "completed",
    "canceled": "canceled",
    "rejected": "canceled",
    "cancellationInProgress": "canceled",
    "submitted": "scheduled",
    "enrichmentInProgress": "scheduled",
    "enrichmentOnHold": "scheduled",
    "new": "scheduled",
    "acknowledged": "scheduled",
    "scheduled": "scheduled",
}
OVER = ("draft", "rejected", "canceled", "completed", "failed", "partial")
# The other orders that name some products.
NAMING = """
from ordering_reference r
join product_order o on o.id = r.source
where r.target = any(%s::uuid[])
  and r.type = 'ProductOrder'
  and r.path like 'productOrderItem%%.product'
  and o.id <> %s::uuid
"""
FOUND = f"select distinct o.id::text {NAMING}"
FOUND_OPEN = f"{FOUND} and o.p_internal_state <> all(%s)"
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Operation:
    """One item of an order that suspends, resumes or ends a product; others are `modify`.

    `at` is the day that it is or was for, `ended_at` when its order was done or canceled.
    `is_waiting` says that its order waits for that day and nothing of it has begun.
    """

    order: str
    order_key: str
    item: str
    product: str
    action: NodeAction
    state: OperationState
    at: datetime | None
    ended_at: datetime | None
    reason: str | None
    note: str | None
    is_waiting: bool


def operations_of(
    work: Work, products: Iterable[str], *, besides: str = NOBODY, only_open: bool = False
) -> dict[str, list[Operation]]:
    """Return what orders do or did to products beside adding them, by product, by date.

    Orders that the actor does not reach are left out, and drafts.
    """
    wanted = sorted({one for one in products if UUID.fullmatch(one)})
    if not wanted:
        return {}
    asked: list[object] = [wanted, besides]
    rows = work.connection.execute(
        FOUND_OPEN if only_open else FOUND, [*asked, list(OVER)] if only_open else asked
    ).fetchall()
    found: dict[str, list[Operation]] = {}
    orders = work.many(ProductOrder, [ident for (ident,) in rows]).values() if rows else ()
    for order in orders:
        dates = LineDates(order)
        for line in lines_of(order).values() if order.internal_state != "draft" else ():
            if line.product_id in wanted and line.action not in (None, "add"):
                found.setdefault(line.product_id or "", []).append(_operation(order, line, dates))
    for own in found.values():
        own.sort(key=lambda one: (one.at is not None, one.at, one.order))
    return found


def is_resumed_before(
    operations: Sequence[Operation], status: str | None, starts_at: datetime
) -> bool:
    """Tell whether a product with these open operations may be resumed at a moment.

    Before its suspension it may: that is withdrawn then. After it as well: then it ends on that
    day. What else is open may only be canceled.
    """
    if not all(one.is_waiting and one.action in PAUSES for one in operations):
        return False
    times = [(one.at, one.action) for one in operations if one.at is not None]
    first = min((at for at, action in times if action == "suspend"), default=None)
    if status != "active" or first is None:
        return False
    is_last = all(at < starts_at for at, _ in times)
    return starts_at <= first or (is_last and times[-1][1] == "suspend")


def _operation(order: ProductOrder, line: Line, dates: LineDates) -> Operation:
    item = line.item
    state = STATES.get(item.internal_state or "", "inProgress")
    action = line.action or "modify"
    is_waiting = state == "scheduled" and (
        order.internal_state == "acknowledged" or waits_for_its_day(order)
    )
    wanted = dates.start(item.id)
    ended = order.cancellation_date if state == "canceled" else order.completion_date
    return Operation(
        order=order.id,
        order_key=order.key,
        item=item.id,
        product=line.product_id or "",
        action=action,
        state=state,
        at=wanted or order.order_date,
        ended_at=ended,
        reason=item.suspension_reason or item.disconnection_reason,
        note=order.cancellation_reason if state == "canceled" else None,
        is_waiting=is_waiting and wanted is not None,
    )
