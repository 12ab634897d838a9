"""Next actions: what is proposed to which customers, why, and for how long a no holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from trunkline.campaign.api import CAMPAIGN
from trunkline.campaign.audience import filter_faults
from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, Limits, format_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import CustomerRef
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import Reference, SalesLeadRef


class NextActionRef(Reference, targets=("NextAction",)):
    """A reference to what is proposed."""


@resource(
    api=CAMPAIGN,
    path="nextAction",
    prefix="NBA",
    title="Next action",
    required=("name", "reason", "product_offering"),
    promote=(Promoted("name"), Promoted("priority", "number")),
    columns=("key", "name", "productOffering", "priority", "reason", "validFor"),
)
class NextAction(Extensible, Document):
    """What may be proposed to customers, the lowest `priority` first, and the `reason` to tell.

    `customer_filter` is a query as the list of customers takes it. With `signal_kind` it is for
    those of whom such a signal is known from the last `signal_days`. Who has the offering already
    is not asked; who was asked is left alone for `rest_days`, whatever the answer.
    """

    name: Annotated[str | None, Limits(length_max=200)] = None
    reason: Annotated[str | None, Limits(length_max=500)] = None
    priority: Annotated[int | None, Limits(minimum=1)] = None
    product_offering: ProductOfferingRef | None = None
    customer_filter: str | None = None
    signal_kind: Annotated[str | None, Limits(length_max=60)] = None
    signal_days: Annotated[int | None, Limits(minimum=1)] = None
    rest_days: Annotated[int | None, Limits(minimum=1)] = None
    valid_for: TimePeriod | None = None


rule(NextAction)(periods_are_ordered)


@rule(NextAction)
def customers_can_be_asked_for(
    work: Work, old: NextAction | None, new: NextAction
) -> Iterator[Fault]:
    """Refuse a query that the list of customers would refuse."""
    if not new.customer_filter or (old is not None and old.customer_filter == new.customer_filter):
        return
    yield from filter_faults(work, Customer, "customerFilter", new.customer_filter)


@resource(
    api=CAMPAIGN,
    path="actionAnswer",
    prefix="NBX",
    title="Answer to an action",
    required=("customer", "next_action", "answer"),
    server_sets=("answer_date", "agent", "sales_lead"),
    immutable=("customer", "next_action", "answer"),
    defaults={"answer_date": format_instant},
    promote=(
        Promoted("customer.id"),
        Promoted("nextAction.id"),
        Promoted("answer"),
        Promoted("answerDate", "instant"),
    ),
    owner=("customer",),
    columns=("key", "customer", "nextAction", "answer", "answerDate", "agent"),
)
class ActionAnswer(Extensible, Document):
    """What a customer said to what was proposed; a yes becomes a lead."""

    customer: CustomerRef | None = None
    next_action: NextActionRef | None = None
    answer: Literal["accepted", "refused"] | None = None
    note: Annotated[str | None, PERSONAL] = None
    answer_date: datetime | None = None
    agent: str | None = None
    sales_lead: SalesLeadRef | None = None


internal_note(ActionAnswer, "note")
