"""Composing: the bill of one account, for a run, on demand, or only to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from psycopg.errors import DataError

from trunkline.billing.bill.customer_bill import (
    BillCategory,
    BillRunRef,
    CustomerBill,
    CustomerBillRef,
)
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.charging.owing import line_of
from trunkline.billing.charging.reckoning import Reckoned, reckoned
from trunkline.billing.charging.totals import Totals, totalled
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod
from trunkline.workspace.business_zone import business_zone

BILLS = uuid5(NAMESPACE_URL, "trunkline/billing/bill")
ZERO = Decimal(0)
CANNOT_BE_BILLED = (Refusal, ArithmeticError, ValueError, DataError)
"""What stops the bill of one account, and must not stop those of the others."""
Verdict: TypeAlias = Literal["bill", "nothing", "negative", "belowMinimum"]


@dataclass(frozen=True)
class Composed:
    """What the bill of an account comes to: its new lines, those that were open, the totals."""

    reckoned: Reckoned
    new: Sequence[AppliedCustomerBillingRate]
    totals: Totals | None
    period: TimePeriod
    former: dict[str, bytes] = field(default_factory=dict)

    @property
    def lines(self) -> list[AppliedCustomerBillingRate]:
        """All lines, those that were open already first."""
        return [*self.reckoned.open_lines, *self.new]

    @property
    def period_key(self) -> str:
        """What a bill is made for once: the cycle and the start of its period."""
        return f"{self.reckoned.cycle.ident}/{self.reckoned.period.start}"

    def verdict(self, least: Money | None = None) -> Verdict:
        """Tell whether there is a bill; what is below zero is carried forward, it is none."""
        if self.totals is None:
            return "nothing"
        if self.totals.gross < ZERO:
            return "negative"
        is_less = least is not None and least.unit == self.totals.unit
        if is_less and least is not None and self.totals.gross < least.amount:
            return "belowMinimum"
        return "bill"


def composed(work: Work, account: BillingAccount, cut_off: datetime) -> Composed:
    """Return the bill of an account up to a day; writes nothing.

    Refuses (409) an account that another system bills, and what cannot be reckoned.
    """
    if account.billing_system:
        message = f"{account.key} is billed by {account.billing_system}, not by us"
        raise Conflict("conflictBilledElsewhere", message)
    try:
        return _composed(work, account, cut_off)
    except (ArithmeticError, ValueError) as problem:
        # Days, periods and amounts that no calendar or number holds.
        message = f"{account.key} cannot be reckoned: {problem}"
        raise Conflict("conflictTerms", message) from problem


def reason_of(problem: Exception) -> str:
    """Return in words what stops a bill."""
    if isinstance(problem, Refusal):
        return " ".join(one.message for one in problem.faults) or problem.message
    return f"Cannot be reckoned: {problem}"


def _composed(work: Work, account: BillingAccount, cut_off: datetime) -> Composed:
    found = reckoned(work, account, cut_off)
    new = [line_of(account.id, one) for one in found.charges]
    former = {one.id: encode(one.raw) for one in found.open_lines}
    lines = [*found.open_lines, *new]
    totals = totalled(lines, account.currency) if lines else None
    zone = business_zone(work.services)
    start, end = (
        datetime.combine(one, time.min, zone) for one in (found.period.start, found.period.end)
    )
    return Composed(
        found, new, totals, TimePeriod(start_date_time=start, end_date_time=end), former
    )


def put_charges_down(work: Work, found: Composed) -> None:
    """Put the new charges of an account down, on no bill yet."""
    if found.new:
        work.add(*found.new)


def drafted(
    work: Work, found: Composed, *, key: str, category: BillCategory, run: str | None = None
) -> CustomerBill:
    """Write the draft of a bill with all its lines, in the transaction that is open.

    Its id follows from its business `key`, so that the database refuses a second one.
    """
    totals = found.totals
    assert totals is not None
    bill = CustomerBill(
        category=category,
        run_type="onCycle" if run else "offCycle",
        state="new",
        bill_date=work.now,
        billing_account=BillingAccountRef(
            id=found.reckoned.account.id, referred_type="BillingAccount"
        ),
        billing_period=found.period,
        next_bill_date=found.period.end_date_time,
        tax_excluded_amount=Money.of(totals.net, totals.unit),
        tax_included_amount=Money.of(totals.gross, totals.unit),
        amount_due=Money.of(totals.gross, totals.unit),
        tax_item=list(totals.taxes),
        bill_run=BillRunRef(id=run, referred_type="BillRun") if run else None,
    )
    object.__setattr__(bill, "meta", Meta(str(uuid5(BILLS, key))))
    work.add(bill)
    for one in found.lines:
        one.bill = CustomerBillRef(id=bill.id, referred_type="CustomerBill")
    put_charges_down(work, found)
    if found.reckoned.open_lines:
        former: list[tuple[AppliedCustomerBillingRate, dict[str, Json]]] = [
            (one, load(found.former[one.id])) for one in found.reckoned.open_lines
        ]
        work.save_all(former)
    return bill
