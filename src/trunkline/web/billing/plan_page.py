"""A payment plan made of a bill: what it is about, and its instalments before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

import falcon

from trunkline.billing.account.standing import days_late, may_see_standing, today
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.payment.settling import unpaid_bills
from trunkline.billing.plan.agreeing import Proposal, proposed
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.once import made_once
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import date as day_cell
from trunkline.web.values import price

COUNT = "3"
COUNT_MAX = 120
SHOWN = 100


class PlanPage:
    """`/bills/{ident}/plan`, and `…/ahead`, the instalments that it comes to."""

    needs = "PaymentPlan:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for the bills, the number of instalments and the first day."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make the plan, which begins at once where nobody else has to agree."""
        self._desk.act(req, resp, partial(self._make, ident=ident))

    def on_post_ahead(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what it comes to, and write nothing."""
        self._desk.act(req, resp, partial(self._ahead, ident=ident), is_looking=True)

    def _make(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                record = _bill(visit, work, ident)
                made = self._written(work, record, form)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal, form=form)
        return Moved(f"{self._desk.addresses.of_record(PaymentPlan.resource, made)}?done=created")

    def _written(self, work: Work, record: Record, form: Form) -> str:
        """Write the plan once for each form, and return its key."""
        body = self._body(record, form)
        return made_once(
            work, PaymentPlan.resource, f"{record.key}:{form.text('once')}", _address(record), body,
            lambda: create(work, PaymentPlan.resource, body),
        )  # fmt: skip

    def _view(
        self, visit: Visit, *, ident: str, refusal: Refusal | None = None, form: Form | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            record = _bill(visit, work, ident)
            bills = unpaid_bills(work, _account(record))[:SHOWN]
            chosen = form.all("bill") if form is not None else _first_chosen(work, record, bills)
            typed = {name: form.text(name) for name in ("count", "first", "note", "once")} \
                if form is not None else {"count": COUNT, "first": "", "note": "",
                                          "once": work.services.chance.uuid()}  # fmt: skip
            rows = [_row(work, one, is_chosen=one.id in chosen) for one in bills]
        grant = visit.actor.grant(PaymentPlan.resource, "create")
        values = head_of(self._desk, record) | {
            "address": _address(record),
            "bills": rows,
            "typed": typed,
            "count_max": COUNT_MAX,
            "may_note": grant is not None and grant.reach != "own",
            "problems": problems_of(refusal),
        }
        return Shown("billing_plan.html", values, refusal.status if refusal else 200)

    def _ahead(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        """Return the part beside the form; what is not typed yet is no problem there."""
        values: dict[str, Any] = {"problems": [], "rows": []}
        with self._desk.work(visit) as work:
            record = _bill(visit, work, ident)
            try:
                found = proposed(work, PaymentPlan.wrap(self._body(record, form)))
                values |= self._told(found)
            except Invalid as refusal:
                values["problems"] = problems_of(refusal)
        return Fragment(self._desk.renderer.html("billing_plan_ahead.html", values))

    def _told(self, found: Proposal) -> dict[str, Any]:
        fee = found.terms.fee if found.terms is not None else None
        return {
            "problems": problems_of(Invalid.of(found.faults)) if found.faults else [],
            "debt": price(found.debt, found.unit) if found.unit else "",
            "rows": [
                {"number": number, "due": day_cell(one.due_date.astimezone(self._desk.zone)),
                 "amount": price(one.amount.amount, found.unit)}
                for number, one in enumerate(found.instalments, 1)
            ],
            "fee": price(fee.amount, found.unit) if fee is not None and fee.amount else "",
            "waits": found.needs_approval,
        }  # fmt: skip

    def _body(self, record: Record, form: Form) -> dict[str, Json]:
        """Return the plan as a client of the interface would send it."""
        count = form.text("count")
        is_short = len(count) <= len(str(COUNT_MAX)) and count.isascii() and count.isdigit()
        if not (is_short and 1 <= int(count) <= COUNT_MAX):
            raise Invalid.of([Fault("numberOfInstalments", "badValue", f"1 to {COUNT_MAX}")])
        if not form.all("bill"):
            raise Invalid.of([Fault("customerBill", "required", "choose a bill")])
        body: dict[str, Json] = {
            "billingAccount": {"id": _account(record)},
            "customerBill": [{"id": one} for one in form.all("bill")],
            "numberOfInstalments": int(count),
        }
        first = self._first_day(form.text("first"))
        body |= {"firstDueDate": first} if first is not None else {}
        return body | ({"note": form.text("note")} if form.text("note") else {})

    def _first_day(self, text: str) -> str | None:
        """Return the beginning of a day that was typed; the last days of time have none here."""
        try:
            return format_instant(
                datetime.combine(date.fromisoformat(text), time(), self._desk.zone)
            ) if text else None  # fmt: skip
        except (ValueError, OverflowError):
            faults = [Fault("firstDueDate", "badValue", "must be a day, as in 2026-12-31")]
            raise Invalid.of(faults) from None


def _bill(visit: Visit, work: Work, ident: str) -> Record:
    """Return the bill that the page is about, for who may make plans and see what is open."""
    visit.actor.must(PaymentPlan.resource, "create")
    record = record_of(work, CustomerBill.resource, ident)
    if not may_see_standing(work):
        raise Forbidden("notAllowed", "what is open of bills may not be seen by you")
    return record


def _account(record: Record) -> str:
    account = record.document.get("billingAccount")
    if not isinstance(account, dict):
        faults = [Fault("billingAccount", "required", f"{record.key} says no account")]
        raise Invalid.of(faults)
    return str(account["id"])


def _first_chosen(work: Work, record: Record, bills: Sequence[CustomerBill]) -> list[str]:
    """Return the bills that a plan is about at first: its own one, and what is overdue."""
    late = [one.id for one in bills if days_late(one.payment_due_date, today(work)) > 0]
    return [record.id, *late]


def _row(work: Work, bill: CustomerBill, *, is_chosen: bool) -> dict[str, Any]:
    left, due = bill.remaining_amount, bill.payment_due_date
    return {
        "id": bill.id,
        "number": bill.bill_no or bill.key,
        "left": price(left.amount, left.unit or "") if left is not None else "",
        "due": day_cell(due.astimezone(today(work).tzinfo)) if due is not None else "",
        "days": days_late(due, today(work)),
        "is_chosen": is_chosen,
    }


def _address(record: Record) -> str:
    return f"/bills/{record.key}/plan"
