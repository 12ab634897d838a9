"""Rules of quotes: for whom, what may be offered, when it is still changed, and how it moves."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault, Forbidden
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.sales.lines import QUOTE_WORDS, placed_lines, told_in
from trunkline.sales.quote.filling import COUNTED, TOTALS, content_of, priced_quote
from trunkline.sales.quote.overriding import APPROVE
from trunkline.sales.quote.quote import OPEN, Quote
from trunkline.shared.period import end_of, periods_are_ordered

# What a draft may still lack; the account is asked for by the order alone.
UNFINISHED = frozenset({
    "characteristicMissing", "bundlePartCount", "bundleGroupCount", "priceMissing",
    "conflictOpenOrder", "policyRefuses", "placeMissing", "required",
})  # fmt: skip
LATER = frozenset({"billingAccountMissing"})
STAYS_FREE = frozenset({
    "state", "internalState", "stateReason", "note", "authorization", "acceptance", "externalId",
    "productOrder", "effectiveQuoteCompletionDate", "expectedQuoteCompletionDate", "isActive",
    "contactMedium", "priceOverride", *TOTALS,
})  # fmt: skip

rule(Quote)(periods_are_ordered)


@rule(Quote)
def quote_can_be_ordered(work: Work, old: Quote | None, new: Quote) -> Iterator[Fault]:
    """Refuse lines that no order could have; a draft may be unfinished, but not wrong."""
    is_draft = new.internal_state == "draft"
    is_leaving = old is not None and old.internal_state == "draft" and new.internal_state in OPEN
    if not is_draft and not is_leaving:
        return
    if old is not None and is_draft and content_of(old) == content_of(new):
        return
    skipped = UNFINISHED | LATER if is_draft else LATER
    for fault in told_in(priced_quote(work, new)[0].faults, QUOTE_WORDS):
        if fault.code not in skipped:
            yield fault


@rule(Quote)
def lines_have_their_own_ids(_work: Work, _old: Quote | None, new: Quote) -> Iterator[Fault]:
    """Refuse two lines with one id, which orders and revisions could not tell apart."""
    seen: set[str] = set()
    for path, line in placed_lines(new.raw.get("quoteItem") or (), QUOTE_WORDS):
        ident = str(line.get("id"))
        if ident in seen:
            yield Fault(f"{path}.id", "duplicateItem", f"{ident} is another line's id")
        seen.add(ident)


@rule(Quote)
def only_drafts_are_changed(work: Work, old: Quote | None, new: Quote) -> Iterator[Fault]:
    """Refuse to change an older revision, and what is offered once a quote is no draft any more."""
    if old is None or work.actor.kind == "system":
        return
    if old.is_active is False:
        message = f"{new.key} was replaced by a newer revision and is only read; open that one"
        yield Fault("", "conflictNotActive", message)
        return
    if old.internal_state == "draft":
        return
    for name in sorted(_fixed(old).keys() | _fixed(new).keys()):
        if _fixed(old).get(name) != _fixed(new).get(name):
            message = f"{new.key} is {old.internal_state}; revise it to change what is offered"
            yield Fault(name, "conflictNotDraft", message)


def _fixed(quote: Quote) -> dict[str, object]:
    found: dict[str, object] = {
        name: value
        for name, value in quote.raw.items()
        if name not in STAYS_FREE and name != "quoteItem"
    }
    found["quoteItem"] = [
        {name: value for name, value in line.items() if name not in (*COUNTED, "quoteItem")}
        for _, line in placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS)
    ]
    return found


@rule(Quote)
def moves_of_a_quote(work: Work, old: Quote | None, new: Quote) -> Iterator[Fault]:
    """Refuse to offer or accept what has expired, to approve without right, to end without why."""
    before = old.internal_state if old is not None else None
    if old is None or before == new.internal_state:
        return
    after = new.internal_state
    if after in ("inReview", "approved", "pendingAcceptance", "accepted") and has_ended(new, work):
        message = f"{new.key} has expired; revise it to offer it anew"
        yield Fault("validFor.endDateTime", "conflictExpired", message)
    if before == "inReview" and after == "approved":
        work.actor.must_have(APPROVE)
    if after == "canceled" and not (new.state_reason or "").strip():
        yield Fault("stateReason", "reasonMissing", "say why the quote is canceled")
    if after in ("revised", "expired") and work.actor.kind != "system" and new.is_active:
        raise Forbidden("notAllowed", "a quote is replaced by a revision and expires by itself")


def has_ended(quote: Quote, work: Work) -> bool:
    """Tell whether the last day of a quote has passed."""
    end = end_of(quote.valid_for)
    return end is not None and end <= work.now


@rule(Quote, deleting=True)
def only_drafts_are_removed(_work: Work, old: Quote) -> Iterator[Fault]:
    """Refuse to remove a quote that left its draft, or that takes part in revisions."""
    if old.internal_state != "draft":
        message = f"{old.key} is {old.internal_state}; only a draft is removed, cancel it instead"
        yield Fault("state", "conflictNotDraft", message)
    elif old.former_revision is not None:
        message = f"{old.key} is the revision of another quote; cancel it instead"
        yield Fault("state", "conflictRevision", message)
