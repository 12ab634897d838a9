"""Discounts of a quote on its page: what is given away, by whom, and how one is entered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.governance.registers import registers
from trunkline.kernel.work import Work
from trunkline.rest.origins import shown_to
from trunkline.rest.writing import change
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.sales.quote.adjustment import ADJUSTMENTS, KEEPS, REGISTER
from trunkline.sales.quote.comparing import name_of
from trunkline.sales.quote.quote import Quote
from trunkline.web.forms import Form
from trunkline.web.sales.changing import MERGE
from trunkline.web.values import number, price, state, typed_number


def reasons_of(work: Work, language: str) -> list[tuple[str, str]]:
    """Return the reasons for which prices are changed by hand, each by its code and name."""
    known = registers(work).get(REGISTER)
    listed = known.chosen(work.now) if known is not None else ()
    return [(one.code, one.called.within(language)) for one in listed]


def override_shown(document: Mapping[str, Json]) -> dict[str, Any] | None:
    """Return what a quote gives away in its first year, and how far that is decided."""
    held = document.get("priceOverride")
    if not held:
        return None
    given = held["given"]
    return {
        "amount": price(Decimal(str(given["value"])), str(given["unit"])),
        "state": state(str(held["state"])),
        "waits": held["state"] == "waiting",
        "asked": held.get("requestedBy") or "",
        "decided": held.get("decidedBy") or "",
        "note": held.get("decisionNote") or "",
    }


def discounts_shown(document: Mapping[str, Json], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the adjustments of the whole quote, and by id those of its lines."""
    counts = not document.get(ADJUSTMENTS) or document.get(KEEPS) is not False
    lines = placed_lines(document.get(QUOTE_WORDS.item) or (), QUOTE_WORDS)
    return {
        "whole": _shown(document, names, counts=True),
        "lines": {str(line.get("id")): _shown(line, names, counts=counts) for _, line in lines},
    }


def _shown(
    held: Mapping[str, Json], names: Mapping[str, str], *, counts: bool
) -> list[dict[str, Any]]:
    """Return what a quote or a line says: how much, why, and whether it counts."""
    return [
        {"text": _text(one), "reason": names.get(str(one.get("reason")), str(one.get("reason"))),
         "note": one.get("note") or "", "counts": counts}
        for one in held.get(ADJUSTMENTS) or ()
    ]  # fmt: skip


def _text(one: Mapping[str, Json]) -> str:
    if one.get("percentage") is not None:
        return f"{_signed(Decimal(str(one['percentage'])))} %"
    if one.get("override"):
        return f"= {_money(one['override'])}"
    amount = one.get("amount") or {}
    sign = "−" if Decimal(str(amount.get("value") or 0)) < 0 else "+"
    return f"{sign}{_money({**amount, 'value': abs(Decimal(str(amount.get('value') or 0)))})}"


def _signed(value: Decimal) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value))}"


def _money(held: Mapping[str, Json]) -> str:
    return price(Decimal(str(held.get("value") or 0)), str(held.get("unit") or ""))


def discountable(document: Mapping[str, Json]) -> list[dict[str, str]]:
    """Return the lines that a discount may be given on: those with prices of their own."""
    return [
        {"id": str(line.get("id")), "name": name_of(line)}
        for _, line in placed_lines(document.get(QUOTE_WORDS.item) or (), QUOTE_WORDS)
        if line.get(QUOTE_WORDS.price) and line.get("action") in ("add", "modify")
    ]


def discount(work: Work, ident: str, form: Form) -> Quote:
    """Give a discount on a line or on all, as it was typed; none typed takes it away."""
    quote = work.lock(Quote, ident)
    if quote.internal_state != "draft":
        raise Conflict("notADraft", f"{quote.key} was offered meanwhile; revise it instead")
    said = _adjustments(form)
    on = form.text("on")
    document: dict[str, Json] = copied(shown_to(work, quote))
    if not on:
        change(work, quote, {ADJUSTMENTS: said, KEEPS: not form.text("overwrites")}, MERGE)
        return quote
    lines = document.get(QUOTE_WORDS.item) or []
    for _, line in placed_lines(lines, QUOTE_WORDS):
        if str(line.get("id")) == on:
            line[ADJUSTMENTS] = said
    change(work, quote, {QUOTE_WORDS.item: lines}, MERGE)
    return quote


def _adjustments(form: Form) -> list[Json]:
    typed = typed_number(form.text("percent"))
    if not typed:
        return []
    try:
        percentage = -bounded_number(typed)
    except InvalidOperation:
        percentage = Decimal(-101)
    if not -100 <= percentage < 0:
        message = "must be a number above 0 and at most 100"
        raise Invalid.of([Fault("percentage", "badValue", message)])
    found: dict[str, Json] = {"percentage": percentage, "reason": form.text("reason")}
    if form.text("note"):
        found["note"] = form.text("note")
    return [found]
