"""Taking over: what an answer says can be had, put into the quote or the cart with one action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.writing import change
from trunkline.sales.lines import CART_WORDS, QUOTE_WORDS, placed_lines
from trunkline.sales.qualified_asking import LINES, MERGE, NAMES, record_asked_from

ASKED = "productOfferingQualificationItem"
INTO = ("Quote", "ShoppingCart")
WORDS = (QUOTE_WORDS, CART_WORDS)
LEFT_BEHIND = ("itemPrice", "ItemTotalPrice", "itemTerm", "quoteItemPrice", "priceEffect",
               "current", "orderedQuantity", "quoteItem", "cartItem", "state")  # fmt: skip
"""What belonged to the offering that is replaced."""


def take_into(
    work: Work, check: ProductOfferingQualification, item: str, *, alternate: str = "",
    kind: str = "", ident: str = "",
) -> Document:  # fmt: skip
    """Put what can be had into a quote or a cart, in place of what was asked about, and return it.

    `alternate` is the id of a proposal; without it the item itself is taken. Where no record is
    named it is the one that was asked from. Refuses (404) what the answer does not have, (409) what
    cannot be had.
    """
    if not kind and check.checked_for is not None:
        kind, ident = check.checked_for.referred_type or "", check.checked_for.id
    if kind not in INTO:
        message = f"name a quote or a cart: one of {', '.join(INTO)}"
        raise Invalid.of([Fault("into.@referredType", "badValue", message)])
    found = record_asked_from(work, kind, ident)
    work.actor.must(found.resource, "update")
    own = work.lock(type(found), found.id)
    asked = _asked(check, item)
    offering = _offering(check, asked, alternate)
    name = LINES[kind]
    lines: list[dict[str, Json]] = copied(own.raw.get(name) or [])
    _put(lines, asked, offering, check)
    known = [one for one in own.raw.get(NAMES) or () if one.get("id") != check.id]
    patch: dict[str, Json] = {
        name: lines, NAMES: [*({"id": one["id"]} for one in known), {"id": check.id}]
    }  # fmt: skip
    change(work, own, patch, MERGE)
    return own


def _asked(check: ProductOfferingQualification, item: str) -> Mapping[str, Any]:
    for one in check.raw.get(ASKED) or ():
        if one.get("id") == item:
            found: Mapping[str, Any] = one
            return found
    raise NotFound("notFound", f"{check.key} has no item {item} any more; check it again")


def _offering(
    check: ProductOfferingQualification, asked: Mapping[str, Any], alternate: str
) -> Mapping[str, Any]:
    held: Json = asked.get("productOffering")
    if alternate:
        held = next(
            (one.get("alternateProductOffering")
             for one in asked.get("alternateProductOfferingProposal") or ()
             if one.get("id") == alternate),
            None,
        )  # fmt: skip
    elif asked.get("qualificationItemResult") != "qualified":
        message = f"{check.key} does not say that it can be had; take an alternate, or check again"
        raise Conflict("conflictNotQualified", message)
    if not isinstance(held, dict):
        message = f"{check.key} has no such offering any more; check it again"
        raise NotFound("notFound", message)
    return held


def _put(
    lines: list[dict[str, Json]], asked: Mapping[str, Any], offering: Mapping[str, Any],
    check: ProductOfferingQualification,
) -> None:  # fmt: skip
    """Replace the offering of the line that was asked about, or add a line for it.

    A line for which it has been taken over already stays as it is.
    """
    wanted = str((asked.get("productOffering") or {}).get("id"))
    every = [one for words in WORDS for _, one in placed_lines(lines, words)]
    line = next((one for one in every if str(one.get("id")) == asked.get("id")), None)
    sold_as = str((line.get("productOffering") or {}).get("id")) if line is not None else ""
    if sold_as == offering["id"] != wanted:
        return
    if line is None or sold_as != wanted:
        line = {"action": "add", "quantity": 1, "product": {}}
        lines.append(line)
    held = line.get("product") or {}
    if offering["id"] != wanted or not line.get("productOffering"):
        for name in LEFT_BEHIND:
            line.pop(name, None)
        line["productOffering"] = {"id": offering["id"]}
        kept = {name: held[name] for name in ("id", "place") if held.get(name)}
        line["product"] = held = kept
    if not held.get("place"):
        where = (asked.get("product") or {}).get("place") or check.raw.get("place") or ()
        named = [{"id": one["id"], "role": one["role"], "@referredType": one.get("@referredType")}
                 for one in where if one.get("id")]  # fmt: skip
        if named:
            line["product"] = {**held, "place": named}
