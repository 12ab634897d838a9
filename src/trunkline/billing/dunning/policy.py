"""Dunning policies: in which steps overdue money is asked for, as data of the operator's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from trunkline.access.api import BILLING
from trunkline.billing.plan.terms import PlanTerms, terms_faults
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.register_rules import code_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

DunningAction: TypeAlias = Literal["reminder", "callTask", "fee", "suspend"]
WARNED_DAYS = 7
"""How many days before a service is suspended its customer is told so, at the least."""


class DunningStep(Extensible):
    """One step: from how many days overdue on, what is done, and what is written.

    `tells_of_emergency_calls` says that the text tells that emergency calls end with a suspension.
    """

    days_overdue: Annotated[int, Limits(minimum=1)]
    action: DunningAction
    message_type: Literal["email", "sms", "letter"] | None = None
    subject: Annotated[str | None, Limits(length_max=200)] = None
    text: Annotated[str | None, Limits(length_max=4000)] = None
    fee: Money | None = None
    tells_of_emergency_calls: bool | None = None


@resource(
    api=BILLING,
    path="dunningPolicy",
    prefix="DPO",
    promote=(Promoted("code"), Promoted("isActive", "boolean")),
    columns=("key", "code", "name", "isActive", "priority"),
)
class DunningPolicy(Extensible, Document):
    """How overdue money is asked for: whom of, from which amount on, and step by step.

    An account names its policy by the `code` (its strategy); others get the active one of the
    highest priority that is for their kind of customer, `customer_type`, or for all. Who disputed
    a bill in vain pays it `days_after_dispute` days later; `payment_plan` says which plans there
    are in each currency, none where nothing is said.
    """

    code: Annotated[str, Limits(length_max=60)]
    name: str
    is_active: bool | None = None
    priority: int | None = None
    customer_type: list[str] = many()
    amount_min: list[Money] = many()
    step: Annotated[list[DunningStep], Limits(items_min=1)]
    days_after_dispute: Annotated[int | None, Limits(minimum=0)] = None
    payment_plan: list[PlanTerms] = many()


@rule(DunningPolicy)
def steps_follow_each_other(
    work: Work, old: DunningPolicy | None, new: DunningPolicy
) -> Iterator[Fault]:
    """Refuse steps out of order, ones that say too little, and a suspension without a warning."""
    del work, old
    before = 0
    warned_at: int | None = None
    for index, step in enumerate(new.step):
        path = f"step[{index}]"
        if step.days_overdue <= before:
            message = f"must be more than {before}, the days of the step before"
            yield Fault(f"{path}.daysOverdue", "notAscending", message)
        before = step.days_overdue
        if step.action == "reminder":
            warned_at = step.days_overdue if warned_at is None else warned_at
            if not (step.text or "").strip():
                yield Fault(f"{path}.text", "required", "say what is written to the customer")
        if step.tells_of_emergency_calls and step.action != "reminder":
            message = "only a reminder tells the customer something; leave it out"
            yield Fault(f"{path}.tellsOfEmergencyCalls", "badValue", message)
        if step.action == "fee" and (step.fee is None or not step.fee.unit or step.fee.amount <= 0):
            yield Fault(f"{path}.fee", "required", "say how much, and in which currency")
        if step.action == "suspend" and (
            warned_at is None or step.days_overdue - warned_at < WARNED_DAYS
        ):
            message = f"a reminder comes {WARNED_DAYS} days before at the least; add one"
            yield Fault(f"{path}.daysOverdue", "warningMissing", message)
    for index, amount in enumerate(new.amount_min):
        if not amount.unit or amount.value is None:
            yield Fault(f"amountMin[{index}]", "required", "say how much, in which currency")


@rule(DunningPolicy)
def terms_of_plans_are_clear(
    work: Work, old: DunningPolicy | None, new: DunningPolicy
) -> Iterator[Fault]:
    """Refuse two terms of one currency, and amounts of another one or below zero."""
    del work, old
    yield from terms_faults("paymentPlan", new.payment_plan)


@rule(DunningPolicy)
def code_is_of_one_policy(
    work: Work, old: DunningPolicy | None, new: DunningPolicy
) -> Iterator[Fault]:
    """Refuse a code that another policy has."""
    if old is None or old.code != new.code:
        yield from code_faults(work, new, new.code)


def policy_for(
    policies: Sequence[DunningPolicy], strategy: str | None, customer_type: str | None
) -> DunningPolicy | None:
    """Return the policy of an account: the one that it names, else the best for its customer.

    None where it names one that is not there or not active, or none is for it. Pure.
    """
    active = [one for one in policies if one.is_active is not False]
    if strategy:
        return next((one for one in active if one.code == strategy), None)
    fitting = [one for one in active if not one.customer_type or customer_type in one.customer_type]
    ranked = sorted(
        fitting, key=lambda one: (-(one.priority or 0), not one.customer_type, one.code)
    )
    return ranked[0] if ranked else None
