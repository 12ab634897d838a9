"""Gathering: records of several kinds that name a customer, in one read."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.errors import NotFound
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.records import Record, naming, record_of, seen, select_among

NAMED_BY = "relatedParty"


def party_of(work: Work, customer: Record) -> Record | None:
    """Return the person or organization that a customer is, as far as the visitor may."""
    engaged = customer.document.get("engagedParty")
    if not isinstance(engaged, dict):
        return None
    resource = work.services.registry.resources.get(str(engaged.get("@referredType")))
    if resource is None or work.actor.grant(resource, "read") is None:
        return None
    try:
        return record_of(work, resource, str(engaged.get("id")))
    except NotFound:
        return None


def gathered(
    work: Work, wanted: Sequence[tuple[Resource, int]], idents: Sequence[str]
) -> dict[str, list[Record]]:
    """Return the newest records that name one of these parties, by the name of their kind.

    `wanted` says how many of each kind at most. Kinds that may not be read are not in it.
    """
    branches = [naming(work, resource, NAMED_BY, idents, limit) for resource, limit in wanted]
    readable = [one for one in branches if one is not None]
    found: dict[str, list[Record]] = {one.resource.name: [] for one in readable}
    for one in select_among(work, readable):
        found[one.resource.name].append(seen(work, one))
    return found
