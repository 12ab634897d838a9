"""Offering it: what is on the page kept as a quote, instead of being ordered."""

from __future__ import annotations

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.rest import idempotency
from trunkline.rest.writing import change
from trunkline.sales.quote.making import lines_of_order, make_quote
from trunkline.sales.quote.quote import Quote
from trunkline.web.capture.cart import NEW_QUOTE
from trunkline.web.capture.sending import ADDRESS, MERGE
from trunkline.web.capture.telling import Counter
from trunkline.web.records import record_of


def may_offer(actor: Actor) -> bool:
    """Tell whether somebody may make quotes."""
    return actor.grant(Quote.resource, "create") is not None


def quoted(work: Work, counter: Counter) -> str:
    """Write the quote once for each page, or the lines of the one it came from; return its key."""
    cart = counter.cart
    if cart.quote not in ("", NEW_QUOTE):
        return _changed(work, counter)
    key = f"{cart.place}:quote:{cart.once}"[: idempotency.KEY_LENGTH_MAX] if cart.once else ""
    if key:
        mark = idempotency.fingerprint("POST", f"{ADDRESS}#quote", encode(counter.body.document))
        earlier = idempotency.claim(work, key, mark)
        if earlier is not None:
            return record_of(work, Quote.resource, earlier.subject).key
    said = _said(counter)
    quote = make_quote(
        work, customer=cart.customer, lines=said["quoteItem"], account=cart.account or None,
        more={"expectedFulfillmentStartDate": said["expectedFulfillmentStartDate"]}
        if said["expectedFulfillmentStartDate"]
        else None,
    )  # fmt: skip
    if key:
        idempotency.settle(work, key, quote)
    return quote.key


def _changed(work: Work, counter: Counter) -> str:
    quote = work.lock(Quote, counter.cart.quote)
    if quote.internal_state != "draft":
        raise Conflict("notADraft", f"{quote.key} was offered meanwhile; open it instead")
    change(work, quote, _said(counter), MERGE)
    return quote.key


def _said(counter: Counter) -> dict[str, Json]:
    """Return what the page says of a quote, copied: what is written is completed in place."""
    document = counter.body.document
    said: dict[str, Json] = {
        "quoteItem": lines_of_order(document["productOrderItem"]),
        "billingAccount": [document["billingAccount"]] if "billingAccount" in document else None,
        "expectedFulfillmentStartDate": document.get("requestedStartDate"),
        "relatedParty": document.get("relatedParty") or [],
    }
    copied: dict[str, Json] = load(encode(said))
    return copied
