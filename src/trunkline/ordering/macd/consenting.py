"""Consenting: both sides of a transfer agree or refuse, and what follows in the same moment."""

from __future__ import annotations

from trunkline.documents.errors import Conflict, refuse
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.macd.ownership_transfer import SIDES, Consent, OwnershipTransfer, Side
from trunkline.ordering.macd.transfer_checks import below_of, transfer_faults
from trunkline.ordering.macd.transfer_orders import taking_order
from trunkline.shared.reference import ProductOrderRef
from trunkline.workspace.timer import leased, waits

TRANSFER = "ordering:transferOwnership"
"""The permission to write down what the sides of a transfer say, and to withdraw one."""
EXPIRY = "transfer.expire"


def consent(
    work: Work, ident: str, side: Side, *, is_given: bool, name: str, channel: str, text: str
) -> OwnershipTransfer:
    """Write down what one side said; with both consents the order of the taking side is made.

    Refuses (409) a transfer that does not wait, a side that has spoken, and what stands against
    the transfer by now; then nothing is written.
    """
    work.actor.must_have(TRANSFER)
    with work.edit(OwnershipTransfer, ident) as transfer:
        _must_wait(work, transfer)
        if any(one.side == side for one in transfer.consent):
            raise Conflict("conflictSaid", f"the {side} side of {transfer.key} has spoken already")
        said = Consent(
            side=side, is_given=is_given, name=name, channel=channel, text=text, at=work.now,
            recorded_by=work.actor.name,
        )  # fmt: skip
        transfer.consent.append(said)
        if not is_given:
            transfer.state, transfer.ended_at = "refused", work.now
        elif {one.side for one in transfer.consent} == set(SIDES):
            _begin(work, transfer)
    return transfer


def withdraw(work: Work, ident: str, reason: str) -> OwnershipTransfer:
    """Take a transfer back: while it waits at once, later by canceling its order."""
    work.actor.must_have(TRANSFER)
    with work.edit(OwnershipTransfer, ident) as transfer:
        if transfer.state == "inProgress" and transfer.product_order is not None:
            if transfer.ending_order is not None:
                raise Conflict("conflictState", f"{transfer.key} has handed over already")
            order = ProductOrderRef(id=transfer.product_order.id)
            work.add(CancelProductOrder(product_order=order, cancellation_reason=reason))
        elif transfer.state == "requested":
            transfer.state, transfer.ended_at = "withdrawn", work.now
        else:
            raise Conflict("conflictState", f"{transfer.key} is {transfer.state} already")
    return transfer


def _must_wait(work: Work, transfer: OwnershipTransfer) -> None:
    is_late = transfer.valid_until is not None and transfer.valid_until <= work.now
    if transfer.state != "requested" or is_late:
        state = "expired" if transfer.state == "requested" else transfer.state
        raise Conflict("conflictState", f"{transfer.key} is {state}; ask for a new transfer")


def _begin(work: Work, transfer: OwnershipTransfer) -> None:
    refuse(list(transfer_faults(work, transfer)))
    below = below_of(work, [one.id for one in transfer.product])
    order = work.add(taking_order(transfer, below.products, work.now))
    transfer.product_order = ProductOrderRef(id=order.id)
    transfer.state = "inProgress"


@on(event(OwnershipTransfer, "created"))
def watch_validity(work: Work, transfer: OwnershipTransfer) -> None:
    """Let a transfer expire that has not both consents in time."""
    work.schedule(NewWork(EXPIRY, transfer.id, once=f"{EXPIRY} {transfer.id}"))


@handler(EXPIRY)
def expire(services: Services, row: Row) -> None:
    """End a transfer whose time is over, or look again later."""
    with leased(services, row) as work:
        transfer = work.get(OwnershipTransfer, row.subject)
        if transfer is None or transfer.state != "requested" or transfer.valid_until is None:
            queue.finish(work.connection, row)
            return
        if waits(work, row, transfer.valid_until):
            return
        with work.edit(OwnershipTransfer, transfer.id) as one:
            one.state, one.ended_at = "expired", work.now
        queue.finish(work.connection, row)
