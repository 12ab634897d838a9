"""Whereabouts: a place as it was named, read down to its address and its point on the map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trunkline.catalog.closure import present
from trunkline.geography.address import AddressLines, GeographicAddress
from trunkline.geography.location import GeographicLocation, GeoJson, is_position
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work
from trunkline.qualification.coverage import Whereabouts
from trunkline.qualification.parts import CheckedPlace
from trunkline.shared.reference import PlaceRefOrValue

LINES = ("country", "city", "postcode", "street_name", "street_nr")
NOWHERE = Whereabouts()


def whereabouts(work: Work, places: Sequence[CheckedPlace | PlaceRefOrValue]) -> Whereabouts:
    """Return where the first place is that says so; each kind of record is read once."""
    named = [one.id for one in places if one.id]
    lines: dict[str, str] = {}
    point: tuple[float, float] | None = None
    for one in places:
        if isinstance(one, CheckedPlace):
            lines = lines or lines_of(one)
            point = point or _point_of(one)
    sites = present(work, GeographicSite, named) if named else {}
    inner = [one.id for site in sites.values() for one in site.place if one.id]
    idents = [*dict.fromkeys([*named, *inner])]
    outside = [one for one in idents if one not in sites]
    addresses = present(work, GeographicAddress, outside) if outside else {}
    for address in addresses.values():
        lines = lines or lines_of(address)
        point = point or _point_of(address)
        if address.geographic_location is not None and address.geographic_location.id:
            idents.append(address.geographic_location.id)
    rest = [one for one in idents if one not in sites and one not in addresses]
    if rest and point is None:
        for location in present(work, GeographicLocation, rest).values():
            point = point or _position(location.geo_json)
    return Whereabouts(lines, point, tuple(idents))


def lines_of(address: AddressLines) -> dict[str, str]:
    """Return the lines by which a place is looked up."""
    found = {name: getattr(address, name) for name in LINES}
    return {name: text for name, text in found.items() if text}


def says_where(places: Iterable[CheckedPlace]) -> bool:
    """Tell whether a place is named, or told by its lines or its point."""
    return any(one.id or lines_of(one) or _point_of(one) for one in places)


def _point_of(address: AddressLines) -> tuple[float, float] | None:
    location = address.geographic_location
    return _position(location.geo_json) if location is not None else None


def _position(geometry: GeoJson | None) -> tuple[float, float] | None:
    if geometry is None or not is_position(geometry.coordinates):
        return None
    longitude, latitude = geometry.coordinates
    return float(longitude), float(latitude)
