"""Fallout as pages read it: what stopped, in which order, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import CLOSED, FALLOUT_LIFECYCLE, Fallout
from trunkline.web.desk import Desk
from trunkline.web.facts import Teller
from trunkline.web.record_page import teller_of
from trunkline.web.records import Listing, Record, matching
from trunkline.web.values import EMPTY, Cell, instant, state
from trunkline.web.wording import words

OPEN_STATES = tuple(one for one in FALLOUT_LIFECYCLE.moves if one not in CLOSED)
IN_ORDER_MAX = 50
ROOTS = ("productOrder", "serviceOrder", "resourceOrder")


def open_fallout(
    work: Work, *, limit: int, order: tuple[str, str] | None = None, code: str | None = None
) -> Listing | None:
    """Return the fallout that waits for somebody, newest first, of one order or cause or of all.

    `order` is the JSON name of the reference to it, and its id.
    None where the visitor may not see any.
    """
    wanted: dict[str, Any] = {"state": OPEN_STATES}
    if order is not None:
        wanted[f"{order[0]}.id"] = [order[1]]
    if code is not None:
        wanted["cause.code"] = [code]
    return matching(work, Fallout.resource, wanted, limit=limit)


def fallout_of_order(desk: Desk, work: Work, reference: str, order: str) -> list[dict[str, Any]]:
    """Return the open fallout of an order as rows."""
    listing = open_fallout(work, limit=IN_ORDER_MAX, order=(reference, order))
    return fallout_rows(desk, work, listing) if listing is not None else []


def fallout_rows(desk: Desk, work: Work, listing: Listing) -> list[dict[str, Any]]:
    """Return fallout as rows: step, cause, order and state of each."""
    teller = teller_of(desk, work, *listing.records)
    return [_row(desk, one, teller) for one in listing.records]


def _row(desk: Desk, record: Record, teller: Teller) -> dict[str, Any]:
    document = record.document
    cause = document.get("cause")
    held: Mapping[str, Json] = cause if isinstance(cause, dict) else {}
    attempts = document.get("attempt")
    return {
        "id": record.id,
        "key": record.key,
        "address": f"/fallout/{record.key}",
        "task": str(document.get("taskName") or "A step"),
        "item": str(document.get("productOrderItemId") or ""),
        "kind": words(str(held.get("kind") or "")),
        "code": str(held.get("code") or ""),
        "message": str(held.get("message") or ""),
        "order": order_of(record, teller),
        "customer": customer_of(record),
        "state": state(str(document.get("state") or "open")),
        "attempts": len(attempts) if isinstance(attempts, list) else 0,
        "changed": instant(record.updated_at, desk.zone),
    }


def order_of(record: Record, teller: Teller) -> Cell:
    """Return the link to the order that a fallout belongs to."""
    for name in ROOTS:
        value = record.document.get(name)
        if isinstance(value, dict):
            shape = Fallout.by_json_name()[name].shape
            return teller.link(shape, value) or EMPTY
    return EMPTY


def customer_of(record: Record) -> str:
    """Return the name of the customer whose order or fallout this is, as the visitor sees it."""
    parties = record.document.get("relatedParty")
    for one in parties if isinstance(parties, list) else ():
        if isinstance(one, dict) and str(one.get("role") or "").lower() == "customer":
            return str(one.get("name") or "")
    return ""


def root_of(record: Record) -> str | None:
    """Return the id of the order whose plan a fallout belongs to."""
    for name in ROOTS:
        value = record.document.get(name)
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            return str(value["id"])
    return None
