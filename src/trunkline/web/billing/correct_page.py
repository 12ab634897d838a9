"""What is owed corrected: of a bill, or a payment given back; what that comes to stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import falcon
from babel.numbers import get_currency_precision

from trunkline.billing.api import ADJUST
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.correction.correction import Correction
from trunkline.billing.correction.deciding import ahead_of
from trunkline.billing.payment.payment import Payment
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.governance.registers import registers
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.once import made_once
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, matching, record_of
from trunkline.web.values import price, typed_number

REASON = "correctionReason"
BILL_KINDS = {"adjustment": "Credit", "writeOff": "Write off"}
FIELDS = ("kind", "amount", "reason", "note", "once")
LINES = 50


@dataclass(frozen=True)
class Subject:
    """What is corrected: the kind of its records, its part in a correction, how pages call that."""

    resource: Resource
    attribute: str
    account: str
    total: str
    free: str
    kinds: Mapping[str, str]
    reason: str
    address: str
    title: str


OF_BILL = Subject(
    CustomerBill.resource, "customerBill", "billingAccount", "amountDue", "", BILL_KINDS,
    "goodwill", "/bills/{key}/correct", "Correct a bill",
)  # fmt: skip
OF_PAYMENT = Subject(
    Payment.resource, "payment", "account", "totalAmount", "unallocatedAmount",
    {"refund": "Refund"}, "paidTwice", "/payments/{key}/refund", "Give a payment back",
)  # fmt: skip


class CorrectPage:
    """`/bills/{ident}/correct` or `/payments/{ident}/refund`, and `…/ahead`, what it comes to."""

    needs = "Correction:create billing:adjust"

    def __init__(self, desk: Desk, subject: Subject) -> None:
        self._desk = desk
        self._subject = subject

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for the amount and the reason."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask for the correction, which is made at once within the visitor's authority."""
        self._desk.act(req, resp, partial(self._correct, ident=ident))

    def on_post_ahead(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what it comes to, and write nothing."""
        self._desk.act(req, resp, partial(self._ahead, ident=ident), is_looking=True)

    def _correct(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                record = self._record(visit, work, ident)
                made = _written(work, self._subject, record, form)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal, form=form)
        address = self._desk.addresses.of_record(Correction.resource, made)
        return Moved(f"{address}?done=created")

    def _record(self, visit: Visit, work: Work, ident: str) -> Record:
        visit.actor.must(Correction.resource, "create")
        visit.actor.must_have(ADJUST)
        return record_of(work, self._subject.resource, ident)

    def _view(
        self, visit: Visit, *, ident: str, refusal: Refusal | None = None, form: Form | None = None
    ) -> Answer:
        subject = self._subject
        with self._desk.work(visit) as work:
            record = self._record(visit, work, ident)
            total = _money(record, subject.total)
            left = _money(record, subject.free) if subject.free else None
            free = _to_type(*left) if left and left[0] > 0 else ""
            register = registers(work).get(REASON)
            typed = {name: form.text(name) for name in FIELDS} if form is not None else {
                "kind": next(iter(subject.kinds)), "reason": subject.reason, "note": "",
                "amount": visit.req.get_param("amount") or free,
                "once": work.services.chance.uuid(),
            }  # fmt: skip
            values = head_of(self._desk, record) | {
                "title": subject.title,
                "address": _address(subject, record),
                "kinds": list(subject.kinds.items()),
                "reasons": [(one.code, one.called.within(spoken().code))
                            for one in (register.chosen(work.now) if register else ())],
                "unit": total[1] if total else "",
                "total": price(*total) if total else "",
                "left": _shown(record, "remainingAmount" if not subject.free else subject.free),
                "lines": _lines(work, record) if subject is OF_BILL else [],
                "typed": typed,
                "problems": problems_of(refusal),
            }  # fmt: skip
        return Shown("billing_correct.html", values, refusal.status if refusal else 200)

    def _ahead(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        """Return the part beside the form; what is not typed yet is no problem there."""
        values: dict[str, Any] = {"problems": [], "amount": "", "kind": form.text("kind")}
        with self._desk.work(visit) as work:
            record = self._record(visit, work, ident)
            unit = (_money(record, self._subject.total) or (Decimal(0), ""))[1]
            try:
                amount = _typed(form) if form.text("amount") else Decimal(0)
                body = _body(self._subject, record, form, amount)
                ahead = ahead_of(work, Correction.wrap(body))
                values |= {
                    "amount": price(amount, unit) if amount > 0 else "",
                    "most": price(ahead.most, unit),
                    "alone": price(ahead.alone, unit),
                    "tax": price(ahead.tax, unit) if ahead.tax else "",
                    "is_too_much": amount > ahead.most,
                    "waits": amount > ahead.alone,
                }
            except Invalid as refusal:
                values["problems"] = problems_of(refusal)
        return Fragment(self._desk.renderer.html("billing_ahead.html", values))


def _written(work: Work, subject: Subject, record: Record, form: Form) -> str:
    """Write the correction once for each form, and return its key."""
    body = _body(subject, record, form, _typed(form))
    return made_once(
        work, Correction.resource, f"{record.key}:{form.text('once')}", _address(subject, record),
        body, lambda: create(work, Correction.resource, body),
    )  # fmt: skip


def _body(subject: Subject, record: Record, form: Form, amount: Decimal) -> dict[str, Json]:
    """Return the correction as a client of the interface would send it."""
    if form.text("kind") not in subject.kinds:
        raise Invalid.of([Fault("kind", "badValue", "choose what is to be done")])
    account = record.document.get(subject.account)
    total = _money(record, subject.total)
    if not isinstance(account, dict) or total is None:
        faults = [Fault(subject.total, "required", f"{record.key} says no amount and account")]
        raise Invalid.of(faults)
    body: dict[str, Json] = {
        "kind": form.text("kind"),
        "reason": form.text("reason"),
        "amount": {"unit": total[1], "value": amount},
        "billingAccount": {"id": account["id"]},
        subject.attribute: {"id": record.id},
    }
    return body | ({"note": form.text("note")} if form.text("note") else {})


def _typed(form: Form) -> Decimal:
    try:
        amount = bounded_number(typed_number(form.text("amount")))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Invalid.of([Fault("amount", "badValue", "must be an amount, as in 29.90")])
    return amount


def _address(subject: Subject, record: Record) -> str:
    return subject.address.replace("{key}", record.key)


def _money(record: Record, name: str) -> tuple[Decimal, str] | None:
    """Return an amount of a record and its currency, None where it has none that may be seen."""
    held = record.document.get(name)
    if not isinstance(held, dict) or held.get("value") is None:
        return None
    return Decimal(str(held["value"])), str(held.get("unit") or "")


def _to_type(amount: Decimal, unit: str) -> str:
    """Return an amount as it stands in an input, with the decimals of its currency."""
    least = amount.quantize(Decimal(1).scaleb(-get_currency_precision(unit)))
    return f"{least if least == amount else amount:f}"


def _shown(record: Record, name: str) -> str:
    found = _money(record, name)
    return price(*found) if found else ""


def _lines(work: Work, record: Record) -> list[dict[str, str]]:
    """Return the lines of a bill with their amounts, each of which may be taken as it is."""
    kind = AppliedCustomerBillingRate.resource
    if work.actor.grant(kind, "read") is None:
        return []
    found = matching(work, kind, {"bill.id": [record.id]}, limit=LINES)
    rows = []
    for one in found.records if found is not None else ():
        amount = _money(one, "taxIncludedAmount")
        if amount is not None and amount[0] > 0:
            rows.append({"label": str(one.document.get("name") or one.key),
                         "text": price(*amount), "amount": _to_type(*amount)})  # fmt: skip
    return rows
