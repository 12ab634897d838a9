"""Screens of the catalog module: what is sold, what it consists of, what realizes it."""

from __future__ import annotations

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.entry import CatalogEntry, TranslatedEntry
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_catalog import ResourceCandidate, ResourceCatalog, ResourceCategory
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_catalog import ServiceCandidate, ServiceCatalog, ServiceCategory
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

ENTRY = ("name", "version", "lifecycleStatus", "externalId", "description", "validFor")
FACTS = ("lifecycleStatus", "version", "validFor", "lastUpdate")
NUMBERS = ("externalId",)
LIFE = (Action("retire", "Retire", "Retired", danger=True),)
TERMS = (("fulfilment", ("kind", "title", "role", "system", "durationMinutes", "pointOfNoReturn")),)
IN_OTHER_LANGUAGES = Section("In other languages", ("translation",), folded=True)
TRANSLATION = ("translation", ("language", "name", "description"))
USED_BY_OFFERINGS = ("name", "version", "lifecycleStatus")


def _life(segment: str) -> tuple[Action, ...]:
    """Return what is done to an entry: its page in the editor, and its life."""
    editor = Action("editor", "Catalog editor", address=f"/catalog/{segment}/{{key}}")
    return (editor, *LIFE)


screen(
    ProductOffering,
    Declared(
        form=(
            Section("Offering", (*ENTRY[:4], "displayName", "family", "isSellable", "isBundle",
                                 "description", "validFor")),
            Section("What it is", ("productSpecification", "prodSpecCharValueUse")),
            Section("Prices and terms", ("productOfferingPrice", "productOfferingTerm")),
            Section("Bundle", ("bundledProductOffering", "bundledGroup")),
            Section("Where it is found", ("category", "channel", "marketSegment", "place")),
            Section("Relations", ("productOfferingRelationship",)),
            IN_OTHER_LANGUAGES,
            Section("Entitlement", ("offeringType", "entitlementType"), folded=True),
            Section("Presentation", ("image", "order", "attachment", "statusReason"), folded=True),
            Section("Network and agreements", ("serviceCandidate", "resourceCandidate",
                                               "serviceLevelAgreement", "agreement"), folded=True),
        ),
        facts=(*FACTS, "productSpecification"),
        panels=(
            Panel("Bundles that hold it", "ProductOffering", "bundledProductOffering.id",
                  USED_BY_OFFERINGS),
            Panel("Products sold", "Product", "productOffering.id",
                  ("name", "status", "startDate")),
        ),
        actions=_life("productOffering"),
        inner=(TRANSLATION,),
        search=("name", "displayName", "family", "translation.name"),
        numbers=NUMBERS,
    ),
)  # fmt: skip
screen(
    ProductOfferingPrice,
    Declared(
        form=(
            Section("Price", (*ENTRY[:4], "priceType", "price", "percentage", "unitOfMeasure")),
            Section("How often", ("recurringChargePeriodType", "recurringChargePeriodLength",
                                  "productOfferingTerm")),
            Section("When it holds", ("validFor", "prodSpecCharValueUse", "constraint", "place")),
            Section("Tax", ("tax",)),
            IN_OTHER_LANGUAGES,
            Section("Parts and relations", ("isBundle", "bundledPopRelationship",
                                            "popRelationship", "pricingLogicAlgorithm"),
                    folded=True),
            Section("Description", ("description",), folded=True),
        ),
        facts=("lifecycleStatus", "priceType", "price", "validFor"),
        panels=(Panel("Offerings at this price", "ProductOffering", "productOfferingPrice.id",
                      USED_BY_OFFERINGS),),
        actions=_life("productOfferingPrice"),
        inner=(TRANSLATION,),
        search=("name",),
        numbers=NUMBERS,
    ),
)  # fmt: skip
screen(
    ProductSpecification,
    Declared(
        form=(
            Section("Specification", (*ENTRY[:4], "productNumber", "brand", "description",
                                      "validFor")),
            Section("Characteristics", ("productSpecCharacteristic",)),
            Section("What realizes it", ("serviceSpecification", "resourceSpecification")),
            Section("Delivery", ("installationRequired", "locationSpecific", "transient",
                                 "isBundle", "emergencyCalls", "fulfilment")),
            Section("Parts and relations", ("bundledProductSpecification",
                                            "productSpecificationRelationship"), folded=True),
            Section("Further", ("relatedParty", "attachment", "targetProductSchema"),
                    folded=True),
        ),
        facts=(*FACTS, "brand"),
        panels=(Panel("Offerings of it", "ProductOffering", "productSpecification.id",
                      USED_BY_OFFERINGS),),
        actions=_life("productSpecification"),
        inner=TERMS,
        search=("name", "brand"),
        numbers=("productNumber", *NUMBERS),
    ),
)  # fmt: skip
screen(
    ServiceSpecification,
    Declared(
        form=(
            Section("Specification", (*ENTRY[:4], "serviceType", *ENTRY[4:])),
            Section("Characteristics", ("specCharacteristic", "featureSpecification")),
            Section("What it needs", ("resourceSpecification", "serviceSpecRelationship",
                                      "entitySpecRelationship")),
            Section("Delivery", ("installationRequired", "locationSpecific", "transient",
                                 "isBundle", "fulfilment")),
            Section("Further", ("relatedParty", "attachment", "constraint",
                                "serviceLevelSpecification", "targetEntitySchema"), folded=True),
        ),
        facts=FACTS,
        panels=(
            Panel("Products that it realizes", "ProductSpecification", "serviceSpecification.id",
                  USED_BY_OFFERINGS),
            Panel("Services of it", "Service", "serviceSpecification.id", ("name", "state")),
        ),
        actions=_life("serviceSpecification"),
        inner=TERMS,
        search=("name",),
        numbers=NUMBERS,
    ),
)  # fmt: skip
screen(
    ResourceSpecification,
    Declared(
        form=(
            Section("Specification", (*ENTRY[:4], "category", "vendor", "model", "part", "sku",
                                      "description", "validFor")),
            Section("Characteristics", ("resourceSpecCharacteristic", "featureSpecification")),
            Section("Delivery", ("installationRequired", "locationSpecific", "transient",
                                 "isBundle", "fulfilment")),
            Section("Relations", ("resourceSpecRelationship", "connectionPointSpecification",
                                  "connectivitySpecification"), folded=True),
            Section("Further", ("relatedParty", "attachment", "targetResourceSchema"),
                    folded=True),
        ),
        facts=(*FACTS, "category"),
        panels=(
            Panel("Services that need it", "ServiceSpecification", "resourceSpecification.id",
                  USED_BY_OFFERINGS),
            Panel("Resources of it", "Resource", "resourceSpecification.id",
                  ("name", "value", "resourceStatus")),
        ),
        actions=_life("resourceSpecification"),
        inner=TERMS,
        search=("name", "vendor", "model"),
        numbers=("sku", "part", *NUMBERS),
    ),
)  # fmt: skip
KEPT: tuple[tuple[type[CatalogEntry], tuple[str, ...]], ...] = (
    (Catalog, ("catalogType", "category", "relatedParty")),
    (Category, ("isRoot", "order", "parentId", "subCategory", "productOffering")),
    (ServiceCatalog, ("category", "relatedParty")),
    (ServiceCategory, ("isRoot", "parentId", "category", "serviceCandidate")),
    (ServiceCandidate, ("serviceSpecification", "category")),
    (ResourceCatalog, ("category", "relatedParty")),
    (ResourceCategory, ("isRoot", "parentId", "category", "resourceCandidate", "relatedParty")),
    (ResourceCandidate, ("resourceSpecification", "category")),
)
for kind, held in KEPT:
    screen(
        kind,
        Declared(
            form=(
                Section(kind.resource.title, ENTRY),
                Section("What it holds", held),
                *((IN_OTHER_LANGUAGES,) if issubclass(kind, TranslatedEntry) else ()),
            ),
            facts=FACTS,
            actions=LIFE,
            inner=(TRANSLATION,) if issubclass(kind, TranslatedEntry) else (),
            search=("name",),
            numbers=NUMBERS,
        ),
    )
