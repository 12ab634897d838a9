"""Geographic addresses (TMF673): streets and numbers, and the units inside a building."""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import PERSONAL, many
from trunkline.geography.api import TMF673
from trunkline.geography.location import GeographicLocationRefOrValue
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference


class SubAddressLines(Extensible):
    """Where inside a building or on a private ground something lies."""

    name: Annotated[str | None, PERSONAL] = None
    building_name: Annotated[str | None, PERSONAL] = None
    level_number: Annotated[str | None, PERSONAL] = None
    level_type: str | None = None
    private_street_name: Annotated[str | None, PERSONAL] = None
    private_street_number: Annotated[str | None, PERSONAL] = None
    sub_address_type: str | None = None
    sub_unit_number: Annotated[str | None, PERSONAL] = None
    sub_unit_type: str | None = None


class GeographicSubAddressValue(SubAddressLines):
    """A unit inside an address, as that address lists it."""

    id: str | None = None
    href: str | None = None


class AddressLines(Extensible):
    """The lines of an address, from the country down to the number of the house."""

    name: Annotated[str | None, PERSONAL] = None
    country: str | None = None
    state_or_province: str | None = None
    city: str | None = None
    locality: str | None = None
    postcode: str | None = None
    street_name: Annotated[str | None, PERSONAL] = None
    street_type: str | None = None
    street_suffix: str | None = None
    street_nr: Annotated[str | None, PERSONAL] = None
    street_nr_suffix: Annotated[str | None, PERSONAL] = None
    street_nr_last: Annotated[str | None, PERSONAL] = None
    street_nr_last_suffix: Annotated[str | None, PERSONAL] = None
    geographic_location: Annotated[GeographicLocationRefOrValue | None, PERSONAL] = None
    geographic_sub_address: list[GeographicSubAddressValue] = many()


class GeographicAddressValue(AddressLines):
    """An address given by value; its id, where present, is that of the address it is a copy of.

    Ours: `confidence`, in how far an answer to a question agrees with it, in percent.
    """

    id: str | None = None
    href: str | None = None
    confidence: int | None = None


@resource(
    api=TMF673,
    path="geographicAddress",
    prefix="GAD",
    promote=(Promoted("postcode"), Promoted("city"), Promoted("streetName")),
    label=("streetName", "streetNr", "postcode", "city"),
    columns=("key", "streetName", "streetNr", "postcode", "city", "country"),
)
class GeographicAddress(AddressLines, Document):
    """An address that an operator serves or knows.

    The published interface lists and retrieves addresses only. Here they can be created, changed
    and removed as well, since somebody has to keep the register.
    """


class GeographicAddressRef(Reference, targets=("GeographicAddress",)):
    """A reference to an address."""

    name: Annotated[str | None, PERSONAL] = None


@resource(
    api=TMF673,
    path="geographicSubAddress",
    prefix="GSA",
    operations=("list", "retrieve", "create"),
    columns=("key", "name", "buildingName", "levelNumber", "subUnitNumber"),
)
class GeographicSubAddress(SubAddressLines, Document):
    """A unit inside an address, as a record of its own.

    Its address, which the published interface has in the path, stands in `geographicAddress`.
    """

    geographic_address: GeographicAddressRef | None = None
