"""What holds for revisions and for the orders that they hold."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.carrying_out import FROZEN
from trunkline.ordering.revision.content import HEADER, ITEMS
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.ordering.revision.verbs import REVISE, open_revision_of


@rule(OrderRevision)
def revision_changes_while_open(
    work: Work, old: OrderRevision | None, new: OrderRevision
) -> Iterator[Fault]:
    """Refuse to change what a revision asks for once it was handed in."""
    if old is None or work.actor.kind == "system":
        return
    names = (*HEADER, ITEMS, "reason")
    if all(old.raw.get(name) == new.raw.get(name) for name in names):
        return
    work.actor.must_have(REVISE)
    if old.state != "open":
        message = f"{new.key} is {old.state}; withdraw it and open another one"
        yield Fault(ITEMS, "conflictNotOpen", message)


@rule(ProductOrder)
def revised_order_stands_still(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to let an order go on while somebody is changing it."""
    if old is None or (old.internal_state, new.internal_state) != (FROZEN, "inProgress"):
        return
    held = open_revision_of(work, new.id) if work.actor.kind != "system" else None
    if held is not None:
        message = f"is being changed by revision {held.key}; withdraw that one, or have it decided"
        yield Fault("state", "conflictRevisionOpen", message)
