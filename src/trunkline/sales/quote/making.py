"""Making: a quote from lines, whoever has them: an opportunity, a cart, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.rest.writing import create
from trunkline.sales.lines import QUOTE_WORDS, lines_of_items, placed_lines
from trunkline.sales.quote.quote import Quote

LEFT_OUT = ("state", "internalState", "itemPrice", "itemTotalPrice", "payment", "serviceOrder",
            "resourceOrder", "terminationFee", "saveOffer", "quoteItem")  # fmt: skip


def make_quote(
    work: Work,
    *,
    customer: str,
    lines: Sequence[Json],
    account: str | None = None,
    opportunity: str | None = None,
    description: str | None = None,
    valid_until: datetime | None = None,
    more: Mapping[str, Json] | None = None,
) -> Quote:
    """Write a draft of a quote and return it; refuses all that is wrong with it at once.

    `lines` are TMF648 quote items: an offering or a product, an action (`add` where it is left
    out), a quantity, `product` with its characteristics and place. Prices are filled in. `more`
    are further attributes of the quote as a client would send them.
    """
    work.actor.must(Quote.resource, "create")
    body: dict[str, Json] = dict(load(encode(dict(more or {}))))
    parties = [one for one in body.get("relatedParty") or () if one.get("role") != "customer"]
    named = {"id": customer, "role": "customer", "@referredType": "Customer"}
    body["relatedParty"] = [named, *parties]
    body["quoteItem"] = load(encode(list(lines)))
    if account:
        body["billingAccount"] = [{"id": account}]
    if opportunity:
        body["opportunity"] = {"id": opportunity, "@referredType": "SalesOpportunity"}
    if description:
        body["description"] = description
    if valid_until is not None:
        body["validFor"] = {
            "startDateTime": format_instant(work.now),
            "endDateTime": format_instant(valid_until),
        }
    made = create(work, Quote.resource, body)
    assert isinstance(made, Quote)
    return made


def lines_of_order(items: Sequence[Json]) -> list[dict[str, Json]]:
    """Return the items of an order as the lines of a quote, nested as they are."""
    found = lines_of_items(items, QUOTE_WORDS, left_out=LEFT_OUT)
    for _, line in placed_lines(found, QUOTE_WORDS):
        if isinstance(line.get("appointment"), dict):
            line["appointment"] = [line["appointment"]]
    return found
