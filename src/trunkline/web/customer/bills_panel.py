"""What a customer owes and has paid: what is open by currency, latest bills and payments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.billing.account.standing import (
    Standing,
    days_late,
    may_see_standing,
    standing_of,
    today,
)
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.payment.payment import Payment
from trunkline.billing.payment.settling import MANY
from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Desk
from trunkline.web.records import Record
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
        "standing": [_standing(one) for one in _standings(work, idents)],
        "bills": [_bill(desk, work, one) for one in bills],
        "payments": [_payment(desk, one) for one in payments],
        "more": all_bills if len(bills) == SHOWN else "",
        "may_read_payments": work.actor.grant(Payment.resource, "read") is not None,
    }


def _standings(work: Work, idents: Sequence[str]) -> list[Standing]:
    """Return how all accounts stand together that name a customer, each currency for itself."""
    if work.actor.grant(BillingAccount.resource, "read") is None or not may_see_standing(work):
        return []
    named = work.find(BillingAccount, {"relatedParty.id": [*idents]}, limit=MANY)
    return standing_of(work, [one.id for one in named])


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
    }


def _payment(desk: Desk, one: Record) -> dict[str, Any]:
    said = one.document
    at = said.get("paymentDate")
    return {
        "name": said.get("correlatorId") or one.key,
        "address": desk.addresses.of_record(one.resource, one.key),
        "state": state(str(said["status"])) if said.get("status") else None,
        "amount": _money(desk, said.get("totalAmount")),
        "at": instant(str(at), desk.zone) if at else None,
    }


def _money(desk: Desk, amount: object) -> Cell | None:
    return compound(amount, desk.zone) if isinstance(amount, dict) else None
