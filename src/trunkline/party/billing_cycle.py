"""Billing cycles (TMF666): when a bill is made, which days it covers, when it is due."""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import Limits
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.api import TMF666
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import Reference


class BillingCycle(Extensible):
    """How often bills are made, and by how many days each step is shifted from the cycle's day.

    Ours: the `cycle_day` of the month on which a period begins, the last day of a month that is
    shorter; whether charges are `in_arrears`, at the end of their period; and whether what is
    suspended is charged all the same (`charges_suspended`, unless it says false).
    """

    name: str
    description: str | None = None
    frequency: str | None = None
    billing_period: str | None = None
    billing_date_shift: int | None = None
    charge_date_offset: int | None = None
    credit_date_offset: int | None = None
    mailing_date_offset: int | None = None
    payment_due_date_offset: int | None = None
    cycle_day: Annotated[int | None, Limits(minimum=1, maximum=31)] = None
    in_arrears: bool | None = None
    charges_suspended: bool | None = None
    valid_for: TimePeriod | None = None


@resource(
    api=TMF666,
    path="billingCycleSpecification",
    prefix="BCY",
    promote=(Promoted("name"),),
    columns=("key", "name", "frequency", "billingPeriod"),
    data_class="public",
)
class BillingCycleSpecification(BillingCycle, Document):
    """A cycle in which bills are made, for many accounts."""


class BillingCycleSpecificationRef(Reference, targets=("BillingCycleSpecification",)):
    """A reference to a billing cycle."""

    date_shift: int | None = None
    frequency: str | None = None


class BillingCycleSpecificationRefOrValue(BillingCycle, targets=("BillingCycleSpecification",)):
    """A billing cycle of one account, or a reference to one of many; `is_ref` says which."""

    id: str | None = None
    href: str | None = None
    date_shift: int | None = None
    is_ref: bool
    referred_type: str | None = None


rule(BillingCycleSpecification)(periods_are_ordered)
