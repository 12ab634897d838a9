"""Answering: what a customer said is kept with who heard it, and a yes becomes a lead."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.campaign.outcomes import name_of_lead
from trunkline.campaign.recommending.choosing import rests
from trunkline.campaign.recommending.next_action import ActionAnswer, NextAction
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.governance.register_rules import hold_name
from trunkline.kernel.behaviour import enrich, on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.sales.lead.lead import SalesLead
from trunkline.shared.reference import SalesLeadRef

SOURCE = "nextAction"


@enrich(ActionAnswer)
def answer_says_who_heard_it(work: Work, new: ActionAnswer) -> None:
    """Write down who of ours was told."""
    new.agent = work.actor.name


@rule(ActionAnswer)
def an_action_is_answered_once(
    work: Work, old: ActionAnswer | None, new: ActionAnswer
) -> Iterator[Fault]:
    """Refuse an answer to what rests, as the customer answered it lately."""
    named, whose = new.next_action, new.customer
    action = work.get(NextAction, named.id) if old is None and named is not None else None
    if action is None or whose is None:
        return
    hold_name(work, str(new.resource), f"{action.id} {whose.id}")
    wanted = {"customer.id": whose.id, "nextAction.id": action.id}
    if any(rests(work, action, one) for one in work.find(ActionAnswer, wanted)):
        message = "was answered lately and rests; it can be asked again once its days are over"
        yield Fault("nextAction", "conflictAnswered", message)


@on(event(ActionAnswer, "created"))
def accepted_action_becomes_a_lead(work: Work, answer: ActionAnswer) -> None:
    """Make a lead of a customer who said yes, for what was proposed."""
    if answer.answer != "accepted" or answer.sales_lead is not None:
        return
    named, whose = answer.next_action, answer.customer
    action = work.get(NextAction, named.id) if named is not None else None
    customer = work.get(Customer, whose.id) if whose is not None else None
    if action is None or customer is None or action.product_offering is None:
        return
    line: Json = {"productOffering": dict(action.product_offering.raw)}
    made = create(work, SalesLead.resource, {
        "name": name_of_lead(customer),
        "source": SOURCE,
        "type": "existingBusiness",
        "description": action.name,
        "note": [{"text": answer.note}] if answer.note else None,
        "relatedParty": [
            {"id": customer.id, "role": "customer", "@referredType": Customer.resource.name}
        ],
        "salesLeadItem": [line],
    })  # fmt: skip
    with work.edit(ActionAnswer, answer.id) as held:
        held.sales_lead = SalesLeadRef(id=made.id)
