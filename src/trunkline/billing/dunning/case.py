"""Dunning cases: how an account is asked for its overdue money, until it is paid."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import CustomerBillRef
from trunkline.billing.dunning.policy import DunningAction, DunningStep
from trunkline.billing.plan.payment_plan import PaymentPlanRef
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.reference import ProductOrderRef, ProductRef, Reference

OPEN = ("open", "resuming")

CASE_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="open",
    moves={"open": ("resuming", "closed"), "resuming": ("open", "closed"), "closed": ()},
    on_request=frozenset(),
)


class DunningPolicyRef(Reference, targets=("DunningPolicy",)):
    """A reference to a dunning policy."""


class DoneStep(Extensible):
    """A step that was taken: which, when, and what came of it.

    `is_told` says that it was a reminder which was written to the customer.
    """

    days_overdue: int
    action: DunningAction
    at: datetime
    result: Annotated[str | None, PERSONAL] = None
    is_told: bool | None = None
    tells_of_emergency_calls: bool | None = None


class SuspendedProduct(Extensible):
    """A product that was suspended for the debt, and the orders about that."""

    product: ProductRef
    suspended_by: ProductOrderRef
    resumed_by: ProductOrderRef | None = None


@resource(
    api=BILLING,
    path="dunningCase",
    prefix="DUN",
    operations=("list", "retrieve"),
    lifecycle=CASE_LIFECYCLE,
    promote=(Promoted("state"), Promoted("billingAccount.id"), Promoted("daysOverdue", "number")),
    owner=("billingAccount",),
    root="billingAccount",
    columns=("key", "billingAccount", "state", "overdue", "daysOverdue", "holdReason"),
)
class DunningCase(Extensible, Document):
    """What is overdue on an account in one go, what was done about it, and what comes next.

    It keeps the steps of its policy, so that a policy which is changed meanwhile does not turn
    what was done into something else.
    """

    billing_account: BillingAccountRef
    dunning_policy: DunningPolicyRef | None = None
    strategy: str | None = None
    state: str | None = None
    overdue: Annotated[list[Money], PERSONAL] = many()
    days_overdue: int | None = None
    customer_bill: list[CustomerBillRef] = many()
    step: list[DunningStep] = many()
    done: list[DoneStep] = many()
    next_step_at: datetime | None = None
    hold_reason: Annotated[str | None, SENSITIVE] = None
    payment_plan: PaymentPlanRef | None = None
    suspended: list[SuspendedProduct] = many()
    looked_at: datetime | None = None
    closed_at: datetime | None = None
