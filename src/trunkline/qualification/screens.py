"""Screens of the qualification module: what was asked, what was answered, and the coverage map."""

from __future__ import annotations

from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.check_service import CheckServiceQualification
from trunkline.qualification.coverage_area import CoverageArea
from trunkline.qualification.query_service import QueryServiceQualification
from trunkline.screens.screen import Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    CoverageArea,
    Declared(
        columns=("name", "serviceSpecification.name", "technology", "maxDownloadSpeed",
                 "postcodeFrom", "city", "streetName", "availableFrom", "capacity"),
        filters=("name", "technology", "serviceSpecification", "city", "streetName",
                 "postcodeFrom", "availableFrom"),
        form=(
            Section("What can be had", ("name", "technology", "serviceSpecification",
                                        "availableFrom", "capacity")),
            Section("Where", ("country", "postcodeFrom", "postcodeTo", "city", "streetName",
                              "numberFrom", "numberTo")),
            Section("How fast", ("maxDownloadSpeed", "maxUploadSpeed", "maximum")),
            Section("On the map", ("area",), folded=True),
        ),
        facts=("technology", "serviceSpecification", "maxDownloadSpeed", "capacity"),
        search=("name", "technology", "city", "streetName", "postcodeFrom"),
    ),
)  # fmt: skip
screen(
    ProductOfferingQualification,
    Declared(
        columns=("description", CUSTOMER, "qualificationResult", "state",
                 "productOfferingQualificationDate", "expirationDate"),
        filters=("qualificationResult", "state", "productOfferingQualificationDate",
                 "expirationDate", "relatedParty", "place"),
        sort="-productOfferingQualificationDate",
        form=(
            Section("What is asked", ("description", "productOfferingQualificationItem",
                                      "category", "channel")),
            Section("Where and for whom", ("place", "relatedParty")),
            Section("How", ("provideAlternative", "provideOnlyAvailable",
                            "provideUnavailabilityReason", "reserve"), folded=True),
            Section("More", ("note", "instantSyncQualification",
                             "requestedPOQCompletionDate"), folded=True),
        ),
        facts=("qualificationResult", "state", "expirationDate"),
        panels=(
            Panel("Orders", "ProductOrder", "productOfferingQualification.id",
                  ("state", "orderDate")),
        ),
    ),
)  # fmt: skip
screen(
    CheckServiceQualification,
    Declared(
        columns=("description", CUSTOMER, "qualificationResult", "state",
                 "checkServiceQualificationDate", "expirationDate"),
        filters=("qualificationResult", "state", "externalId", "checkServiceQualificationDate",
                 "expirationDate", "relatedParty"),
        sort="-checkServiceQualificationDate",
        form=(
            Section("What is asked", ("description", "serviceQualificationItem", "externalId")),
            Section("For whom", ("relatedParty",)),
            Section("How", ("provideAlternative", "provideUnavailabilityReason", "reserve",
                            "expectedQualificationDate", "instantSyncQualification"),
                    folded=True),
        ),
        facts=("qualificationResult", "state", "expirationDate"),
        numbers=("externalId",),
    ),
)  # fmt: skip
screen(
    QueryServiceQualification,
    Declared(
        columns=("description", CUSTOMER, "state", "queryServiceQualificationDate"),
        sort="-queryServiceQualificationDate",
        facts=("state", "queryServiceQualificationDate", "expirationDate"),
    ),
)
