"""What waits for a decision of a person: what it is, and the things that may be said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import falcon

from trunkline.billing.api import APPROVE
from trunkline.billing.correction import deciding
from trunkline.billing.correction.correction import Correction
from trunkline.billing.plan import agreeing
from trunkline.billing.plan.payment_plan import OPEN, PaymentPlan
from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.record_page import facts_of, head_of
from trunkline.web.records import record_of

DECIDED = ("requestedBy", "requestedAt", "decidedBy", "decidedAt", "decisionNote")
IN_PLAN = ("debt", "numberOfInstalments", "instalment", "note", "billingAccount", "customerBill")
Act = Callable[[Work, str, str], object]


@dataclass(frozen=True)
class Saying:
    """One thing that may be said, with what it is called and how its button looks."""

    act: Act
    title: str
    tone: str


@dataclass(frozen=True)
class Deciding:
    """What is decided: the kind of record, in which states, by whom, and what may be said of it.

    `comes` is told by the record's `kind`, or by nothing. With `four_eyes` it is not decided by
    who has asked for it.
    """

    resource: Resource
    address: str
    title: str
    what: str
    permission: str
    within: Sequence[str]
    asked: Sequence[str]
    comes: Mapping[str, str]
    hint: str
    sayings: Mapping[str, Saying]
    four_eyes: bool = True


APPROVES = "Who refuses says why."
CORRECTION = Deciding(
    Correction.resource, "/corrections/{key}/decide", "Decide", "What is corrected", APPROVE,
    ("requested",),
    ("kind", "amount", "reason", "note", "billingAccount", "customerBill", "payment", *DECIDED),
    {
        "refund": "The money is given back.",
        "writeOff": "A credit note gives up what is open of the bill.",
        "adjustment": "A credit note lowers the bill.",
    },
    APPROVES,
    {"approve": Saying(deciding.approve, "Approve", "primary"),
     "reject": Saying(deciding.reject, "Reject", "danger")},
)  # fmt: skip
PLAN = Deciding(
    PaymentPlan.resource, "/payment-plans/{key}/decide", "Decide", "What is paid in instalments",
    APPROVE, ("requested",), (*IN_PLAN, *DECIDED),
    {"": "The plan begins, and its bills are not asked for while it is kept."}, APPROVES,
    {"approve": Saying(agreeing.approve, "Approve", "primary"),
     "reject": Saying(agreeing.reject, "Reject", "danger")},
)  # fmt: skip
PLAN_END = Deciding(
    PaymentPlan.resource, "/payment-plans/{key}/end", "End the plan", "What is paid in instalments",
    "PaymentPlan:create", OPEN, (*IN_PLAN, "activeSince"),
    {"": "The plan ends, and what is not paid is asked for again."}, "Say why it ends.",
    {"end": Saying(agreeing.cancel, "End the plan", "danger")}, four_eyes=False,
)  # fmt: skip


class DecidePage:
    """`/corrections/{ident}/decide`, `/payment-plans/{ident}/decide` and `…/end`."""

    def __init__(self, desk: Desk, deciding: Deciding) -> None:
        self._desk = desk
        self._deciding = deciding
        self.needs = deciding.permission

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what it is about, and what agreeing to it makes."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Say it, with the reason where that is needed."""
        self._desk.act(req, resp, partial(self._decide, ident=ident))

    def _decide(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        about = self._deciding
        said = about.sayings.get(form.text("decision")) or [*about.sayings.values()][-1]
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, about.resource, ident)
                said.act(work, record.id, form.text("note"))
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 403, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal, form=form)
        return Moved(self._desk.addresses.of_facts(about.resource, record.key))

    def _view(
        self, visit: Visit, *, ident: str, refusal: Refusal | None = None, form: Form | None = None
    ) -> Answer:
        about = self._deciding
        visit.actor.must_have(about.permission)
        with self._desk.work(visit) as work:
            record = record_of(work, about.resource, ident)
            told = facts_of(self._desk, work, record)
        facts = {one.name: one for one in (*told["small"], *told["large"])}
        is_own = record.document.get("requestedById") == visit.actor.id
        values: dict[str, Any] = head_of(self._desk, record) | {
            "address": about.address.replace("{key}", record.key),
            "title": about.title,
            "what": about.what,
            "facts": [facts[name] for name in about.asked if name in facts],
            "comes": about.comes.get(str(record.document.get("kind") or ""), ""),
            "hint": about.hint,
            "sayings": [(name, one.title, one.tone) for name, one in about.sayings.items()],
            "is_open": record.document.get("state") in about.within,
            "is_own": is_own and about.four_eyes,
            "note": form.text("note") if form is not None else "",
            "problems": problems_of(refusal),
        }
        return Shown("billing_decide.html", values, refusal.status if refusal else 200)
