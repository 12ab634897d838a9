"""Filling: what the server says of a quote: numbers of lines, products completed, every price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.capture.agreed import NOT_ACTIVE, agreed_for, every_agreement_fault
from trunkline.ordering.price_effect import total_price
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.rest.writing import amends
from trunkline.sales.lines import (
    QUOTE_WORDS,
    Line,
    number_lines,
    order_document,
    order_items,
    placed_lines,
)
from trunkline.sales.pricing import Priced, effects_told, priced, totals_of
from trunkline.sales.quote.adjustment import ADJUSTMENTS, KEEPS, Adjusting
from trunkline.sales.quote.overriding import note_decision, note_override
from trunkline.sales.quote.quote import TERM_MONTHS, Acceptance, Quote
from trunkline.shared.reference import AgreementRef

CONTENT = ("relatedParty", "billingAccount", "agreement", "productOfferingQualification",
           "channel", "expectedFulfillmentStartDate", "termMonths", ADJUSTMENTS, KEEPS)  # fmt: skip
COUNTED = ("quoteItemPrice", "listPrice", "priceEffect", "current", "orderedQuantity", "state")
"""What the server alone says of a line."""
TOTALS = ("quoteTotalPrice", "priceEffect", "oneTimeTotal", "monthlyTotal", "annualTotal",
          "contractValue")  # fmt: skip
HELD = ("name", "place", "productOffering", "productCharacteristic", "productPrice")


@dataclass
class PricedQuotes:
    """What was priced in this transaction, and how it was adjusted, by the id of the quote."""

    found: dict[str, tuple[Priced, Adjusting]] = field(default_factory=dict)


def content_of(quote: Quote) -> bytes:
    """Return what a quote offers and to whom, without what the server says, to be compared."""
    lines = [
        _asked(line) for _, line in placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS)
    ]
    return encode([[quote.raw.get(name) for name in CONTENT], lines])


def _asked(line: Line) -> Line:
    return {name: value for name, value in line.items() if name not in (*COUNTED, "quoteItem")}


def _asks_anew(old: Quote, new: Quote) -> bool:
    return old.internal_state != new.internal_state or content_of(old) != content_of(new)


@enrich(Quote, again=_asks_anew)
def complete_quote(work: Work, quote: Quote) -> None:
    """Number the lines of a draft, complete their products, and price all; say who accepted."""
    if quote.internal_state == "draft":
        _begin(quote)
        _price(work, quote)
    elif quote.internal_state == "accepted" and quote.acceptance is None:
        quote.acceptance = Acceptance(at=work.now, by=work.actor.name)
        quote.effective_quote_completion_date = work.now
    else:
        note_decision(work, quote)


@amends(Quote)
def keep_what_was_counted(work: Work, before: Document, after: dict[str, Json]) -> dict[str, Json]:
    """Keep what we alone say of each line, however deep it lies, as it was."""
    _choose_agreements_anew(work, before, after)
    if before.raw.get("quoteItem") == after.get("quoteItem"):
        return after
    placed = placed_lines(before.raw.get("quoteItem") or (), QUOTE_WORDS)
    known = {str(line.get("id")): line for _, line in placed}
    for _, line in placed_lines(after.get("quoteItem") or (), QUOTE_WORDS):
        former = known.get(str(line.get("id"))) or {}
        kept = {name: copied(former[name]) for name in COUNTED if name in former}
        for name in COUNTED:
            line.pop(name, None)
        line |= kept
    return after


def _choose_agreements_anew(work: Work, before: Document, after: dict[str, Json]) -> None:
    """Let a draft that is changed go by the agreements of today, where nobody chose others.

    Nobody did where they are those that are taken by default, or have ended.
    """
    named = [str(one.get("id")) for one in before.raw.get("agreement") or ()]
    if not named or before.raw.get("internalState") != "draft":
        return
    if before.raw.get("agreement") != after.get("agreement"):
        return
    order = ProductOrder.wrap(load(encode(order_of(before.raw))))
    ended = any(one.code == NOT_ACTIVE for one in every_agreement_fault(work, order))
    items = [one for _, one in placed_product_items(order.product_order_item)]
    asked = {one.product_offering.id for one in items if one.product_offering is not None}
    order.agreement = []
    if ended or list(agreed_for(work, order, frozenset(asked)).agreements) == named:
        after.pop("agreement", None)


def _begin(quote: Quote) -> None:
    if quote.revision is None:
        quote.revision = 1
        quote.is_active = True
        for _, line in placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS):
            line.pop("orderedQuantity", None)
    quote.version = str(quote.revision)
    if quote.term_months is None:
        quote.term_months = TERM_MONTHS
    number_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS)


def priced_quote(work: Work, quote: Quote) -> tuple[Priced, Adjusting]:
    """Return what the lines of a quote cost and what is wrong with them, once per transaction.

    Beside it stands what was changed by hand about it.
    """
    kept: PricedQuotes = work.kept.setdefault(PricedQuotes, PricedQuotes())
    found = kept.found.get(quote.id)
    if found is None:
        document = order_of(quote.raw)
        if quote.meta.version:  # policies see that what is ordered comes from a quote
            document["quote"] = [{"id": quote.id, "@referredType": "Quote"}]
        adjusting = Adjusting(quote.raw)
        told = priced(work, document, adjusting)
        if told.order.quote:  # an order of it may come later than the end, what is told may not
            every = every_agreement_fault(work, told.order)
            ended = [one for one in every if one.code == NOT_ACTIVE]
            told = replace(told, faults=(*told.faults, *ended))
        found = kept.found[quote.id] = told, adjusting
    return found


def order_of(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return the order that a quote offers, without the prices that it says."""
    items = order_items(document.get("quoteItem") or (), QUOTE_WORDS)
    return order_document(document, items)


