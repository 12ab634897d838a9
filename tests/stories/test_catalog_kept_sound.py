"""The catalog managers build what is sold: what cannot work is refused before it goes live."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from tests.support.operator import OFFERING, Operator, Record, codes
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.kernel.actor import system
from trunkline.kernel.resource import Document
from trunkline.kernel.work import transaction

PRODUCT_CATALOG = "/tmf-api/productCatalogManagement/v4"
PRICE = f"{PRODUCT_CATALOG}/productOfferingPrice"
CATEGORY = f"{PRODUCT_CATALOG}/category"
LAYERS = {
    "product": f"{PRODUCT_CATALOG}/productSpecification",
    "service": "/tmf-api/serviceCatalogManagement/v4/serviceSpecification",
    "resource": "/tmf-api/resourceCatalog/v4/resourceSpecification",
}
# Where each layer says what it leads to in which layer.
LISTS = {
    ("product", "product"): "productSpecificationRelationship",
    ("product", "service"): "serviceSpecification",
    ("product", "resource"): "resourceSpecification",
    ("service", "service"): "serviceSpecRelationship",
    ("service", "resource"): "resourceSpecification",
    ("resource", "resource"): "resourceSpecRelationship",
}
MAY = {
    ("product", "product"): {"bundles", "composedOf"},
    ("product", "service"): {"realisedAs"},
    ("product", "resource"): {"requires"},
    ("service", "service"): {"bundles", "composedOf", "realisedAs"},
    ("service", "resource"): {"requires"},
    ("resource", "resource"): {"bundles", "composedOf"},
}
KINDS = ("bundles", "composedOf", "realisedAs", "requires")
LIVE = {"lifecycleStatus": "Active"}


def specification(operator: Operator, layer: str, name: str, **more: Any) -> str:
    return str(operator.make(LAYERS[layer], {"name": name, **more})["id"])


def leads_to(source: str, target: str, ident: str, kind: str) -> Record:
    """Return what a specification says of a relation."""
    return {LISTS[source, target]: [{"id": ident, "relationshipType": kind}]}


@pytest.mark.accepts("CAT-02")
@pytest.mark.parametrize(("source", "target"), LISTS)
def test_only_relations_that_make_sense_are_taken(
    operator: Operator, source: str, target: str
) -> None:
    """From each layer to each other one the fitting kinds of relation are stored; every other
    kind is refused at its place, both on a new specification and on one that is there."""
    below = specification(operator, target, "Below")
    held = specification(operator, source, "Above")
    for kind in KINDS:
        relation = leads_to(source, target, below, kind)
        made = operator.staff.post(LAYERS[source], {"name": f"Above by {kind}", **relation})
        changed = operator.staff.patch(f"{LAYERS[source]}/{held}", relation)
        if kind in MAY[source, target]:
            assert (made.status_code, changed.status_code) == (201, 200), (kind, made.json)
            continue
        wanted = {("relationForbidden", f"{LISTS[source, target]}[0].relationshipType")}
        for answer in (made, changed):
            assert (answer.status_code, codes(answer)) == (400, wanted), (kind, answer.json)


@pytest.mark.accepts("CAT-02")
@pytest.mark.parametrize("layer", ["product", "service", "resource"])
def test_nothing_consists_of_itself(operator: Operator, layer: str) -> None:
    """Of three specifications in a row the last may not lead back to the first, whatever kinds of
    relation lie between, nor one to itself."""
    third = specification(operator, layer, "Third")
    second = specification(operator, layer, "Second", **leads_to(layer, layer, third, "composedOf"))
    first = specification(operator, layer, "First", **leads_to(layer, layer, second, "bundles"))
    wanted = {("relationCircle", f"{LISTS[layer, layer]}[0].id")}
    for target in (first, second, third):
        answer = operator.staff.patch(
            f"{LAYERS[layer]}/{third}", leads_to(layer, layer, target, "bundles")
        )
        assert codes(answer) == wanted, answer.json
    assert LISTS[layer, layer] not in operator.read(LAYERS[layer], third)


@pytest.mark.accepts("CAT-02")
def test_no_bundle_holds_itself_and_no_branch_grows_from_its_own_twig(operator: Operator) -> None:
    """The same holds for the parts of bundles and for the tree of categories."""
    inner = operator.make(OFFERING, {"name": "Inner", "isBundle": True})["id"]
    outer = operator.make(OFFERING, {"name": "Outer", "bundledProductOffering": [{"id": inner}]})
    back = {"bundledProductOffering": [{"id": outer["id"]}]}
    answer = operator.staff.patch(f"{OFFERING}/{inner}", back)
    assert codes(answer) == {("bundleCircle", "bundledProductOffering[0].id")}
    root = operator.make(CATEGORY, {"name": "Root"})["id"]
    twig = operator.make(CATEGORY, {"name": "Twig", "parentId": root})["id"]
    answer = operator.staff.patch(f"{CATEGORY}/{root}", {"parentId": twig})
    assert codes(answer) == {("categoryCircle", "parentId")}


@pytest.mark.accepts("CAT-02")
@pytest.mark.parametrize(
    ("kind", "address", "name"),
    [
        (ProductSpecification, LAYERS["product"], "productSpecificationRelationship"),
        (ProductOffering, OFFERING, "bundledProductOffering"),
    ],
)
def test_two_managers_close_no_circle_together(
    operator: Operator, kind: type[Document], address: str, name: str
) -> None:
    """One puts the second into the first while another puts the first into the second: the later
    one waits for the earlier one and is refused."""
    first, second = (operator.make(address, {"name": one})["id"] for one in ("First", "Second"))
    answers: list[Any] = []

    def put_back() -> None:
        relation = {name: [{"id": first, "relationshipType": "bundles"}]}
        answers.append(operator.staff.patch(f"{address}/{second}", relation))

    other = Thread(target=put_back)
    with transaction(operator.site.services, system("tests")) as work:
        with work.edit(kind, first) as edited:
            edited.raw[name] = [{"id": second, "relationshipType": "bundles"}]
        other.start()
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and wait_event = 'advisory'"
        )
        operator.wait_until(lambda: bool(answers) or operator.site.rows(waiting) == [(1,)])
    other.join(10)
    (answer,) = answers
    assert answer.status_code == 400, answer.json
    assert {code for code, _ in codes(answer)} <= {"relationCircle", "bundleCircle"}


@pytest.mark.accepts("CAT-03")
def test_a_product_is_realized_by_one_service_and_any_number_of_resources(
    operator: Operator,
) -> None:
    """A second service beside the first is refused with the advice to put it below that one, on a
    new product and on one that is there; three resources are taken."""
    services = [{"id": specification(operator, "service", name)} for name in ("Internet", "Voice")]
    resources = [
        {"id": specification(operator, "resource", name)} for name in ("Port", "Router", "Number")
    ]
    body = {"serviceSpecification": services[:1], "resourceSpecification": resources}
    made = operator.make(LAYERS["product"], {"name": "Fibre with router", **body})
    assert [one["id"] for one in made["resourceSpecification"]] == [one["id"] for one in resources]
    both = {"serviceSpecification": services}
    for answer in (
        operator.staff.post(LAYERS["product"], {"name": "Fibre with voice", **both}),
        operator.staff.patch(f"{LAYERS['product']}/{made['id']}", both),
    ):
        assert codes(answer) == {("tooManyServiceSpecifications", "serviceSpecification")}
        assert "that service specification" in answer.json["message"]


CHARACTERISTICS = {
    "product": ("productSpecCharacteristic", "productSpecCharacteristicValue"),
    "service": ("specCharacteristic", "characteristicValueSpecification"),
    "resource": ("resourceSpecCharacteristic", "resourceSpecCharacteristicValue"),
}


@pytest.mark.accepts("CAT-05")
@pytest.mark.parametrize("layer", LAYERS)
def test_what_is_live_takes_small_edits_only(operator: Operator, layer: str) -> None:
    """Once live, a specification keeps its name, relations, characteristics, their options and
    how it is carried out; who tries to change that is told to make a version. Its texts, image and
    place in lists may change, a characteristic gets further options, and what the operator notes
    on it of its own is free."""
    listed, options = CHARACTERISTICS[layer]
    port = specification(operator, "resource", "Port", **LIVE)
    speed: Record = {"name": "speed", "valueType": "integer", options: [{"value": 100}]}
    body = {listed: [speed], "fulfilment": {"kind": "callout"}, "installationRequired": True}
    ident = specification(operator, layer, "Line", **LIVE, **body)
    address = f"{LAYERS[layer]}/{ident}"
    kind = "composedOf" if layer == "resource" else "requires"
    big: dict[str, Record] = {
        "name": {"name": "Faster line"},
        listed: {listed: [{**speed, "minCardinality": 1}]},
        "fulfilment": {"fulfilment": {"kind": "manual"}},
        "installationRequired": {"installationRequired": False},
        LISTS[layer, "resource"]: leads_to(layer, "resource", port, kind),
    }
    for path, change in big.items():
        answer = operator.staff.patch(address, change)
        assert (answer.status_code, codes(answer)) == (409, {("conflictFrozen", path)}), path
        assert "make a new version" in answer.json["message"]
    for options_after in (
        [{"value": 200}],
        [],
        [{"value": 100}, {"value": 200, "isDefault": True}],
    ):
        answer = operator.staff.patch(address, {listed: [{**speed, options: options_after}]})
        assert codes(answer) == {("conflictFrozen", listed)}
    more = {**speed, options: [{"value": 100}, {"value": 200}]}
    small = {"displayName": "Line", "description": "To the home", "order": 3, listed: [more],
             "image": "https://images.example/line.png", "codeInOldSystem": "L-7"}  # fmt: skip
    for name, value in small.items():
        answer = operator.staff.patch(address, {name: value})
        assert answer.status_code == 200, (name, answer.json)
    kept = operator.read(address)
    assert [one["value"] for one in kept[listed][0][options]] == [100, 200]
    assert kept["fulfilment"] == {"kind": "callout"}
    assert kept["name"] == "Line"
    back = operator.staff.patch(address, {"lifecycleStatus": "In design"})
    assert back.status_code == 409


@pytest.mark.accepts("CAT-05")
def test_so_do_live_offerings_and_prices(operator: Operator) -> None:
    """An offering on sale keeps its specification, parts, prices and what it is called; it may be
    taken off sale and on again, described and shown anew. Its price keeps its amount. A new version
    is a new offering, free to change."""
    product = specification(operator, "product", "Fibre", **LIVE)
    cost: Record = {"name": "Fibre, monthly", "priceType": "recurring",
                    "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
                    "price": {"unit": "EUR", "value": 30}, **LIVE}  # fmt: skip
    price = operator.make(PRICE, cost)["id"]
    body = {"name": "Fibre", "version": "1.0", "productSpecification": {"id": product},
            "productOfferingPrice": [{"id": price}]}  # fmt: skip
    ident = operator.make(OFFERING, {**body, **LIVE})["id"]
    address = f"{OFFERING}/{ident}"
    other = specification(operator, "product", "Copper", **LIVE)
    for change in (
        {"name": "Fibre Plus"},
        {"productSpecification": {"id": other}},
        {"productOfferingPrice": []},
        {"family": "Business"},
    ):
        answer = operator.staff.patch(address, change)
        assert (answer.status_code, answer.json["code"]) == (409, "conflictFrozen"), answer.json
        assert "make a new version" in answer.json["message"]
    dearer = operator.staff.patch(f"{PRICE}/{price}", {"price": {"unit": "EUR", "value": 40}})
    assert (dearer.status_code, dearer.json["code"]) == (409, "conflictFrozen")
    for change in (
        {"isSellable": False},
        {"isSellable": True},
        {"displayName": "Fibre for all"},
        {"description": "Light to the home"},
        {"image": "https://images.example/fibre.png"},
        {"order": 2},
    ):
        answer = operator.staff.patch(address, change)
        assert answer.status_code == 200, answer.json
    draft = operator.make(OFFERING, {**body, "version": "2.0"})
    renamed = operator.staff.patch(f"{OFFERING}/{draft['id']}", {"name": "Fibre Plus"})
    assert renamed.status_code == 200, renamed.json
    assert operator.read(address)["name"] == "Fibre"


@pytest.mark.accepts("CAT-10")
def test_rights_are_sold_like_things(operator: Operator) -> None:
    """A warranty, an extended warranty, a license and a subscription are defined, go live, are
    found by what they are and ordered; what is none of the four is refused."""
    product = specification(operator, "product", "Entitlement", **LIVE)
    ada = operator.ada()
    cost = {"priceType": "oneTime", "name": "Fee", "lifecycleStatus": "Active",
            "price": {"dutyFreeAmount": {"unit": "EUR", "value": 10}}}  # fmt: skip
    for kind in ("warranty", "extendedWarranty", "license", "subscription"):
        body = {"name": f"Right: {kind}", "offeringType": "entitlement", "entitlementType": kind,
                "isSellable": True, "productSpecification": {"id": product},
                "productOfferingPrice": [cost]}  # fmt: skip
        made = operator.make(OFFERING, body)
        live = operator.staff.patch(f"{OFFERING}/{made['id']}", LIVE)
        assert (live.status_code, live.json["entitlementType"]) == (200, kind), live.json
        found = operator.find(OFFERING, offeringType="entitlement", entitlementType=kind)
        assert [one["id"] for one in found] == [made["id"]]
        order = ada.has({"id": "1", "action": "add", "productOffering": {"id": made["id"]}})
        assert order.product()["productOffering"]["id"] == made["id"]
    wrong = {"name": "Hope", "offeringType": "entitlement", "entitlementType": "hope"}
    answer = operator.staff.post(OFFERING, wrong)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json["fault"]] == ["entitlementType"]
