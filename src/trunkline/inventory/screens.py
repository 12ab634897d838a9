"""Screens of the inventory module: what customers have, and what it runs on."""

from __future__ import annotations

from trunkline.catalog.asked_of_record import asked_by, asked_of_product
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.inventory.line_numbers import LINES
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.screens.asked_value import NamedValues
from trunkline.screens.screen import Action, Declared, ManyPage, Panel, Section, screen

OWNER = "relatedParty[customer].name"

screen(
    Product,
    Declared(
        columns=("name", OWNER, "status", "startDate"),
        filters=("status", "name", "startDate", "productOffering", "relatedParty",
                 "billingAccount"),
        form=(
            Section("Product", ("name", "productOffering", "productSpecification", "status",
                                "description")),
            Section("Characteristics", ("productCharacteristic",)),
            Section("Whose it is", ("relatedParty", "billingAccount")),
            Section("Where", ("place",)),
            Section("Dates and conditions", ("startDate", "terminationDate", "orderDate",
                                             "productTerm", "productPrice")),
            Section("What realizes it", ("realizingService", "realizingResource",
                                         "productRelationship", "product")),
            Section("Origin", ("productOrderItem", "agreement", "productSerialNumber", "isBundle",
                               "isCustomerVisible"), folded=True),
        ),
        facts=("status", "productOffering", "billingAccount", "startDate", "terminationDate"),
        panels=(Panel("Part of", "Product", "productRelationship.product.id",
                      ("name", "status")),
                Panel("Service contracts", "ServiceContract", "contractLine.product.id",
                      ("name", "state", "validFor")),
                Panel("Entitlements", "Entitlement", "product.id",
                      ("name", "state", "remainingUnits", "validFor"))),
        actions=(
            Action("suspend", "Suspend", "suspended", danger=True, explain=True),
            Action("resume", "Resume", "active", explain=True),
            Action("terminate", "Terminate", "terminated", danger=True, explain=True),
        ),
        many=(ManyPage("Order a change …", "/order/many", "ProductOrder"),),
        search=("name",),
        numbers=("productSerialNumber",
                 *(f"productCharacteristic[{one}]" for one in LINES)),
        depends=(("billingAccount", ("relatedParty",)),),
        values=(
            NamedValues("productCharacteristic", ("productOffering", "productSpecification"),
                        asked_of_product),
        ),
    ),
)  # fmt: skip
screen(
    Service,
    Declared(
        columns=("name", OWNER, "state", "serviceType", "startDate"),
        filters=("state", "name", "serviceType", "serviceSpecification", "relatedParty"),
        form=(
            Section("Service", ("name", "serviceSpecification", "state", "serviceType", "category",
                                "description")),
            Section("Characteristics", ("serviceCharacteristic",)),
            Section("Whose it is", ("relatedParty",)),
            Section("Where", ("place",)),
            Section("Dates", ("startDate", "endDate", "serviceDate", "startMode")),
            Section("What it runs on", ("supportingResource", "supportingService",
                                        "serviceRelationship")),
            Section("Features and notes", ("feature", "note"), folded=True),
            Section("Origin", ("serviceOrderItem", "relatedEntity", "hasStarted",
                               "isServiceEnabled", "isStateful", "isBundle"), folded=True),
        ),
        facts=("state", "serviceSpecification", "serviceType", "startDate"),
        panels=(
            Panel("Products that it realizes", "Product", "realizingService.id",
                  ("name", "status", "startDate")),
            Panel("Services that run on it", "Service", "supportingService.id",
                  ("name", "state")),
        ),
        actions=(Action("sellOn", "Sell on it …", address="/link/service/{key}",
                        makes="ProductOrder"),),
        search=("name",),
        numbers=tuple(f"serviceCharacteristic[{one}]" for one in LINES),
        values=(
            NamedValues("serviceCharacteristic", ("serviceSpecification",),
                        asked_by(ServiceSpecification, "serviceSpecification")),
        ),
    ),
)  # fmt: skip
screen(
    Resource,
    Declared(
        columns=("name", "value", OWNER, "category", "resourceStatus", "usageState"),
        filters=("resourceStatus", "name", "value", "serialNumber", "category",
                 "resourceSpecification", "relatedParty"),
        form=(
            Section("Resource", ("name", "resourceSpecification", "category", "value",
                                 "serialNumber", "description")),
            Section("Characteristics", ("resourceCharacteristic",)),
            Section("State", ("resourceStatus", "administrativeState", "operationalState",
                              "usageState", "powerState")),
            Section("Whose and where", ("relatedParty", "place")),
            Section("Relations", ("resourceRelationship",)),
            Section("Versions and dates", ("resourceVersion", "versionNumber", "manufactureDate",
                                           "startOperatingDate", "endOperatingDate"), folded=True),
            Section("Features and notes", ("activationFeature", "note", "attachment"),
                    folded=True),
        ),
        facts=("resourceStatus", "value", "serialNumber", "category", "usageState"),
        panels=(
            Panel("Services that run on it", "Service", "supportingResource.id",
                  ("name", "state", "startDate")),
            Panel("Products that it realizes", "Product", "realizingResource.id",
                  ("name", "status")),
        ),
        actions=(Action("sellOn", "Sell on it …", address="/link/resource/{key}",
                        makes="ProductOrder"),),
        search=("name", "resourceCharacteristic[model]"),
        numbers=("value", "serialNumber",
                 *(f"resourceCharacteristic[{one}]" for one in LINES)),
        values=(
            NamedValues("resourceCharacteristic", ("resourceSpecification",),
                        asked_by(ResourceSpecification, "resourceSpecification")),
        ),
    ),
)  # fmt: skip
