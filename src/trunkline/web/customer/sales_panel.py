"""What is being sold to a customer: the sales that are open and the quotes that still count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.kernel.work import Work
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.quote.quote import Quote
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import compound, day, instant, state

READ_MAX = 20
OPEN_QUOTES = ("draft", "inReview", "approved", "pendingAcceptance", "accepted")


def sales_shown(desk: Desk, work: Work, idents: Sequence[str], customer_key: str) -> dict[str, Any]:
    """Return the open sales and quotes that name a customer, newest first."""
    kinds = (SalesOpportunity.resource, Quote.resource)
    found = gathered(work, [(one, READ_MAX) for one in kinds], idents)
    sales = found.get(SalesOpportunity.resource.name, [])
    quotes = found.get(Quote.resource.name, [])
    make = ""
    if work.actor.grant(Quote.resource, "create") is not None:
        make = f"/order/new?quote=new&customer={customer_key}"
    return {
        "sales": [_sale(desk, one) for one in sales if one.document.get("status") == "open"],
        "quotes": [_quote(desk, one) for one in quotes if _counts(one)],
        "had": bool(sales or quotes),
        "make": make,
    }


def _counts(quote: Record) -> bool:
    said = quote.document
    return said.get("isActive") is not False and said.get("internalState") in OPEN_QUOTES


def _sale(desk: Desk, one: Record) -> dict[str, Any]:
    said = one.document
    amount = said.get("amount")
    expected = said.get("expectedCloseDate")
    return {
        "label": one.label,
        "address": desk.addresses.of_record(one.resource, one.key),
        "stage": state(str(said.get("stage") or "open")),
        "amount": compound(amount, desk.zone) if isinstance(amount, dict) else None,
        "expected": day(str(expected)) if expected else None,
    }


def _quote(desk: Desk, one: Record) -> dict[str, Any]:
    said = one.document
    monthly = said.get("monthlyTotal")
    return {
        "key": one.key,
        "label": one.label if one.label != one.key else "",
        "address": desk.addresses.of_record(one.resource, one.key),
        "state": state(str(said.get("internalState"))),
        "monthly": compound(monthly, desk.zone) if isinstance(monthly, dict) else None,
        "until": instant((said.get("validFor") or {}).get("endDateTime"), desk.zone),
    }
