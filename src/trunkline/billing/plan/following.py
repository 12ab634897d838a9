"""Following: how a plan stands by what is paid: fulfilled, or broken; its customer is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

import structlog

from trunkline.billing.account.standing import today
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.bill.issuing import payer_of
from trunkline.billing.charging.owing import owe
from trunkline.billing.dunning.hold import DunningHold, holds_of, waiting_of
from trunkline.billing.dunning.policy import WARNED_DAYS
from trunkline.billing.payment.settling import hold_account, unpaid_bills
from trunkline.billing.plan.instalments import Stands, standing_of
from trunkline.billing.plan.payment_plan import PaymentPlan, PlanNotice
from trunkline.billing.plan.reading import plans_of
from trunkline.billing.plan.terms import PlanTerms
from trunkline.documents.errors import Refusal
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.receiving import BILLING
from trunkline.party.telling import tell_customer
from trunkline.shared.money import Money
from trunkline.workspace.message_texts import MessageText, text_named

ZERO = Decimal(0)
REMIND_DAYS = 3
FEE = "Payment plan fee"
SENDER = "Billing"
AGREED = MessageText(
    "payment-plan-agreed", "", "Your payment plan",
    "Dear {name},\n\nyou pay {debt} in {count} instalments:\n{instalments}\n\nWhile you keep to "
    "this plan we do not ask you for that money.",
)  # fmt: skip
DUE = MessageText(
    "payment-plan-due", "", "An instalment is due on {date}",
    "Dear {name},\n\n{amount} of your payment plan is due on {date}.",
)  # fmt: skip
BROKEN = MessageText(
    "payment-plan-broken", "", "Your payment plan has ended",
    "Dear {name},\n\nyour payment plan was not kept and has ended. {amount} is due at once.",
)  # fmt: skip
SUSPENDS = MessageText(
    "payment-plan-broken-suspends", "", "Your payment plan has ended",
    "Dear {name},\n\nyour payment plan was not kept and has ended. {amount} is due at once. If it "
    "is not paid we suspend your services from {date} on.",
)  # fmt: skip
"""Names of texts that the operator may keep, and what is said where there is none."""
Kind: TypeAlias = Literal["agreed", "due", "broken"]
log = structlog.get_logger("trunkline.billing")


@on(event(PaymentPlan, "created"), event(PaymentPlan, "state_changed").to("active"))
def begin_plan(work: Work, plan: PaymentPlan) -> None:
    """Tell the customer of a plan that has begun, and charge what it costs."""
    hold_account(work, plan.billing_account.id)
    follow_plans(work, plan.billing_account.id)


def follow_plans(work: Work, account_id: str) -> bool:
    """Bring the active plans of an account to what is so now; tell whether any was or has ended.

    The account's money is held; it follows from what is open of the bills, so that doing it twice
    changes nothing.
    """
    plans = plans_of(work, [account_id], ("active",))
    account = work.get(BillingAccount, account_id) if plans else None
    if account is None:
        return False
    unpaid = {one.id: one for one in unpaid_bills(work, account_id)}
    holds = holds_of(work, [account_id])
    ended = False
    for one in plans:
        with work.edit(PaymentPlan, one.id) as held:
            if held.state == "active":
                _follow(work, account, held, unpaid, holds)
                ended = ended or held.state != "active"
    return ended


def _follow(
    work: Work, account: BillingAccount, plan: PaymentPlan, unpaid: Mapping[str, CustomerBill],
    holds: Sequence[DunningHold],
) -> None:  # fmt: skip
    terms, now = plan.terms, today(work)
    if terms is None or plan.debt is None:
        return
    bills = [unpaid[one] for one in plan.bills if one in unpaid]
    left = [one.remaining_amount for one in bills]
    open_debt = sum((one.amount for one in left if one is not None), ZERO)
    disputed = sum((waiting_of(one, holds, now) for one in bills), ZERO)
    stands = standing_of(plan.instalment, open_debt, now, grace_days=terms.grace_days or 0,
                         disputed=disputed)  # fmt: skip
    parts = plan.instalment
    for part, found in zip(parts, stands, strict=True):
        part.paid = Money(unit=plan.debt.unit, value=found.paid)
        part.state = found.state
    plan.instalment = parts
    if not _was_told(plan, "agreed"):
        _begin(work, account, plan, terms)
    missed = sum(one.state == "missed" for one in stands)
    if open_debt <= ZERO:
        plan.state, plan.ended_at = "fulfilled", work.now
    elif missed >= (terms.missed_max or 1):
        _break(work, account, plan, open_debt, missed)
    else:
        _remind(work, account, plan, stands, now)


def _begin(work: Work, account: BillingAccount, plan: PaymentPlan, terms: PlanTerms) -> None:
    """Charge the fee and tell the customer, who is told once: so is the fee charged once."""
    if terms.fee is not None and terms.fee.amount > ZERO:
        owe(work, key=f"paymentPlan:{plan.id}:fee", account=account.id, product=None, name=FEE,
            kind="fee", amount=terms.fee, day=work.now, description=plan.key)  # fmt: skip
    listed = "\n".join(
        f"{_day(one.due_date, work)}: {_told(one.amount)}" for one in plan.instalment
    )
    values = {"debt": _told(plan.debt), "count": str(len(plan.instalment)), "instalments": listed}
    _tell(work, account, plan, AGREED, "agreed", values)


def _break(
    work: Work, account: BillingAccount, plan: PaymentPlan, open_debt: Decimal, missed: int
) -> None:
    """End a plan that was not kept, saying why; the customer is told what follows."""
    terms = plan.terms
    assert terms is not None
    unit = plan.debt.unit if plan.debt is not None else None
    grace = terms.grace_days or 0
    days = ", ".join(_day(one.due_date, work) for one in plan.instalment if one.state == "missed")
    plan.state, plan.ended_at = "broken", work.now
    plan.end_reason = (
        f"{missed} of {len(plan.instalment)} instalments not paid {grace} days after they were due "
        f"({days}); {open_debt:f} {unit} is due again"
    )
    values = {"amount": f"{open_debt:f} {unit}",
              "date": _day(work.now + timedelta(days=WARNED_DAYS), work)}  # fmt: skip
    _tell(work, account, plan, SUSPENDS if terms.suspends_when_broken else BROKEN, "broken", values)


def _remind(
    work: Work, account: BillingAccount, plan: PaymentPlan, stands: Sequence[Stands], now: datetime
) -> None:
    """Tell the customer of instalments that will be due, each once; not of what is disputed."""
    ahead = plan.terms.remind_days if plan.terms is not None else None
    last = (now + timedelta(days=REMIND_DAYS if ahead is None else ahead)).date()
    for one, found in zip(plan.instalment, stands, strict=True):
        due = one.due_date.astimezone(now.tzinfo).date()
        left = one.amount.amount - found.paid - found.waits
        is_ahead = left > ZERO and now.date() <= due <= last
        if is_ahead and not _was_told(plan, "due", one.due_date):
            amount = Money(unit=one.amount.unit, value=left)
            values = {"amount": _told(amount), "date": f"{due:%Y-%m-%d}"}
            _tell(work, account, plan, DUE, "due", values, one.due_date)


def _was_told(plan: PaymentPlan, kind: Kind, due: datetime | None = None) -> bool:
    return any(one.kind == kind and one.due_date == due for one in plan.notice)


def _tell(
    work: Work, account: BillingAccount, plan: PaymentPlan, text: MessageText, kind: Kind,
    values: Mapping[str, str], due: datetime | None = None,
) -> None:  # fmt: skip
    """Write to the customer and note it, also where it could not be written."""
    payer = payer_of(account)
    is_told, result = False, "nobody to write to"
    if payer is not None:
        kept = text_named(work.connection, text.name) or text
        try:
            made = tell_customer(work, payer.raw, kept, values, about=plan, role_type=BILLING,
                                 sender=SENDER, account=account.id)  # fmt: skip
            is_told, result = True, made.key
        except Refusal as refusal:  # as a rule since the customer does not want to hear of it
            log.warning("customer not told", plan=plan.key, reason=refusal.message)
            result = refusal.message
    notice = PlanNotice(kind=kind, due_date=due, at=work.now, is_told=is_told, result=result)
    plan.notice = [*plan.notice, notice]


def _day(at: datetime, work: Work) -> str:
    return f"{at.astimezone(today(work).tzinfo):%Y-%m-%d}"


def _told(amount: Money | None) -> str:
    return f"{amount.amount:f} {amount.unit}" if amount is not None else ""
