"""Where the made-up towns lie: every house has its own point on the map, the same each time.

Streets run from the middle of their town like the hands of a clock, odd numbers on one side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import cos, pi, radians, sin
from typing import Any

MIDDLES: Mapping[str, tuple[float, float]] = {
    "Nordhaven": (52.5320, 13.3840), "Eastmere": (52.5120, 13.4400),
    "Westerlin": (52.5250, 13.3630), "Southgate": (52.4850, 13.3540),
    "Millbrook": (52.4990, 13.4240), "Fairfield": (52.4800, 13.4370),
    "Highmoor": (52.5490, 13.3640), "Lakeside": (52.5170, 13.2650),
}  # fmt: skip
"""Latitude and longitude of each town's middle."""

KM_PER_DEGREE = 111.32
FIRST_HOUSE_KM, NEXT_HOUSE_KM, SIDE_KM = 0.06, 0.005, 0.012
DIGITS = Decimal("0.000001")


def point_of(city: str, street: str, house: str, streets: Sequence[str]) -> list[Decimal]:
    """Return longitude and latitude of a house in one of the streets of a town."""
    latitude, longitude = MIDDLES[city]
    number = int(house)
    way = 2 * pi * streets.index(street) / len(streets)
    along, side = FIRST_HOUSE_KM + number * NEXT_HOUSE_KM, SIDE_KM * (1 if number % 2 else -1)
    north = along * cos(way) - side * sin(way)
    east = along * sin(way) + side * cos(way)
    across = KM_PER_DEGREE * cos(radians(latitude))
    return [
        Decimal(longitude + east / across).quantize(DIGITS),
        Decimal(latitude + north / KM_PER_DEGREE).quantize(DIGITS),
    ]


def location_of(point: Sequence[Decimal]) -> dict[str, Any]:
    """Return a point as a location by value."""
    return {"@type": "GeoJsonPoint", "geoJson": {"type": "Point", "coordinates": [*point]}}
