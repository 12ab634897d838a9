"""What a customer owes and has paid: what is open by currency, latest bills and payments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from trunkline.billing.account.standing import (
    Standing,
    days_late,
    may_see_standing,
    standing_of,
    today,
)
from trunkline.billing.api import ADJUST
from trunkline.billing.bill.customer_bill import DRAFTS, OWED, CustomerBill
from trunkline.billing.bill.explaining import (
    EARLIER_MAX,
    LINES_MAX,
    bill_before,
    charges_of,
    explained,
    owed_by,
)
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.correction.correction import Correction
from trunkline.billing.payment.payment import RECEIVED, Payment
from trunkline.billing.payment.settling import MANY, left_with, notes_of, unpaid_of
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.documents.shape import parse_instant
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.screens.read_ahead import keep, keep_sought
from trunkline.web.customer.gathering import NAMED_BY
from trunkline.web.desk import Desk
from trunkline.web.finding_ahead import Search, find_ahead
from trunkline.web.records import (
    Branch,
    Record,
    mentions_of,
    naming,
    naming_any,
    seen,
    sees,
    select_each,
)
from trunkline.web.values import Cell, compound, instant, price, state

SHOWN = 5
EARLIER = "earlier"


def bills_shown(desk: Desk, work: Work, idents: Sequence[str]) -> dict[str, Any]:
    """Return what is open by currency, and the latest bills and payments that name a customer.

    Two statements: what names the customer, and what depends on which that is.
    """
    found = _named(work, idents)
    bills = [cast("CustomerBill", one) for one in found[CustomerBill.resource.name]]
    payments = [seen(work, one) for one in found[Payment.resource.name]]
    accounts = [one.id for one in found[BillingAccount.resource.name]]
    earlier = [cast("CustomerBill", one) for one in found[EARLIER]]
    newest = next((one for one in bills if one.is_owed), None) if _may_explain(work) else None
    before = _read_on(work, accounts, newest, earlier)
    all_bills = f"{desk.addresses.of_list(CustomerBill.resource)}?relatedParty.id={idents[0]}"
    return {
        "why": _why(desk, work, newest) if newest is not None and before is not None else None,
        "standing": [_standing(one) for one in standing_of(work, accounts)],
        "bills": [_bill(desk, work, seen(work, one)) for one in bills],
        "payments": [_payment(desk, work, one) for one in payments],
        "more": all_bills if len(bills) == SHOWN else "",
        "may_read_payments": work.actor.grant(Payment.resource, "read") is not None,
    }


def _named(work: Work, idents: Sequence[str]) -> dict[str, list[Document]]:
    """Return the latest bills and payments, the accounts, and the bills of the newest's account."""
    wanted = {
        CustomerBill.resource.name: naming(work, CustomerBill.resource, NAMED_BY, idents, SHOWN),
        Payment.resource.name: naming(work, Payment.resource, NAMED_BY, idents, SHOWN),
        BillingAccount.resource.name: _accounts(work, idents),
        EARLIER: _with_newest(idents) if _may_explain(work) else None,
    }
    readable = {name: one for name, one in wanted.items() if one is not None}
    read = dict(zip(readable, select_each(work, [*readable.values()]), strict=True))
    return {name: read.get(name, []) for name in wanted}


def _accounts(work: Work, idents: Sequence[str]) -> Branch | None:
    """Return the accounts that name a customer, None where nobody may know how they stand."""
    if work.actor.grant(BillingAccount.resource, "read") is None or not may_see_standing(work):
        return None
    return naming_any(BillingAccount.resource, NAMED_BY, idents, MANY)


def _with_newest(idents: Sequence[str]) -> Branch:
    """Return the bills that the newest one which names a customer is compared with."""
    newest = naming_any(CustomerBill.resource, NAMED_BY, idents)
    table = CustomerBill.resource.reference_table
    return Branch(
        CustomerBill.resource,
        f"t.id in (select o.source from {table} o where o.type = 'CustomerBill' "  # noqa: S608
        "and o.path = 'billingAccount' and o.target = (select a.target from (select t.id "
        f"from {CustomerBill.resource.table} t where {newest.text} "
        "and t.p_state <> all(%s) and coalesce(t.p_category, 'normal') = any(%s) "
        f"order by t.id desc limit 1) n join {table} a on a.source = n.id "
        "and a.path = 'billingAccount' limit 1)) and t.p_category = any(%s)",
        [*newest.parameters, [*DRAFTS], sorted(OWED), sorted(OWED)],
        f"order by t.id desc limit {EARLIER_MAX}",
    )


def _read_on(
    work: Work, accounts: Sequence[str], newest: CustomerBill | None, earlier: list[CustomerBill]
) -> CustomerBill | None:
    """Read ahead how the accounts stand, and the charges of two bills; return the earlier one."""
    searches = [
        Search(CustomerBill, unpaid_of(accounts), MANY),
        Search(CustomerBill, notes_of(accounts), MANY),
        Search(Payment, left_with(accounts), MANY),
    ] if accounts else []  # fmt: skip
    before = None
    if newest is not None:
        if all(one.account == newest.account for one in earlier) and earlier:
            keep_sought(work, CustomerBill, owed_by(newest.account), EARLIER_MAX, earlier)
        before = bill_before(work, newest)
    products = []
    if newest is not None and before is not None:
        both = [newest, before]
        searches += [Search(AppliedCustomerBillingRate, charges_of(one), LINES_MAX) for one in both]
        if work.actor.grant(Product.resource, "read") is not None:
            products = [_charged(both)]
    for found in find_ahead(work, searches, products):
        keep(work, Product.resource.name, (), found)
    return before


def _charged(bills: Sequence[CustomerBill]) -> Branch:
    """Return the products that bills charge for."""
    rate = AppliedCustomerBillingRate.resource
    charges = naming_any(rate, "bill", [one.id for one in bills])
    return Branch(
        Product.resource,
        f"t.id in (select p.target from {rate.reference_table} p "  # noqa: S608
        f"where p.type = '{rate.name}' and p.path = 'product' and p.source in "
        f"(select t.id from {rate.table} t where {charges.text}))",
        charges.parameters,
    )


def _may_explain(work: Work) -> bool:
    return sees(work, AppliedCustomerBillingRate.resource, "taxIncludedAmount") and sees(
        work, CustomerBill.resource, "amountDue"
    )


def _why(desk: Desk, work: Work, bill: CustomerBill) -> dict[str, Any] | None:
    """Return why the newest bill is not as much as the one before, each reason with its product."""
    found = explained(work, bill)
    if found is None:
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
    may_plan = work.actor.grant(PaymentPlan.resource, "create") is not None
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
        "plan": f"/bills/{one.key}/plan" if may_plan and is_late and _is_owed(said) else "",
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
