"""What is proposed to a customer, with the reason, and what the customer says to it."""

from __future__ import annotations

from typing import Any, cast

import falcon

from trunkline.campaign.customer_signal import CustomerSignal
from trunkline.campaign.recommending.choosing import (
    ACTIONS_MAX,
    ANSWERS_MAX,
    PRODUCTS_MAX,
    SIGNALS_MAX,
    about,
    held_by,
    proposed_to,
)
from trunkline.campaign.recommending.next_action import ActionAnswer, NextAction
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.screens.read_ahead import sought
from trunkline.web.desk import Answer, Desk, Moved, Visit
from trunkline.web.finding_ahead import Search, find_ahead
from trunkline.web.forms import Form
from trunkline.web.records import Branch, Record
from trunkline.web.values import instant, state

ADDRESS = "/customer/{ident}/answer"
ANSWERS_SHOWN = 3


def proposals_shown(desk: Desk, work: Work, customer: Record) -> dict[str, Any]:
    """Return what is proposed to a customer now, and what was said to the last proposals."""
    work.actor.must(NextAction.resource, "read")
    held = _read_ahead(work, customer)
    answered = sought(work, ActionAnswer, about(customer.id), limit=ANSWERS_MAX)[:ANSWERS_SHOWN]
    actions = {one.id: one for one in sought(work, NextAction, {}, limit=ACTIONS_MAX)}
    others = {one.next_action.id for one in answered if one.next_action} - actions.keys()
    actions |= work.many(NextAction, others)
    return {
        "proposals": [
            {"id": one.action.id, "name": one.action.name, "reason": one.reason}
            for one in proposed_to(work, held)
        ],
        "answered": [
            {
                "name": actions[one.next_action.id].name,
                "answer": state(one.answer or ""),
                "at": instant(one.raw.get("answerDate"), desk.zone),
            }
            for one in answered
            if one.next_action is not None and one.next_action.id in actions
        ],
        "may_answer": work.actor.grant(ActionAnswer.resource, "create") is not None,
    }


def _read_ahead(work: Work, customer: Record) -> Customer:
    """Return the customer by whom it is decided, masks or not; what decides is read at once."""
    itself = Branch(Customer.resource, "t.id = %s::uuid", [customer.id])
    searches = (
        Search(NextAction, {}, ACTIONS_MAX),
        Search(ActionAnswer, about(customer.id), ANSWERS_MAX),
        Search(CustomerSignal, about(customer.id), SIGNALS_MAX),
        Search(Product, held_by(customer.id, customer.document), PRODUCTS_MAX),
    )
    ((held,),) = find_ahead(work, searches, [itself])
    return cast("Customer", held)


class AnswerAct:
    """`/customer/{ident}/answer`: a customer said yes or no to a proposal."""

    needs = "ActionAnswer:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Keep the answer, and go back to the customer."""

        def act(visit: Visit, form: Form) -> Answer:
            body: dict[str, Json] = {
                "customer": {"id": ident}, "nextAction": {"id": form.text("action")},
                "answer": form.text("answer"),
            }  # fmt: skip
            with self._desk.work(visit) as work:
                work.actor.must(ActionAnswer.resource, "create")
                create(work, ActionAnswer.resource, body)
            return Moved(f"/customer/{ident}?done=saved#panel-proposals")

        self._desk.act(req, resp, act)
