"""Overriding: whose prices by hand somebody else has to agree to, and who may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256

from trunkline.access.authority import is_bounded, limit_of
from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault, Forbidden
from trunkline.documents.patch import copied
from trunkline.governance.bindings import bind
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.given_away import ABOVE, KIND, product_price_faults
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.sales.quote.adjustment import REGISTER, PriceOverride, basis_of
from trunkline.sales.quote.quote import Quote, QuoteItem
from trunkline.shared.money import Money, rounded
from trunkline.shared.price import OrderPrice

APPROVE = "sales:approveQuote"
"""The permission to approve quotes in review, and to send them back."""
OFFERED = ("approved", "pendingAcceptance")
LINES_DEEP = 4
"""How deep lines lie in each other whose reasons are those of the register."""
WAITS = ("waiting", "refused")
bind(Quote, "priceAdjustment.reason", REGISTER)
for _depth in range(1, LINES_DEEP + 1):
    bind(Quote, f"{'quoteItem.' * _depth}priceAdjustment.reason", REGISTER)


def note_override(work: Work, quote: Quote, given: Mapping[str, Decimal]) -> None:
    """Say what the prices of a draft give away, who asks for it, and whether that may be alone.

    Who changes something else of the draft leaves it as it is, unless that gives away more.
    """
    found = {unit: amount for unit, amount in given.items() if amount}
    if not found:
        quote.raw.pop("priceOverride", None)
        return
    ((unit, amount),) = found.items()  # a quote is in one currency
    total = rounded(amount, unit)
    basis = sha256(encode(basis_of(quote.raw))).hexdigest()[:16]
    held = quote.price_override
    if held is not None and held.basis == basis and _covers(held.given, unit, total):
        return
    is_alone = total <= limit_of(work, KIND, unit)
    quote.price_override = PriceOverride(
        given=Money(unit=unit, value=total),
        state="withinAuthority" if is_alone else "waiting",
        requested_by=work.actor.name,
        requested_by_id=work.actor.id,
        requested_at=work.now,
        basis=basis,
    )


def _covers(held: Money, unit: str, amount: Decimal) -> bool:
    return held.unit == unit and amount <= held.amount


def note_decision(work: Work, quote: Quote) -> None:
    """Note who lets a quote go on whose prices waited; one that was refused asks again."""
    held = quote.price_override
    if held is None or held.state not in WAITS:
        return
    if quote.internal_state in OFFERED:
        quote.price_override = _decided(work, held, "approved", "")
    elif quote.internal_state == "inReview" and held.state == "refused":
        quote.price_override = PriceOverride.wrap(copied(held.raw) | {"state": "waiting"})


def refuse_override(work: Work, quote: Quote, reason: str) -> None:
    """Note that a quote was sent back, so that its prices are not agreed to."""
    held = quote.price_override
    if held is not None and held.state == "waiting":
        quote.price_override = _decided(work, held, "refused", reason)


def _decided(work: Work, held: PriceOverride, state: str, note: str) -> PriceOverride:
    found = PriceOverride.wrap(copied(held.raw) | {"state": state})
    found.decided_by, found.decided_by_id = work.actor.name, work.actor.id
    found.decided_at, found.decision_note = work.now, note or None
    return found


@rule(Quote)
def products_cost_what_lines_say(work: Work, old: Quote | None, new: Quote) -> Iterator[Fault]:
    """Refuse a product's price that is not its line's, where limits are said: it would count."""
    if work.actor.kind == "system" or not is_bounded(work, KIND):
        return
    if old is not None and old.raw.get(QUOTE_WORDS.item) == new.raw.get(QUOTE_WORDS.item):
        return
    for path, line in placed_lines(new.raw.get(QUOTE_WORDS.item) or (), QUOTE_WORDS):
        if line.get("action") in (None, "add", "modify", "change"):
            item = QuoteItem.wrap(dict(line))
            prices = [OrderPrice.wrap(dict(one)) for one in line.get(QUOTE_WORDS.price) or ()]
            yield from product_price_faults(path, item.product, prices)


@rule(Quote)
def another_person_agrees_to_prices(work: Work, old: Quote | None, new: Quote) -> None:
    """Refuse (403) to offer prices that are not agreed to, but by another person with authority."""
    held = old.price_override if old is not None else None
    if old is None or held is None or held.state not in WAITS:
        return
    if old.internal_state != "inReview" or new.internal_state not in OFFERED:
        return
    what = f"{held.given.amount} {held.given.unit} are given away in the first year"
    if held.requested_by_id == work.actor.id:
        message = f"{what}, more than you decide alone; send it to review, another person approves"
        raise Forbidden("fourEyes", message)
    work.actor.must_have(APPROVE)
    most = limit_of(work, KIND, held.given.unit)
    if held.given.amount > most:
        message = f"{what}; your authority ends at {most}, somebody with more approves"
        raise Forbidden(ABOVE, message)
