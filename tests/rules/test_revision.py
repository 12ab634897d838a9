"""What becomes of the steps of a plan whose order changes, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.test_next_steps import step
from trunkline.catalog.fulfilment_terms import OnChange
from trunkline.ordering.macd.early_end import SETTLED, who_waives_a_fee_may
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.amending import amend
from trunkline.ordering.revision.comparison import Difference, differences
from trunkline.ordering.revision.compensation import compensations
from trunkline.ordering.revision.content import content_of, revised
from trunkline.ordering.revision.setting import Setting
from trunkline.ordering.steps import next_steps

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def chain(length: int, **more: Any) -> list[PlanItem]:
    """Return steps of which each needs the one before, and the milestones of their order."""
    steps = [
        step(str(n), "automatic", *([str(n - 1)] if n > 1 else []), item_id="1",
             characteristic={"speed": 1}, **more)
        for n in range(1, length + 1)
    ]  # fmt: skip
    ends = [
        replace(step(str(length + 1), "milestone", str(length)), node_key="item/1", item_id="1",
                layer="order", action=None),
        replace(step(str(length + 2), "milestone", str(length + 1)), node_key="end",
                layer="order", action=None),
    ]  # fmt: skip
    return steps + ends


def running(items: list[PlanItem], done: int) -> Plan:
    """Return a plan of which the first steps are done."""
    plan = Plan("order", "ProductOrder", "inProgress")
    plan.extend(items)
    plan.added.clear()
    for one in items[:done]:
        plan.items[one.id] = replace(plan.items[one.id], state="completed")
    return plan


def changed(items: list[PlanItem], *which: str) -> list[PlanItem]:
    return [
        replace(one, id=f"new-{one.id}", needs=tuple(f"new-{need}" for need in one.needs),
                characteristic={"speed": 2} if one.node_key in which else one.characteristic)
        for one in items
    ]  # fmt: skip


def without(items: list[PlanItem], *which: str) -> list[PlanItem]:
    """Leave steps of a chain out; what needed one of them needs what that one needed."""
    gone = {one.id: one.needs for one in items if one.node_key in which}

    def needs(asked: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(n for need in asked for n in (needs(gone[need]) if need in gone else (need,)))

    return [replace(one, needs=needs(one.needs)) for one in items if one.id not in gone]


def carried_out(plan: Plan, before: list[PlanItem], after: list[PlanItem], **said: Any) -> Plan:
    numbers = count(1)
    found = compensations(plan, before, after, lambda _: Setting(**said))
    amend(plan, found, after, lambda: f"made-{next(numbers)}", NOW)
    return plan


def finished(plan: Plan) -> list[str]:
    """Carry a plan out and return what was done, in sequence; it must come to its end."""
    done: list[str] = []
    for _ in range(100):
        steps = next_steps(plan)
        moved = (*steps.completed, *steps.called, *steps.offered)
        for ident in steps.skipped:
            plan.items[ident] = replace(plan.items[ident], state="skipped")
        for ident in moved:
            done.append(plan.items[ident].node_key)
            plan.items[ident] = replace(plan.items[ident], state="completed")
        if not moved and not steps.skipped:
            break
    left = [one.node_key for one in plan if one.state not in ("completed", "skipped", "canceled")]
    assert not left, left
    return done


@pytest.mark.parametrize(
    ("done", "on_change", "expected"),
    [
        (0, "update", {"2": "update"}),
        (3, "update", {"2": "update"}),
        (3, "redo", {"2": "redo"}),
        (3, "undo", {"2": "undo"}),
        (3, "undoThenRedo", {"2": "undoThenRedo"}),
        (3, "nothing", {"2": "nothing"}),
        (1, "undoThenRedo", {"2": "update"}),
    ],
)
def test_what_becomes_of_a_step_depends_on_how_far_it_is(
    done: int, on_change: OnChange, expected: dict[str, str]
) -> None:
    """What did not begin takes the new values in; what was done goes by its kind."""
    items = chain(3)
    found = compensations(
        running(items, done), items, changed(items, "2"), lambda _: Setting(on_change=on_change)
    )
    assert {one.key: one.kind for one in found} == expected


@pytest.mark.parametrize("other", [{"specification": "other"}, {"kind": "manual"}])
def test_what_is_made_of_something_else_is_made_anew(other: dict[str, Any]) -> None:
    """Also before it has begun: who carries it out, and what it makes, are others then."""
    items = chain(3)
    after = [replace(one, **other) if one.node_key == "2" else one for one in changed(items)]
    (one,) = compensations(running(items, 1), items, after, lambda _: Setting())
    assert (one.kind, one.reason.partition(";")[2]) == (
        "undoThenRedo", " it did not begin and is made anew",
    )  # fmt: skip
    plan = carried_out(running(items, 1), items, after)
    assert "undo" not in {one.direction for one in plan}
    (old, new) = (one for one in plan if one.node_key == "2")
    assert (old.state, new.state) == ("canceled", "pending")
    assert {name: getattr(new, name) for name in other} == other
    assert finished(plan) == ["2", "3", "item/1", "end"]


def test_insignificant_values_alone_start_nothing() -> None:
    items = chain(3)
    setting = Setting(insignificant=frozenset({"speed"}))
    (one,) = compensations(running(items, 3), items, changed(items, "2"), lambda _: setting)
    assert (one.kind, one.values) == ("keep", {"speed": 2})


def test_what_goes_is_taken_back_users_first() -> None:
    """Of three done steps the last two go: the last one is undone before the second."""
    items = chain(3)
    plan = carried_out(running(items, 3), items, without(changed(items), "2", "3"))
    undo = {one.node_key: one for one in plan if one.direction == "undo"}
    assert undo["undo/3"].id in undo["undo/2"].needs
    assert finished(plan)[-1] == "end"


def test_a_step_done_again_comes_after_what_it_was_and_before_its_users() -> None:
    items = chain(3)
    plan = carried_out(running(items, 2), items, changed(items, "1", "2"), on_change="undoThenRedo")
    done = finished(plan)
    assert [one for one in done if not one.startswith(("item", "end"))] == [
        "undo/2", "undo/1", "1", "2", "3",
    ]  # fmt: skip


@pytest.mark.parametrize("is_planned", [False, True])
def test_what_was_made_stays_where_a_change_of_it_is_left_out(is_planned: bool) -> None:
    """Through a second change of the order, too, which leaves that step as it is."""
    items = chain(3)
    if is_planned:  # the third step is the record's own, the others hand it over and look at it
        look = replace(items[1], kind="manual", action=None, part_of="3")
        items = [replace(items[0], part_of="3"), look, *items[2:]]
    after, numbers = changed(items, "1"), count(1)
    if is_planned:
        after = [replace(one, part_of=one.part_of and "new-3") for one in after]
    plan = running(items, 1)
    for former, wanted in ((items, after), (after, changed(after, "1", "3"))):
        found = compensations(plan, former, wanted, lambda _: Setting())
        amend(plan, found, wanted, lambda: f"made-{next(numbers)}", NOW)
        (again,) = (one for one in plan if one.node_key == "1" and one.action == "modify")
        plan.items[again.id] = replace(again, state="fallout", error_kind="business")
    plan.items[again.id] = replace(again, state="skipped")
    assert finished(plan) == ["2", "3", "item/1", "end"]


@pytest.mark.parametrize("layer", ["service", "product"])
def test_what_was_made_is_not_changed_where_the_change_below_it_is_left_out(layer: str) -> None:
    items = chain(3)
    items[1] = replace(items[1], layer=layer)  # type: ignore[arg-type]
    plan = carried_out(running(items, 2), items, changed(items, "1", "2"))
    below, above = (one for one in plan if one.action == "modify")
    plan.items[below.id] = replace(below, state="skipped")
    assert finished(plan) == ["3", "item/1", "end"]
    assert plan.items[above.id].state == "skipped"


def test_a_record_changes_only_once_its_change_was_handed_over() -> None:
    """What its plan does after that was done before, and is not done again."""
    items = chain(3)
    look = replace(items[1], kind="manual", action=None, part_of="3")
    items = [replace(items[0], kind="callout", part_of="3"), look, *items[2:]]
    after = [replace(one, part_of=one.part_of and "new-3") for one in changed(items, "1", "3")]
    plan = carried_out(running(items, 3), items, after)
    assert len(next_steps(plan).called) == 1
    assert next_steps(plan).completed == ()
    assert finished(plan) == ["1", "3", "item/1", "end"]


KINDS: list[OnChange] = ["update", "redo", "undo", "undoThenRedo", "nothing"]


@given(length=st.integers(1, 6), data=st.data(), kind=st.sampled_from(KINDS), again=st.booleans())
def test_any_change_of_any_plan_comes_to_its_end(
    length: int, data: st.DataObject, kind: OnChange, again: bool
) -> None:
    """Whatever is done, changed or gone: the plan ends, the rest of it is untouched, and a second
    change follows the first."""
    items = chain(length)
    done = data.draw(st.integers(0, length))
    names = [str(n) for n in range(1, length + 1)]
    other = data.draw(st.sets(st.sampled_from(names)))
    gone = data.draw(st.sets(st.sampled_from(names))) - other
    after = without(changed(items, *other), *gone)
    plan = running(items, done)
    before = {one.node_key: one for one in plan}
    carried_out(plan, items, after, on_change=kind)
    for key, one in before.items():
        if key not in other | gone and one.layer != "order" and one.state == "completed":
            assert plan.items[one.id].state == "completed"
            assert plan.items[one.id].characteristic == one.characteristic
    if again:
        carried_out(plan, after, changed(after), on_change=kind)
    assert finished(plan)[-1] == "end"


def order(*items: dict[str, Any], **more: Any) -> ProductOrder:
    return ProductOrder.wrap({"productOrderItem": list(items), **more})


def test_what_is_noted_on_an_item_is_no_difference() -> None:
    """States, made products and orders come with the way; only what is asked for counts."""
    sent = {"id": "1", "action": "add", "product": {"productCharacteristic": [
        {"name": "speed", "value": 100}]}}  # fmt: skip
    begun = {**sent, "state": "inProgress", "internalState": "inProgress",
             "serviceOrder": [{"id": "s"}], "product": {**sent["product"], "id": "p"}}  # fmt: skip
    assert differences(content_of(order(sent)), content_of(order(begun))) == []
    faster = {**sent, "product": {"productCharacteristic": [{"name": "speed", "value": 500}]}}
    assert differences(content_of(order(begun)), content_of(order(faster))) == [
        Difference("1", "product.productCharacteristic[speed]", 100, 500)
    ]


def test_what_has_an_id_is_another_one_where_it_says_something_else() -> None:
    """A characteristic with an id, a value that has one, and the price of an installed product."""

    def asking(value: Any, **product: Any) -> dict[str, Any]:
        said = [{"id": "c1", "name": "uplink", "valueType": "object", "value": value}]
        return content_of(order({"id": "1", "action": "modify", "product": {
            "id": "p", **product, "productCharacteristic": said}}))  # fmt: skip

    name = "product.productCharacteristic[uplink]"
    for old, new in ((50, 100), ({"id": "u", "speed": 1}, {"id": "u", "speed": 2})):
        assert differences(asking(old), asking(new)) == [Difference("1", name, old, new)]
        assert differences(asking(old), asking(old)) == []
    price = [{"name": "monthly", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 5}}}]
    assert differences(asking(50), asking(50, productPrice=price)) == [
        Difference("1", "product.productPrice", None, price)
    ]


def test_an_item_that_goes_stays_with_its_order_as_canceled() -> None:
    """What is asked for is the content; what was taken out is still told."""
    held = order({"id": "1", "action": "add"}, {"id": "2", "action": "add"})
    body = revised(held, {"productOrderItem": [{"id": "1", "action": "add"}]})
    states = [(one["id"], one.get("internalState")) for one in body["productOrderItem"]]
    assert states == [("1", None), ("2", "cancellationInProgress")]
    left = content_of(ProductOrder.wrap(body))["productOrderItem"]
    assert [one["id"] for one in left] == ["1"]


def test_the_reason_of_a_change_is_kept_where_one_is_asked_for() -> None:
    """Where a priority changes, too; an older note that says the same stays as it was signed."""
    older = {"text": "flooded", "author": "Ada", "date": "2030-01-01T00:00:00Z"}
    why = {"text": "flooded", "author": "Ben", "date": "2030-02-01T00:00:00Z"}
    item = {"id": "1", "action": "add", "priority": "2"}

    def notes(*held: Any, **changed: Any) -> Any:
        asked = {"productOrderItem": [{**item, **changed}]}
        return revised(order(item, note=list(held)), asked, why).get("note")

    assert notes(older, priority="1") == notes(older, committedCompletionDate="x") == [older, why]
    assert notes({"text": "flooded"}, priority="1") == notes(why, priority="1") == [why]
    assert notes(older, quantity=2) == [older]


def test_a_fee_that_is_written_otherwise_is_the_same() -> None:
    """With a digit more, or its parts in another order; another amount is another fee."""

    def ending(*fee: tuple[str, Any]) -> ProductOrder:
        raw = {"id": "1", "action": "delete", "state": "inProgress", "internalState": "inProgress",
               "terminationFee": {"amount": dict(fee)}}  # fmt: skip
        return order(raw)

    work: Any = SimpleNamespace(actor=SimpleNamespace(kind="user", may=lambda _: None))
    held = ending(("unit", "EUR"), ("value", Decimal("599.50")))
    same = ending(("value", Decimal("599.5")), ("unit", "EUR"))
    other = ending(("value", Decimal("1")), ("unit", "EUR"))
    assert list(who_waives_a_fee_may(work, held, same)) == []
    assert [one.code for one in who_waives_a_fee_may(work, held, other)] == [SETTLED]


@pytest.mark.parametrize(
    ("state", "known", "expected"),
    [
        ("pending", {"1": {}}, ["discard"]),
        ("pending", {"1": {"routing": "bgp"}}, []),
        ("completed", {"1": {}}, []),
        ("waiting", {"1": {}}, []),
        ("pending", {}, ["discard"]),
    ],
)
def test_what_waits_for_a_value_that_nobody_asks_for_is_called_off(
    state: str, known: Any, expected: list[str]
) -> None:
    """Where the line is there still, too; what came, or is known by now, ends by itself."""
    items = chain(1)
    design = {"item": {"id": "routingKnown"}, "staggered": {"itemId": "1", "name": "routing"}}
    gate = replace(step("9", "event", "1"), node_key="1~routing", item_id="1", action=None,
                   design=design)  # fmt: skip
    plan = running([*items, gate], 0)
    plan.items["9"] = replace(gate, state=state)  # type: ignore[arg-type]
    found = compensations(plan, [*items, gate], items, lambda _: Setting(), (), known)
    assert [one.kind for one in found] == expected
