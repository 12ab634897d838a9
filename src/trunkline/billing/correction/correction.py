"""Corrections: what is owed is lowered, given back or given up, by somebody with the authority."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import CustomerBillRef
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits
from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.reference import PartyInteractionRef, PaymentRef, Reference

CorrectionKind: TypeAlias = Literal["adjustment", "refund", "writeOff"]


class RefundRef(Reference, targets=("Refund",)):
    """A reference to a refund."""


@resource(
    api=BILLING,
    path="correction",
    prefix="CRN",
    operations=("list", "retrieve", "create"),
    lifecycle=Lifecycle(
        attribute="state",
        initial="requested",
        moves={
            "requested": ("done", "rejected", "canceled"),
            "done": (),
            "rejected": (),
            "canceled": (),
        },
        on_request=frozenset(),
    ),
    server_sets=("requested_by", "requested_by_id", "requested_at", "within_authority",
                 "decided_by", "decided_at", "decision_note", "credit_note", "refund"),
    promote=(Promoted("state"), Promoted("kind"), Promoted("billingAccount.id")),
    owner=("billingAccount",),
    root="billingAccount",
    columns=("key", "kind", "billingAccount", "amount", "reason", "state"),
)  # fmt: skip
class Correction(Extensible, Document):
    """A wish to correct what is owed, who has decided about it, and what came of it.

    An adjustment lowers a bill, a write-off gives up what is open of one: both make a credit note.
    A refund gives back a payment, or what is in credit. `interaction` is the contact that led to
    it.
    """

    kind: CorrectionKind
    reason: str
    amount: Annotated[Money, PERSONAL]
    billing_account: BillingAccountRef
    customer_bill: CustomerBillRef | None = None
    payment: PaymentRef | None = None
    interaction: PartyInteractionRef | None = None
    note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    state: str | None = None
    requested_by: Annotated[str | None, PERSONAL] = None
    requested_by_id: str | None = None
    requested_at: datetime | None = None
    within_authority: bool | None = None
    decided_by: Annotated[str | None, PERSONAL] = None
    decided_at: datetime | None = None
    decision_note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    credit_note: CustomerBillRef | None = None
    refund: RefundRef | None = None


internal_note(Correction, "note", "decisionNote")


ship(
    ShippedRegister(
        "correctionReason", "Reason of a correction",
        {"de": "Grund der Korrektur", "ar": "سبب التصحيح"},
        (
            worded("goodwill", "Goodwill", "Kulanz", "لفتة حسن نية", "green"),
            worded("wrongPrice", "Wrong price", "Falscher Preis", "سعر خاطئ", "amber"),
            worded("outage", "Service was down", "Ausfall des Dienstes", "انقطاع الخدمة", "red"),
            worded("paidTwice", "Paid twice", "Doppelt bezahlt", "دفع مرتين", "blue"),
            worded("endOfService", "Credit at the end", "Guthaben am Ende", "رصيد عند الإنهاء",
                   "blue"),
            worded("uncollectable", "Cannot be collected", "Uneinbringlich", "لا يمكن تحصيله",
                   "grey"),
            worded("deceased", "Customer has died", "Kunde ist verstorben", "وفاة العميل", "grey"),
        ),
        "Why what is owed is corrected.",
    ),
)  # fmt: skip
bind(Correction, "reason", "correctionReason")
