"""The shelf: the offers that were changed last, on the home page of whoever keeps the catalog."""

from __future__ import annotations

from typing import Any

from trunkline.catalog.entry import DRAFT, LIVE
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.web.catalog.checked import failed_of
from trunkline.web.catalog.kinds import address_of
from trunkline.web.desk import Desk
from trunkline.web.records import Record, matching
from trunkline.web.values import instant, state

ROWS = 8
CHECKED = 20


def shelf(desk: Desk, work: Work) -> dict[str, Any]:
    """Return the offers that were changed last, and what can be done with each at once."""
    actor, resource = work.actor, ProductOffering.resource
    listing = matching(work, resource, {}, limit=ROWS, sort="lastUpdate")
    price = ProductOfferingPrice.resource
    return {
        "offers": [_row(desk, work, one) for one in (listing.records if listing else ())],
        "address": desk.addresses.of_list(resource),
        "may_clone": actor.grant(resource, "create") is not None,
        "may_simulate": actor.may("ordering:simulate") is not None,
        "may_price": actor.grant(price, "create") is not None
        and actor.grant(price, "update") is not None,
    }


def failing(desk: Desk, work: Work) -> dict[str, Any]:
    """Return the offers whose checks fail, of those that were changed last."""
    wanted = {"lifecycleStatus": [*DRAFT, *LIVE]}
    listing = matching(work, ProductOffering.resource, wanted, limit=CHECKED, sort="lastUpdate")
    offers = listing.records if listing else ()
    return {"failed": failed_of(work, desk.addresses, offers), "checked": len(offers)}


def _row(desk: Desk, work: Work, record: Record) -> dict[str, Any]:
    status = record.document.get("lifecycleStatus") or ""
    start = (record.document.get("validFor") or {}).get("startDateTime")
    is_later = status in LIVE and bool(start) and parse_instant(str(start)) > work.now
    return {
        "key": record.key,
        "label": record.label,
        "address": address_of(desk.addresses, record.resource, record.key),
        "state": state(status) if status else None,
        "goes_live": instant(start, desk.zone) if is_later else None,
        "changed": instant(record.updated_at, desk.zone),
        "is_draft": status in DRAFT,
        "has_versions": record.version > 1,
    }
