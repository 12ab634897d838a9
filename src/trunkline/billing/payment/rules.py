"""Rules of payments and refunds: who may say that money moved, how much, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trunkline.billing.api import RECEIVE, TAKE
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.bill.issuing import payer_of
from trunkline.billing.bill.rules import currency_of
from trunkline.billing.bill.totals import Named, currency_faults
from trunkline.billing.payment.allocation import ZERO
from trunkline.billing.payment.payment import ENDED, Movement, Payment, Refund
from trunkline.billing.payment.settling import (
    credits_of,
    draw,
    drawn_from,
    free_of,
    hold_account,
)
from trunkline.documents.errors import Fault, Forbidden
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.shared.program import as_program

TOLD = (
    "account", "amount", "taxAmount", "totalAmount", "paymentItem", "payment", "correlatorId",
    "paymentDate", "refundDate", "paymentMethod", "channel", "payer", "requestor",
)  # fmt: skip
"""What was told of money, and stays."""
BY = "billing"


def moved_on(old: Payment | Refund, new: Payment | Refund) -> bool:
    """Tell whether a payment or refund came into another state."""
    return old.status != new.status


@enrich(Payment, Refund, again=moved_on)
def complete_movement(work: Work, new: Payment | Refund) -> None:
    """Say since when a payment or a refund is in its state, and whose account it is about."""
    new.status_date = work.now
    account = work.get(BillingAccount, new.account.id)
    whose = payer_of(account) if account is not None else None
    if whose is not None and all(one.id != whose.id for one in new.related_party):
        new.related_party = [*new.related_party, whose]


@enrich(Refund)
def draw_on_credit(work: Work, new: Refund) -> None:
    """Say of what a refund is taken from the beginning on: nothing else may use that meanwhile."""
    if not new.drawn_on:
        new.drawn_on = draw(as_program(work, BY), new)


@rule(Payment)
def payment_is_confirmed_by_who_may(work: Work, old: Payment | None, new: Payment) -> None:
    """Refuse that somebody without the right for it says that money came in, or went back."""
    if work.actor.kind == "system" or (work.actor.may(TAKE) or work.actor.may(RECEIVE)):
        return
    if old is not None or new.status != "pendingAuthorization":
        message = f"{TAKE} is needed to say that money came in; send it as pendingAuthorization"
        raise Forbidden("notAllowed", message)


@rule(Refund)
def refund_is_told_by_who_pays(work: Work, old: Refund | None, new: Refund) -> None:
    """Refuse a refund by who has no right of its own; people ask for it by a correction."""
    del old, new
    if work.actor.kind != "system" and not work.actor.may(RECEIVE):
        message = f"{RECEIVE} is needed to tell a refund; ask for one by a correction"
        raise Forbidden("notAllowed", message)


@rule(Payment, Refund)
def told_money_stays(
    work: Work, old: Payment | Refund | None, new: Payment | Refund
) -> Iterator[Fault]:
    """Refuse to change what was told of money; only its state moves on."""
    del work
    if old is None:
        return
    for name in TOLD:
        if old.raw.get(name) != new.raw.get(name):
            yield Fault(name, "conflictTold", f"{new.key} was told and stays; reverse it instead")


@rule(Payment)
def money_goes_back_with_a_reason(work: Work, old: Payment | None, new: Payment) -> Iterator[Fault]:
    """Refuse that money went back without saying why, and while refunds draw on it."""
    if old is None or not old.is_received or new.is_received:
        return
    if new.reversal is None:
        message = f"{new.key} came in; say why it went back, at /payment/{{id}}/reverse"
        yield Fault("status", "conflictReversal", message)
    hold_account(work, new.account.id)
    drawn = drawn_from(as_program(work, BY), new.id)
    if drawn > ZERO:
        message = f"refunds draw {drawn} on {new.key}; cancel those first"
        yield Fault("status", "conflictRefunded", message)


@rule(Payment)
def payment_adds_up(work: Work, old: Payment | None, new: Payment) -> Iterator[Fault]:
    """Refuse a payment of nothing, in another currency, or that its parts exceed."""
    if old is not None or new.total_amount is None:
        return
    parts = [
        (f"paymentItem[{index}].{name}", amount)
        for index, one in enumerate(new.payment_item)
        for name, amount in (("totalAmount", one.total_amount), ("amount", one.amount))
    ]
    faults = [*_movement_faults(work, new, parts)]
    yield from faults
    if faults:
        return
    named = sum((_worth(one.total_amount or one.amount) for one in new.payment_item), ZERO)
    if named > new.total_amount.amount:
        message = f"must be at least {named}, the sum of its parts"
        yield Fault("totalAmount.value", "totalMismatch", message)
    for index, item in enumerate(new.payment_item):
        yield from _item_faults(work, new, item.item.id, f"paymentItem[{index}].item")
        if _worth(item.total_amount or item.amount) < ZERO:
            path = f"paymentItem[{index}].totalAmount.value"
            yield Fault(path, "belowZero", "must not be below zero")


def _item_faults(work: Work, new: Payment, ident: str, path: str) -> Iterator[Fault]:
    """Yield what is wrong with the bill that a part of a payment is for."""
    bill = as_program(work, BY).get(CustomerBill, ident)
    unit = new.total_amount.unit if new.total_amount is not None else None
    if bill is None:
        return
    if bill.account != new.account.id:
        message = f"{bill.key} is a bill of another account; send a payment of its own"
        yield Fault(path, "otherAccount", message)
    elif bill.amount_due is not None and bill.amount_due.unit != unit:
        message = f"{bill.key} is in {bill.amount_due.unit}; pay it in that currency"
        yield Fault(path, "currencyMismatch", message)


@rule(Refund)
def refund_is_covered(work: Work, old: Refund | None, new: Refund) -> Iterator[Fault]:
    """Refuse to give back more than came in, or more than an account has in credit."""
    if old is not None or new.status in ENDED:
        return
    faults = [*coverage_faults(work, new)]
    yield from faults
    drawn = sum((one.amount.amount for one in new.drawn_on), ZERO)
    if not faults and drawn != _worth(new.total_amount):
        message = f"must be at most {drawn}, what can be drawn on"
        yield Fault("totalAmount.value", "creditExceeded", message)


def coverage_faults(work: Work, new: Refund) -> Iterator[Fault]:
    """Yield what is wrong with the amount of a refund that is to be made."""
    if new.total_amount is None:
        return
    faults = [*_movement_faults(work, new, [])]
    yield from faults
    if faults:
        return
    program = as_program(work, BY)
    hold_account(program, new.account.id)
    wanted, unit = new.total_amount.amount, new.total_amount.unit
    if new.payment is None:
        free = [free_of(program, one) for one in credits_of(program, new.account.id)]
        had = sum((one.amount for one in free if one is not None and one.unit == unit), ZERO)
        if wanted > had:
            message = f"must be at most {had} {unit}, what the account has in credit"
            yield Fault("totalAmount.value", "creditExceeded", message)
        return
    payment = program.get(Payment, new.payment.id)
    if payment is None or payment.total_amount is None:
        return
    if payment.account.id != new.account.id:
        yield Fault("payment", "otherAccount", f"{payment.key} came in on another account")
    elif not payment.is_received:
        yield Fault("payment", "conflictNotReceived", f"{payment.key} is {payment.status}")
    elif payment.total_amount.unit != unit:
        message = f"must be {payment.total_amount.unit}, the currency of {payment.key}"
        yield Fault("totalAmount.unit", "currencyMismatch", message)
    else:
        rest = payment.total_amount.amount - drawn_from(program, payment.id)
        if wanted > rest:
            message = f"must be at most {rest} {unit}, what is left of {payment.key} to give back"
            yield Fault("totalAmount.value", "paymentExceeded", message)


def _movement_faults(work: Work, new: Movement, parts: Sequence[Named]) -> Iterator[Fault]:
    amounts = [("totalAmount", new.total_amount), ("amount", new.amount),
               ("taxAmount", new.tax_amount), *parts]  # fmt: skip
    faults = [*currency_faults(amounts, currency_of(work, new.account.id))]
    yield from faults
    total = new.total_amount
    if faults or total is None:
        return
    if total.amount <= ZERO:
        yield Fault("totalAmount.value", "notPositive", "must be more than nothing")
    if new.amount is not None and new.tax_amount is not None:
        found = new.amount.plus(new.tax_amount)
        if not found.equal(total):
            message = f"must be {found.amount}, amount and taxAmount together"
            yield Fault("totalAmount.value", "totalMismatch", message)


def _worth(amount: Money | None) -> Decimal:
    return amount.amount if amount is not None else ZERO
