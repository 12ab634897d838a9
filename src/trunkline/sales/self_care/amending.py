"""Amending: what customers change about their orders by themselves while that is possible.

They hold no right to patch orders, whose state and dates are the operator's: for what they may
change they are given it for one transaction, over their own orders.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.services import Services
from trunkline.kernel.work import transaction
from trunkline.ordering.cancellation import NOT_BEGUN
from trunkline.ordering.line_dates import waits_for_its_day
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.content import ITEMS, content_of, without_line
from trunkline.ordering.revision.verbs import REVISE, cancel_line
from trunkline.rest.writing import change
from trunkline.sales.self_care.judging import date_faults

MERGE = "application/merge-patch+json"
UPDATE = "ProductOrder:update"
REVISION = "OrderRevision"


@dataclass(frozen=True)
class Amends:
    """What a customer may change about an order now."""

    date: bool = False
    leave_out: bool = False


def may_amend(order: ProductOrder) -> Amends:
    """Return what may be changed: the date before an order begins, its lines while it runs, too."""
    state = order.internal_state
    tops = [one for one in lines_of(order).values() if one.whole is None]
    is_early = (state in NOT_BEGUN and state != "draft") or waits_for_its_day(order)
    return Amends(date=is_early, leave_out=(is_early or state == "inProgress") and len(tops) > 1)


def amend(
    services: Services, actor: Actor, ident: str, *, start: str = "", leave_out: str = "",
    request: str | None = None,
) -> ProductOrder:  # fmt: skip
    """Move the date of an own order, or leave a line out, and return the order as it is then.

    Refuses (403) who is no customer, (404) what is not the actor's, (409) what has gone too far.
    """
    grant = actor.must(ProductOrder.resource, "create")
    if grant.reach != "own":
        raise Forbidden("notAllowed", "this is for customers; open a revision instead")
    if not start and not leave_out:
        message = "say what is to change: requestedStartDate or leaveOut"
        raise Invalid.of([Fault("requestedStartDate", "required", message)])
    read = actor.must(ProductOrder.resource, "read")
    own = Grant(grant.reach, read.sees)
    verbs = ("read", "create", "update")
    rights = {UPDATE: own, REVISE: own} | {f"{REVISION}:{verb}": own for verb in verbs}
    by = replace(actor, grants={**actor.grants, **rights}, scopes=None)
    with transaction(services, by, request=request) as work:
        order = work.get(ProductOrder, ident)
        if order is None:
            raise NotFound("notFound", f"you have no order {ident}")
        # What may be changed is looked at once nobody else moves the order on.
        order = work.lock(ProductOrder, order.id)
        found = may_amend(order)
        if start:
            if not found.date:
                message = f"{order.key} has begun; its date is not moved any more"
                raise Conflict("conflictBegun", message)
            change(work, order, {"requestedStartDate": start}, MERGE)
            refuse(list(date_faults(work, order, parse_instant(start))))
        if leave_out:
            if not found.leave_out:
                message = f"nothing of {order.key} can be left out now; call it off as a whole"
                raise Conflict("conflictNothingToLeave", message)
            if order.internal_state in NOT_BEGUN or waits_for_its_day(order):
                items: list[Json] = content_of(order)[ITEMS]
                left = without_line(items, leave_out)
                if left == items or not left:
                    raise NotFound("notFound", f"{order.key} has no line {leave_out} to leave out")
                change(work, order, {ITEMS: left}, MERGE)
            else:
                cancel_line(work, order.id, leave_out, "left out by the customer")
        changed = work.get(ProductOrder, order.id)
        assert changed is not None
        return changed
