"""Fallout as pages read it: what stopped, in which order, and why."""

from __future__ import annotations

from typing import Any

from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.records import Listing, matching
from trunkline.web.values import instant, state
from trunkline.web.wording import words

OPEN_STATES = ("open", "inProgress", "onHold", "awaitingInformation")
IN_ORDER_MAX = 50


def open_fallout(
    work: Work, resource: Resource, *, limit: int, order: str | None = None
) -> Listing | None:
    """Return the fallout that waits for somebody, newest first, of one order or of all.

    None where the visitor may not see any.
    """
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return None
    name = resource.type.attributes()[lifecycle.attribute].json_name
    wanted: dict[str, Any] = {name: OPEN_STATES}
    if order is not None:
        wanted["productOrder.id"] = [order]
    return matching(work, resource, wanted, limit=limit)


def fallout_of_order(desk: Desk, work: Work, order: str) -> list[dict[str, Any]]:
    """Return the open fallout of an order as rows."""
    resource = work.services.registry.resources.get("Fallout")
    listing = None
    if resource is not None:
        listing = open_fallout(work, resource, limit=IN_ORDER_MAX, order=order)
    return [fallout_row(desk, one.key, one.document) for one in listing.records] if listing else []


def fallout_row(desk: Desk, key: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return one fallout as a row: its step, cause and state."""
    cause = document.get("cause")
    held = cause if isinstance(cause, dict) else {}
    found = document.get("state") or document.get("status")
    attempts = document.get("attempts")
    return {
        "key": key,
        "address": f"/fallout/{key}",
        "task": str(document.get("taskName") or "A step of the order"),
        "kind": words(str(held.get("kind") or "")),
        "code": str(held.get("code") or ""),
        "message": str(held.get("message") or ""),
        "state": state(str(found)) if found else None,
        "attempts": len(attempts) if isinstance(attempts, list) else 0,
        "opened": instant(document.get("creationDate"), desk.zone),
    }
