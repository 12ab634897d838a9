"""Price authority: whose agreements on lower prices somebody else has to approve, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from trunkline.access.authority import is_bounded, limit_of
from trunkline.catalog.closure import present
from trunkline.contract.agreement.agreement import Agreement
from trunkline.contract.agreement.price_list import agreed_and_listed
from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.given_away import ABOVE, KIND, given_away, lowers_usage
from trunkline.ordering.own_prices import price_marks
from trunkline.sales.agreed.from_quote import AGREEABLE, items_of
from trunkline.sales.quote.overriding import APPROVE
from trunkline.sales.quote.quote import Quote
from trunkline.shared.money import rounded
from trunkline.shared.price import OrderPrice

IN_FORCE = ("pendingActivation", "active")
WRITERS = "select 1 from audit where subject = %s::uuid and actor = %s::uuid limit 1"


@rule(Agreement)
def another_person_agrees_to_a_price_list(
    work: Work, old: Agreement | None, new: Agreement
) -> None:
    """Refuse (403) that who wrote an agreement on lower prices approves it, or has no authority.

    Whoever orders by an agreement takes as many as wanted, so even a small discount is no one's
    alone. What a completed quote offered was decided there.
    """
    if work.actor.kind == "system" or not is_bounded(work, KIND):
        return
    if new.internal_state not in IN_FORCE or (old is not None and old.internal_state != "draft"):
        return
    given: dict[str, Decimal] = {}
    is_lower = False
    for agreed, listed in agreed_and_listed(work, new):
        is_lower = is_lower or lowers_usage(listed, agreed)
        for unit, amount in given_away(listed, agreed).items():
            given[unit] = max(given.get(unit, Decimal(0)), amount)
    if not (given or is_lower) or _is_as_quoted(work, new):
        return
    work.actor.must_have(APPROVE)
    if old is None or work.connection.execute(WRITERS, [new.id, work.actor.id]).fetchone():
        message = "agrees on prices below the list; store it as a draft, another person approves"
        raise Forbidden("fourEyes", message)
    for unit, amount in given.items():
        most = limit_of(work, KIND, unit)
        if amount > most:
            message = (
                f"{rounded(amount, unit)} {unit} are given away in the first year of each; your "
                f"authority ends at {most}, somebody with more approves"
            )
            raise Forbidden(ABOVE, message)


def _is_as_quoted(work: Work, agreement: Agreement) -> bool:
    """Tell whether an agreement has the prices of the completed quote that it was made of."""
    named = agreement.quote
    quote = present(work, Quote, [named.id]).get(named.id) if named is not None else None
    if quote is None or quote.internal_state not in AGREEABLE:
        return False
    offered = [_said(one) for one in items_of(quote)]
    return all(
        _said(one.raw) in offered and not one.price_adjustment for one in agreement.agreement_item
    )


def _said(item: Mapping[str, Json]) -> tuple[list[str], list[str]]:
    """Return which offerings an item is about and what they cost, in a form that compares."""
    offerings = [str(one.get("id")) for one in item.get("productOffering") or ()]
    prices = item.get("productOfferingPrice") or ()
    return offerings, price_marks(OrderPrice.wrap(dict(one)) for one in prices)
