"""Near: the addresses of a place's own postcode or town, and the sites at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.places.position import Position, position_of
from trunkline.web.postal import address_line
from trunkline.web.records import Branch, Record, seen, sees, select_among
from trunkline.web.values import number

ADDRESSES_MAX = 100
SITES_MAX = 40
ROWS = 10
TENTH = Decimal("0.1")
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
    """Return other sites around, the nearest first; the read is bounded and by indexes.

    Where the visitor may not see coordinates there are no distances and no points.
    """
    if here is None:
        return []
    name = _known_by(here)
    if name is None:
        return []
    records = _around(work, name, here.document[name])
    by_id = {one.id: one for one in records if one.resource is ADDRESS}
    found = [
        _shown(desk, work, one, by_id, at)
        for one in records
        if one.resource is SITE and one.id not in but
    ]
    found.sort(key=lambda one: (one["km"] is None, one["km"] or 0, one["label"]))
    return found


def addresses_around(desk: Desk, here: Record | None) -> str:
    """Return the address of the list of all addresses around, of which some sites are shown."""
    name = _known_by(here) if here is not None else None
    if here is None or name is None:
        return ""
    return f"{desk.addresses.of_list(ADDRESS)}?{urlencode({name: str(here.document[name])})}"


def page_of(sites: Sequence[dict[str, Any]], first: int, base: str) -> dict[str, Any]:
    """Return some of the sites around, and where those that follow are asked for."""
    end = first + ROWS
    more = f"{base}?from={end}" if end < len(sites) else ""
    return {"sites": sites[first:end], "is_rest": first > 0, "more": more,
            "left": min(ROWS, len(sites) - end)}  # fmt: skip


def _known_by(here: Record) -> str | None:
    """Return by which of its lines an address is found near others."""
    return next((one for one in ("postcode", "city") if here.document.get(one)), None)


def _around(work: Work, name: str, value: Json) -> list[Record]:
    """Return the addresses with a postcode or town and the sites at them, in one statement."""
    if not sees(work, ADDRESS, name):
        return []
    there = f"p_{name} = %s"
    branches = [Branch(ADDRESS, f"t.{there}", [value], f"limit {ADDRESSES_MAX}")]
    if sees(work, SITE):
        at = (
            f"t.id in (select f.source from {SITE.reference_table} f "  # noqa: S608 - our own names
            f"join {ADDRESS.table} a on a.id = f.target where f.type = '{SITE.name}' "
            f"and f.path = 'place' and a.{there})"
        )
        branches.append(Branch(SITE, at, [value], f"limit {SITES_MAX}"))
    return [seen(work, one) for one in select_among(work, branches)]


def seen_position(work: Work, address: Record) -> Position | None:
    """Return where an address is, as far as the visitor may see that."""
    if not sees(work, ADDRESS, "geographicLocation"):
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
    far = at.km_to(position) if at is not None and position is not None else None
    return {
        "label": site.label,
        "address": desk.addresses.of_record(SITE, site.key),
        "where": address_line(address.document) if address is not None else "",
        "km": far,
        "far": _far(far) if far is not None else "",
        "latitude": str(position.latitude) if position else "",
        "longitude": str(position.longitude) if position else "",
    }


def _far(km: float) -> str:
    """Return a distance in meters below a kilometer, else in kilometers with one decimal."""
    if km < 1:
        return f"{number(round(km * 1_000))} m"
    return f"{number(Decimal(km).quantize(TENTH))} km"
