"""Contracting: a completed quote makes the contract of what the customer has accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.from_order import join_order
from trunkline.contract.service.lasting import (
    FINAL,
    LAST_DAY,
    MONTHS_MAX,
    day_faults,
    month_faults,
)
from trunkline.contract.service.rules import is_by_program
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.macd.commitment import months_later
from trunkline.ordering.product_order import UNSENT
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.sales.quote.ordered import order_lines, orders_alive
from trunkline.sales.quote.quote import TERM_MONTHS, Quote

SAME = ("action", "quantity", "itemTerm")
IN_PRODUCT = ("productCharacteristic",)
NAME_MAX, DESCRIPTION_MAX = 200, 2000


@rule(Quote)
def term_fits_a_contract(_work: Work, old: Quote | None, new: Quote) -> Iterator[Fault]:
    """Refuse a term or a first day of which no contract could be made."""
    if old is None or old.term_months != new.term_months:
        yield from month_faults("termMonths", new.term_months)
    begins = new.expected_fulfillment_start_date
    if old is None or old.expected_fulfillment_start_date != begins:
        yield from day_faults("expectedFulfillmentStartDate", begins)


@rule(Contract)
def a_quote_makes_its_own_contract(
    work: Work, old: Contract | None, new: Contract
) -> Iterator[Fault]:
    """Refuse to name a quote by hand: its contract is made of it when it is completed."""
    former = old.quote.id if old is not None and old.quote is not None else None
    if new.quote is not None and new.quote.id != former and not is_by_program(work):
        message = "makes its contract itself when it is completed; leave it out"
        yield Fault("quote", "conflictQuote", message)


@on(event(Quote, "state_changed").to("completed"))
def make_contract(work: Work, quote: Quote) -> None:
    """Make the contract of a completed quote, once, with a line for each that was accepted."""
    if work.find(Contract, {"quote.id": quote.id}, limit=1):
        return
    raw = contract_of(quote, work)
    contract = Contract.wrap(raw)
    work.add(contract)
    for order in orders_alive(work, quote.id):  # ordered before this came to its turn
        if order.internal_state not in UNSENT:
            join_order(work, order)


@on(event(Quote, "state_changed").to("revised", "canceled"))
def give_contract_up(work: Work, quote: Quote) -> None:
    """Cancel the contract of a quote that was revised before anything was ordered of it."""
    for one in work.find(Contract, {"quote.id": quote.id}):
        if one.state in FINAL or one.product_order:
            continue
        with work.edit(Contract, one.id) as held:
            held.state = "cancelled"
            held.state_reason = f"{quote.key} is {quote.internal_state}"


def contract_of(quote: Quote, work: Work) -> dict[str, Json]:
    """Return the contract that a quote makes: its parties, terms, value and lines."""
    asked = min(quote.expected_fulfillment_start_date or work.now, LAST_DAY)
    start = max(asked, work.now)
    months = min(TERM_MONTHS if quote.term_months is None else quote.term_months, MONTHS_MAX)
    period = {"startDateTime": format_instant(start)}
    if months:
        period["endDateTime"] = format_instant(months_later(start, months))
    is_begun = start <= work.now
    raw: dict[str, Json] = {
        "name": (quote.description or f"Contract of {quote.key}")[:NAME_MAX],
        "state": "active" if is_begun else "draft",
        "beginsByItself": True,
        "quote": {"id": quote.id, "@referredType": "Quote"},
        "validFor": period,
        "termMonths": months,
        "contractLine": list(_lines(quote)),
    }
    if len(quote.description or "") > NAME_MAX:
        raw["description"] = (quote.description or "")[:DESCRIPTION_MAX]
    for name in ("relatedParty", "agreement", "contractValue"):
        if quote.raw.get(name):
            raw[name] = copied(quote.raw[name])
    if quote.billing_account:
        raw["billingAccount"] = copied(quote.billing_account[0].raw)
    return raw


def _lines(quote: Quote) -> Iterator[dict[str, Json]]:
    """Yield the lines of a quote as those of a contract, each with the one that it lies in."""
    lines = order_lines(quote)
    for _, item in placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS):
        held = lines.get(str(item["id"]))
        yield _line(item, held.whole if held is not None else None)


def _line(item: Mapping[str, Json], parent: str | None) -> dict[str, Json]:
    product = item.get("product") or {}
    made: dict[str, Json] = {
        "id": str(item["id"]),
        "quoteItem": str(item["id"]),
        **{name: item[name] for name in SAME if item.get(name) is not None},
        **{name: product[name] for name in IN_PRODUCT if product.get(name)},
    }
    made.setdefault("quantity", 1)
    if parent is not None:
        made["parentLine"] = parent
    if item.get("productOffering"):
        made["productOffering"] = item["productOffering"]
    if item.get("quoteItemPrice"):
        made["price"] = item["quoteItemPrice"]
    if product.get("id"):
        made["product"] = {"id": product["id"], "@referredType": "Product"}
    if item.get("billingAccount"):
        made["billingAccount"] = item["billingAccount"]
    places = product.get("place") or ()
    if places and places[0].get("id"):
        made["place"] = places[0]
    found: dict[str, Json] = load(encode(made))
    return found
