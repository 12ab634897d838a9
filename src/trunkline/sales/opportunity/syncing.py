"""Syncing: an opportunity and its primary quote follow each other while that is wanted.

What is changed in one is carried to the other after the commit; where both say the same, nothing
is written, so that it ends. A quote is changed as long as it is a draft.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from trunkline.documents.decode import encode, load
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.sales.opportunity.amounts import by_period
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.opportunity.quoting import quote_line
from trunkline.sales.quote.quote import PriceEffectTold, Quote, QuoteItem

MERGE = "application/merge-patch+json"


@on(event(Quote, "created"), event(Quote, "changed"), event(Quote, "state_changed"))
def opportunity_follows_its_quote(work: Work, quote: Quote) -> None:
    """Carry lines and prices of a primary quote, or of its new revision, to the opportunity."""
    if quote.opportunity is None or quote.is_active is False:
        return
    found = work.get(SalesOpportunity, quote.opportunity.id)
    former = quote.former_revision.id if quote.former_revision is not None else None
    primary = found.primary_quote.id if found is not None and found.primary_quote else None
    if found is None or found.status != "open" or primary not in {quote.id, former}:
        return
    opportunity = work.lock(SalesOpportunity, found.id)
    patch: dict[str, Json] = {}
    if primary != quote.id:
        patch["primaryQuote"] = {"id": quote.id}
    if opportunity.syncs_quote:
        lines = list(_lines_of(quote, opportunity))
        if _said(lines) != _said(opportunity.raw.get("salesOpportunityItem") or []):
            patch["salesOpportunityItem"] = lines
    if patch:
        change(work, opportunity, patch, MERGE)


@on(event(SalesOpportunity, "changed"))
def quote_follows_its_opportunity(work: Work, opportunity: SalesOpportunity) -> None:
    """Carry the lines of an opportunity to its primary quote while that is a draft."""
    if not opportunity.syncs_quote or opportunity.primary_quote is None:
        return
    quote = work.get(Quote, opportunity.primary_quote.id)
    if quote is None or quote.internal_state != "draft" or not opportunity.sales_opportunity_item:
        return
    locked = work.lock(Quote, quote.id)
    if locked.internal_state != "draft":  # somebody has offered it in the meantime
        return
    held = {str(one.get("id")): one for one in locked.raw.get("quoteItem") or ()}
    lines: list[dict[str, Json]] = []
    for one in opportunity.sales_opportunity_item:
        wanted = quote_line(one)
        known = held.get(str(one.id))
        is_same = known is not None and _offering(known) == one.product_offering.id
        lines.append({**known, "quantity": wanted["quantity"]} if known and is_same else wanted)
    if [_asked(one) for one in lines] != [_asked(one) for one in held.values()]:
        change(work, locked, {"quoteItem": load(encode(lines))}, MERGE)


def _lines_of(quote: Quote, opportunity: SalesOpportunity) -> Iterator[dict[str, Json]]:
    """Yield the lines of a quote as the opportunity has them; what only that knows stays."""
    held = {str(one.id): one.raw for one in opportunity.sales_opportunity_item}
    for one in quote.quote_item:
        if one.product_offering is None:
            continue
        line = dict(held.get(str(one.id)) or {})
        line |= {"id": one.id, "productOffering": {"id": one.product_offering.id},
                 "quantity": one.quantity or 1}  # fmt: skip
        if one.product is not None and "product" not in line:
            line["product"] = copied(one.product.raw)
        sums: dict[tuple[str | None, str], Decimal] = {}
        for effect in _effects(one):
            recurring = (None, effect.new) if effect.recurring_charge_period is None else (
                by_period(effect.new, effect.recurring_charge_period, effect.unit))  # fmt: skip
            if recurring is not None:
                kind = (recurring[0], effect.unit)
                sums[kind] = sums.get(kind, Decimal(0)) + recurring[1]
        prices = [
            _price(amount, unit, period, one.quantity or 1)
            for (period, unit), amount in sums.items()
        ]
        if prices:
            line["price"] = prices
        yield line


def _effects(line: QuoteItem) -> Iterator[PriceEffectTold]:
    """Yield what a line costs, with what lies inside it."""
    yield from line.price_effect
    for one in line.quote_item:
        yield from _effects(one)


def _price(amount: Decimal, unit: str, period: str | None, quantity: int) -> dict[str, Json]:
    told: dict[str, Json] = {"unitPrice": {"unit": unit, "value": amount / quantity}}
    return told | ({"recurringChargePeriod": period} if period is not None else {})


def _said(lines: list[dict[str, Json]]) -> list[Json]:
    return [[*_asked(one), sorted(_prices(one))] for one in lines]


def _prices(line: dict[str, Json]) -> Iterator[tuple[str, str, Decimal]]:
    for one in line.get("price") or ():
        amount = one["unitPrice"]
        value = Decimal(str(amount.get("value") or 0)).normalize()
        yield str(one.get("recurringChargePeriod") or ""), str(amount.get("unit")), value


def _asked(line: dict[str, Json]) -> list[Json]:
    return [str(line.get("id")), _offering(line), line.get("quantity") or 1]


def _offering(line: dict[str, Json]) -> str:
    return str((line.get("productOffering") or {}).get("id") or "")
