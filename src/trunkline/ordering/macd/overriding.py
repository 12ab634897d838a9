"""Overriding: what an order that suspends, resumes or ends a product takes back of others.

The operation of a whole counts more than those that wait for its parts; who resumes a product
before its suspension withdraws that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.installed import Installed, product_part_ids
from trunkline.ordering.macd.operations import OPERATIONS, PAUSES, Operation, operations_of
from trunkline.ordering.node import NodeAction
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.content import ITEMS, without_line
from trunkline.shared.reference import ProductOrderRef

WORDS = {"suspend": "suspended", "resume": "resumed", "delete": "ended"}


def override(work: Work, order: ProductOrder, installed: Installed) -> None:
    """Withdraw what waits for the parts of what an order suspends, resumes or ends as it begins.

    An order that does nothing of that reads nothing.
    """
    roots: dict[str, NodeAction] = {
        line.product_id: line.action
        for line in lines_of(order).values()
        if line.product_id is not None and line.action in OPERATIONS
    }
    parts = _parts(installed, roots)
    resumed = [ident for ident, action in roots.items() if action == "resume"]
    if not parts and not resumed:
        return
    found = operations_of(work, [*parts, *resumed], besides=order.id, only_open=True)
    withdrawn: dict[str, list[Operation]] = {}
    for ident, operations in found.items():
        action = roots[parts.get(ident, ident)]
        for one in operations:
            if one.is_waiting and (action == "delete" or one.action in PAUSES):
                withdrawn.setdefault(one.order, []).append(one)
    for ident, own in withdrawn.items():
        action = roots[parts.get(own[0].product, own[0].product)]
        whole = " as a part" if own[0].product in parts else ""
        _withdraw(work, ident, own, f"is {WORDS[action]}{whole} by order {order.key}")


def _parts(installed: Installed, roots: Mapping[str, NodeAction]) -> dict[str, str]:
    """Return the products inside others, each with the root above it, without the roots."""
    found: dict[str, str] = {}
    for root in roots:
        waiting = list(_inside(installed, root))
        while waiting:
            ident = waiting.pop()
            if ident not in found and ident not in roots:
                found[ident] = root
                waiting += _inside(installed, ident)
    return found


def _inside(installed: Installed, ident: str) -> Iterator[str]:
    product = installed.products.get(ident)
    for one in product_part_ids(product) if product is not None else ():
        if one is not None and one in installed.products:
            yield one


def _withdraw(work: Work, ident: str, operations: Iterable[Operation], why: str) -> None:
    """Cancel an order that waits, or take the lines out of it that are withdrawn."""
    order = work.get(ProductOrder, ident)
    if order is None:
        return
    gone = {one.item for one in operations}
    items: list[Json] = copied(order.raw[ITEMS])
    left = items
    for item in gone:
        left = without_line(left, item)
    named = ", ".join(sorted(gone))
    if not left:
        wish = CancelProductOrder(
            product_order=ProductOrderRef(id=ident), cancellation_reason=f"What it changes {why}."
        )
        work.add(wish)
        return
    with work.edit(ProductOrder, ident) as other:
        other.raw[ITEMS] = left
        note = {"text": f"Taken out: line {named}, as its product {why}."}
        other.raw["note"] = [*(other.raw.get("note") or []), note]
