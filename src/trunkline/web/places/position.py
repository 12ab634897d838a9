"""Position: a point on the map, how far it is from another, and how somebody types it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import asin, cos, radians, sin, sqrt
from typing import Any

from trunkline.documents.shape import Json
from trunkline.geography.location import is_position

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
