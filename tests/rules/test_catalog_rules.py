"""Rules of the catalog: allowed relations, sound characteristics, and what stays frozen."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.catalog.entry import CATALOG_LIFECYCLE, DRAFT, ENDED, LIVE, REJECTED
from trunkline.catalog.entry_rules import begun_faults, frozen_faults
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.offering_rules import use_faults
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import relation_type, relations
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.catalog.specification_rules import characteristic_faults, relation_faults

SERVICE = ("serviceSpecRelationship", ServiceSpecification)
PRODUCT = ("productSpecificationRelationship", ProductSpecification)
RESOURCE = ("resourceSpecRelationship", ResourceSpecification)


def related(layer: tuple[str, Any], **raw: Any) -> Any:
    name, kind = layer
    characteristics = [{"name": "sites"}]
    held = {
        ProductSpecification: "productSpecCharacteristic",
        ServiceSpecification: "specCharacteristic",
        ResourceSpecification: "resourceSpecCharacteristic",
    }[kind]
    return kind.wrap({"name": "Thing", held: characteristics, name: [{"id": "t1", **raw}]})


def codes(faults: Any) -> list[str]:
    return [f"{one.path} {one.code}" for one in faults]


@pytest.mark.parametrize(
    ("layer", "kind", "is_allowed"),
    [
        (PRODUCT, "bundles", True),
        (PRODUCT, "composedOf", True),
        (PRODUCT, "realisedAs", False),
        (PRODUCT, "requires", False),
        (SERVICE, "bundles", True),
        (SERVICE, "composedOf", True),
        (SERVICE, "realisedAs", True),
        (SERVICE, "requires", False),
        (RESOURCE, "bundles", True),
        (RESOURCE, "composedOf", True),
        (RESOURCE, "realisedAs", False),
        (RESOURCE, "requires", False),
        (PRODUCT, "substitution", True),
    ],
)
def test_relations_within_a_layer(layer: Any, kind: str, is_allowed: bool) -> None:
    faults = codes(relation_faults(related(layer, relationshipType=kind)))
    expected = [] if is_allowed else [f"{layer[0]}[0].relationshipType relationForbidden"]
    assert faults == expected


@pytest.mark.parametrize(
    ("name", "allowed", "forbidden"),
    [
        ("serviceSpecification", "realisedAs", "requires"),
        ("resourceSpecification", "requires", "realisedAs"),
        ("bundledProductSpecification", "bundles", "requires"),
    ],
)
def test_relations_between_layers(name: str, allowed: str, forbidden: str) -> None:
    def product(**raw: Any) -> ProductSpecification:
        return ProductSpecification.wrap({"name": "Fibre", name: [{"id": "t1", **raw}]})

    assert [one.type for one in relations(product())] == [allowed]
    assert codes(relation_faults(product(relationshipType=allowed))) == []
    assert len(codes(relation_faults(product(relationshipType=forbidden)))) == 1


def test_spellings_of_relations() -> None:
    words = ("Realised As", "realizedAs", "composed_of", "BUNDLES", "migration", None)
    found = [relation_type(word) for word in words]
    assert found == ["realisedAs", "realisedAs", "composedOf", "bundles", None, None]


def test_composition_makes_no_order() -> None:
    for kind, makes_order in (("composedOf", False), ("bundles", True), ("realisedAs", True)):
        (relation,) = relations(related(SERVICE, relationshipType=kind))
        assert relation.makes_order is makes_order


@pytest.mark.parametrize(
    ("quantities", "fault"),
    [
        ((0, 1, 2), None),
        ((None, 1, None), None),
        ((3, None, 2), "minimumQuantity minimumAboveMaximum"),
        ((1, 0, 2), "defaultQuantity defaultOutsideLimits"),
        ((1, 3, 2), "defaultQuantity defaultOutsideLimits"),
        ((-1, None, None), "minimumQuantity quantityNegative"),
    ],
)
def test_quantities_are_in_order(quantities: Any, fault: str | None) -> None:
    names = ("minimumQuantity", "defaultQuantity", "maximumQuantity")
    raw = {name: one for name, one in zip(names, quantities, strict=True) if one is not None}
    found = codes(relation_faults(related(SERVICE, relationshipType="bundles", **raw)))
    assert found == ([f"serviceSpecRelationship[0].{fault}"] if fault else [])


def test_a_quantity_comes_from_a_characteristic_that_exists() -> None:
    def found(name: str) -> list[str]:
        thing = related(PRODUCT, relationshipType="bundles", quantityCharacteristic=name)
        return codes(relation_faults(thing))

    assert found("sites") == []
    path = "productSpecificationRelationship[0].quantityCharacteristic"
    assert found("floors") == [f"{path} characteristicUnknown"]


def test_a_mapping_says_one_source_per_target() -> None:
    mapping = [
        {"target": "vlan", "source": "sites"},
        {"target": "vlan", "value": 7},
        {"target": "name", "source": "sites", "expression": "source.sites"},
        {"target": "mode"},
        {"target": "tag", "value": 1, "condition": "source.sites > 1"},
        {"target": "tag", "value": 2, "condition": "source.sites <= 1"},
    ]
    found = codes(relation_faults(related(SERVICE, relationshipType="realisedAs", mapping=mapping)))
    path = "serviceSpecRelationship[0].mapping"
    assert found == [
        f"{path}[1].target mappingTwice",
        f"{path}[2] mappingUnclear",
        f"{path}[3] mappingUnclear",
    ]


def test_contradicting_characteristics_are_refused() -> None:
    held = ProductSpecification.wrap(
        {
            "name": "Fibre",
            "productSpecCharacteristic": [
                {"name": "a", "minCardinality": 2, "maxCardinality": 1},
                {"name": "a"},
                {"name": "b", "regex": "(?=x)"},
                {
                    "name": "c",
                    "productSpecCharacteristicValue": [
                        {"value": "x", "isDefault": True},
                        {"value": "y", "isDefault": True},
                    ],
                },
                {
                    "name": "d",
                    "valueType": "integer",
                    "productSpecCharacteristicValue": [
                        {"value": 9, "isDefault": True, "valueFrom": 1, "valueTo": 5}
                    ],
                },
                {
                    "name": "e",
                    "valueType": "integer",
                    "productSpecCharacteristicValue": [{"value": "9", "isDefault": True}],
                },
                {
                    "name": "f",
                    "valueType": "object",
                    "childCharacteristic": [
                        {"name": "g", "minCardinality": 2, "maxCardinality": 1}
                    ],
                },
                {
                    "name": "h",
                    "productSpecCharacteristicValue": [{"valueFrom": 5, "valueTo": 1}],
                },
            ],
        }
    )
    found = codes(characteristic_faults(held.characteristics, "c"))
    assert found == [
        "c[0].minCardinality minimumAboveMaximum",
        "c[1].name characteristicTwice",
        "c[2].regex patternInvalid",
        "c[3] defaultTwice",
        "c[4].productSpecCharacteristicValue[0].value characteristicValue",
        "c[5].productSpecCharacteristicValue[0].value characteristicType",
        "c[6].childCharacteristic[0].minCardinality minimumAboveMaximum",
        "c[7].productSpecCharacteristicValue[0].valueFrom minimumAboveMaximum",
    ]


def test_a_use_stays_within_the_specification() -> None:
    specification = ProductSpecification.wrap(
        {
            "name": "Fibre",
            "productSpecCharacteristic": [
                {"name": "speed", "productSpecCharacteristicValue": [{"value": 1}, {"value": 2}]}
            ],
        }
    )
    offering = ProductOffering.wrap(
        {
            "name": "Fibre 1G",
            "prodSpecCharValueUse": [
                {"name": "speed", "productSpecCharacteristicValue": [{"value": 2}, {"value": 3}]},
                {"name": "color"},
            ],
        }
    )
    found = codes(use_faults(offering.prod_spec_char_value_use, specification.characteristics))
    assert found == [
        "prodSpecCharValueUse[0].productSpecCharacteristicValue[1].value characteristicValue",
        "prodSpecCharValueUse[1].name characteristicUnknown",
    ]


FIBRE = {
    "name": "Fibre",
    "lifecycleStatus": "Active",
    "validFor": {"startDateTime": "2026-01-01T00:00:00.000Z"},
    "productSpecCharacteristic": [
        {"name": "speed", "productSpecCharacteristicValue": [{"value": 1, "isDefault": True}]},
        {"name": "note"},
    ],
}


def edited(**raw: Any) -> list[str]:
    old = ProductSpecification.wrap(copy.deepcopy(FIBRE))
    return [one.path for one in frozen_faults(old, ProductSpecification.wrap({**FIBRE, **raw}))]


def speeds(*options: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "speed", "productSpecCharacteristicValue": list(options)}, {"name": "note"}]


FIRST = {"value": 1, "isDefault": True}


def test_small_edits_of_what_is_live_are_taken() -> None:
    assert edited(description="Fast", version="1.1", lifecycleStatus="Retired") == []
    end = {"endDateTime": "2027-01-01T00:00:00.000Z"}
    assert edited(validFor={**FIBRE["validFor"], **end}) == []  # type: ignore[dict-item]
    assert edited(productSpecCharacteristic=speeds(FIRST, {"value": 2})) == []
    assert edited(somethingOfTheOperator=1) == []


def test_larger_edits_of_what_is_live_are_refused() -> None:
    assert edited(name="Fiber", brand="New") == ["name", "brand"]
    assert edited(validFor={"startDateTime": "2026-02-01T00:00:00.000Z"}) == ["validFor"]
    for characteristics in (
        speeds({"value": 1}),
        speeds({"value": 2}),
        speeds(FIRST, {"value": 2, "isDefault": True}),
        speeds(FIRST)[:1],
        [*speeds(FIRST)[:1], {"name": "note", "productSpecCharacteristicValue": [{"value": "x"}]}],
    ):
        assert edited(productSpecCharacteristic=characteristics) == ["productSpecCharacteristic"]


def test_the_refusal_suggests_a_new_version() -> None:
    old = ProductSpecification.wrap(copy.deepcopy(FIBRE))
    (fault,) = frozen_faults(old, ProductSpecification.wrap({**FIBRE, "name": "Fiber"}))
    assert fault.code == "conflictFrozen"
    assert "new version" in fault.message


@given(st.lists(st.integers(0, 7), max_size=12))
def test_what_was_live_only_ends_or_goes_back_to_design(choices: list[int]) -> None:
    state, was_live = CATALOG_LIFECYCLE.initial, False
    for choice in choices:
        after = CATALOG_LIFECYCLE.moves[state]
        if not after:
            break
        former, state = state, after[choice % len(after)]
        if former in LIVE and state == DRAFT[1]:
            was_live = False
        was_live = was_live or state in LIVE
        if was_live:
            assert state in (*LIVE, *ENDED)
        else:
            assert state in (*DRAFT, REJECTED)


@given(st.none() | st.integers(-400, 400), st.sampled_from(LIVE), st.sampled_from(DRAFT))
def test_what_was_live_and_has_begun_never_becomes_a_draft_again(
    days: int | None, live: str, draft: str
) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    valid = {} if days is None else {
        "validFor": {"startDateTime": (now + timedelta(days=days)).isoformat()}}  # fmt: skip
    old = ProductSpecification.wrap({**FIBRE, **valid, "lifecycleStatus": live})
    new = ProductSpecification.wrap({**FIBRE, "lifecycleStatus": draft})
    found = [one.code for one in begun_faults(old, new, now)]
    assert found == ([] if days is not None and days > 0 else ["conflictBegun"])
