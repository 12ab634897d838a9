"""Payment plans: a debt that its customer pays in parts, and is not asked for meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import CustomerBillRef
from trunkline.billing.plan.terms import PlanTerms
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.reference import Reference

OPEN = ("requested", "active")
"""The states in which a bill is in no other plan."""
InstalmentState: TypeAlias = Literal["open", "paid", "missed"]


class PaymentPlanRef(Reference, targets=("PaymentPlan",)):
    """A reference to a payment plan."""


class Instalment(Extensible):
    """A part of the debt: when it is due, how much of it is paid, and how it stands by that."""

    due_date: datetime
    amount: Annotated[Money, PERSONAL]
    paid: Annotated[Money | None, PERSONAL] = None
    state: InstalmentState | None = None


class PlanNotice(Extensible):
    """What the customer was told of a plan: that it is agreed, that a part will be due, its break.

    `is_told` says that it was written; `result` is the message, or why there is none.
    """

    kind: Literal["agreed", "due", "broken"]
    due_date: datetime | None = None
    at: datetime
    is_told: bool
    result: Annotated[str | None, PERSONAL] = None


@resource(
    api=BILLING,
    path="paymentPlan",
    prefix="PPL",
    title="Payment plan",
    operations=("list", "retrieve", "create"),
    lifecycle=Lifecycle(
        attribute="state",
        initial="requested",
        moves={
            "requested": ("active", "rejected", "canceled"),
            "active": ("fulfilled", "broken", "canceled"),
            "fulfilled": (),
            "broken": (),
            "rejected": (),
            "canceled": (),
        },
        on_request=frozenset(),
    ),
    server_sets=("debt", "instalment", "terms", "requested_by", "requested_by_id",
                 "requested_at", "decided_by", "decided_at", "decision_note",
                 "active_since", "ended_at", "end_reason", "notice"),
    promote=(Promoted("state"), Promoted("billingAccount.id")),
    owner=("billingAccount",),
    root="billingAccount",
    label=(),
    columns=("key", "billingAccount", "state", "debt", "firstDueDate", "endedAt"),
)  # fmt: skip
class PaymentPlan(Extensible, Document):
    """What is open of some bills of an account, in instalments; while it is active those bills are
    not asked for.

    It keeps the terms under which it was asked for. How its instalments stand follows from what
    is open of its bills: whatever pays those pays the instalment that is due first.
    """

    billing_account: BillingAccountRef
    customer_bill: Annotated[list[CustomerBillRef], Limits(items_min=1)]
    number_of_instalments: Annotated[int, Limits(minimum=1, maximum=120)]
    first_due_date: datetime | None = None
    note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    state: str | None = None
    debt: Annotated[Money | None, PERSONAL] = None
    instalment: list[Instalment] = many()
    terms: PlanTerms | None = None
    requested_by: Annotated[str | None, PERSONAL] = None
    requested_by_id: str | None = None
    requested_at: datetime | None = None
    decided_by: Annotated[str | None, PERSONAL] = None
    decided_at: datetime | None = None
    decision_note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    active_since: datetime | None = None
    ended_at: datetime | None = None
    end_reason: Annotated[str | None, PERSONAL] = None
    notice: list[PlanNotice] = many()

    @property
    def bills(self) -> list[str]:
        """The ids of the bills that it is about."""
        return [one.id for one in self.customer_bill]


internal_note(PaymentPlan, "note", "decisionNote", "decidedBy", "requestedById")
