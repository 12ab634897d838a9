"""Reversing: money that had come in went back; its bills are open again."""

from __future__ import annotations

from trunkline.billing.api import RECEIVE, TAKE
from trunkline.billing.payment.payment import Payment, Reversal
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.kernel.work import Work


def reverse(work: Work, ident: str, reason: str) -> Payment:
    """Reverse a payment that came in: a returned direct debit, a bounced cheque, a mistake.

    Refuses (409) one that has not come in or was reversed already, and (400) one without a reason.
    """
    if not work.actor.may(RECEIVE):
        work.actor.must_have(TAKE)
    if not reason.strip():
        raise Invalid.of([Fault("reason", "required", "say why the money went back")])
    with work.edit(Payment, ident, verb="update") as held:
        if not held.is_received:
            message = f"{held.key} is {held.status}; only money that came in can go back"
            raise Conflict("conflictNotReceived", message)
        held.status = "canceled"
        held.reversal = Reversal(at=work.now, by=work.actor.name, reason=reason.strip())
    return held
