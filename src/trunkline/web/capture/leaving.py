"""Leaving: what a line that suspends or ends a product asks: why, the fee, the offers to stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.macd.early_end import WAIVE
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.ordering.macd.reasons import DISCONNECTION, SUSPENSION, WAIVER, chosen_reasons
from trunkline.ordering.macd.save_offer import SaveOffer
from trunkline.ordering.macd.saving import instead_of_ending, offers_for
from trunkline.party.customer import Customer
from trunkline.web.capture.body import Body
from trunkline.web.capture.cart import Cart, CartLine
from trunkline.web.capture.known import Known
from trunkline.web.capture.looking import Looking
from trunkline.web.values import price

REGISTERS = {"suspend": SUSPENSION, "end": DISCONNECTION}


def offered(work: Looking, line: CartLine, known: Known) -> list[SaveOffer]:
    """Return the offers to stay for the product that a line ends, or did before one was taken."""
    product = known.products.get(line.product)
    if product is None or not (line.action == "end" or line.accepted):
        return []
    return offers_for(work, product, next(iter(work.held(Customer)), None), line.why or None)


def with_answers(work: Looking, cart: Cart, known: Known, body: Body) -> None:
    """Write to the items of an order why something ends, and what was said to each offer."""
    for line in cart.lines:
        item = next(
            (body.items[one] for one, of in body.lines.items() if of == (line.number, "")), None
        )
        if item is None or line.is_new:
            continue
        if line.action == "suspend" and line.why:
            item["suspensionReason"] = line.why
        if line.action in REGISTERS and line.told:
            item["emergencyTold"] = True
        if line.action == "end":
            _ends(work, line, known, item)
        elif line.accepted:
            _stays(work, line, known, item)


def _ends(work: Looking, line: CartLine, known: Known, item: dict[str, Json]) -> None:
    if line.why:
        item["disconnectionReason"] = line.why
    if line.waiver:
        item["feeWaiverReason"] = line.waiver
    declined: list[Json] = [
        {"id": one.id, "name": one.name, "answer": "declined"}
        for one in offered(work, line, known)
        if one.id in line.declined
    ]
    if declined:
        item["saveOffer"] = declined


def _stays(work: Looking, line: CartLine, known: Known, item: dict[str, Json]) -> None:
    product = known.products.get(line.product)
    taken = next((one for one in offered(work, line, known) if one.id == line.accepted), None)
    if product is not None and taken is not None:
        said = instead_of_ending(taken, product, line.why or None, known.now)
        item |= {
            name: value
            for name, value in said.items()
            if name in ("saveOffer", "disconnectionReason", "itemPrice")
        }


def answered(work: Looking, cart: Cart, known: Known, about: str, *, accepts: bool) -> Cart:
    """Return the cart after the answer to an offer; `about` is the line's number and its id.

    An accepted one makes a change of the line that would have ended the product.
    """
    text, _, ident = about.partition(":")
    line = cart.line(int(text)) if text.isdecimal() else None
    offer = next((one for one in offered(work, line, known) if one.id == ident), None) if (
        line is not None
    ) else None  # fmt: skip
    if line is None or offer is None:
        return cart
    if accepts:
        target = offer.instead.id if offer.instead is not None else ""
        changed = replace(line, action="change", accepted=ident, offering=target, values={})
    else:
        changed = replace(line, declined=tuple(dict.fromkeys((*line.declined, ident))))
    lines = tuple(changed if one is line else one for one in cart.lines)
    return replace(cart, lines=lines)


def unanswered(work: Looking, cart: Cart, known: Known, body: Body) -> Iterator[Fault]:
    """Yield a fault for each line that ends a product before each offer to stay was answered."""
    for path, spot in body.spots.items():
        line = cart.line(spot.line)
        if line is None or line.action != "end" or spot.key:
            continue
        left = [one.name for one in offered(work, line, known) if one.id not in line.declined]
        if left:
            message = f"Make the offer to stay first: {', '.join(left)}."
            yield Fault(f"{path}.product", "offerUnanswered", message)


def told_leaving(
    work: Looking, line: CartLine, known: Known, fees: Mapping[str, TerminationFee], body: Body,
    language: str,
) -> dict[str, Any]:  # fmt: skip
    """Return what the page asks and shows of a line that suspends or ends a product."""
    register = REGISTERS.get(line.action)
    found: dict[str, Any] = {"reasons": [], "offers": [], "fee": None, "waivers": []}
    found["emergency"] = False
    taken = [one for one in offered(work, line, known) if one.id == line.accepted]
    found["taken"] = taken[0].name if taken else ""
    if register is None:
        return found
    found["emergency"] = _carries_emergency_calls(line, known)
    found["reasons"] = _choices(work, register, language, line.why)
    found["offers"] = [
        {"id": one.id, "name": one.name, "text": one.text or "",
         "declined": one.id in line.declined}
        for one in offered(work, line, known)
    ]  # fmt: skip
    own = [one for item, one in fees.items() if body.lines.get(item) == (line.number, "")]
    if own and own[0].amount is not None:
        amount = own[0].amount
        found["fee"] = {
            "text": price(amount.amount, amount.unit or ""), "why": list(own[0].explanation),
            "is_waived": own[0].is_waived,
        }  # fmt: skip
        if work.actor.may(WAIVE) is not None:
            found["waivers"] = _choices(work, WAIVER, language, line.waiver)
    return found


def _choices(work: Work, register: str, language: str, chosen: str) -> list[dict[str, Any]]:
    reasons = chosen_reasons(work, register, language)
    return [
        {"code": code, "name": name, "chosen": code == chosen} for code, name in reasons.items()
    ]


def _carries_emergency_calls(line: CartLine, known: Known) -> bool:
    """Tell whether the product of a line, or one inside it, carries emergency calls."""
    product = known.products.get(line.product)
    for one in (*((product,) if product is not None else ()), *known.children(line)):
        held = one.product_offering
        offering = known.catalog.offerings.get(held.id or "") if held is not None else None
        specification = known.catalog.specification_of(offering) if offering is not None else None
        if isinstance(specification, ProductSpecification) and specification.emergency_calls:
            return True
    return False
