"""Loading the demonstration catalog: from the blueprint's tables to catalog records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.demo import blueprint
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

D = TypeVar("D", bound=Document)
CURRENCY = "EUR"
TAX_RATE = Decimal(19)
LIVE = {"lifecycleStatus": "Active", "version": "1.0"}
CATALOG_NAME = "Meridian catalog"
VALUE_LISTS = {
    "product": "productSpecCharacteristicValue",
    "service": "characteristicValueSpecification",
    "resource": "resourceSpecCharacteristicValue",
}


@dataclass(frozen=True)
class DemoCatalog:
    """Where the catalog's records are, by the blueprint's names."""

    offerings: Mapping[str, str]
    product_specifications: Mapping[str, str]
    service_specifications: Mapping[str, str]


def load(work: Work) -> DemoCatalog:
    """Store the blueprint's catalog, or find it where it is stored already."""
    if work.find(Catalog, {"name": CATALOG_NAME}, limit=1):
        return found(work)
    resources = _add(
        work, ResourceSpecification, {n: _resource(n, e) for n, e in blueprint.RESOURCES.items()}
    )
    services = _add_services(work, resources)
    products = _add(
        work,
        ProductSpecification,
        {n: _product(n, e, services, resources) for n, e in blueprint.PRODUCTS.items()},
    )
    categories = _add(
        work,
        Category,
        {n: {"name": n, "isRoot": True, **LIVE, **_translated(n)} for n in blueprint.CATEGORIES},
    )
    offerings = _add_offerings(work, products, categories)
    work.add(
        Catalog.wrap(
            {"name": CATALOG_NAME, "catalogType": "Product", **LIVE,
             "category": [{"id": ident} for ident in categories.values()]}
        )
    )  # fmt: skip
    return DemoCatalog(offerings, products, services)


def found(work: Work) -> DemoCatalog:
    """Return where the catalog's records are, once it is stored."""

    def by_name(kind: type[D]) -> dict[str, str]:
        return {one.raw["name"]: one.id for one in work.find(kind, {})}

    return DemoCatalog(
        by_name(ProductOffering), by_name(ProductSpecification), by_name(ServiceSpecification)
    )


