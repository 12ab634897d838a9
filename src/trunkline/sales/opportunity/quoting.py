"""Quoting: a quote of all or some lines of an opportunity, with nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of as customer_in
from trunkline.rest.writing import change
from trunkline.sales.opportunity.opportunity import SalesOpportunity, SalesOpportunityItem
from trunkline.sales.opportunity.valuing import customer_of
from trunkline.sales.quote.making import make_quote
from trunkline.sales.quote.quote import Quote

MERGE = "application/merge-patch+json"
CARRIED = ("contact", "partner")
"""The roles of those who are named on the quote, too, beside the customer."""


@rule(SalesOpportunity)
def primary_quote_is_its_own(
    work: Work, old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse a primary quote that was not made for this opportunity and its customer.

    The next revision of the one that it was takes its place, whatever became of the customer.
    """
    chosen = new.primary_quote.id if new.primary_quote is not None else None
    before = old.primary_quote if old is not None else None
    if chosen is None or (before is not None and before.id == chosen):
        return
    quote = work.get(Quote, chosen)
    if quote is None:  # refused as a reference to nothing
        return
    former = quote.former_revision
    if former is not None and before is not None and former.id == before.id:
        return
    made_for = quote.opportunity.id if quote.opportunity is not None else None
    if made_for != new.id or customer_in(quote.related_party) != customer_of(new):
        message = f"{quote.key} was not made for this opportunity; quote its lines, or name another"
        yield Fault("primaryQuote", "otherOpportunity", message)


def quote_of(
    work: Work, ident: str, *, lines: Sequence[str] = (), syncs: bool | None = None
) -> Quote:
    """Make a quote of an opportunity's lines, all where none are named.

    The first one is the primary one; `syncs` says whether both follow each other from then on,
    which only a quote of all lines can; unless it is said, that does. Refuses (409) an opportunity
    that has ended, and (400) lines that it does not have.
    """
    work.actor.must(SalesOpportunity.resource, "update")
    opportunity = work.lock(SalesOpportunity, ident)
    if opportunity.status != "open":
        message = f"{opportunity.key} was {opportunity.status}; open it again first"
        raise Conflict("conflictEnded", message)
    chosen = _chosen(opportunity, lines)
    is_whole = len(chosen) == len(opportunity.sales_opportunity_item)
    if syncs and not is_whole:
        message = "only a quote of all lines can follow the opportunity; name no line, or all"
        raise Invalid.of([Fault("syncs", "linesMissing", message)])
    customer = customer_of(opportunity)
    assert customer is not None, "no opportunity is without one"
    account = opportunity.billing_account
    parties = [one.raw for one in opportunity.related_party if one.role in CARRIED]
    more: dict[str, Json] = {"termMonths": max(one.term or 0 for one in chosen)}
    if parties:
        more["relatedParty"] = parties
    checked = opportunity.raw.get("productOfferingQualification")
    if checked:
        more["productOfferingQualification"] = checked
    made = make_quote(
        work,
        customer=customer,
        lines=[quote_line(one) for one in chosen],
        account=account.id if account is not None else None,
        opportunity=opportunity.id,
        description=opportunity.name,
        more=more,
    )
    patch: dict[str, Json] = {}
    if opportunity.primary_quote is None:
        patch["primaryQuote"] = {"id": made.id}
        patch["syncsQuote"] = is_whole if syncs is None else syncs
    elif syncs is not None:
        patch |= {"primaryQuote": {"id": made.id}, "syncsQuote": syncs}
    if patch:
        change(work, opportunity, patch, MERGE)
    return made


def quote_line(one: SalesOpportunityItem) -> dict[str, Json]:
    """Return a line of an opportunity as a line of a quote."""
    line: dict[str, Json] = {
        "id": one.id,
        "action": "add",
        "quantity": one.quantity or 1,
        "productOffering": {"id": one.product_offering.id},
    }
    if one.product is not None:
        line["product"] = copied(one.product.raw)
    return line


def _chosen(opportunity: SalesOpportunity, lines: Sequence[str]) -> list[SalesOpportunityItem]:
    known = {str(one.id): one for one in opportunity.sales_opportunity_item}
    unknown = [one for one in lines if one not in known]
    if unknown:
        message = f"{opportunity.key} has no line {unknown[0]}; there are: {', '.join(known)}"
        raise Invalid.of([Fault("line", "lineUnknown", message)])
    chosen = [known[one] for one in dict.fromkeys(lines)] if lines else list(known.values())
    if not chosen:
        message = "an opportunity without lines has nothing to quote; add what is to be sold"
        raise Invalid.of([Fault("salesOpportunityItem", "missing", message)])
    return chosen
