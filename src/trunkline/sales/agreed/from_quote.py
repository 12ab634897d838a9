"""From a quote: an agreement on what was offered to a company and accepted, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from trunkline.catalog.closure import present
from trunkline.contract.agreement.agreement import Agreement, customer_ref
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.ordering.macd.commitment import months_later
from trunkline.rest.writing import create
from trunkline.sales.lines import QUOTE_WORDS, Line, placed_lines
from trunkline.sales.quote.quote import TERM_MONTHS, Quote

AGREEABLE = ("completed", "closed")
"""The states of quotes that agreements are made of."""
# Whoever makes an agreement of a quote holds this lock until it is stored.
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 651))"
MADE = """
select a.key from agreement a
where a.p_quote_id = %s and a.id <> %s::uuid and a.p_first_version_id is distinct from %s
order by a.id limit 1
"""


def agree_on_quote(
    work: Work,
    ident: str,
    *,
    name: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    more: Mapping[str, Json] | None = None,
) -> Agreement:
    """Make an agreement of a completed quote, as a draft, and return it.

    It begins with `start`, else now, and lasts for the quote's term where no `end` is said. It has
    the quote's offerings at its prices and terms. `more` are further attributes of the agreement as
    a client would send them. Refuses (409) a quote that is not completed, or has one already, and
    (400) that of a consumer.
    """
    work.actor.must(Agreement.resource, "create")
    work.actor.must(Quote.resource, "read")
    quote = work.get(Quote, ident)
    if quote is None:
        raise NotFound("notFound", f"there is no quote {ident}")
    begin = start or work.now
    last = end or _last_day(begin, quote.term_months or TERM_MONTHS)
    body: dict[str, Json] = {
        "name": name or quote.description or f"Agreement on {quote.key}",
        "agreementType": "commercial",
        "agreementPeriod": {
            "startDateTime": format_instant(begin),
            "endDateTime": format_instant(last),
        },
        "agreementItem": list(items_of(quote)),
        "engagedParty": [
            {"id": customer_of(quote.related_party), "role": "customer"},
            *(one.raw for one in quote.related_party if one.role == "partner"),
        ],
        "quote": {"id": quote.id},
    }
    if quote.opportunity is not None:
        body["opportunity"] = {"id": quote.opportunity.id}
    made = create(work, Agreement.resource, load(encode(body | dict(more or {}))))
    assert isinstance(made, Agreement)
    return made


def _last_day(begin: datetime, months: int) -> datetime:
    try:
        return months_later(begin, months)
    except (ValueError, OverflowError):
        message = f"lies too far ahead for {months} months from there; name an earlier day"
        raise Invalid.of([Fault("startDateTime", "badValue", message)]) from None


def items_of(quote: Quote) -> Iterator[dict[str, Json]]:
    """Yield what is agreed on each line of a quote, with its prices and terms, the same once."""
    seen: set[bytes] = set()
    for _, line in placed_lines(quote.raw.get(QUOTE_WORDS.item) or (), QUOTE_WORDS):
        offering = line.get("productOffering") or {}
        if not offering.get("id") or line.get("action") == "delete":
            continue
        item: dict[str, Json] = {
            "productOffering": [
                {key: offering[key] for key in ("id", "name") if offering.get(key)}
            ],
        }
        prices = list(_prices(line))
        if prices:
            item["productOfferingPrice"] = prices
        if line.get("itemTerm"):
            item["itemTerm"] = line["itemTerm"]
        said = encode(item)
        if said not in seen:
            seen.add(said)
            yield {"id": str(len(seen)), **item}


def _prices(line: Line) -> Iterator[dict[str, Json]]:
    prices: Iterable[Mapping[str, Json]] = line.get(QUOTE_WORDS.price) or ()
    for one in prices:
        kept = ("name", "description", "priceType", "recurringChargePeriod", "price")
        found = {key: one[key] for key in kept if one.get(key) is not None}
        listed = one.get("productOfferingPrice") or {}
        if listed.get("id"):
            found["id"] = listed["id"]
        amounts = found.get("price") or {}
        if amounts.get("dutyFreeAmount") or amounts.get("taxIncludedAmount"):
            yield found


@rule(Agreement)
def a_quote_is_agreed_on_once(work: Work, old: Agreement | None, new: Agreement) -> Iterator[Fault]:
    """Refuse an agreement on a quote that is not completed, is agreed on, or is another's."""
    held = old.quote if old is not None else None
    if held is not None or (old is not None and new.former_version is not None):
        if (held.id if held is not None else None) != (new.quote.id if new.quote else None):
            message = "is what the agreement was made of, and stays; make another agreement"
            yield Fault("quote.id", "conflictAgreed", message)
            return
        if old is not None and _parties(old) == _parties(new):
            return
    if new.quote is None or (old is None and new.former_version is not None):
        return
    quote = present(work, Quote, [new.quote.id]).get(new.quote.id)
    if quote is None:
        return
    customer = customer_of(quote.related_party)
    if customer not in _parties(new):
        message = f"{quote.key} is another customer's; name that one, or leave the quote out"
        yield Fault("quote.id", "quoteForeign", message)
    if held is not None:
        return
    work.connection.execute(LOCK, [quote.id])
    if quote.internal_state not in AGREEABLE:
        message = f"{quote.key} is {quote.internal_state}; agreements are made of completed quotes"
        yield Fault("quote.id", "conflictNotCompleted", message)
    first = work.connection.execute(MADE, [quote.id, new.id, new.family]).fetchone()
    if first is not None:
        message = f"{first[0]} was made of {quote.key} already; amend that"
        yield Fault("quote.id", "conflictAgreed", message)


def _parties(agreement: Agreement) -> set[str]:
    found = customer_ref(agreement)
    return {one.id for one in agreement.engaged_party} if found is None else {found[1].id}


def agreement_of(work: Work, quote: str) -> Agreement | None:
    """Return the agreement that was made of a quote, its newest version, as far as it is seen."""
    found = work.find(Agreement, {"quote.id": quote})
    return max(found, key=lambda one: (one.revision or 0, one.id), default=None)
