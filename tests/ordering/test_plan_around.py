"""Plans read around one step: the same follows as from the whole plan, at a cost that stays."""

from __future__ import annotations

import uuid
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ordering.scripted import Shop, pending
from tests.support.sql_counter import counted
from trunkline.kernel.work import Work, as_system
from trunkline.ordering import activation, plan_store
from trunkline.ordering.command import Answer
from trunkline.ordering.plan_item import ItemKind, Plan, PlanItem, StepState
from trunkline.ordering.progress import CALLS_AT_ONCE, take_steps
from trunkline.ordering.roll_up import ITEMS_AT_ONCE_MAX
from trunkline.ordering.steps import next_steps

KINDS: tuple[ItemKind, ...] = ("automatic", "automatic", "callout", "manual", "milestone", "timer")
ENDS: tuple[StepState, ...] = ("completed", "completed", "completed", "skipped", "fallout")


def some_plan(root: str, random: Random, work: Work) -> Plan:
    """Return a plan of random steps, some way on."""
    plan = Plan(root, "ProductOrder", "inProgress")
    items: list[PlanItem] = []
    for position in range(random.randint(2, 40)):
        several = random.randint(0, len(items)) if random.random() < 0.2 else random.randint(0, 2)
        kind = random.choice(KINDS)
        before = random.choice(items) if items and random.random() < 0.2 else None
        is_undo = before is not None and before.direction == "do"
        needs = {one.id for one in random.sample(items, min(several, len(items)))}
        items.append(
            PlanItem(
                id=str(uuid.UUID(int=random.getrandbits(128))),
                root=root,
                position=position,
                node_key=random.choice(["", "shared/"]) + str(position),
                layer=random.choice(["product", "service", "resource"]),
                kind=kind,
                name=str(position),
                action=random.choice(["add", "modify", "delete"]),
                direction="undo" if is_undo else "do",
                undoes=before.id if before is not None and is_undo else None,
                command_key=str(uuid.UUID(int=random.getrandbits(128)))
                if kind == "callout"
                else None,
                needs=tuple(needs | ({before.id} if before is not None and is_undo else set())),
            )
        )
    plan.extend(items)
    take_steps(plan, next_steps(plan), work.now)
    for _ in range(random.randint(0, 12)):
        begun = [one for one in plan if one.state in {"ready", "waiting"}]
        if len(begun) > 1:
            one = random.choice(begun)
            plan.put(replace(one, state=random.choice(ENDS)))
            take_steps(plan, next_steps(plan), work.now)
    return plan


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), end=st.sampled_from(ENDS))
def test_the_same_follows_as_from_the_whole_plan(shop: Shop, seed: int, end: StepState) -> None:
    """Whatever the plan and whichever of its steps end how, one or a few at once."""
    random = Random(seed)
    order = ORDERS.get(shop.customer) or ORDERS.setdefault(shop.customer, shop.order(shop.voice()))
    with as_system(shop.site.services, "tests") as work:
        plan_store.remove(work, order)
        plan = some_plan(order, random, work)
        plan_store.write(work, plan)
        begun = [one.id for one in plan if one.state in {"ready", "waiting"}]
        if not begun:
            return
        idents = random.sample(begun, min(len(begun), random.randint(1, CALLS_AT_ONCE)))
        whole, around = plan_store.read(work, order), plan_store.read_around(work, order, *idents)
        assert whole is not None
        assert around is not None
        for one in (whole, around):
            for ident in idents:
                one.put(replace(one.items[ident], state=end))
        assert next_steps(around) == next_steps(whole)
        assert around.next_position == whole.next_position
        plan_store.complete(work, around)
        assert (around.items, around.changed) == (whole.items, whole.changed)


ORDERS: dict[str, str] = {}


def cost_of_an_answer(shop: Shop, lines: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Return how many statements and steps one answer takes in an order of so many lines."""
    shop.network.script = {"Voice Line": [pending] * lines}
    shop.order(*(shop.voice(str(number + 1)) for number in range(lines)))
    shop.site.work()
    keys = [key for key, one in shop.network.orders.items() if one.kind == "pending"]
    assert len(keys) == lines
    steps: list[PlanItem] = []
    decoded = plan_store._item
    monkeypatch.setattr(plan_store, "_item", lambda row: (steps.append(decoded(row)), steps[-1])[1])
    for key in keys[:-1]:
        steps.clear()
        with counted() as sent, as_system(shop.site.services, "network") as work:
            assert activation.take_answer(work, key, Answer("done"))
        if key == keys[1]:
            break
    found = len(sent), len(steps)
    monkeypatch.undo()
    shop.network.orders.clear()
    return found


def test_an_answer_costs_as_much_in_a_larger_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the statements nor the steps that it reads grow with the order."""
    shop.order(shop.voice())  # brings the line that the others share
    shop.site.work()
    small = cost_of_an_answer(shop, ITEMS_AT_ONCE_MAX + 10, monkeypatch)
    large = cost_of_an_answer(shop, 2 * ITEMS_AT_ONCE_MAX + 20, monkeypatch)
    assert small == large
    assert small[1] < ITEMS_AT_ONCE_MAX