def _add(work: Work, kind: type[D], bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    documents = {name: kind.wrap(dict(body)) for name, body in bodies.items()}
    work.add(*documents.values())
    return {name: document.id for name, document in documents.items()}


def _add_services(work: Work, resources: Mapping[str, str]) -> dict[str, str]:
    """Store the service specifications: first those that no other one realizes."""
    stored: dict[str, str] = {}
    for realized in (False, True):
        bodies = {
            name: _service(name, entry, stored, resources)
            for name, entry in blueprint.SERVICES.items()
            if bool(entry.get("services")) == realized
        }
        stored |= _add(work, ServiceSpecification, bodies)
    return stored


def _resource(name: str, entry: blueprint.Entry) -> dict[str, Any]:
    return {
        "name": name,
        "category": entry["category"],
        **LIVE,
        "resourceSpecCharacteristic": _characteristics("resource", entry),
    }


def _service(
    name: str, entry: blueprint.Entry, services: Mapping[str, str], resources: Mapping[str, str]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": name,
        "@type": f"{entry['facing']}ServiceSpecification",
        **LIVE,
        "specCharacteristic": _characteristics("service", entry),
        "serviceSpecRelationship": _links(entry.get("services", ()), services),
        "resourceSpecification": _links(entry.get("resources", ()), resources),
    }
    if "fulfilment" in entry:
        body["fulfilment"] = entry["fulfilment"]
    return {name: value for name, value in body.items() if value != []}


def _product(
    name: str, entry: blueprint.Entry, services: Mapping[str, str], resources: Mapping[str, str]
) -> dict[str, Any]:
    body = {
        "name": name,
        "brand": entry["brand"],
        **LIVE,
        "productSpecCharacteristic": _characteristics("product", entry),
        "serviceSpecification": _links(entry.get("services", ()), services),
        "resourceSpecification": _links(entry.get("resources", ()), resources),
    }
    return {name: value for name, value in body.items() if value != []}


def _characteristics(layer: str, entry: blueprint.Entry) -> list[dict[str, Any]]:
    found = []
    for one in entry["characteristics"]:
        body = {name: value for name, value in one.items() if name != "values"}
        if one["values"]:
            body[VALUE_LISTS[layer]] = one["values"]
        found.append(body)
    return found


def _links(entries: Any, stored: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for one in entries:
        body = {name: value for name, value in one.items() if name != "to" and value != []}
        found.append({"id": stored[one["to"]], "name": one["to"], **body})
    return found


def _add_offerings(
    work: Work, products: Mapping[str, str], categories: Mapping[str, str]
) -> dict[str, str]:
    entries = blueprint.OFFERINGS | blueprint.BUNDLES
    prices = _add(
        work,
        ProductOfferingPrice,
        {
            f"{name}|{kind}": _price(name, kind, amount)
            for name, entry in entries.items()
            for kind, amount in (("recurring", entry["monthly"]), ("oneTime", entry.get("once")))
            if amount is not None and (Decimal(amount) or kind == "recurring")
        },
    )
    stored = _add(
        work,
        ProductOffering,
        {
            name: _offering(name, entry, prices, categories)
            | {"productSpecification": {"id": products[entry["specification"]]}}
            for name, entry in blueprint.OFFERINGS.items()
        },
    )
    return stored | _add(
        work,
        ProductOffering,
        {
            name: _offering(name, entry, prices, categories)
            | {
                "isBundle": True,
                "productSpecification": {"id": products["Bundle"]},
                "bundledProductOffering": [_part(stored, *part) for part in entry["parts"]],
            }
            for name, entry in blueprint.BUNDLES.items()
        },
    )


def _offering(
    name: str, entry: blueprint.Entry, prices: Mapping[str, str], categories: Mapping[str, str]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": name,
        "isBundle": False,
        "isSellable": True,
        **LIVE,
        **_translated(name),
        "category": [{"id": categories[entry["category"]]}],
        "productOfferingPrice": [
            {"id": prices[f"{name}|{kind}"]}
            for kind in ("recurring", "oneTime")
            if f"{name}|{kind}" in prices
        ],
    }
    uses = [
        {
            "name": characteristic,
            "productSpecCharacteristicValue": [
                {"value": value, "isDefault": index == 0} for index, value in enumerate(values)
            ],
        }
        for characteristic, values in entry.get("uses", {}).items()
    ]
    if uses:
        body["prodSpecCharValueUse"] = uses
    return body


def _translated(name: str) -> dict[str, Any]:
    others = blueprint.IN_OTHER_LANGUAGES.get(name, {})
    told = [{"language": language, "name": said} for language, said in others.items()]
    return {"translation": told} if told else {}


def _part(stored: Mapping[str, str], name: str, lower: int, upper: int) -> dict[str, Any]:
    return {
        "id": stored[name],
        "name": name,
        "bundledProductOfferingOption": {
            "numberRelOfferLowerLimit": lower,
            "numberRelOfferUpperLimit": upper,
            "numberRelOfferDefault": lower,
        },
    }


def _price(name: str, kind: str, amount: str) -> dict[str, Any]:
    net = Decimal(amount)
    gross = (net * (100 + TAX_RATE) / 100).quantize(Decimal("0.01"))
    body: dict[str, Any] = {
        "name": f"{name}, {'monthly' if kind == 'recurring' else 'once'}",
        "priceType": kind,
        **LIVE,
        "price": {"value": net, "unit": CURRENCY},
        "tax": [{"taxCategory": "VAT", "taxRate": TAX_RATE,
                 "taxAmount": {"value": gross - net, "unit": CURRENCY}}],
    }  # fmt: skip
    if kind == "recurring":
        body |= {"recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
    return body
