"""Customer bills (TMF678): what an account owes for a period, or is given back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.billing.api import TMF678
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.account import AccountBalance
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef, PartyReference, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import PaymentMethodRef, PaymentRef, Reference

BillState: TypeAlias = Literal["new", "onHold", "validated", "sent", "partiallyPaid", "settled"]
BillCategory: TypeAlias = Literal["normal", "interim", "last", "creditNote", "duplicate", "trial"]
DRAFTS: tuple[BillState, ...] = ("new", "onHold")
"""The states in which a bill is still made; nobody owes it and its customer does not see it."""
UNPAID: tuple[BillState, ...] = ("validated", "sent", "partiallyPaid")
"""The states of an issued bill of which something is open."""
OWED = frozenset({"normal", "interim", "last"})
"""Bills of these categories are owed; a credit note gives back, the others only tell."""
CREDIT_NOTE: Literal["creditNote"] = "creditNote"

BILL_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="new",
    moves={
        "new": ("onHold", "validated", "sent"),
        "onHold": ("new", "validated", "sent"),
        "validated": ("sent", "partiallyPaid", "settled"),
        "sent": ("partiallyPaid", "settled"),
        "partiallyPaid": ("sent", "settled"),
        "settled": ("sent", "partiallyPaid"),
    },
    starts=("onHold", "validated", "sent"),
    on_request=frozenset({"new", "onHold", "validated", "sent"}),
)


class CustomerBillRef(Reference, targets=("CustomerBill",)):
    """A reference to a bill."""


class BillRunRef(Reference, targets=("BillRun",)):
    """A reference to a bill run of our own."""

    name: Annotated[str | None, PERSONAL] = None


class BilledOnRef(PartyReference, targets=("FinancialAccount",)):
    """A reference to the account that keeps what is owed, with its balances."""

    account_balance: list[AccountBalance] = many()


class TaxTold(Extensible):
    """A tax on a bill or on one of its lines: its category, its rate in percent, its amount."""

    tax_category: str | None = None
    tax_rate: Decimal | None = None
    tax_amount: Annotated[Money | None, PERSONAL] = None


class AppliedPayment(Extensible):
    """How much of a payment pays a bill."""

    applied_amount: Annotated[Money | None, PERSONAL] = None
    payment: PaymentRef | None = None


class AppliedCredit(Extensible):
    """How much of a credit note pays a bill."""

    applied_amount: Annotated[Money, PERSONAL]
    credit_note: CustomerBillRef


@resource(
    api=TMF678,
    path="customerBill",
    prefix="BIL",
    lifecycle=BILL_LIFECYCLE,
    server_sets=("applied_payment", "applied_credit", "remaining_amount", "issued_to",
                 "issued_at", "billing_system", "bill_run"),
    defaults={"last_update": format_instant},
    promote=(
        Promoted("billNo"),
        Promoted("state"),
        Promoted("category"),
        Promoted("billDate", "instant"),
        Promoted("paymentDueDate", "instant"),
        Promoted("billingAccount.id"),
    ),
    owner=("issuedTo",),
    root="billingAccount",
    label=("billNo",),
    columns=("key", "billNo", "billingAccount", "state", "billDate", "amountDue"),
)  # fmt: skip
class CustomerBill(Extensible, Document):
    """A bill, a draft until it is issued and unchanged from then on.

    Ours: whose bill it is since it was `issued_to` somebody, and when; the `billing_system` that
    gives the number; the `rounding_amount` by which what is due differs from the total; credit
    notes that pay it; the bill that a credit note corrects, and the reason; the `bill_run` of ours
    that has made it.
    """

    bill_no: str | None = None
    bill_date: datetime | None = None
    category: BillCategory | None = None
    last_update: datetime | None = None
    next_bill_date: datetime | None = None
    payment_due_date: datetime | None = None
    run_type: Literal["onCycle", "offCycle"] | None = None
    amount_due: Annotated[Money | None, PERSONAL] = None
    applied_payment: list[AppliedPayment] = many()
    bill_document: list[AttachmentRefOrValue] = many()
    billing_account: BillingAccountRef | None = None
    billing_period: TimePeriod | None = None
    financial_account: BilledOnRef | None = None
    payment_method: PaymentMethodRef | None = None
    related_party: list[RelatedParty] = many()
    remaining_amount: Annotated[Money | None, PERSONAL] = None
    state: BillState | None = None
    tax_excluded_amount: Annotated[Money | None, PERSONAL] = None
    tax_included_amount: Annotated[Money | None, PERSONAL] = None
    tax_item: list[TaxTold] = many()
    rounding_amount: Annotated[Money | None, PERSONAL] = None
    applied_credit: list[AppliedCredit] = many()
    corrects: CustomerBillRef | None = None
    correction_reason: str | None = None
    issued_to: RelatedParty | None = None
    issued_at: datetime | None = None
    billing_system: str | None = None
    bill_run: BillRunRef | None = None

    @property
    def account(self) -> str:
        """The id of the account that it is for."""
        return self.billing_account.id if self.billing_account is not None else ""

    @property
    def is_draft(self) -> bool:
        """Whether it is not issued yet."""
        return self.state in DRAFTS

    @property
    def is_owed(self) -> bool:
        """Whether it was issued for money that is to come in."""
        return not self.is_draft and (self.category or "normal") in OWED