def _price(work: Work, quote: Quote) -> None:
    work.kept.pop(PricedQuotes, None)
    found, adjusting = priced_quote(work, quote)
    refuse(adjusting.faults)
    items, is_new = found.items, not quote.meta.version
    if not quote.agreement and found.order.agreement:
        quote.agreement = [AgreementRef(id=one.id) for one in found.order.agreement]
    foreign = []
    for path, line in placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS):
        item = items.get(str(line["id"]))
        if item is None:
            continue
        asked = line.get("quoteItemPrice")
        _fill(line, item, found)
        if item.id in adjusting.listed:
            line["listPrice"] = [one.raw for one in adjusting.listed[item.id]]
        if is_new and asked and not _agree(asked, line.get("quoteItemPrice")):
            message = "is not what the catalog asks; leave it out, it is filled in"
            foreign.append(Fault(f"{path}.quoteItemPrice", "priceNotYours", message))
    refuse(foreign)
    _total(quote, found)
    note_override(work, quote, adjusting.given)


def _fill(line: Line, item: ProductOrderItem, found: Priced) -> None:
    for name in COUNTED:
        if name != "orderedQuantity":
            line.pop(name, None)
    line["action"] = item.raw["action"]
    for name in ("operation", "product", "productOffering", "itemTerm"):
        if item.raw.get(name) is not None:
            line[name] = item.raw[name]
    if item.item_price:
        line["quoteItemPrice"] = item.raw["itemPrice"]
    effects = found.line_prices.get(item.id, ())
    if effects:
        line["priceEffect"] = effects_told(effects)
    held = found.context.products.get(item.product.id or "") if item.product else None
    if held is not None and item.action != "add":
        line["current"] = {name: held.raw[name] for name in HELD if held.raw.get(name)}


def _total(quote: Quote, found: Priced) -> None:
    for name in TOTALS:
        quote.raw.pop(name, None)
    effects = found.prices
    if not effects:
        return
    quote.raw["quoteTotalPrice"] = [total_price(one) for one in effects]
    quote.raw["priceEffect"] = effects_told(effects)
    totals = totals_of(effects, term_months=quote.term_months or 0)
    if totals is None:
        return
    for name, amount in (
        ("oneTimeTotal", totals.once),
        ("monthlyTotal", totals.monthly),
        ("annualTotal", totals.annual),
        ("contractValue", totals.contract),
    ):
        quote.raw[name] = {"unit": totals.unit, "value": amount}


def _agree(asked: Json, ours: Json) -> bool:
    return sorted(_sums(asked)) == sorted(_sums(ours))


def _sums(prices: Json) -> list[tuple[str, str, str, Decimal]]:
    found = []
    for one in prices or ():
        price = one.get("price") if isinstance(one, Mapping) else None
        amount = (price or {}).get("dutyFreeAmount") or (price or {}).get("taxIncludedAmount") or {}
        kind, period = one.get("priceType"), one.get("recurringChargePeriod")
        value = Decimal(str(amount.get("value") or 0))
        found.append((str(kind), str(period), str(amount.get("unit")), value))
    return found
