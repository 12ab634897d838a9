"""Revising: a new version of a quote, the only one that is active from then on."""

from __future__ import annotations

from trunkline.documents.errors import Conflict
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.sales.quote.filling import COUNTED, TOTALS
from trunkline.sales.quote.ordered import hold_what_is_left, orders_alive
from trunkline.sales.quote.quote import QUOTE_LIFECYCLE, Quote, first_validity
from trunkline.sales.quote.rules import has_ended

BEGINS_ANEW = (
    "id", "href", "key", "state", "internalState", "stateReason", "quoteDate", "version", "note",
    "externalId", "acceptance", "authorization", "productOrder", "effectiveQuoteCompletionDate",
    "expectedQuoteCompletionDate", "isActive", "revision", "priceOverride", *TOTALS,
)  # fmt: skip


def revise(work: Work, ident: str, *, reason: str | None = None) -> Quote:
    """Copy a quote into a draft that takes its place; the former one is only read from then on.

    Prices are those of today. Refuses (409) a quote that another revision has replaced, that was
    canceled or closed, and one of which something is ordered.
    """
    work.actor.must(Quote.resource, "create")
    work.actor.must(Quote.resource, "update")
    former = work.lock(Quote, ident)
    if former.is_active is False:
        message = f"{former.key} was replaced already; revise the active revision"
        raise Conflict("conflictNotActive", message)
    if "revised" not in QUOTE_LIFECYCLE.moves.get(former.internal_state or "", ()):
        message = f"{former.key} is {former.internal_state} and is not revised any more"
        raise Conflict("lifecycleMove", message)
    hold_what_is_left(work, [former.id])
    orders = orders_alive(work, former.id)
    if orders:
        message = (
            f"{orders[0].key} was ordered of {former.key}; change or cancel that order instead"
        )
        raise Conflict("conflictOrdered", message)
    number = (former.revision or 1) + 1
    before = dict(former.raw)
    former.internal_state, former.is_active = "revised", False
    former.state_reason = reason or former.state_reason
    work.save(former, before)
    return work.add(Quote.wrap(_copy(work, former, number)))


def _copy(work: Work, former: Quote, number: int) -> dict[str, Json]:
    kept = {name: one for name, one in former.raw.items() if name not in BEGINS_ANEW}
    raw: dict[str, Json] = copied(kept)
    for _, line in placed_lines(raw["quoteItem"], QUOTE_WORDS):
        for name in COUNTED:
            line.pop(name, None)
    first = former.first_revision.id if former.first_revision is not None else former.id
    raw |= {
        "revision": number,
        "isActive": True,
        "firstRevision": {"id": first, "@referredType": "Quote"},
        "formerRevision": {"id": former.id, "@referredType": "Quote"},
    }
    if has_ended(former, work):
        raw["validFor"] = first_validity(work.now)
    return raw
