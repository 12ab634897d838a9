"""Resuming: what was suspended for the operator's reasons is not resumed by the customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trunkline.catalog.closure import closure
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.macd.operations import PAUSES, Operation, operations_of
from trunkline.ordering.order_line import lines_that
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right

OURS = frozenset({"nonPayment", "fraud", "technical"})
"""The reasons of suspensions that are no wish of the customer's."""
DONE = ("completed", "inProgress")


@rule(ProductOrder)
def customers_resume_what_they_had_suspended(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse that customers resume what was suspended since they did not pay, or for our safety."""
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not must_be_right(new):
        return
    lines = [one for one in lines_that(new, "resume") if one.product_id]
    grant = work.actor.grant(ProductOrder.resource, "create") if lines else None
    if grant is None or grant.reach != "own":
        return
    roots = [str(one.product_id) for one in lines]
    products = closure(work, Product, roots, order_catalog.child_ids)
    found = {
        ident: [one for one in own if one.state in DONE and one.action in PAUSES]
        for ident, own in operations_of(work, {*roots, *products}, besides=new.id).items()
    }
    for line in lines:
        if _rests_for_ours(str(line.product_id), products, found):
            message = "was not suspended at your wish; it is resumed when the reason is settled"
            yield Fault(f"{line.path}.product.id", "resumeNotYours", message)


def _rests_for_ours(
    root: str, products: Mapping[str, Product], found: Mapping[str, Sequence[Operation]]
) -> bool:
    """Tell whether a product or a part of it rests for a reason of ours.

    Who resumed a whole resumed its parts, too.
    """
    waiting: list[tuple[str, tuple[Operation, ...]]] = [(root, ())]
    seen = {root}
    while waiting:
        ident, above = waiting.pop()
        own = (*above, *found.get(ident, ()))
        last = max(own, key=lambda one: (one.at is not None, one.at, one.order), default=None)
        if last is not None and last.action == "suspend" and last.reason in OURS:
            return True
        resumed = tuple(one for one in own if one.action == "resume")
        inside = order_catalog.child_ids(products[ident]) if ident in products else ()
        waiting += [(one, resumed) for one in inside if one not in seen]
        seen.update(inside)
    return False
