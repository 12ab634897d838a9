"""Answers that quotes, carts and orders rely on: which they are, and whether they still hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.qualification.api import CHECK_AGAIN
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.order_rule import answer_faults
from trunkline.qualification.outside import check_again
from trunkline.sales.quote.quote import Quote

HEADER = "productOfferingQualification"
ITEMS = ("quoteItem", "cartItem", "productOrderItem")
OFFERED = ("pendingAcceptance", "accepted")
EXPIRED = ("qualificationExpired", "qualificationOpen")
"""The codes of answers that do not hold."""


@rule(Quote)
def a_quote_relies_on_no_expired_answer(
    work: Work, old: Quote | None, new: Quote
) -> Iterator[Fault]:
    """Refuse to present or accept a quote with an answer that has expired or came to nothing."""
    before = old.internal_state if old is not None else None
    if new.internal_state in OFFERED and before != new.internal_state:
        yield from answer_faults_of(work, new)


def answer_faults_of(work: Work, document: Document) -> list[Fault]:
    """Return a fault for each answer that a record names and that does not hold any more."""
    return list(answer_faults(work, named_answers(document)))


def named_answers(document: Document) -> list[tuple[str, str]]:
    """Return where a quote, a cart or an order names an answer, and which (path, id)."""
    return list(_named(document.raw, ""))


def recheck(work: Work, document: Document) -> list[ProductOfferingQualification]:
    """Ask each answer anew that a record names and that does not hold; return those asked.

    Refuses (403) who may not ask again.
    """
    work.actor.must_have(CHECK_AGAIN)
    work.actor.must(ProductOfferingQualification.resource, "update")
    stale = {one.path for one in answer_faults_of(work, document)}
    idents = dict.fromkeys(ident for path, ident in named_answers(document) if path in stale)
    return [_again(work, ident) for ident in idents]


def _again(work: Work, ident: str) -> ProductOfferingQualification:
    found = check_again(work, ProductOfferingQualification, ident)
    assert isinstance(found, ProductOfferingQualification)
    return found


def _named(raw: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    name = "qualification" if above else HEADER
    for index, one in enumerate(raw.get(name) or ()):
        if _is_named(one, "id"):
            yield f"{above}{name}[{index}].id", str(one["id"])
    held: Json = raw.get("productOfferingQualificationItem")
    if _is_named(held, "productOfferingQualificationId"):
        spot = f"{above}productOfferingQualificationItem.productOfferingQualificationId"
        yield spot, str(held["productOfferingQualificationId"])
    for items in ITEMS:
        for index, one in enumerate(raw.get(items) or ()):
            yield from _named(one, f"{above}{items}[{index}].")


def _is_named(one: Json, name: str) -> bool:
    return isinstance(one, dict) and bool(one.get(name))
