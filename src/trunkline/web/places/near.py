"""Near: the addresses of a place's own postcode or town, and the sites at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.places.lines import Position, position_of
from trunkline.web.records import Record, hidden_of, matching

ADDRESSES_MAX = 100
SITES_MAX = 40
ADDRESS = GeographicAddress.resource
SITE = GeographicSite.resource


def place_ids(document: dict[str, Json], kind: str) -> Iterator[str]:
    """Yield the ids of the places of a kind that a record names."""
    for one in document.get("place") or ():
        if isinstance(one, dict) and one.get("@referredType") == kind and one.get("id"):
            yield str(one["id"])


def nearby(
    desk: Desk, work: Work, here: Record | None, at: Position | None, but: Sequence[str]
) -> list[dict[str, Any]]:
    """Return other sites around, the nearest first; both reads are bounded and by an index.

    Where the visitor may not see coordinates there are no distances and no points.
    """
    if here is None:
        return []
    name = next((one for one in ("postcode", "city") if here.document.get(one)), None)
    if name is None:
        return []
    addresses = matching(work, ADDRESS, {name: [here.document[name]]}, limit=ADDRESSES_MAX)
    if addresses is None or not addresses.records:
        return []
    by_id = {one.id: one for one in addresses.records}
    sites = matching(work, SITE, {"place.id": by_id}, limit=SITES_MAX)
    found = [
        _shown(desk, work, one, by_id, at)
        for one in (sites.records if sites else ())
        if one.id not in but
    ]
    found.sort(key=lambda one: (one["km"] is None, one["km"] or 0, one["label"]))
    return found


def seen_position(work: Work, address: Record) -> Position | None:
    """Return where an address is, as far as the visitor may see that."""
    hidden = hidden_of(work, ADDRESS)
    if hidden is not None and is_hidden(hidden, "geographicLocation"):
        return None
    return position_of(address.document.get("geographicLocation"))


def _shown(
    desk: Desk, work: Work, site: Record, addresses: dict[str, Record], at: Position | None
) -> dict[str, Any]:
    address = next(
        (addresses[one] for one in place_ids(site.document, ADDRESS.name) if one in addresses),
        None,
    )
    position = seen_position(work, address) if address is not None else None
    return {
        "label": site.label,
        "address": desk.addresses.of_record(SITE, site.key),
        "where": address.label if address is not None else "",
        "km": at.km_to(position) if at is not None and position is not None else None,
        "latitude": str(position.latitude) if position else "",
        "longitude": str(position.longitude) if position else "",
    }
