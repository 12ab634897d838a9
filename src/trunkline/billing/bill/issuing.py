"""Issuing: what a bill says from the moment on at which it is no draft any more."""

from __future__ import annotations

import re
from datetime import MAXYEAR, datetime, timedelta

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.bill.rules import LINES_MAX
from trunkline.documents.decode import encode, load
from trunkline.kernel.behaviour import enrich, on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.money import Money
from trunkline.shared.party_reference import RelatedParty

DUE_DAYS = 14
"""How long a bill may wait for its money where the account says nothing else."""
TERMS = re.compile(r"net\s*(\d{1,3})", re.IGNORECASE)
PAYERS = ("customer", "owner")


def is_issued_now(old: CustomerBill, new: CustomerBill) -> bool:
    """Tell whether a draft is issued by a change."""
    return old.is_draft and not new.is_draft


@enrich(CustomerBill, again=is_issued_now)
def complete_bill(work: Work, new: CustomerBill) -> None:
    """Fill in the billing system, and what an issued bill says of its customer, date and money."""
    account = work.get(BillingAccount, new.account) if new.account else None
    if account is None:
        return
    new.billing_system = account.billing_system
    new.category = new.category or "normal"
    if new.is_draft:
        return
    if new.amount_due is None and new.tax_included_amount is not None:
        new.amount_due = _due(new.tax_included_amount, new.rounding_amount)
    new.issued_at = work.now
    new.issued_to = payer_of(account)
    if new.issued_to is not None and not any(
        one.id == new.issued_to.id for one in new.related_party
    ):
        new.related_party = [*new.related_party, new.issued_to]
    new.bill_date = new.bill_date or work.now
    if new.is_owed and new.payment_due_date is None:
        new.payment_due_date = due_date(new.bill_date, account.payment_terms)
    new.remaining_amount = new.amount_due if new.category != "duplicate" else None
    if not new.bill_document:
        new.bill_document = [paper_of(new)]


@on(event(CustomerBill, "created"), event(CustomerBill, "state_changed"))
def hand_over_lines(work: Work, bill: CustomerBill) -> None:
    """Let the customer of an issued bill see its lines, too."""
    if bill.is_draft or bill.issued_to is None:
        return
    found = work.find(AppliedCustomerBillingRate, {"bill.id": bill.id}, limit=LINES_MAX)
    lines = [one for one in found if one.issued_to is None or not one.is_billed]
    before = [load(encode(one.raw)) for one in lines]
    for line in lines:
        line.issued_to = bill.issued_to
        line.is_billed = True
    if lines:
        work.save_all(list(zip(lines, before, strict=True)))


def paper_of(bill: CustomerBill) -> AttachmentRefOrValue:
    """Return where the bill can be had on paper."""
    return AttachmentRefOrValue(
        attachment_type="document",
        name=f"{bill.bill_no or bill.id}.pdf",
        mime_type="application/pdf",
        url=f"{BILLING.base}/customerBill/{bill.id}/pdf",
    )


def payer_of(account: BillingAccount) -> RelatedParty | None:
    """Return whom the bills of an account go to: its customer, its owner, or whom it names."""
    for role in PAYERS:
        for one in account.related_party:
            if one.role == role:
                return one
    return account.related_party[0] if account.related_party else None


def due_date(bill_date: datetime, terms: str | None) -> datetime:
    """Return when a bill is due by terms such as `net30`; what cannot be read is not one."""
    found = TERMS.fullmatch(terms.strip()) if terms else None
    days = timedelta(days=int(found.group(1)) if found else DUE_DAYS)
    return bill_date + days if bill_date.year < MAXYEAR else bill_date


def _due(gross: Money, rounding: Money | None) -> Money:
    return gross.plus(rounding) if rounding is not None and rounding.unit == gross.unit else gross
