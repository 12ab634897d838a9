"""Cloning: a new draft offer that begins as a copy of another, with other prices where typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from trunkline.catalog.entry import DRAFT
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.repricing import set_amount
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.rest.writing import create
from trunkline.web.editing.sheet import copy_sheet
from trunkline.web.records import Record, documents_of, record_of
from trunkline.web.values import money

DESIGN = DRAFT[1]
NOT_COPIED = ("externalId", "validFor", "lastUpdate", "statusReason")
AMOUNT = "amount:"


@dataclass(frozen=True)
class PriceRow:
    """A price of an offer: what it is called, what it comes to, and where it stands."""

    id: str
    key: str
    name: str
    kind: str
    period: str
    amount: str
    shown: str
    unit: str
    state: str
    valid: dict[str, Json]
    typed: str = ""


def price_rows(work: Work, offering: Record, typed: Mapping[str, str] = {}) -> list[PriceRow]:
    """Return the prices of an offering in its order, those by reference and those by value."""
    named = [one for one in offering.document.get("productOfferingPrice") or ()
             if isinstance(one, dict)]  # fmt: skip
    may = work.actor.grant(ProductOfferingPrice.resource, "read") is not None
    idents = [str(one["id"]) for one in named if one.get("id")] if may else []
    known = {one.id: one for one in documents_of(work, {ProductOfferingPrice.resource.name: idents})
             if isinstance(one, ProductOfferingPrice)}  # fmt: skip
    return [_row(one, known.get(str(one.get("id"))), typed or {}) for one in named]


def _row(
    named: dict[str, Any], price: ProductOfferingPrice | None, typed: Mapping[str, str]
) -> PriceRow:
    raw = price.raw if price is not None else named
    amount = raw.get("price") or {}
    if price is None and isinstance(amount, dict):
        amount = amount.get("dutyFreeAmount") or amount.get("taxIncludedAmount") or {}
    value = amount.get("value")
    length, period = raw.get("recurringChargePeriodLength"), raw.get("recurringChargePeriodType")
    period = period or raw.get("recurringChargePeriod") or ""
    percentage = raw.get("percentage")
    ident = price.id if price is not None else ""
    plain = "" if value is None else f"{value}"
    return PriceRow(
        ident,
        price.key if price is not None else "",
        str(raw.get("name") or ""),
        str(raw.get("priceType") or ""),
        f"{length} {period}" if length and length != 1 else str(period),
        plain,
        money(Decimal(value)) if value is not None
        else f"{percentage} %" if percentage is not None else "",
        str(amount.get("unit") or ""),
        str(raw.get("lifecycleStatus") or ""),
        raw.get("validFor") or {},
        typed.get(ident, plain),
    )  # fmt: skip


def clone(work: Work, source: Record, name: str, amounts: Mapping[str, str]) -> str:
    """Write the copy of an offering as a draft and return its key.

    A price whose amount is another one becomes a draft price of its own; the others are shared.
    """
    sheet = copy_sheet(work, ProductOffering.resource, source)
    document = {one: value for one, value in sheet.document.items() if one not in NOT_COPIED}
    document |= {"name": name, "lifecycleStatus": DESIGN}
    prices = [copied(one) for one in document.get("productOfferingPrice") or ()]
    changed = _changed(price_rows(work, source), amounts)
    for one in prices:
        if str(one.get("id")) in changed:
            one |= {"id": _price_at(work, str(one["id"]), changed[str(one["id"])], name)}
            one.pop("href", None)
    if prices:
        document["productOfferingPrice"] = prices
    return create(work, ProductOffering.resource, document).key


def _changed(rows: Sequence[PriceRow], amounts: Mapping[str, str]) -> dict[str, Decimal]:
    """Return the amounts that were typed and are other ones; refuses what is no amount."""
    found: dict[str, Decimal] = {}
    faults = []
    for one in rows:
        text = amounts.get(one.id, one.amount).strip().replace(",", ".")
        if not one.id or not one.amount or text == one.amount:
            continue
        try:
            amount = Decimal(bounded_number(text))
        except (InvalidOperation, ValueError):
            faults.append(Fault(f"{AMOUNT}{one.id}", "badValue", "must be an amount, as in 29.90"))
            continue
        if amount != Decimal(one.amount):
            found[one.id] = amount
    refuse(faults)
    return found


def _price_at(work: Work, ident: str, amount: Decimal, name: str) -> str:
    price = record_of(work, ProductOfferingPrice.resource, ident)
    sheet = copy_sheet(work, ProductOfferingPrice.resource, price)
    document = {one: value for one, value in sheet.document.items() if one not in NOT_COPIED}
    document |= {"name": f"{name}: {price.label}", "lifecycleStatus": DESIGN}
    set_amount(document, amount)
    return create(work, ProductOfferingPrice.resource, document).id
