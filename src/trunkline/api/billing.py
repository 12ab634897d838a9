"""Bills and payments beside their records: on paper, reversed, and what an account owes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.access.api import BILLING
from trunkline.api.asking import Asked, RecordVerb, answer_json, only_parameters, optional_text
from trunkline.billing.account.standing import Standing, may_see_standing, standing_of
from trunkline.billing.api import APPROVE, RUN, TAKE
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.correction.correction import Correction
from trunkline.billing.correction.deciding import approve, reject
from trunkline.billing.dunning.running import begin_run
from trunkline.billing.payment.payment import Payment
from trunkline.billing.payment.reversing import reverse
from trunkline.billing.plan import agreeing
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.documents.errors import Forbidden, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

SCHEMAS: Mapping[str, Object] = {
    "PaymentReversal": shape(
        "Why money that had come in went back.", {"reason": "text"}, "reason"
    ),
    "PaymentStanding": shape(
        "A payment and its state.", {"id": "text", "key": "text", "status": "text"},
        "id key status",
    ),
    "AccountStanding": shape(
        "What an account owes and has in credit, each currency for itself.",
        {"id": "text", "key": "text", "currency": "list CurrencyStanding"}, "id key currency",
    ),
    "CurrencyStanding": shape(
        "What is open, overdue and in credit in one currency; `ageing` tells what is open by how "
        "long it is overdue.",
        {"unit": "text", "open": "object", "overdue": "object", "credit": "object",
         "ageing": "object", "bills": "integer", "oldestDue": "instant",
         "daysOverdue": "integer"},
        "unit open overdue credit ageing bills daysOverdue",
    ),
    "Decision": shape("Why it is decided so.", {"note": "text"}),
    "CorrectionStanding": shape(
        "A correction and its state.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "PaymentPlanStanding": shape(
        "A payment plan and its state.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "DunningRun": shape("A run that was begun: the id of its job.", {"id": "text"}, "id"),
    "BillOnPaper": shape("A bill as a PDF.", {}),
}  # fmt: skip


class BillPapers(Asked):
    """`/customerBill/{id}/pdf`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer an issued bill as a PDF."""
        only_parameters(req)

        def answer(known: Known) -> None:
            from trunkline.billing.bill.paper import bill_on_paper  # loads what sets type: late

            with self.work(req, known) as work:
                name, body = bill_on_paper(work, ident)
            resp.data = body
            resp.content_type = "application/pdf"
            resp.set_header("Content-Disposition", f"inline; filename*=UTF-8''{quote(name)}")

        self.as_known(req, answer)


class AccountStandings(Asked):
    """`/billingAccount/{id}/standing`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what an account owes, how old that is, and what it has in credit."""
        only_parameters(req)

        def answer(known: Known) -> None:
            for kind in (BillingAccount, CustomerBill, Payment):
                known.actor.must(kind.resource, "read")
            with self.work(req, known) as work:
                if not may_see_standing(work):
                    message = "what is open of bills and left of payments may not be seen by you"
                    raise Forbidden("notAllowed", message)
                account = work.get(BillingAccount, ident)
                if account is None:
                    raise NotFound("notFound", f"there is no billing account {ident}")
                found = [_told(one) for one in standing_of(work, account.id)]
            answer_json(resp, {"id": account.id, "key": account.key, "currency": found})

        self.as_known(req, answer)


def _told(one: Standing) -> Json:
    def money(value: Any) -> Json:
        return {"unit": one.unit, "value": value}

    told: dict[str, Json] = {
        "unit": one.unit,
        "open": money(one.open),
        "overdue": money(one.overdue),
        "credit": money(one.credit),
        "ageing": {name: money(value) for name, value in one.ages.items()},
        "bills": one.bills,
        "daysOverdue": one.days_overdue,
    }
    if one.oldest_due is not None:
        told["oldestDue"] = format_instant(one.oldest_due)
    return told


class DunningRuns(Asked):
    """`/dunningRun`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to ask for overdue money, as a job of who asks."""

        def answer(known: Known) -> None:
            ident = begin_run(self.services, known.actor)
            resp.status = falcon.HTTP_202
            answer_json(resp, {"id": ident})

        self.as_known(req, answer)


def _reverse(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    found = reverse(work, ident, optional_text(sent, "reason"))
    return {"id": found.id, "key": found.key, "status": found.status}


def _approve(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(approve(work, ident, optional_text(sent, "note")))


def _reject(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(reject(work, ident, optional_text(sent, "note")))


def _approve_plan(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(agreeing.approve(work, ident, optional_text(sent, "note")))


def _reject_plan(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(agreeing.reject(work, ident, optional_text(sent, "note")))


def _cancel_plan(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(agreeing.cancel(work, ident, optional_text(sent, "note")))


def _decided(found: Correction | PaymentPlan) -> Json:
    return {"id": found.id, "key": found.key, "state": found.state}


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    get = partial(Verb, api=BILLING, method="get")
    yield get(
        path="/customerBill/{id}/pdf", name="billOnPaper", about="BillOnPaper",
        answers=None, scope="TMF678:read", summary="Return an issued bill as a PDF",
    )  # fmt: skip
    yield get(
        path="/billingAccount/{id}/standing", name="accountStanding", about="AccountStanding",
        answers="AccountStanding", scope="TMF678:read",
        summary="Return what an account owes, how old that is, and what it has in credit",
    )  # fmt: skip
    decide = partial(
        Verb, api=BILLING, method="post", about="CorrectionStanding", scope=APPROVE,
        answers="CorrectionStanding", takes="Decision", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip
    yield decide(
        path="/correction/{id}/approve", name="approveCorrection",
        summary="Agree to a correction that somebody else asked for, and make it",
    )  # fmt: skip
    yield decide(
        path="/correction/{id}/reject", name="rejectCorrection",
        summary="Refuse a correction that somebody else asked for",
    )  # fmt: skip
    plan = partial(
        Verb, api=BILLING, method="post", about="PaymentPlanStanding",
        answers="PaymentPlanStanding", takes="Decision", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip
    yield plan(
        path="/paymentPlan/{id}/approve", name="approvePaymentPlan", scope=APPROVE,
        summary="Agree to a payment plan that somebody else asked for, and begin it",
    )  # fmt: skip
    yield plan(
        path="/paymentPlan/{id}/reject", name="rejectPaymentPlan", scope=APPROVE,
        summary="Refuse a payment plan that somebody else asked for",
    )  # fmt: skip
    yield plan(
        path="/paymentPlan/{id}/cancel", name="cancelPaymentPlan", scope="PaymentPlan:create",
        summary="End a payment plan: what is not paid is asked for again",
    )  # fmt: skip
    yield Verb(
        api=BILLING, method="post", path="/dunningRun", name="runDunning", about="DunningRun",
        answers="DunningRun", status="202", scope=RUN,
        summary="Ask for all overdue money that is due to be asked for",
    )  # fmt: skip
    yield Verb(
        api=BILLING, method="post", path="/payment/{id}/reverse", name="reversePayment",
        about="PaymentStanding", answers="PaymentStanding", takes="PaymentReversal", scope=TAKE,
        summary="Reverse a payment: its bills are open again", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    base = BILLING.base
    app.add_route(f"{base}/customerBill/{{ident}}/pdf", BillPapers(services, doorman))
    standings = AccountStandings(services, doorman)
    app.add_route(f"{base}/billingAccount/{{ident}}/standing", standings)
    for name, act in (("approve", _approve), ("reject", _reject)):
        decide = RecordVerb(services, doorman, act, reads=Correction.resource)
        app.add_route(f"{base}/correction/{{ident}}/{name}", decide)
    for name, act in (("approve", _approve_plan), ("reject", _reject_plan),
                      ("cancel", _cancel_plan)):  # fmt: skip
        decide = RecordVerb(services, doorman, act, reads=PaymentPlan.resource)
        app.add_route(f"{base}/paymentPlan/{{ident}}/{name}", decide)
    verb = RecordVerb(services, doorman, _reverse, reads=Payment.resource)
    app.add_route(f"{base}/dunningRun", DunningRuns(services, doorman))
    app.add_route(f"{base}/payment/{{ident}}/reverse", verb)
