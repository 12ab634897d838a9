"""What a customer owes and has paid: what is open by currency, latest bills and payments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trunkline.billing.account.standing import (
    Standing,
    days_late,
    may_see_standing,
    standing_of,
    today,
)
from trunkline.billing.api import ADJUST
from trunkline.billing.bill.customer_bill import DRAFTS, OWED, CustomerBill
from trunkline.billing.bill.explaining import explained
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.correction.correction import Correction
from trunkline.billing.payment.payment import RECEIVED, Payment
from trunkline.billing.payment.settling import MANY
from trunkline.documents.shape import parse_instant
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Desk
from trunkline.web.records import Record, mentions_of, sees
from trunkline.web.values import Cell, compound, instant, price, state

SHOWN = 5


def bills_shown(desk: Desk, work: Work, idents: Sequence[str]) -> dict[str, Any]:
    """Return what is open by currency, and the latest bills and payments that name a customer."""
    kinds = [(CustomerBill.resource, SHOWN), (Payment.resource, SHOWN)]
    found = gathered(work, kinds, idents)
    bills = found.get(CustomerBill.resource.name, [])
    payments = found.get(Payment.resource.name, [])
    all_bills = f"{desk.addresses.of_list(CustomerBill.resource)}?relatedParty.id={idents[0]}"
    return {
        "why": _why(desk, work, bills),
        "standing": [_standing(one) for one in _standings(work, idents)],
        "bills": [_bill(desk, work, one) for one in bills],
        "payments": [_payment(desk, work, one) for one in payments],
        "more": all_bills if len(bills) == SHOWN else "",
        "may_read_payments": work.actor.grant(Payment.resource, "read") is not None,
    }


def _standings(work: Work, idents: Sequence[str]) -> list[Standing]:
    """Return how all accounts stand together that name a customer, each currency for itself."""
    if work.actor.grant(BillingAccount.resource, "read") is None or not may_see_standing(work):
        return []
    named = work.find(BillingAccount, {"relatedParty.id": [*idents]}, limit=MANY)
    return standing_of(work, [one.id for one in named])


def _why(desk: Desk, work: Work, bills: Sequence[Record]) -> dict[str, Any] | None:
    """Return why the newest bill is not as much as the one before, each reason with its product."""
    rate = AppliedCustomerBillingRate.resource
    newest = next((one for one in bills if _is_owed(one.document)), None)
    is_open = sees(work, rate, "taxIncludedAmount") and sees(
        work, CustomerBill.resource, "amountDue"
    )
    bill = work.get(CustomerBill, newest.id) if newest is not None and is_open else None
    found = explained(work, bill) if bill is not None else None
    if bill is None or found is None:
        return None
    products = {one.product for one in found.differences if one.product}
    known = mentions_of(work, desk.addresses, {Product.resource.name: products})
    return {
        "bill": bill.bill_no or bill.key,
        "before": found.before.bill_no or found.before.key,
        "more": price(found.amount, found.unit) if found.amount > 0 else "",
        "less": price(-found.amount, found.unit) if found.amount < 0 else "",
        "reasons": [
            {
                "name": one.name,
                "address": known[one.product].address if one.product in known else "",
                "before": price(one.before, found.unit) if one.before is not None else "",
                "now": price(one.now, found.unit) if one.now is not None else "",
                "amount": _signed(one.amount, found.unit),
            }
            for one in found.differences
        ],
        "rest": _signed(found.rest, found.unit) if found.rest else "",
    }


def _signed(amount: Decimal, unit: str) -> str:
    return f"+{price(amount, unit)}" if amount > 0 else price(amount, unit)


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "open": Cell("number", price(one.open, one.unit)),
        "overdue": Cell("number", price(one.overdue, one.unit)) if one.overdue else None,
        "days": one.days_overdue,
        "credit": Cell("number", price(one.credit, one.unit)) if one.credit else None,
    }


def _bill(desk: Desk, work: Work, one: Record) -> dict[str, Any]:
    said = one.document
    due = said.get("paymentDueDate")
    is_open = said.get("state") in ("validated", "sent", "partiallyPaid")
    is_late = bool(due and is_open and days_late(parse_instant(str(due)), today(work)))
    return {
        "number": said.get("billNo") or one.key,
        "address": desk.addresses.of_record(one.resource, one.key),
        "state": state(str(said["state"])) if said.get("state") else None,
        "category": said.get("category") if said.get("category") != "normal" else "",
        "amount": _money(desk, said.get("amountDue")),
        "left": _money(desk, said.get("remainingAmount"))
        if said.get("state") == "partiallyPaid"
        else None,
        "due": instant(str(due), desk.zone) if due else None,
        "late": is_late and said.get("category") != "creditNote",
        "paper": f"/bills/{one.key}/pdf" if said.get("issuedAt") else "",
        "correct": f"/bills/{one.key}/correct" if _may_correct(work) and _is_owed(said) else "",
    }


def _is_owed(said: dict[str, Any]) -> bool:
    return said.get("state") not in DRAFTS and (said.get("category") or "normal") in OWED


def _may_correct(work: Work) -> bool:
    may_make = work.actor.grant(Correction.resource, "create") is not None
    return may_make and work.actor.may(ADJUST) is not None


def _payment(desk: Desk, work: Work, one: Record) -> dict[str, Any]:
    said = one.document
    at = said.get("paymentDate")
    return {
        "name": said.get("correlatorId") or one.key,
        "address": desk.addresses.of_record(one.resource, one.key),
        "state": state(str(said["status"])) if said.get("status") else None,
        "amount": _money(desk, said.get("totalAmount")),
        "at": instant(str(at), desk.zone) if at else None,
        "refund": f"/payments/{one.key}/refund"
        if said.get("status") in RECEIVED and _may_correct(work)
        else "",
    }


def _money(desk: Desk, amount: object) -> Cell | None:
    return compound(amount, desk.zone) if isinstance(amount, dict) else None
