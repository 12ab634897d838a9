"""Ending products that contracts cover: it costs what their rules say, in the order that does it.

Such a line ends with the order and so costs nothing more when its contract is cancelled later. What
was charged when a contract was cancelled is not charged again for its products. Whoever orders the
end may not be one who sees the contract: its fee is due all the same.
"""

from __future__ import annotations

from collections.abc import Collection

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.early_end import bound_by_line, settled
from trunkline.contract.service.lasting import FINAL
from trunkline.documents.errors import Conflict, Invalid
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.macd.early_end import binds, charge_early_ends, is_open
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, ProductOrder
from trunkline.shared.program import as_program

BY = "contract"
THAT_COUNT = ("active", "suspended", "cancelled")


@binds
def what_contracts_say(work: Work, products: Collection[str]) -> dict[str, list[Product]]:
    """Return by product what its contract counts for it: of several the oldest in force does."""
    wanted = {"contractLine.product.id": sorted(products), "state": list(THAT_COUNT)}
    program = as_program(work, BY)
    held = program.find(Contract, wanted)
    if work.actor.kind == "system":  # an order begins: none of them is cancelled just now
        held = [program.lock(Contract, one.id) for one in sorted(held, key=lambda one: one.id)]
    found: dict[str, list[Product]] = {}
    for one in sorted(held, key=lambda one: (one.state == "cancelled", one.id)):
        for line in one.contract_line:
            ident = line.product.id if line.product is not None else ""
            if ident not in products or ident in found:
                continue
            if one.state == "cancelled" and line.end_charged_by is None:
                bound = list(settled(one, line))
            else:  # what was left to an order that came to nothing has cost nothing yet
                is_over = line.state in FINAL and line.end_charged_by is None
                bound = [] if is_over else list(bound_by_line(one, line))
            if bound:
                found[ident] = bound
    return found


@on(event(Contract, "state_changed").to("cancelled"))
def count_waiting_ends_anew(work: Work, contract: Contract) -> None:
    """Count the fees of orders again that wait to end what a contract covered; it has its own."""
    covered = {one.product.id for one in contract.contract_line if one.product is not None}
    wanted = {"productOrderItem.product.id": sorted(covered)}
    found = sorted(one.id for one in work.find(ProductOrder, wanted)) if covered else []
    # All orders before the first contract, as an order that begins locks its contracts after it.
    for order in [work.lock(ProductOrder, ident) for ident in found]:
        if is_open(order) and order.internal_state not in PRODUCT_ORDER_LIFECYCLE.final:
            try:
                with work.edit(ProductOrder, order.id) as one:
                    charge_early_ends(work, one)
            except (Conflict, Invalid):  # said when it begins, where its fees are counted again
                continue
