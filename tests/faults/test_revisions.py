"""The change of a running order survives kill -9 at every step: at each commit and at each call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.faults import oracle
from tests.faults.asking import Answer, Clerk, Told
from tests.faults.every_step import AT_ONCE, NO_PORT, Orders, judge, orders_of, sweeping
from tests.faults.place import FaultProgram
from tests.faults.verdict import Verdict

SEED = 20_261_205
POINTS_MAX = 90
OWN = "/api/ordering/v1"
NOT_REVISED = """
select o.key, o.p_internal_state, o.doc -> 'orderVersion', r.p_state from product_order o
left join order_revision r on (r.doc -> 'productOrder' ->> 'id')::uuid = o.id
where o.id::text = any(%s) and (o.p_internal_state <> 'inProgress'
  or coalesce((o.doc ->> 'orderVersion')::int, 1) <> 2 or r.p_state is distinct from 'applied')
"""
NOT_CHANGED = """
select s.key, s.doc::text from service s join plan_item p on p.service = s.id
where p.root::text = any(%s) and s.p_name = 'Voice Line' and p.action = 'modify'
  and not s.doc::jsonb -> 'serviceCharacteristic' @> '[{"name": "lines", "value": 2}]'
"""
STEPS = """
select root::text, count(*) from plan_item
where root::text = any(%s) and name = 'Voice Line' and state = 'completed'
group by 1 having count(*) <> 2
"""


@dataclass
class Revisions:
    """Changes one half done order after the other, each until it is told."""

    program: FaultProgram
    orders: list[str]
    told: Told = field(default_factory=Told)

    def __call__(self, number: int) -> Answer:
        clerk, key = Clerk(self.program.port, self.program.token), f"revise-{number}"
        order = self.orders[number]
        held = clerk.until_told("GET", f"{oracle.ORDER}/{order}").json["productOrderItem"]
        items: list[dict[str, Any]] = [
            {name: one[name] for name in ("id", "action", "productOffering", "product")}
            for one in held
        ]
        items[1]["product"]["productCharacteristic"] = [{"name": "lines", "value": 2}]
        path = f"{OWN}/productOrder/{order}/revision"
        body = {"productOrderItem": items}
        made = clerk.until_told("POST", path, body, Idempotency_Key=key)
        self.told.note(key, made)
        submit = f"{OWN}/orderRevision/{made.json['id']}/submit"
        return clerk.until_told("POST", submit, {}, Idempotency_Key=f"{key}-submit")


def revise(program: FaultProgram, *, every: int, control: str = "") -> Verdict:
    """Let worker and web die while half done orders are changed."""
    network = {**AT_ONCE, "fail": [NO_PORT]}
    with sweeping(program, "revise", seed=SEED, network=network, control=control) as sweep:
        orders = Orders(program, orders_of(program, POINTS_MAX // every + 6, seed=SEED))
        for number in range(len(orders.bodies)):
            orders(number)
        oracle.await_settled(program, timeout_s=30)
        running = [answers[0].json["id"] for answers in orders.told.answers.values()]
        revisions = Revisions(program, running)
        sweep.count(revisions)
        sweep.die_at(sweep.sample(sweep.points, every=every), revisions)
        judge(sweep, revisions.told, path=f"{OWN}/orderRevision", table="order_revision")
        changed = running[: sweep.runs]
        sweep.verdict.check("not revised", program.rows(NOT_REVISED, changed))
        sweep.verdict.check("not changed in the inventory", program.rows(NOT_CHANGED, changed))
        sweep.verdict.check("steps lost or done twice", program.rows(STEPS, changed))
        oracle.judge_work(program, sweep.verdict)
    return sweep.verdict


def test_a_change_survives_a_death_at_every_point(program: FaultProgram, full: bool) -> None:
    """Wherever a process dies, the change is carried out once, and the order goes on."""
    verdict = revise(program, every=1 if full else 12)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["deaths at points"] >= (verdict.tried["points"] - 4 if full else 2)


@pytest.mark.parametrize("control", ["settle-before-effects"])
def test_control(program: FaultProgram, control: str) -> None:
    """With a step settled before its effects are written, the inventory lacks what was done."""
    verdict = revise(program, every=4, control=control)
    verdict.tell()
    assert verdict.red & {"not changed in the inventory", "not revised", "steps lost or done twice",
                          "commands not in effect exactly once"}  # fmt: skip
