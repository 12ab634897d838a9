"""Screens of the geography module: how addresses, sites and locations are kept and found."""

from __future__ import annotations

from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.screens.screen import Declared, Panel, Section, screen

screen(
    GeographicAddress,
    Declared(
        form=(
            Section("Street", ("streetName", "streetType", "streetNr", "streetNrSuffix")),
            Section("Town", ("postcode", "city", "locality", "stateOrProvince", "country")),
            Section("Inside", ("geographicSubAddress",)),
            Section("Place on the map", ("geographicLocation",)),
            Section("Range of numbers", ("name", "streetSuffix", "streetNrLast",
                                         "streetNrLastSuffix"), folded=True),
        ),
        facts=("postcode", "city", "country"),
        panels=(
            Panel("Sites", "GeographicSite", "place.id", ("name", "code", "status")),
            Panel("Products here", "Product", "place.id", ("name", "status", "startDate")),
            Panel("Services here", "Service", "place.id", ("name", "state", "startDate")),
        ),
        search=("streetName", "streetType", "streetSuffix", "streetNr", "streetNrSuffix",
                "postcode", "city", "locality", "stateOrProvince", "name",
                "geographicSubAddress.name", "geographicSubAddress.buildingName"),
    ),
)  # fmt: skip
screen(
    GeographicSite,
    Declared(
        columns=("name", "place.name", "relatedParty[customer].name", "status"),
        filters=("name", "code", "status", "place", "relatedParty"),
        form=(
            Section("Site", ("name", "code", "status", "description")),
            Section("Where", ("place", "accessNote")),
            Section("Whose, and whom to ask", ("relatedParty",)),
            Section("Open", ("calendar",), folded=True),
            Section("Related sites", ("siteRelationship",), folded=True),
        ),
        facts=("code", "status"),
        panels=(
            Panel("Products here", "Product", "place.id", ("name", "status", "startDate")),
            Panel("Services here", "Service", "place.id", ("name", "state", "startDate")),
        ),
        search=("name", "description", "place.name"),
        numbers=("code",),
    ),
)
