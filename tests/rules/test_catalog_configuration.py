"""Configuration: defaults are filled in, and every wrong characteristic is named."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.catalog.characteristic import (
    CharacteristicSpecification,
    ProductSpecificationCharacteristic,
    ProductSpecificationCharacteristicValueUse,
)
from trunkline.catalog.configuration import complete
from trunkline.catalog.value_type import value_type
from trunkline.shared.characteristic import Characteristic

AT = datetime(2026, 11, 21, tzinfo=UTC)


def specified(name: str, kind: str = "string", **raw: Any) -> ProductSpecificationCharacteristic:
    options = raw.pop("options", None)
    if options is not None:
        raw["productSpecCharacteristicValue"] = options
    return ProductSpecificationCharacteristic.wrap({"name": name, "valueType": kind, **raw})


def used(name: str, *options: Any, **raw: Any) -> ProductSpecificationCharacteristicValueUse:
    return ProductSpecificationCharacteristicValueUse.wrap(
        {"name": name, "productSpecCharacteristicValue": list(options), **raw}
    )


def value(name: str, value: Any) -> Characteristic:
    return Characteristic(name=name, value=value)


def codes(*given: Characteristic, spec: Any, uses: Any = (), at: Any = None) -> list[str]:
    return [f"{one.path} {one.code}" for one in complete(spec, uses, given, path="c", at=at)[1]]


SPEED = specified(
    "speed",
    "integer",
    minCardinality=1,
    options=[{"value": 100, "isDefault": True}, {"value": 1000}],
)


def test_a_default_fills_what_was_left_out() -> None:
    completed, faults = complete([SPEED], [], [])
    assert faults == []
    assert completed == [Characteristic(name="speed", value=100, value_type="integer")]


def test_the_offering_s_default_wins() -> None:
    completed, _ = complete([SPEED], [used("speed", {"value": 1000, "isDefault": True})], [])
    assert [one.value for one in completed] == [1000]


def test_the_offering_narrows_what_the_specification_admits() -> None:
    uses = [used("speed", {"value": 1000})]
    assert codes(value("speed", 100), spec=[SPEED], uses=uses) == ["c[0].value characteristicValue"]
    assert codes(value("speed", 1000), spec=[SPEED], uses=uses) == []


def test_every_wrong_characteristic_is_named() -> None:
    spec = [
        specified("line", minCardinality=1),
        specified("minutes", "integer", options=[{"valueFrom": 1, "valueTo": 60}]),
        specified("code", regex="[A-Z]{3}"),
        specified("active", "boolean"),
    ]
    found = codes(
        value("color", "red"),
        value("minutes", 61),
        value("code", "ABCD"),
        value("active", "yes"),
        spec=spec,
    )
    assert found == [
        "c[0].name characteristicUnknown",
        "c characteristicMissing",
        "c[1].value characteristicValue",
        "c[2].value characteristicPattern",
        "c[3].value characteristicType",
    ]


@pytest.mark.parametrize(
    ("interval", "admitted"),
    [
        ("closed", [1, 2, 3]),
        (None, [1, 2, 3]),
        ("open", [2]),
        ("closedBottom", [1, 2]),
        ("closedTop", [2, 3]),
    ],
)
def test_a_range_includes_the_ends_that_it_says(interval: str | None, admitted: list[int]) -> None:
    option = {"valueFrom": 1, "valueTo": 3} | ({"rangeInterval": interval} if interval else {})
    spec = [specified("size", "integer", options=[option])]
    assert [n for n in range(5) if not codes(value("size", n), spec=spec)] == admitted


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", "text", 1),
        ("integer", 5, Decimal("5.5")),
        ("integer", Decimal("5.0"), True),
        ("decimal", Decimal("5.5"), "5.5"),
        ("number", 5, False),
        ("boolean", False, 0),
        ("checkBox", True, "true"),
        ("date", "2026-02-28", "2026-02-29"),
        ("date-time", "2026-02-28T10:00:00Z", "2026-02-28"),
        ("duration", "P1Y6M", "P"),
        ("duration", {"amount": 24, "units": "months"}, "PT"),
        ("e-mail", "ada@example.com", "ada@"),
        ("address", {"street": "Main Street"}, ""),
        ("attachment", {"url": "https://example.com/a.pdf"}, 5),
        ("object", {"any": 1}, "text"),
        ("label", None, "text"),
        ("integerArray", [1, 2], [1, "2"]),
        ("text[]", ["a"], "a"),
        ("array of date", ["2026-01-01"], ["today"]),
    ],
)
def test_each_type_admits_its_values_only(kind: str, good: Any, bad: Any) -> None:
    spec = [specified("it", kind)]
    if value_type(kind).kind != "label":
        assert codes(value("it", good), spec=spec) == []
    assert codes(value("it", bad), spec=spec)[0].endswith("characteristicType")


def test_an_unknown_type_admits_anything() -> None:
    assert codes(value("it", {"a": [1]}), spec=[specified("it", "blob")]) == []


def test_true_is_not_one() -> None:
    spec = [specified("it", "anything", options=[{"value": 1}])]
    assert codes(value("it", True), spec=spec) == ["c[0].value characteristicValue"]


def test_the_number_of_values_is_checked() -> None:
    spec = [specified("tag", maxCardinality=2, minCardinality=1)]
    assert codes(value("tag", "a"), value("tag", "b"), spec=spec) == []
    three = [value("tag", one) for one in "abc"]
    assert codes(*three, spec=spec) == ["c[0] characteristicCardinality"]
    single = [specified("tag")]
    assert codes(value("tag", ["a", "b"]), spec=single) == ["c[0] characteristicCardinality"]
    array = [specified("tag", "textArray", minCardinality=2, maxCardinality=3)]
    assert codes(value("tag", ["a"]), spec=array) == ["c[0] characteristicCardinality"]
    assert codes(value("tag", ["a", "b"]), spec=array) == []


def test_the_offering_may_ask_for_more_and_for_fewer_values() -> None:
    spec = [specified("tag", maxCardinality=3)]
    assert codes(spec=spec, uses=[used("tag", minCardinality=1)]) == ["c characteristicMissing"]
    two = [value("tag", "a"), value("tag", "b")]
    narrowed = codes(*two, spec=spec, uses=[used("tag", maxCardinality=1)])
    assert narrowed == ["c[0] characteristicCardinality"]


def test_a_fixed_characteristic_takes_its_default_only() -> None:
    spec = [specified("tech", configurable=False, options=[{"value": "GPON", "isDefault": True}])]
    assert [one.value for one in complete(spec, [], [])[0]] == ["GPON"]
    assert codes(value("tech", "GPON"), spec=spec) == []
    assert codes(value("tech", "DSL"), spec=spec) == ["c[0].value characteristicFixed"]


def test_what_the_network_fills_is_not_missing() -> None:
    spec = [specified("serialNumber", configurable=False, minCardinality=1)]
    assert complete(spec, [], []) == ([], [])


def test_extensible_options_are_proposals() -> None:
    spec = [specified("color", extensible=True, options=[{"value": "red"}])]
    assert codes(value("color", "blue"), spec=spec) == []


def test_an_option_counts_only_in_its_validity() -> None:
    ended = {"value": "ISDN", "validFor": {"endDateTime": "2020-01-01T00:00:00.000Z"}}
    spec = [specified("line", options=[ended, {"value": "VoIP"}])]
    assert codes(value("line", "ISDN"), spec=spec) == []
    assert codes(value("line", "ISDN"), spec=spec, at=AT) == ["c[0].value characteristicValue"]


DIRECTORY = specified(
    "directory",
    "object",
    childCharacteristic=[
        {"name": "listed", "valueType": "boolean", "minCardinality": 1},
        {
            "name": "title",
            "valueType": "string",
            "characteristicValueSpecification": [
                {"value": "Dr", "isDefault": True},
                {"value": "Mx"},
            ],
        },
        {
            "name": "phone",
            "valueType": "objectArray",
            "childCharacteristic": [{"name": "number", "valueType": "string", "minCardinality": 1}],
        },
    ],
)


def test_members_of_objects_are_filled_and_checked() -> None:
    completed, faults = complete([DIRECTORY], [], [value("directory", {"listed": True})])
    assert faults == []
    assert completed[0].value == {"listed": True, "title": "Dr"}
    wrong = {"listed": "no", "title": "Sir", "size": 1, "phone": [{"number": "1"}, {}]}
    assert codes(value("directory", wrong), spec=[DIRECTORY]) == [
        "c[0].value.size characteristicUnknown",
        "c[0].value.listed characteristicType",
        "c[0].value.title characteristicValue",
        "c[0].value.phone[1].number characteristicMissing",
    ]


def test_what_was_given_is_not_changed() -> None:
    one = value("directory", {"listed": True})
    complete([DIRECTORY], [], [one])
    assert one.raw == {"name": "directory", "value": {"listed": True}}


def test_services_and_their_shape_of_options_serve_as_well() -> None:
    spec = CharacteristicSpecification.wrap(
        {"name": "vlan", "characteristicValueSpecification": [{"value": 7, "isDefault": True}]}
    )
    assert [one.value for one in complete([spec], [], [])[0]] == [7]


NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.none() | st.booleans() | st.integers(0, 3) | st.text("xyz", max_size=2)
SPECS = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["string", "integer", "boolean", "odd"])},
        optional={
            "minCardinality": st.integers(0, 1),
            "configurable": st.booleans(),
            "default": st.integers(0, 3) | st.text("xyz", max_size=2) | st.booleans(),
        },
    ),
).map(lambda held: [_specified(name, dict(one)) for name, one in held.items()])


def _specified(name: str, raw: dict[str, Any]) -> ProductSpecificationCharacteristic:
    kind = raw.pop("kind")
    if "default" in raw:
        default = raw.pop("default")
        if value_type(kind).fits(default):
            raw["options"] = [{"value": default, "isDefault": True}]
    return specified(name, kind, **raw)


@given(SPECS, st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_completing_twice_changes_nothing_more(
    spec: list[ProductSpecificationCharacteristic], sent: list[tuple[str, Any]]
) -> None:
    given_values = [Characteristic.wrap({"name": name, "value": one}) for name, one in sent]
    completed, faults = complete(spec, [], given_values)
    again, later = complete(spec, [], completed)
    assert again == completed
    assert {one.code for one in later} <= {one.code for one in faults}
    if not faults:
        assert later == []
    assert {one.name for one in completed} <= {one.name for one in spec}
