"""Moving in a hierarchy: a record is put below another one or at the top, by the usual rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.organization import Organization
from trunkline.rest.writing import change
from trunkline.web.customer.hierarchy import PARENT
from trunkline.web.records import Record

MERGE = "application/merge-patch+json"
ABOVE, BELOW = "organizationParentRelationship", "organizationChildRelationship"
RELATIONSHIPS = "accountRelationship"
Put = Callable[[Work, Record, Record | None], None]
"""Puts a record below a target, or at the top where there is none."""


def put_organization(work: Work, one: Record, target: Record | None) -> None:
    """Put an organization below another one, and off the lists of those that named it as a part."""
    document = work.lock(Organization, one.id)
    _off_lists(work, one.id, target.id if target else None)
    value: Json = None
    if target is not None:
        former = document.raw.get(ABOVE)
        kind = former.get("relationshipType") if isinstance(former, dict) else None
        value = {
            "relationshipType": kind or PARENT,
            "organization": {"id": target.id, "@referredType": Organization.resource.name},
        }
    change(work, document, {ABOVE: value}, MERGE)


def put_account(work: Work, one: Record, target: Record | None) -> None:
    """Put an account below another one; what else it has to do with others stays."""
    document = work.lock(BillingAccount, one.id)
    others: list[Any] = [
        each
        for each in document.raw.get(RELATIONSHIPS) or ()
        if each.get("relationshipType") != PARENT
    ]
    if target is not None:
        others.append({
            "relationshipType": PARENT,
            "account": {"id": target.id, "@referredType": BillingAccount.resource.name},
            "validFor": {"startDateTime": format_instant(work.now)},
        })  # fmt: skip
    change(work, document, {RELATIONSHIPS: others or None}, MERGE)


def _off_lists(work: Work, ident: str, target: str | None) -> None:
    """Take an organization off the lists of those that name it as a part, save the new one."""
    for other in work.find(Organization, {f"{BELOW}.organization.id": ident}):
        if other.id == target:
            continue
        listing = work.lock(Organization, other.id)
        kept = [
            one
            for one in listing.raw.get(BELOW) or ()
            if (one.get("organization") or {}).get("id") != ident
        ]
        change(work, listing, {BELOW: kept or None}, MERGE)
