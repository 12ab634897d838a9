"""The coverage map: where which service can be had, how fast, from when, and on how many lines.

A row holds for addresses by postcode, town, street and numbers, or for what lies in an area; what
it leaves out does not narrow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.geography.location import GeoJson, is_geometry
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.qualification.api import QUALIFICATION
from trunkline.shared.catalog_reference import ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import ProductOrderRef, Reference

Count = Annotated[int | None, Limits(minimum=0)]
DOWNLOAD, UPLOAD = "downloadSpeed", "uploadSpeed"


class QualificationRef(
    Reference, targets=("ProductOfferingQualification", "CheckServiceQualification")
):
    """A reference to a qualification of offerings or of services."""


class CapacityHold(Extensible):
    """One line of an area that is kept: for which answer, until when, or for which order."""

    qualification: QualificationRef
    item: str
    until: datetime | None = None
    product_order: ProductOrderRef | None = None


@resource(
    api=QUALIFICATION,
    path="coverageArea",
    prefix="COV",
    title="Coverage area",
    required=("service_specification",),
    server_sets=("hold",),
    promote=(
        Promoted("name"),
        Promoted("technology"),
        Promoted("serviceSpecification.id"),
        Promoted("postcodeFrom"),
        Promoted("postcodeTo", index=False),
        Promoted("city"),
        Promoted("streetName"),
        Promoted("maxDownloadSpeed", "number", index=False),
        Promoted("availableFrom", "instant", index=False),
    ),
    columns=("key", "name", "technology", "postcodeFrom", "city", "streetName",
             "maxDownloadSpeed", "capacity"),
)  # fmt: skip
class CoverageArea(Extensible, Document):
    """Where a service can be had.

    Speeds are in Mbit/s and bound the characteristics `downloadSpeed` and `uploadSpeed`; `maximum`
    bounds others by their names. Without `capacity` there is always a line left; `hold` are the
    lines that are kept.
    """

    name: str
    technology: str | None = None
    service_specification: ServiceSpecificationRef | None = None
    country: str | None = None
    postcode_from: str | None = None
    postcode_to: str | None = None
    city: str | None = None
    street_name: str | None = None
    number_from: Count = None
    number_to: Count = None
    area: GeoJson | None = None
    max_download_speed: Count = None
    max_upload_speed: Count = None
    maximum: list[Characteristic] = many()
    available_from: datetime | None = None
    capacity: Count = None
    hold: list[CapacityHold] = many()

    @property
    def free(self) -> int | None:
        """How many lines are left; None where they are not counted."""
        return None if self.capacity is None else self.capacity - len(self.hold)


@rule(CoverageArea)
def area_covers_something(
    _work: object, _old: CoverageArea | None, new: CoverageArea
) -> Iterator[Fault]:
    """Refuse a row that names no place, or whose ranges run backwards."""
    if not any((new.postcode_from, new.city, new.area)):
        message = "say where: a postcode, a city or an area on the map"
        yield Fault("postcodeFrom", "placeMissing", message)
    if new.street_name and not (new.postcode_from or new.city):
        yield Fault("streetName", "placeMissing", "say in which city or postcode the street is")
    first, last = new.postcode_from or "", new.postcode_to or ""
    if last and (not first or len(first) != len(last) or last < first):
        message = "must be as long as postcodeFrom and not below it"
        yield Fault("postcodeTo", "endsBeforeStart", message)
    low, high = new.number_from, new.number_to
    if (low is not None or high is not None) and not new.street_name:
        yield Fault("numberFrom", "streetMissing", "say in which street the numbers are")
    if low is not None and high is not None and high < low:
        yield Fault("numberTo", "endsBeforeStart", "must not be below numberFrom")


@rule(CoverageArea)
def area_is_a_polygon(
    _work: object, _old: CoverageArea | None, new: CoverageArea
) -> Iterator[Fault]:
    """Refuse an area that is no GeoJSON polygon."""
    if new.area is None:
        return
    is_sound = is_geometry(new.area.coordinates, depth=2, length_min=4)
    if new.area.type != "Polygon" or not is_sound:
        message = "must be a GeoJSON Polygon: rings of positions of longitude and latitude"
        yield Fault("area.coordinates", "badGeometry", message)


@rule(CoverageArea)
def no_line_is_kept_twice(
    _work: object, _old: CoverageArea | None, new: CoverageArea
) -> Iterator[Fault]:
    """Refuse that more lines are kept than there are."""
    if new.free is not None and new.free < 0:
        message = f"{len(new.hold)} lines are kept for customers; it cannot be below that"
        yield Fault("capacity", "capacityExceeded", message)
