"""What is proposed to a customer, with the reason, and what the customer says to it."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.campaign.recommending.choosing import proposed_to
from trunkline.campaign.recommending.next_action import ActionAnswer, NextAction
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Visit
from trunkline.web.forms import Form
from trunkline.web.records import Record
from trunkline.web.values import instant, state

ADDRESS = "/customer/{ident}/answer"
ANSWERS_SHOWN = 3


def proposals_shown(desk: Desk, work: Work, customer: Record) -> dict[str, Any]:
    """Return what is proposed to a customer now, and what was said to the last proposals."""
    work.actor.must(NextAction.resource, "read")
    held = work.get(Customer, customer.id)
    answered = work.find(ActionAnswer, {"customer.id": customer.id}, limit=ANSWERS_SHOWN)
    actions = work.many(NextAction, [one.next_action.id for one in answered if one.next_action])
    return {
        "proposals": [
            {"id": one.action.id, "name": one.action.name, "reason": one.reason}
            for one in (proposed_to(work, held) if held is not None else ())
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
