"""The plan of an order survives kill -9 at every step: at each commit and at each call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import oracle
from tests.faults.asking import Answer, Clerk, CutOff
from tests.faults.every_step import (
    AT_ONCE,
    CALLED_BACK,
    CANCEL,
    NO_PORT,
    Cancellations,
    Orders,
    Sweep,
    judge,
    orders_of,
    sweeping,
)
from tests.faults.place import FaultProgram
from tests.faults.verdict import Verdict

SEED = 20_261_130
POINTS_MAX = 80
STORED = """
select o.id::text,
  (select count(*) from event e where e.subject = o.id and e.kind = 'created'),
  (select count(*) from audit a where a.subject = o.id and a.version = 1),
  (select count(*) from idempotency i where i.subject = o.id and i.key = %s and i.status = 201)
from product_order o where o.doc -> 'billingAccount' ->> 'id' = %s
"""
KEY = "select 1 from idempotency where key = %s"


def carry_out(
    program: FaultProgram, *, network: dict[str, Any], every: int, control: str = ""
) -> Verdict:
    """Let worker and web die while orders are carried out, and judge the orders."""
    with sweeping(program, "every step", seed=SEED, network=network, control=control) as sweep:
        orders = Orders(program, orders_of(program, POINTS_MAX // every + 6, seed=SEED))
        sweep.count(orders)
        points = [one for one in sweep.points if not one.startswith("POST productOrder ")]
        sweep.die_at(sweep.sample(points, every=every), orders)
        judge(sweep, orders.told, path=oracle.ORDER, table="product_order")
        oracle.judge_orders(program, sweep.verdict, must_complete=True)
        oracle.judge_fallout(program, sweep.verdict)
    return sweep.verdict


def call_off(program: FaultProgram, *, every: int, control: str = "") -> Verdict:
    """Let worker and web die while orders are called off that are half done."""
    network = {**AT_ONCE, "fail": [NO_PORT]}
    with sweeping(program, "cancel", seed=SEED, network=network, control=control) as sweep:
        orders = Orders(program, orders_of(program, POINTS_MAX // every + 6, seed=SEED))
        for number in range(len(orders.bodies)):
            orders(number)
        oracle.await_settled(program, timeout_s=30)
        called_off = [answers[0].json["id"] for answers in orders.told.answers.values()]
        cancellations = Cancellations(program, called_off)
        sweep.count(cancellations)
        sweep.die_at(sweep.sample(sweep.points, every=every), cancellations)
        judge(sweep, cancellations.told, path=CANCEL, table="cancel_product_order")
        oracle.judge_canceled(program, sweep.verdict, called_off[: sweep.runs])
    return sweep.verdict


class Cut:
    """Sends an order that is cut off, looks at what is stored, and sends it again until told."""

    def __init__(self, sweep: Sweep, orders: Orders) -> None:
        self.sweep, self.orders = sweep, orders
        self.half: list[object] = []
        self.cut_off = self.stored = 0

    def __call__(self, number: int) -> Answer:
        program, body, key = self.sweep.program, self.orders.bodies[number], f"step-{number}"
        found: list[Any] = []
        try:
            clerk = Clerk(program.port, program.token)
            first = clerk.once("POST", oracle.ORDER, body, Idempotency_Key=key)
            self.orders.told.note(key, first)
        except CutOff:
            self.cut_off += 1
            found = program.rows(STORED, key, body["billingAccount"]["id"])
            keys = program.rows(KEY, key)
            self.stored += bool(found)
            if [one[1:] for one in found] + [len(keys)] not in ([0], [(1, 1, 1), 1]):
                self.half.append((found, keys))
        answer = self.orders(number)
        if found and answer.status == 201 and answer.json["id"] != found[0][0]:
            self.half.append((found, answer.json["id"]))
        return self.orders(number)


def send_in(program: FaultProgram, *, every: int, control: str = "") -> Verdict:
    """Let the web process die at each point of taking an order in, and judge the orders."""
    with sweeping(program, "send in", seed=SEED, network=AT_ONCE, control=control) as sweep:
        orders = Orders(program, orders_of(program, POINTS_MAX // every + 6, seed=SEED))
        cut = Cut(sweep, orders)
        sweep.count(orders)
        points = [one for one in sweep.points if one.startswith("POST productOrder ")]
        sweep.die_at(sweep.sample(points, every=every), cut)
        sweep.verdict.tried |= {"cut off": cut.cut_off, "stored when cut off": cut.stored}
        sweep.verdict.check("half taken in", cut.half)
        judge(sweep, orders.told, path=oracle.ORDER, table="product_order")
        oracle.judge_orders(program, sweep.verdict, must_complete=True)
        oracle.judge_fallout(program, sweep.verdict)
    return sweep.verdict


@pytest.mark.parametrize("network", [AT_ONCE, CALLED_BACK], ids=["at-once", "called-back"])
@pytest.mark.scenario(20)
def test_an_order_survives_a_death_at_every_point(
    program: FaultProgram, full: bool, network: dict[str, Any]
) -> None:
    """Wherever a process dies, the next one brings the order to its end, and nothing twice."""
    if network is CALLED_BACK and not full:
        pytest.skip("the network calls back with --full")
    verdict = carry_out(program, network=network, every=1 if full else 9)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["deaths at points"] >= (verdict.tried["points"] - 4 if full else 2)


def test_a_cancellation_survives_a_death_at_every_point(program: FaultProgram, full: bool) -> None:
    """Wherever a process dies, what was done is taken back, once, and the order is canceled."""
    verdict = call_off(program, every=1 if full else 12)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["deaths at points"] >= (verdict.tried["points"] if full else 2)


def test_an_order_is_never_half_taken_in(program: FaultProgram, full: bool) -> None:
    """An order whose sender was cut off is there wholly or not at all, and once when sent again."""
    verdict = send_in(program, every=1 if full else 3)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["cut off"] >= verdict.tried["deaths at points"] >= (4 if full else 2)
    assert 0 < verdict.tried["stored when cut off"] < verdict.tried["cut off"]


@pytest.mark.parametrize(
    "control, broken",
    [
        ("settle-before-effects", {"neither final nor in fallout", "not completed"}),
        ("new-key-when-tried-again", {"commands in effect that nobody knows"}),
        ("key-after-record", {"half taken in", "records beyond one per key"}),
        ("settle-before-undoing", {"not canceled"}),
    ],
)
def test_control(program: FaultProgram, control: str, broken: set[str]) -> None:
    """With a step settled too early, a new key at a second try or a key kept apart, it is red."""
    if control == "key-after-record":
        verdict = send_in(program, every=1, control=control)
    elif control == "settle-before-undoing":
        verdict = call_off(program, every=3, control="settle-before-effects")
    else:
        verdict = carry_out(program, network=AT_ONCE, every=2, control=control)
    verdict.tell()
    assert broken <= verdict.red
