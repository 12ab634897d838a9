"""Bills at the portal: what a customer owes, and a payment plan by own hand where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.billing.account.standing import days_late, today
from trunkline.billing.bill.customer_bill import UNPAID, CustomerBill
from trunkline.billing.plan.agreeing import offered_alone, proposed
from trunkline.billing.plan.payment_plan import OPEN, Instalment, PaymentPlan
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.rest.writing import create
from trunkline.screens.read_ahead import sought, was_sought
from trunkline.shared.money import Money
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.finding_ahead import Search, find_ahead
from trunkline.web.forms import Form, problems_of, query_form
from trunkline.web.records import document_at
from trunkline.web.values import date, price

LISTED_MAX = 60
RUNNING: dict[str, Json] = {"state": [*OPEN]}
COUNT, COUNT_MAX = "3", 120
BILL_WORDS = {
    "settled": ("Paid", "good"),
    "partiallyPaid": ("Partly paid", "warn"),
}
PLAN_WORDS = {
    "requested": ("Being looked at", "busy"),
    "active": ("Active", "good"),
}
PART_WORDS = {"paid": ("Paid", "good"), "missed": ("Not paid", "bad"), "open": ("Open", "busy")}


class PortalBills:
    """`/my/bills` and `/my/bills/{ident}/plan`."""

    needs = "CustomerBill:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the customer's bills, the newest first, and the payment plans."""
        self._desk.answer(req, resp, self._view)

    def on_get_plan(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask in how many instalments a bill is to be paid, and show them."""
        form = query_form(req)
        self._desk.answer(req, resp, partial(self._form, ident=ident, form=form))

    def on_post_plan(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make the plan."""
        self._desk.act(req, resp, partial(self._make, ident=ident))

    def _view(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(CustomerBill.resource, "read")
            searches = [
                Search(CustomerBill, {}, LISTED_MAX),
                Search(PaymentPlan, RUNNING, LISTED_MAX),
            ]
            find_ahead(work, searches)
            found = sought(work, CustomerBill, {}, limit=LISTED_MAX)
            plans = was_sought(work, PaymentPlan, RUNNING, limit=LISTED_MAX) or []
            planned = {bill for one in plans for bill in one.bills}
            kept = {bill for one in plans if one.state == "active" for bill in one.bills}
            may_plan = work.actor.grant(PaymentPlan.resource, "create") is not None
            units = offered_alone(work) if may_plan else set()
            bills = [self._bill(work, one, planned, kept, units) for one in found]
        values = {"bills": bills, "plans": [self._plan(one) for one in plans]}
        return Shown("portal_bills.html", values)

    def _bill(
        self, work: Work, one: CustomerBill, planned: set[str], kept: set[str], units: set[str]
    ) -> dict[str, Any]:
        left, due = one.remaining_amount, one.payment_due_date
        is_open = one.state in UNPAID and one.is_owed and left is not None and left.amount > 0
        is_late = is_open and days_late(due, today(work)) > 0
        word, tone = BILL_WORDS.get(str(one.state), ("Open", "busy"))
        if is_late:
            word, tone = ("Payment plan", "busy") if one.id in kept else ("Overdue", "bad")
        may_plan = (
            is_open and one.id not in planned and left is not None
            and left.unit in units
        )  # fmt: skip
        return {
            "number": one.bill_no or one.key,
            "state": word if one.is_owed else "Credit",
            "tone": tone if one.is_owed else "good",
            "amount": _told(one.amount_due),
            "left": _told(left) if is_open else "",
            "due": date(due.astimezone(self._desk.zone)) if due is not None and is_open else "",
            "plan": f"/my/bills/{one.key}/plan" if may_plan else "",
            "is_planned": one.id in planned,
        }

    def _plan(self, plan: PaymentPlan) -> dict[str, Any]:
        word, tone = PLAN_WORDS[str(plan.state)]
        return {"key": plan.key, "state": word, "tone": tone, "debt": _told(plan.debt),
                "rows": self._rows(plan.instalment)}  # fmt: skip

    def _rows(self, instalments: Sequence[Instalment]) -> list[dict[str, str]]:
        rows = []
        for one in instalments:
            word, tone = PART_WORDS[one.state or "open"]
            due = date(one.due_date.astimezone(self._desk.zone))
            rows.append({"due": due, "amount": _told(one.amount), "state": word, "tone": tone})
        return rows

    def _form(
        self, visit: Visit, *, ident: str, form: Form, refusal: Refusal | None = None
    ) -> Answer:
        values: dict[str, Any] = {
            "count": form.text("count") or COUNT, "count_max": COUNT_MAX, "rows": [],
            "problems": problems_of(refusal),
        }  # fmt: skip
        with self._desk.work(visit) as work:
            work.actor.must(PaymentPlan.resource, "create")
            bill = _bill_at(work, ident)
            if form.text("count") and refusal is None:
                values |= self._ahead(work, bill, form.text("count"))
        values |= {"key": bill.key, "number": bill.bill_no or bill.key,
                   "left": _told(bill.remaining_amount)}  # fmt: skip
        return Shown("portal_plan.html", values, refusal.status if refusal else 200)

    def _ahead(self, work: Work, bill: CustomerBill, count: str) -> dict[str, Any]:
        """Return what a plan comes to, or what speaks against it; writes nothing."""
        try:
            found = proposed(work, PaymentPlan.wrap(_body(bill, count)))
            refuse(found.faults)
        except Refusal as refusal:
            return {"problems": problems_of(refusal)}
        fee = found.terms.fee if found.terms is not None else None
        return {"rows": self._rows(found.instalments), "waits": found.needs_approval,
                "fee": _told(fee) if fee is not None and fee.amount else ""}  # fmt: skip

    def _make(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                bill = _bill_at(work, ident)
                create(work, PaymentPlan.resource, _body(bill, form.text("count")))
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._form(visit, ident=ident, form=form, refusal=refusal)
        return Moved("/my/bills?done=saved")


def _bill_at(work: Work, ident: str) -> CustomerBill:
    bill = document_at(work, CustomerBill, ident)
    if bill is None:
        raise NotFound("notFound", "there is no such bill")
    return bill


def _body(bill: CustomerBill, count: str) -> dict[str, Json]:
    is_short = len(count) <= len(str(COUNT_MAX)) and count.isascii() and count.isdigit()
    if not (is_short and 1 <= int(count) <= COUNT_MAX):
        raise Invalid.of([Fault("numberOfInstalments", "badValue", f"1 to {COUNT_MAX}")])
    return {
        "billingAccount": {"id": bill.account},
        "customerBill": [{"id": bill.id}],
        "numberOfInstalments": int(count),
    }


def _told(amount: Money | None) -> str:
    return price(amount.amount, amount.unit or "") if amount is not None else ""
