"""Service level credits: what a customer is to get back for an outage, and who agreed to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from trunkline.assurance.api import ASSURANCE
from trunkline.assurance.credit.policy import ServiceCreditPolicyRef
from trunkline.assurance.problem.problem import ServiceProblemRef
from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef, CustomerRef
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ProductRef, Reference

CREDITS = uuid5(NAMESPACE_URL, "trunkline/assurance/service-credit")


class AppliedRateRef(Reference, targets=("AppliedCustomerBillingRate",)):
    """A reference to the line that puts a credit down for the bill."""


class CreditBasis(Extensible):
    """By what a credit was reckoned.

    `minutes_out` is how long the service was away in the hours that count, `started_hours` how
    many had begun beyond the free ones, `percent` what they give of the monthly price without tax.
    """

    level: str | None = None
    minutes_out: int | None = None
    hours_free: Decimal | None = None
    started_hours: int | None = None
    percent: Decimal | None = None
    monthly_price: Annotated[Money | None, PERSONAL] = None


@resource(
    api=ASSURANCE,
    path="serviceCredit",
    prefix="SCR",
    operations=("list", "retrieve"),
    lifecycle=Lifecycle(
        attribute="state",
        initial="proposed",
        moves={
            "proposed": ("approved", "rejected", "canceled"),
            "approved": ("granted",),
            "granted": (),
            "rejected": (),
            "canceled": ("proposed",),
        },
        on_request=frozenset(),
    ),
    promote=(Promoted("state"), Promoted("serviceProblem.id"), Promoted("billingAccount.id")),
    owner=("customer",),
    root="serviceProblem",
    label=("name",),
    columns=("key", "serviceProblem", "customer", "product", "taxIncludedAmount", "state"),
)
class ServiceCredit(Extensible, Document):
    """What is given back for a problem and a product: proposed by a policy, decided by a person.

    There is one for each problem and product. One that is granted is put down for the bill
    (`rate`); the program cancels a proposal where nothing is due any more. `amount` is without tax.
    """

    name: Annotated[str | None, Limits(length_max=200)] = None
    service_problem: ServiceProblemRef
    product: ProductRef
    customer: CustomerRef | None = None
    billing_account: BillingAccountRef | None = None
    policy: ServiceCreditPolicyRef | None = None
    state: str | None = None
    period: TimePeriod | None = None
    basis: CreditBasis | None = None
    explanation: Annotated[str | None, PERSONAL, Limits(length_max=500)] = None
    amount: Annotated[Money | None, PERSONAL] = None
    tax_item: list[TaxTold] = many()
    tax_included_amount: Annotated[Money | None, PERSONAL] = None
    proposed_at: datetime | None = None
    decided_by: Annotated[str | None, PERSONAL] = None
    decided_by_id: str | None = None
    decided_at: datetime | None = None
    decision_note: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    rate: AppliedRateRef | None = None


internal_note(ServiceCredit, "decisionNote")


def credit_id(problem: str, product: str) -> str:
    """Return the id of the credit of a problem and a product, so that there is never a second."""
    return str(uuid5(CREDITS, f"{problem} {product}"))
