"""Holds: why an account, or one bill of it, is not asked for its money for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import CustomerBill, CustomerBillRef
from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, SENSITIVE, Json, Limits
from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod, periods_are_ordered

MANY = 10_000
ALWAYS_ENDS = frozenset({"promise"})


@resource(
    api=BILLING,
    path="dunningHold",
    prefix="DUH",
    promote=(Promoted("billingAccount.id"), Promoted("reason")),
    owner=("billingAccount",),
    root="billingAccount",
    columns=("key", "billingAccount", "reason", "customerBill", "validFor"),
)
class DunningHold(Extensible, Document):
    """That an account is not asked for money, or not for that of one bill: why, and how long."""

    billing_account: BillingAccountRef
    reason: Annotated[str, SENSITIVE]
    customer_bill: CustomerBillRef | None = None
    promised_amount: Money | None = None
    valid_for: TimePeriod | None = None
    note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None


internal_note(DunningHold, "note")


rule(DunningHold)(periods_are_ordered)


@rule(DunningHold)
def hold_is_about_its_account(
    work: Work, old: DunningHold | None, new: DunningHold
) -> Iterator[Fault]:
    """Refuse another account's bill, and a promise to pay without the day by which."""
    del old
    bill = work.get(CustomerBill, new.customer_bill.id) if new.customer_bill is not None else None
    if bill is not None and bill.account != new.billing_account.id:
        yield Fault("customerBill", "otherAccount", f"{bill.key} is a bill of another account")
    ends = new.valid_for is not None and new.valid_for.end_date_time is not None
    if new.reason in ALWAYS_ENDS and not ends:
        yield Fault("validFor.endDateTime", "required", "say by which day it is promised")


def holds_of(work: Work, accounts: Sequence[str]) -> list[DunningHold]:
    """Return the holds of accounts that are in force now."""
    wanted: dict[str, Json] = {"billingAccount.id": [*accounts]}
    found = work.find(DunningHold, wanted, limit=MANY) if accounts else []
    return [one for one in found if one.valid_for is None or one.valid_for.contains(work.now)]


ship(
    ShippedRegister(
        "dunningHoldReason", "Reason not to ask for money",
        {"de": "Grund der Mahnsperre", "ar": "سبب إيقاف المطالبة"},
        (
            worded("dispute", "Bill disputed", "Rechnung bestritten", "اعتراض على الفاتورة",
                   "amber"),
            worded("promise", "Promise to pay", "Zahlungszusage", "وعد بالدفع", "blue"),
            worded("vulnerable", "Vulnerable customer", "Schutzbedürftige Person",
                   "عميل يحتاج إلى حماية", "violet"),
            worded("insolvency", "Insolvency", "Insolvenz", "إعسار", "red"),
            worded("other", "Something else", "Etwas anderes", "شيء آخر", "grey"),
        ),
        "Why somebody is not asked for overdue money for a while.",
    ),
)  # fmt: skip
bind(DunningHold, "reason", "dunningHoldReason")
