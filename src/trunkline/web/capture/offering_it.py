"""Offering it: what is on the page kept as a quote, instead of being ordered."""

from __future__ import annotations

from trunkline.documents.errors import Conflict
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.sales.quote.adjustment import ADJUSTMENTS
from trunkline.sales.quote.making import lines_of_order, make_quote
from trunkline.sales.quote.quote import Quote
from trunkline.web.capture.body import Body
from trunkline.web.capture.cart import NEW_QUOTE
from trunkline.web.capture.going_on import gone_on, is_same_offering
from trunkline.web.capture.sending import ADDRESS, MERGE
from trunkline.web.capture.telling import Counter
from trunkline.web.once import made_once


def may_offer(actor: Actor) -> bool:
    """Tell whether somebody may make quotes."""
    return actor.grant(Quote.resource, "create") is not None


def quoted(work: Work, counter: Counter) -> str:
    """Write the quote once for each page, or the lines of the one it came from; return its key."""
    cart = counter.cart
    if cart.quote not in ("", NEW_QUOTE):
        return _changed(work, counter)
    key = f"{cart.place}:quote:{cart.once}" if cart.once else ""

    def make() -> Quote:
        said = _said(counter)
        names = ("agreement", "expectedFulfillmentStartDate")
        return make_quote(
            work, customer=cart.customer, lines=said["quoteItem"], account=cart.account or None,
            more={name: said[name] for name in names if said[name]},
        )  # fmt: skip

    document = counter.body.document
    return made_once(work, Quote.resource, key, f"{ADDRESS}#quote", document, make)


def _changed(work: Work, counter: Counter) -> str:
    quote = work.lock(Quote, counter.cart.quote)
    if quote.internal_state != "draft":
        raise Conflict("notADraft", f"{quote.key} was offered meanwhile; open it instead")
    said = _said(counter)
    _keep_discounts(quote, said["quoteItem"], counter.body)
    change(work, quote, said, MERGE)
    return quote.key


def _keep_discounts(quote: Quote, lines: Json, body: Body) -> None:
    """Let lines that still offer the same keep what was changed by hand about their prices."""
    for line, before in gone_on(lines, quote.raw.get(QUOTE_WORDS.item) or (), body):
        held = dict(placed_lines([before], QUOTE_WORDS))
        for path, one in placed_lines([line], QUOTE_WORDS):
            other = held.get(path) or {}
            if is_same_offering(one, other) and other.get(ADJUSTMENTS):
                one[ADJUSTMENTS] = copied(other[ADJUSTMENTS])


def _said(counter: Counter) -> dict[str, Json]:
    """Return what the page says of a quote, copied: what is written is completed in place."""
    document = counter.body.document
    said: dict[str, Json] = {
        "quoteItem": lines_of_order(document["productOrderItem"]),
        "billingAccount": [document["billingAccount"]] if "billingAccount" in document else None,
        "agreement": document.get("agreement"),
        "expectedFulfillmentStartDate": document.get("requestedStartDate"),
        "relatedParty": document.get("relatedParty") or [],
    }
    found: dict[str, Json] = copied(said)
    return found
