"""What a product is built on changes: links follow, and a change taken back leaves none behind."""

from __future__ import annotations

from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import (
    FALLOUT,
    PRODUCT,
    RESOURCE,
    SERVICE,
    Customer,
    Operator,
    Order,
    linked,
)

RESOURCE_SPECIFICATION = "/tmf-api/resourceCatalog/v4/resourceSpecification"
OPTIMIZATION = "WAN Optimization"


def site_of(operator: Operator, optimization: str) -> tuple[Customer, Order]:
    company = operator.company("Nordhaven")
    item = company.add("1", "SD-WAN Site", bandwidth=50, optimization=optimization)
    return company, company.has(item)


def test_a_part_that_a_change_ends_is_linked_until_it_has_ended(operator: Operator) -> None:
    """The network refuses the end at first: the service still lists the part that still runs."""
    company, had = site_of(operator, "on")
    site, part = had.services["SD-WAN Site"], had.services[OPTIMIZATION]
    assert part["id"] in linked(site, "supportingService")
    operator.network.behave(
        fail=[{"kind": "business", "specification": OPTIMIZATION, "code": "busy", "once": True}]
    )
    product = had.product()["id"]
    order = company.orders(company.change("1", "modify", product, optimization="off"))
    operator.settle()
    assert part["id"] in linked(operator.read(SERVICE, site["id"]), "supportingService")
    (fallout,) = order.fallouts()
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    assert order.state == "completed"
    assert operator.read(SERVICE, part["id"])["state"] == "terminated"
    after = linked(operator.read(SERVICE, site["id"]), "supportingService")
    assert after == linked(site, "supportingService") - {part["id"]}
    assert operator.read(PRODUCT, product)["realizingService"] == had.product()["realizingService"]


def test_a_part_that_was_never_made_is_not_linked(operator: Operator) -> None:
    """Optimization is asked for, refused and taken back: the service is what it was."""
    company, had = site_of(operator, "off")
    site = had.services["SD-WAN Site"]
    operator.network.behave(fail=[{"kind": "business", "specification": OPTIMIZATION}])
    product = had.product()["id"]
    order = company.orders(company.change("1", "modify", product, optimization="on"))
    operator.settle()
    part = order.services[OPTIMIZATION]["id"]
    assert part in linked(operator.read(SERVICE, site["id"]), "supportingService")
    assert order.cancel()["cancellationResult"] == "canceled"
    after = operator.read(SERVICE, site["id"])
    assert linked(after, "supportingService") == linked(site, "supportingService")
    assert operator.read(SERVICE, part)["state"] == "terminated"


def test_a_product_lets_go_of_the_box_that_another_one_replaces(operator: Operator) -> None:
    """Small becomes large: the one box ends, the other takes its place at the product."""
    boxes = {
        name: operator.make(RESOURCE_SPECIFICATION, {"name": name, **LIVE})["id"]
        for name in ("Small box", "Large box")
    }
    offering = sell(
        operator, "Box",
        productSpecCharacteristic=[
            {"name": "size", "valueType": "string", "configurable": True,
             "productSpecCharacteristicValue": [{"value": "Small", "isDefault": True},
                                                {"value": "Large"}]}],
        resourceSpecification=[
            {"id": ident, "name": name, "relationshipType": "requires",
             "condition": f"source.size == '{name.partition(' ')[0]}'"}
            for name, ident in boxes.items()
        ],
    )  # fmt: skip
    ada = operator.ada()
    item = {"id": "1", "action": "add", "productOffering": {"id": offering},
            "product": {"productCharacteristic": [{"name": "size", "value": "Small"}]}}  # fmt: skip
    had = ada.has(item)
    product, small = had.product(), had.resources["Small box"]["id"]
    assert linked(product, "realizingResource") == {small}
    change = ada.has(ada.change("1", "modify", product["id"], size="Large"))
    after = operator.read(PRODUCT, product["id"])
    assert linked(after, "realizingResource") == {change.resources["Large box"]["id"]}
    assert operator.read(RESOURCE, small)["resourceStatus"] == "available"
