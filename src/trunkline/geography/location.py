"""Geographic locations (TMF675): points, lines and areas on the map, as GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, Shape, many
from trunkline.geography.api import TMF675
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, resource
from trunkline.shared.extensible import Extensible

GeometryType: TypeAlias = Literal[
    "GeoJsonPoint",
    "GeoJsonMultiPoint",
    "GeoJsonLineString",
    "GeoJsonMultiLineString",
    "GeoJsonPolygon",
]
DEPTH_OF_GEOMETRY = {
    "GeoJsonPoint": 0,
    "GeoJsonMultiPoint": 1,
    "GeoJsonLineString": 1,
    "GeoJsonMultiLineString": 2,
    "GeoJsonPolygon": 2,
}
"""How many lists stand around a position (longitude, latitude) in each kind of geometry."""

LENGTH_MIN = {"GeoJsonLineString": 2, "GeoJsonMultiLineString": 2, "GeoJsonPolygon": 4}
"""How many positions a line or a ring has at least."""


class GeoJson(Extensible):
    """A geometry: its kind, and its coordinates as positions in nested lists."""

    type: str | None = None
    coordinates: Any


@resource(
    api=TMF675,
    path="geographicLocation",
    prefix="GLO",
    label=("name",),
    columns=("key", "name", "@type"),
)
class GeographicLocation(Document):
    """A point, a line or an area on the map; `@type` says which."""

    type_: GeometryType
    base_type: str | None = None
    schema_location: str | None = None
    name: str | None = None
    bbox: list[Decimal] = many()
    geo_json: GeoJson | None = None


class GeographicLocationRefOrValue(Shape, targets=("GeographicLocation",)):
    """A location by value, or a reference to one."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    type_: GeometryType
    base_type: str | None = None
    schema_location: str | None = None
    referred_type: str | None = None
    bbox: list[Decimal] = many()
    geo_json: GeoJson | None = None


@rule(GeographicLocation)
def geometry_fits_its_type(
    work: object, old: GeographicLocation | None, new: GeographicLocation
) -> Iterator[Fault]:
    """Refuse coordinates that are not of the kind that `@type` and `geoJson.type` name."""
    del work, old
    geometry = new.geo_json
    if geometry is None:
        return
    named = new.type_.removeprefix("GeoJson")
    if geometry.type not in {None, named}:
        yield Fault("geoJson.type", "geometryMismatch", f"must be {named}, as @type says")
    depth, least = DEPTH_OF_GEOMETRY[new.type_], LENGTH_MIN.get(new.type_, 1)
    if not is_geometry(geometry.coordinates, depth=depth, length_min=least):
        yield Fault(
            "geoJson.coordinates",
            "badGeometry",
            f"must be a {named}: positions of longitude (-180 to 180) and latitude (-90 to 90)",
        )


def is_geometry(value: Json, *, depth: int, length_min: int) -> bool:
    """Return whether the value is a position inside `depth` lists.

    The innermost list holds `length_min` positions at least, the others one.
    """
    if depth == 0:
        return is_position(value)
    least = length_min if depth == 1 else 1
    return (
        isinstance(value, list)
        and len(value) >= least
        and all(is_geometry(one, depth=depth - 1, length_min=length_min) for one in value)
    )


def is_position(value: Json) -> bool:
    """Return whether the value is a pair of longitude and latitude in degrees."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    longitude, latitude = value
    return _within(longitude, 180) and _within(latitude, 90)


def _within(value: Json, bound: int) -> bool:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return is_number and -bound <= value <= bound
