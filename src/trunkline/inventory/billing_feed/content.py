"""What a billing message says of a product, and whether there is anything to say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.shape import Json
from trunkline.inventory.billing_feed.billing_message import MessageKind

STATES: Mapping[str, str] = {
    "active": "active",
    "pendingTerminate": "active",
    "suspended": "suspended",
    "terminated": "ended",
}
"""How products stand for whoever bills; those that never began are nothing to bill."""

TOLD = ("name", "startDate", "terminationDate", "productOffering", "billingAccount",
        "productPrice", "productTerm", "isBundle")  # fmt: skip


def content_of(ident: str, raw: Mapping[str, Any]) -> dict[str, Json] | None:
    """Return what is told of a product; None of one that there is nothing to bill for."""
    status = STATES.get(str(raw.get("status")))
    if status is None:
        return None
    told: dict[str, Json] = {name: raw[name] for name in TOLD if raw.get(name) is not None}
    parties = [one for one in raw.get("relatedParty") or () if one.get("role") == "customer"]
    if parties:
        told["customer"] = {name: parties[0][name] for name in ("id", "name") if name in parties[0]}
    return {"id": ident, "status": status, **told}


def kind_of(told: Mapping[str, Any], before: Mapping[str, Any] | None) -> MessageKind | None:
    """Return what a message is about by what was told before; None where nothing is new.

    What has ended before it was ever told is not told: nobody bills it.
    """
    status = told["status"]
    if before is None:
        return None if status == "ended" else "started"
    former = before["status"]
    if status == former:
        return None if dict(told) == dict(before) or status == "ended" else "changed"
    if status == "ended":
        return "ended"
    if former == "ended":
        return "started"
    return "suspended" if status == "suspended" else "resumed"
