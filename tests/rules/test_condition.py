"""Conditions: operators' rules are checked when written and bounded when carried out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.condition import (
    RuleFailed,
    RuleInvalid,
    ValueMissing,
    compile_rule,
    value,
)
from trunkline.ordering.condition_rules import conditions_can_be_carried_out


def given(**source: Any) -> dict[str, Any]:
    return {"source": source, "item": {"quantity": 3}, "place": {"id": "A"}}


@pytest.mark.parametrize(
    "text",
    [
        "source.speed > 500",
        "source['speed'] == 1000.0",
        "source.price == 19.5",
        "source.name in ['gold', 'silver'] && item.quantity == 3",
        "place.id == 'A' && !has(source.tenancy)",
        "source.sites.exists(one, one.startsWith('Ber'))",
        "source.big > 1",
    ],
)
def test_a_condition_that_holds(text: str) -> None:
    context = given(
        speed=1000, price=Decimal("19.5"), name="gold", sites=["Bern", "Rome"], big=1 << 70
    )
    assert compile_rule(text).holds(context)


def test_a_condition_that_does_not_hold() -> None:
    assert not compile_rule("source.speed > 500").holds(given(speed=100))


def test_a_value_that_is_not_known_yet_has_a_name() -> None:
    with pytest.raises(ValueMissing) as caught:
        compile_rule("source.tenancy == 'multi'").holds(given())
    assert caught.value.name == "tenancy"


def test_an_alternative_that_needs_no_unknown_value_decides() -> None:
    assert compile_rule("source.tenancy == 'multi' || source.speed > 1").holds(given(speed=2))


@pytest.mark.parametrize("text", ["1 / 0 == 1", "source.name + 1 == 2", "source.name"])
def test_a_rule_without_a_result_fails(text: str) -> None:
    with pytest.raises(RuleFailed):
        compile_rule(text).holds(given(name="gold"))


def test_whole_and_broken_numbers_that_do_not_mix_are_told_with_the_next_step() -> None:
    rule = compile_rule("source.speed * 1.5", condition=False)
    with pytest.raises(RuleFailed, match=r"write double\(\.\.\.\) around each"):
        rule.value(given(speed=100))
    assert rule.value(given(speed=100.5)) == Decimal("150.75")


def test_a_condition_that_cannot_be_told_is_taken_as_the_asker_says() -> None:
    for if_unclear in (True, False):
        assert compile_rule("source.speed > 1").is_met(given(speed=2), if_unclear=if_unclear)
        odd = compile_rule("source.name + 1 == 2")
        assert odd.is_met(given(name="a"), if_unclear=if_unclear) is if_unclear
        assert not compile_rule("source.speed > 1").is_met(given(), if_unclear=if_unclear)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source.speed >", "is not a rule"),
        ("customer.name == 'x'", "is not a rule: .*; it may speak of .*source"),
        ("'a' == 1", "is not a rule"),
        ("1 + 1", "true or false"),
        ("source.a == '" + "x" * 2048 + "'", "longer than"),
        ("+".join(["1"] * 500) + " == 500", "is not a rule"),
        (".map(x, x + x)".join(["source.a", *[""] * 5]) + " == []", "lists"),
    ],
)
def test_a_text_that_is_no_rule_is_refused(text: str, message: str) -> None:
    with pytest.raises(RuleInvalid, match=message):
        compile_rule(text)


def test_endless_walks_end() -> None:
    walk = "source.l.all(a, source.l.all(b, source.l.all(c, a < 5000)))"
    with pytest.raises(RuleFailed, match="budget"):
        compile_rule(walk).holds(given(l=list(range(1000))))
    with pytest.raises(RuleFailed, match="too long"):
        compile_rule(walk).holds(given(l=list(range(1001))))


def test_an_expression_comes_to_json() -> None:
    context = given(speed=50, price=Decimal("0.1"))
    assert value("source.speed * 2", context) == 100
    assert value("source.price", context) == Decimal("0.1")
    assert value("['a', string(source.speed)]", context) == ["a", "50"]
    assert value("timestamp('2026-11-21T10:00:00+01:00')", context) == "2026-11-21T09:00:00.000Z"
    with pytest.raises(RuleFailed, match="byte"):
        value("b'x'", context)


def test_the_catalog_refuses_conditions_that_are_no_rules() -> None:
    specification = ProductSpecification.wrap(
        {
            "name": "Plan",
            "serviceSpecification": [
                {
                    "id": "s",
                    "condition": "source.a ==",
                    "mapping": [{"target": "x", "expression": "sorce.a"}],
                }
            ],
        }
    )
    found = conditions_can_be_carried_out(None, None, specification)
    assert [(one.path, one.code) for one in found] == [
        ("serviceSpecification[0].condition", "conditionInvalid"),
        ("serviceSpecification[0].mapping[0].expression", "conditionInvalid"),
    ]
