"""Owing: what an account is charged or given back, put down once until a bill takes it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.bill.rate import AppliedCustomerBillingRate, ChargeBasis
from trunkline.billing.payment.settling import hold_account
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.shared.money import Money, rounded
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod
from trunkline.shared.program import as_program
from trunkline.shared.reference import ProductRef

BY = "charging"
CHARGES = uuid5(NAMESPACE_URL, "trunkline/billing/charge")
KNOWN = "select id::text from record where id = any(%s::uuid[])"
PERCENT = Decimal(100)


@dataclass(frozen=True)
class Charge:
    """What is to be put down; an `amount` below zero is a credit. `key` is its business key.

    `group` and `basis` are those of a line (`AppliedCustomerBillingRate`).
    """

    key: str
    name: str
    kind: str
    amount: Money
    day: datetime
    product: str | None = None
    tax: Sequence[TaxTold] = ()
    period: TimePeriod | None = None
    description: str | None = None
    group: str | None = None
    basis: ChargeBasis | None = None


def owe(
    work: Work,
    *,
    key: str,
    account: str,
    product: str | None,
    name: str,
    kind: str,
    amount: Money,
    tax: Sequence[TaxTold] = (),
    day: datetime,
    period: TimePeriod | None = None,
    description: str | None = None,
) -> AppliedCustomerBillingRate | None:
    """Put a charge or a credit of an account down that is not billed yet; None where it is there.

    `amount` is without tax, below zero for a credit; `kind` is the type of the line (`recurring`,
    `oneTime`, `credit`, `fee`, `refund`, …). A tax with a rate and without an amount is reckoned.
    The `key` is its business key: what is put down under it once is never put down again.
    """
    wanted = Charge(key, name, kind, amount, day, product, tax, period, description)
    made = owe_all(work, account, [wanted])
    return made[0] if made else None


def owe_all(
    work: Work, account: str, charges: Sequence[Charge]
) -> list[AppliedCustomerBillingRate]:
    """Put charges of an account down by one statement; return those that were not there yet."""
    if not charges:
        return []
    program = as_program(work, BY)
    hold_account(program, account)
    known = put_down(program, [charge_id(one.key) for one in charges])
    lines = [line_of(account, one) for one in charges if charge_id(one.key) not in known]
    if lines:
        program.add(*lines)
    return lines


def put_down(work: Work, idents: Sequence[str]) -> set[str]:
    """Return those of the ids under which something was put down, also where it was removed."""
    rows = work.connection.execute(KNOWN, [list(idents)]).fetchall()
    return {ident for (ident,) in rows}


def charge_id(key: str) -> str:
    """Return the id of the charge with a business key, so that the database keeps it unique."""
    return str(uuid5(CHARGES, key))


def line_of(account: str, charge: Charge) -> AppliedCustomerBillingRate:
    """Return the line that a charge is put down as, with its id."""
    taxes = [told(charge.amount, one) for one in charge.tax]
    gross = charge.amount
    for one in taxes:
        gross = gross.plus(one.tax_amount) if one.tax_amount is not None else gross
    line = AppliedCustomerBillingRate(
        date=charge.day,
        name=charge.name,
        type=charge.kind,
        description=charge.description,
        is_billed=False,
        billing_account=BillingAccountRef(id=account, referred_type="BillingAccount"),
        product=ProductRef(id=charge.product, referred_type="Product") if charge.product else None,
        period_coverage=charge.period,
        tax_excluded_amount=charge.amount,
        tax_included_amount=gross,
        applied_tax=taxes,
        charge_group=charge.group,
        basis=charge.basis,
    )
    object.__setattr__(line, "meta", Meta(charge_id(charge.key)))
    return line


def told(net: Money, tax: TaxTold) -> TaxTold:
    """Return a tax with its amount, reckoned from its rate where it says none."""
    if tax.tax_amount is not None:
        return tax
    amount = rounded(net.amount * (tax.tax_rate or Decimal(0)) / PERCENT, net.unit)
    return TaxTold(
        tax_category=tax.tax_category,
        tax_rate=tax.tax_rate,
        tax_amount=Money(unit=net.unit, value=amount),
    )
