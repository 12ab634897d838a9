"""Whom a customer's organization is part of, and what is part of it, for the customer's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.organization import Organization
from trunkline.web.desk import Desk
from trunkline.web.records import Branch, Record, naming, seen

PARENT = "organizationParentRelationship"
BELOW_MAX = 5


def below_of(work: Work, party: Record | None) -> Branch | None:
    """Return the newest organizations that are part of one; None where there can be none."""
    if party is None or party.resource is not Organization.resource:
        return None
    return naming(work, party.resource, f"{PARENT}.organization", [party.id], BELOW_MAX + 1)


def relatives_shown(
    desk: Desk, work: Work, party: Record | None, found: Sequence[Document]
) -> dict[str, Any]:
    """Return `above`, the organization that it is part of, and the `found` ones `below` it.

    Nothing for a person, nor for who may not see it. `more_below` says that there are others.
    """
    nothing: dict[str, Any] = {"above": None, "below": [], "more_below": False}
    if party is None or party.resource is not Organization.resource:
        return nothing
    rows = [seen(work, one) for one in found]
    below = [{"label": one.label, "address": _address(desk, one.key)} for one in rows]
    parent = party.document.get(PARENT)
    named = parent.get("organization") if isinstance(parent, dict) else None
    above = None
    if isinstance(named, dict) and isinstance(named.get("id"), str):
        label = str(named.get("name") or named["id"])
        above = {"label": label, "address": _address(desk, named["id"])}
    return {
        "above": above, "below": below[:BELOW_MAX], "more_below": len(below) > BELOW_MAX
    }  # fmt: skip


def _address(desk: Desk, key: str) -> str:
    return desk.addresses.of_record(Organization.resource, key)
