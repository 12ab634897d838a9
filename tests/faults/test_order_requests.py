"""A batch of orders taken at once is carried in, each order once, whoever dies meanwhile."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults import oracle
from tests.faults.asking import Clerk, Told
from tests.faults.ordering_run import NETWORK, kill_one
from tests.faults.place import FaultProgram
from tests.faults.verdict import Verdict
from trunkline.demo.orders import item, order

SEED = 20_261_123
BATCH = "/api/ordering/v1/orderRequest/batch"
STATES = "select p_state, count(*)::int from order_request group by 1"


@pytest.mark.accepts("ORD-09")
def test_a_batch_survives_killed_processes(program: FaultProgram, full: bool) -> None:
    """One request with all orders is answered with 202 for each; web, workers and the database are
    killed while the queue is worked off. Each is completed, there is one order of each external
    id, and the network did everything once."""
    count, kills = (1_000, 40) if full else (40, 4)
    random, verdict = Random(SEED), Verdict("batch", SEED)
    people = program.add_customers(count, seed=SEED)
    sent = [
        order(one, [item(program.catalog, "1", "Fibre 1G", one.sites[0])])
        | {"externalId": f"batch-{number}"}
        for number, one in enumerate(people)
    ]
    program.start(workers=2, network=NETWORK)
    clerk = Clerk(program.port, program.token)
    answer = clerk.until_told("POST", BATCH, {"order": sent}, Idempotency_Key="the-batch")
    assert answer.status == 202, answer.body
    assert len(answer.json) == count
    for _ in range(kills):
        kill_one(program, random.choice(["worker", "worker", "web", "database"]), random)
    again = clerk.until_told("POST", BATCH, {"order": sent}, Idempotency_Key="the-batch")
    assert again.json == answer.json
    oracle.await_settled(program, timeout_s=600.0 if full else 120.0)
    assert dict(program.rows(STATES)) == {"completed": count}
    made = program.rows("select p_external_id from product_order")
    assert sorted(made) == sorted((one["externalId"],) for one in sent)
    oracle.judge_orders(program, verdict, must_complete=True)
    oracle.judge_double(program, Told(), verdict, table="product_order", before=count)
    oracle.judge_network(program, verdict)
    verdict.must_be_clean(program.logs())
