"""Lines of an address in the order in which its country writes them, and a position in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import asin, cos, radians, sin, sqrt
from typing import Any

from babel import Locale

from trunkline.documents.shape import Json
from trunkline.geography.location import is_position

NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "IL", "IN", "LU", "MA", "NZ", "US", "ZA"})
POSTCODE_LAST = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "US", "ZA"})
STATE_SHOWN = frozenset({"AU", "BR", "CA", "IN", "IT", "MX", "US"})
EARTH_KM = 6371.0088
DIGITS = 6


@dataclass(frozen=True)
class Position:
    """A point on the map, in degrees."""

    latitude: Decimal
    longitude: Decimal

    def location(self) -> dict[str, Any]:
        """Return it as a location by value."""
        return {
            "@type": "GeoJsonPoint",
            "geoJson": {"type": "Point", "coordinates": [self.longitude, self.latitude]},
        }

    def km_to(self, other: Position) -> float:
        """Return how far another one is, as the crow flies."""
        here, there = radians(self.latitude), radians(other.latitude)
        across = radians(other.longitude) - radians(self.longitude)
        half = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(across / 2) ** 2
        return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def address_lines(document: Mapping[str, Json], language: str) -> list[str]:
    """Return the lines of an address as they stand on an envelope to its country."""

    def part(*names: str) -> str:
        return " ".join(str(document[name]) for name in names if document.get(name))

    country = str(document.get("country") or "")
    code = country.upper()
    street = part("streetName", "streetType", "streetSuffix")
    number = part("streetNr", "streetNrSuffix")
    if document.get("streetNrLast"):
        number = f"{number}–{part('streetNrLast', 'streetNrLastSuffix')}"
    first = f"{number} {street}" if code in NUMBER_FIRST else f"{street} {number}"
    town = part("city") or part("locality")
    state = part("stateOrProvince") if code in STATE_SHOWN else ""
    postcode = part("postcode")
    if code in POSTCODE_LAST:
        place = f"{town}, {state} {postcode}" if state else f"{town} {postcode}"
    else:
        place = f"{postcode} {town} {state}"
    name = Locale.parse(language).territories.get(code, country) if country else ""
    locality = part("locality") if document.get("city") else ""
    return [one for one in (" ".join(line.split()) for line in (first, locality, place, name or ""))
            if one]  # fmt: skip


def position_of(location: Json) -> Position | None:
    """Return the point of a location by value, or None where it has none."""
    geometry = location.get("geoJson") if isinstance(location, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list) or not is_position(coordinates):
        return None
    longitude, latitude = coordinates
    return Position(Decimal(latitude), Decimal(longitude))


def typed_position(latitude: str, longitude: str) -> Position | None:
    """Return the position that somebody typed, or None where it is none."""
    try:
        found = [Decimal(one.replace(",", ".")) for one in (longitude, latitude)]
    except InvalidOperation:
        return None
    if not all(one.is_finite() for one in found) or not is_position(list(found)):
        return None
    return Position(round(found[1], DIGITS), round(found[0], DIGITS))
