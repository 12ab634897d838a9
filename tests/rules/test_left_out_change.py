"""What a record is like whose order was changed while it ran, where that change was left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.rules.test_next_steps import step
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Meta
from trunkline.ordering.edits import Edits
from trunkline.ordering.effect import carry_over
from trunkline.ordering.left_out import never_handed_over, with_earlier
from trunkline.ordering.plan_item import Plan, PlanItem, StepState
from trunkline.shared.characteristic import Characteristic

HERE, THERE = ({"id": one, "role": "installation"} for one in ("here", "there"))


@pytest.mark.parametrize(
    "state,values,place",
    [
        ("completed", {"speed": 9, "port": 7}, THERE),
        ("skipped", {"speed": 1, "pack": "news"}, HERE),
    ],
)
def test_a_new_service_is_as_it_was_handed_over(
    state: StepState, values: dict[str, Any], place: dict[str, str]
) -> None:
    """The network was told of it once, then of other values and another place, or not."""
    of_plan: dict[str, Any] = {"part_of": "3", "origin": {"code": "plain"}}
    wanted = {"speed": 9, "port": 7}
    former = {"characteristic": {"speed": 1, "port": None, "pack": "news"}, "place": [HERE]}
    told = step("1", "callout", state="completed", characteristic={"speed": 1}, **of_plan)
    changed = step("2", "callout", "1", state=state, action="modify", place=THERE, former=former,
                   characteristic={**wanted, "pack": None}, **of_plan)  # fmt: skip
    own = step("3", "automatic", "2", state="completed", service="s", characteristic=wanted,
               place=THERE, origin=of_plan["origin"])  # fmt: skip
    service = Service(state="reserved")
    service.service_characteristic = [Characteristic(name=n, value=v) for n, v in wanted.items()]
    service.raw["place"] = [THERE]
    object.__setattr__(service, "meta", Meta("s"))
    edits: Any = Edits(None)  # type: ignore[arg-type]
    edits.keep(service)
    steps = {one.id: one for one in (told, changed, own)}
    plan = Plan("order", "ProductOrder", "inProgress", steps)
    carry_over(edits, plan, [own], datetime(2030, 1, 1, tzinfo=UTC))
    assert service.state == "active"
    assert {one.name: one.value for one in service.service_characteristic} == values
    assert [one["id"] for one in service.raw["place"]] == [place["id"]]


def changes(ident: str, state: StepState, **values: tuple[Any, Any]) -> PlanItem:
    """Return a step that changes values, each from one to another."""
    return step(ident, "callout", state=state, action="modify",
                former={"characteristic": {name: old for name, (old, _) in values.items()}},
                characteristic={name: new for name, (_, new) in values.items()})  # fmt: skip


def makes(ident: str, **values: Any) -> PlanItem:
    """Return a step that has made something new with values."""
    return step(ident, "callout", state="completed", action="add", characteristic=values)


@pytest.mark.parametrize(
    "below,kept",
    [
        ([changes("1", "skipped", speed=(1, 9)), changes("2", "completed", pack=("a", "b"))],
         {"speed": 1}),
        # The network calls it otherwise.
        ([changes("1", "skipped", rate=(1, 9)), changes("2", "completed", pack=("a", "b"))],
         {"speed": 1}),
        # Another value below is no value of the product's, and changes from the same to another.
        ([changes("1", "skipped", rate=(2, 9)), changes("2", "completed", pack=("a", "b"))], {}),
        # Somebody was told of it.
        ([changes("1", "skipped", speed=(1, 9)), changes("2", "completed", speed=(1, 9))], {}),
        # It was changed twice while the order ran.
        ([changes("1", "skipped", speed=(1, 5)), changes("2", "skipped", speed=(5, 9))],
         {"speed": 1}),
        ([changes("1", "completed", speed=(1, 5)), changes("2", "skipped", speed=(5, 9))],
         {"speed": 5}),
        # Something new works with the new value, or something older with the former one.
        ([makes("0", speed=1), changes("1", "skipped", speed=(1, 9)), makes("2", speed=9)], {}),
        ([makes("0", speed=1), changes("1", "skipped", speed=(1, 9))], {"speed": 1}),
    ],
)  # fmt: skip
def test_a_product_keeps_what_nobody_was_told_to_change(
    below: list[PlanItem], kept: dict[str, Any]
) -> None:
    """Of what is changed at once, each value is as the last step that was done has left it."""
    own = step("9", "automatic", *(one.id for one in below), action="modify", layer="product",
               former={"characteristic": {"speed": 1, "pack": "a"}},
               characteristic={"speed": 9, "pack": "b"})  # fmt: skip
    asked_between = step("8", characteristic={"speed": 5, "pack": "b"})
    own = replace(own, former=with_earlier(own.former, asked_between, {"speed": 9}))
    plan = Plan("order", "ProductOrder", "inProgress", {one.id: one for one in (*below, own)})
    assert never_handed_over(plan, own) == kept


def test_what_was_made_before_a_change_has_not_handed_it_over() -> None:
    """The first value was asked for again, and nobody was told: it works with the one between."""
    below = [makes("0", speed=9), changes("1", "completed", speed=(9, 1)),
             changes("2", "skipped", speed=(1, 9))]  # fmt: skip
    own = step("9", "automatic", "0", "1", "2", action="add", layer="product",
               characteristic={"speed": 9})  # fmt: skip
    once = with_earlier(None, step("8", characteristic={"speed": 9}), {"speed": 1})
    twice = step("8", characteristic={"speed": 1}, former=once)
    former = with_earlier(once, twice, {"speed": 9})
    assert former == {"earlier": {"speed": [9, 1]}}
    plan = Plan("order", "ProductOrder", "inProgress", {one.id: one for one in (*below, own)})
    assert never_handed_over(plan, replace(own, former=former)) == {"speed": 1}
