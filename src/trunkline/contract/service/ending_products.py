"""Ending products that contracts cover: it costs what their rules say, in the order that does it.

Such a line ends with the order and so costs nothing more when its contract is cancelled later. What
was charged when a contract was cancelled is not charged again for its products.
"""

from __future__ import annotations

from collections.abc import Collection

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.early_end import bound_by_line, settled
from trunkline.contract.service.lasting import FINAL
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.macd.early_end import binds, charge_early_ends, is_open
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, ProductOrder

THAT_COUNT = ("active", "suspended", "cancelled")


@binds
def what_contracts_say(work: Work, products: Collection[str]) -> dict[str, list[Product]]:
    """Return by product what its contract counts for it: of several the oldest in force does."""
    wanted = {"contractLine.product.id": sorted(products), "state": list(THAT_COUNT)}
    held = work.find(Contract, wanted)
    found: dict[str, list[Product]] = {}
    for one in sorted(held, key=lambda one: (one.state == "cancelled", one.id)):
        for line in one.contract_line:
            ident = line.product.id if line.product is not None else ""
            if ident not in products or ident in found:
                continue
            if one.state == "cancelled":
                bound = list(settled(one, line))
            else:
                bound = [] if line.state in FINAL else list(bound_by_line(one, line))
            if bound:
                found[ident] = bound
    return found


@on(event(Contract, "state_changed").to("cancelled"))
def count_waiting_ends_anew(work: Work, contract: Contract) -> None:
    """Count the fees of orders again that wait to end what a contract covered; it has its own."""
    covered = {one.product.id for one in contract.contract_line if one.product is not None}
    wanted = {"productOrderItem.product.id": sorted(covered)}
    for order in work.find(ProductOrder, wanted) if covered else ():
        if is_open(order) and order.internal_state not in PRODUCT_ORDER_LIFECYCLE.final:
            with work.edit(ProductOrder, order.id) as one:
                charge_early_ends(work, one)
