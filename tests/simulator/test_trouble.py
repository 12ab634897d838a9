"""Fail rules, chances and the settings that they come from."""

import pytest

from tests.simulator.listener import item, order
from trunkline.simulator.command import Command, order_command
from trunkline.simulator.refusal import Refusal
from trunkline.simulator.settings import parse_settings
from trunkline.simulator.trouble import Trouble


def trouble(**settings: object) -> Trouble:
    return Trouble(parse_settings(settings, seed=1))


def fibre(key: str = "ada-1") -> Command:
    added = item(technology="GPON")
    return order_command(order(item("modify", id="0", service_id="x"), added), key=key)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"specification": "fibre*"},
        {"specification": "spec-Fibre Access"},
        {"action": "add"},
        {"key": "ada-*"},
        {"characteristic": {"name": "technology"}},
        {"characteristic": {"name": "technology", "value": "GPON"}, "action": "add"},
    ],
)
def test_a_rule_strikes_where_its_conditions_are_met(condition: dict[str, object]) -> None:
    assert trouble(fail=[{"kind": "business", **condition}]).plan(fibre()).failure


@pytest.mark.parametrize(
    "condition",
    [
        {"specification": "Copper"},
        {"action": "delete"},
        {"key": "bob-*"},
        {"characteristic": {"name": "technology", "value": "VDSL"}},
        {"characteristic": {"name": "technology"}, "action": "modify"},
    ],
)
def test_a_rule_spares_all_others(condition: dict[str, object]) -> None:
    assert trouble(fail=[{"kind": "business", **condition}]).plan(fibre()).failure is None


def test_the_failure_names_the_item_and_the_code_of_the_rule() -> None:
    rule = {"kind": "business", "action": "add", "code": "noFreePort", "reason": "No port"}
    failure = trouble(fail=[rule]).plan(fibre()).failure
    assert failure is not None
    assert (failure.code, failure.reason, failure.item_id) == ("noFreePort", "No port", "1")


def test_a_rule_strikes_as_often_as_it_may() -> None:
    one = trouble(fail=[{"kind": "technical", "once": True}, {"kind": "business", "count": 2}])
    assert [one.outage(fibre()) is not None for _ in range(3)] == [True, False, False]
    assert [one.plan(fibre()).failure is not None for _ in range(3)] == [True, True, False]
    assert one.remaining()["fail"] == [0, 0]


def test_chances_depend_on_seed_and_key_not_on_the_order_of_arrival() -> None:
    keys = [f"key-{number}" for number in range(400)]
    first, second = trouble(lost_answer=0.3, seed=7), trouble(lost_answer=0.3, seed=7)
    lost = {key for key in keys if first.loses_answer(key, 1)}
    assert lost == {key for key in reversed(keys) if second.loses_answer(key, 1)}
    assert 80 < len(lost) < 160
    other = trouble(lost_answer=0.3, seed=8)
    assert lost != {key for key in keys if other.loses_answer(key, 1)}


def test_a_delay_lies_within_its_range() -> None:
    one = trouble(mode="callback", delay_ms=[20, 30])
    delays = {one.plan(fibre(f"key-{number}")).delay_ms for number in range(200)}
    assert delays == set(range(20, 31))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ([], "bodyNotObject"),
        ({"mode": "later"}, "settingsInvalid"),
        ({"lost_answers": 1}, "settingsInvalid"),
        ({"fail": [{"kind": "business", "spec": "x"}]}, "settingsInvalid"),
        ({"delay_ms": [5, 1]}, "rangeInvalid"),
        ({"lost_answer": 1.5}, "chanceInvalid"),
        ({"late_ms": -1}, "timeInvalid"),
        ({"callback_attempts": 0}, "countInvalid"),
    ],
)
def test_wrong_settings_are_refused(settings: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_settings(settings, seed=1)
    assert caught.value.code == code
    assert caught.value.status == 400
