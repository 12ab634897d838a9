"""A company connects four branches: a package for each, security at all of them in the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.test_broken_down import CATALOG, LIVE, sell
from tests.support.operator import OFFERING, SERVICE_SPECIFICATION, Customer, Operator, Record

BRANCHES = ("Quay", "Mill", "Harbour", "Market")
REALISED = {"relationshipType": "realisedAs"}


def characteristic(name: str, *values: str) -> Record:
    options = [{"value": one, "isDefault": one == values[0]} for one in values]
    return {"name": name, "valueType": "string", "configurable": True,
            "productSpecCharacteristicValue": options}  # fmt: skip


def package(operator: Operator) -> dict[str, str]:
    """Put the package on sale: controller and edge device, and security for who wants it."""
    facing = {**LIVE, "serviceType": "RFS", "fulfilment": {"kind": "callout"}}
    controller, box, acceleration, filtering = (
        operator.make(SERVICE_SPECIFICATION, {"name": name, **facing})
        for name in ("Branch controller", "Branch box", "Acceleration", "Filtering")
    )
    asked = {"name": "acceleration", "valueType": "string", "configurable": True}
    wanted = {"condition": 'source.acceleration == "on"'}
    edge = operator.make(SERVICE_SPECIFICATION, {
        "name": "Branch edge", **LIVE, "specCharacteristic": [asked],
        "serviceSpecRelationship": [box | REALISED, {**acceleration, **REALISED, **wanted}],
    })  # fmt: skip
    mapping = [{"target": "acceleration", "source": "acceleration"}]
    tenant = {**controller, **REALISED, "condition": 'source.tenancy == "own"'}
    parts = {
        "Controller": (characteristic("tenancy", "none", "own"), tenant),
        "Edge": (characteristic("acceleration", "off", "on"),
                 {**edge, **REALISED, "mapping": mapping}),
        "Security": (None, filtering | REALISED),
    }  # fmt: skip
    sold = {
        name: sell(operator, f"Branch {name}", serviceSpecification=[link],
                   productSpecCharacteristic=[said] if said else [])
        for name, (said, link) in parts.items()
    }  # fmt: skip
    whole = operator.make(f"{CATALOG}/productSpecification", {"name": "Branch Package", **LIVE})
    limits = {"Controller": (1, 1), "Edge": (1, 1), "Security": (0, 1)}
    bundled = [
        {"id": sold[name], "name": name, "bundledProductOfferingOption": {
            "numberRelOfferLowerLimit": lower, "numberRelOfferUpperLimit": upper}}
        for name, (lower, upper) in limits.items()
    ]  # fmt: skip
    body = {
        "name": "Branch Package", "isBundle": True, "isSellable": True, **LIVE,
        "productSpecification": {"id": whole["id"]}, "bundledProductOffering": bundled,
    }  # fmt: skip
    return {**sold, "Package": str(operator.make(OFFERING, body)["id"])}


def branch(
    company: Customer, sold: dict[str, str], at: int, *, acceleration: str, security: bool
) -> list[Record]:
    """Return the lines of one branch: the package and its parts."""
    parts: dict[str, dict[str, Any]] = {
        "Controller": {"tenancy": "own" if at == 0 else "none"},
        "Edge": {"acceleration": acceleration},
        **({"Security": {}} if security else {}),
    }
    company.operator.offerings = {**company.operator.offerings, **sold}
    inside = [company.add(f"{at}-{name}", name, at=at, **said) for name, said in parts.items()]
    bundles = [{"id": one["id"], "relationshipType": "bundles"} for one in inside]
    whole = company.add(f"{at}", "Package", at=at)
    return [whole | {"productOrderItemRelationship": bundles}, *inside]


@pytest.mark.scenario(1)
def test_each_branch_gets_its_package_and_what_it_chose(operator: Operator) -> None:
    """Twelve lines without security and sixteen with it; one package order with its parts inside
    for each branch. The controller is carried out where it has a tenant, acceleration where the
    edge device asks for it, and every product is at its branch."""
    sold = package(operator)
    for security, lines in ((False, 12), (True, 16)):
        company = operator.company(*BRANCHES)
        items = [
            line
            for at, wanted in enumerate(("off", "on", "on", "off"))
            for line in branch(company, sold, at, acceleration=wanted, security=security)
        ]
        assert len(items) == lines
        order = company.orders(*items)
        operator.settle()
        assert (order.state, set(order.items.values())) == ("completed", {"completed"})
        assert len(order.items) == lines
        plan = order.plan["item"]
        names = [one["name"] for one in plan if one["layer"] == "service"]
        assert (names.count("Branch controller"), names.count("Branch box")) == (1, 4)
        assert (names.count("Acceleration"), names.count("Filtering")) == (2, 4 if security else 0)
        for at, place in enumerate(company.places):
            own = [order.product(one) for one in order.items if one[0] == str(at)]
            assert len(own) == lines // len(BRANCHES)
            assert {(one["status"], one["place"][0]["id"]) for one in own} == {("active", place)}
