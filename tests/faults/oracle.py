"""What must hold after a run: nothing lost, nothing double, nothing half done."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.asking import Answer, Clerk, Told
from tests.faults.place import FaultProgram
from tests.faults.verdict import Verdict
from trunkline.kernel.resource import registry

ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
FINAL = ("completed", "failed", "partial", "rejected", "cancelled", "canceled")

UNSETTLED = """
select o.id::text, o.p_state from product_order o
where o.p_state <> all(%s) and not exists (
  select 1 from plan_item p join fallout f on f.id = p.fallout
  where p.root = o.id and f.p_state in ('open', 'inProgress', 'onHold', 'awaitingInformation'))
"""
HALF_DONE = """
select o.id::text, p.layer, p.name, p.state,
  coalesce(d.p_status, s.p_state) from product_order o
join plan_item p on p.root = o.id
left join product d on d.id = p.product and p.layer = 'product'
left join service s on s.id = p.service and p.layer = 'service'
where o.p_state = 'completed' and (p.state not in ('completed', 'skipped')
  or (p.layer = 'product' and d.p_status is distinct from 'active')
  or (p.layer = 'service' and s.p_state is distinct from 'active'))
"""
WITHOUT_PRODUCTS = """
select o.id::text from product_order o where o.p_state = 'completed' and (
  select count(distinct p.product) from plan_item p where p.root = o.id and p.product is not null)
  < json_array_length(o.doc -> 'productOrderItem')
"""
UNREALIZED = """
select d.id::text, d.doc -> 'realizingService' from product d
where d.p_status = 'active' and not exists (
  select 1 from json_array_elements(d.doc -> 'realizingService') r
  join service s on s.id::text = r ->> 'id' and s.p_state = 'active')
"""
SHARED_TWICE = """
select s.doc -> 'relatedParty' -> 0 ->> 'id', s.doc -> 'place' -> 0 ->> 'id', count(*)
from service s where s.p_name = 'Fibre Access' and s.p_state = 'active'
group by 1, 2 having count(*) > 1
"""
IDLE_RESOURCES = """
select o.id::text, p.name, r.doc ->> 'usageState' from product_order o
join plan_item p on p.root = o.id join resource r on r.id = p.resource
where o.p_state = 'completed' and p.layer = 'resource'
  and r.doc ->> 'usageState' is distinct from 'active'
"""
NOT_CANCELED = """
select o.id::text, o.p_state, c.p_state, c.doc ->> 'cancellationResult' from product_order o
left join cancel_product_order c on c.doc -> 'productOrder' ->> 'id' = o.id::text
where o.id::text = any(%s) and (o.p_state <> 'cancelled' or c.p_state is distinct from 'done'
  or c.doc ->> 'cancellationResult' is distinct from 'canceled')
"""
NOT_TAKEN_BACK = """
select p.root::text, p.layer, p.name, p.direction, p.state,
  coalesce(d.p_status, s.p_state, r.p_resource_status) from plan_item p
left join product d on d.id = p.product and p.layer = 'product'
left join service s on s.id = p.service and p.layer = 'service'
left join resource r on r.id = p.resource and p.layer = 'resource'
where p.root::text = any(%s) and (
  p.direction = 'undo' and p.state not in ('completed', 'skipped')
  or p.layer = 'product' and d.p_status is distinct from 'cancelled'
  or p.layer = 'service' and s.p_state is distinct from 'terminated'
  or p.layer = 'resource' and r.p_resource_status is distinct from 'available')
"""
OPEN_FALLOUT = """
select p.root::text, p.direction, f.p_task_name, f.p_state, f.p_cause_code from plan_item p
join fallout f on f.id = p.fallout
where p.root::text = any(%s) and (f.p_state <> 'canceled' or p.direction = 'undo')
"""
GAPS = """
select subject::text, count(*), max(version) from {} where type = any(%s)
group by subject having count(*) <> max(version) or count(distinct version) <> count(*)
"""
ONE_SIDED = """
(select subject::text, version from event except
  select subject::text, version from audit)
union all
(select subject::text, version from audit where type = any(%s) except
  select subject::text, version from event)
"""
BEHIND = """
select '{0}', t.id::text, t.version from {0} t where t.version is distinct from (
  select max(e.version) from event e where e.subject = t.id)
"""


def await_settled(program: FaultProgram, *, timeout_s: float) -> float:
    """Wait until every order is final or in fallout and no work is left; return the seconds."""
    started = time.monotonic()
    while time.monotonic() - started < timeout_s:
        left = program.rows(
            "select 1 from work where lane in ('reaction', 'call') and parked_at is null limit 1"
        )
        if not left and not program.rows(UNSETTLED, list(FINAL)):
            break
        time.sleep(0.2)
    return time.monotonic() - started


def judge_told(program: FaultProgram, told: Told, verdict: Verdict, *, path: str) -> None:
    """Check what clients were told against what the API shows: lost, double, changed."""
    clerk = Clerk(program.port, program.token)
    ids = told.ids
    verdict.tried["acknowledged"] = len(ids)
    verdict.check("refused", [(one.status, one.body[:300]) for one in told.refused])
    verdict.check("two answers for a key", [key for key, told in ids.items() if len(told) > 1])
    idents = sorted({ident for told in ids.values() for ident in told})
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda one: clerk.until_told("GET", f"{path}/{one}"), idents))
    lost = [one for one, answer in zip(idents, answers, strict=True) if answer.status != 200]
    verdict.check("acknowledged and lost", lost)


def judge_double(
    program: FaultProgram, told: Told, verdict: Verdict, *, table: str, before: int = 0
) -> None:
    """Check that there is one record for each key, and one event that it was created."""
    (count,) = program.rows(f"select count(*) from {table}")[0]
    (created,) = program.rows(
        f"select count(*) from event e join {table} t on t.id = e.subject where e.kind = 'created'"
    )[0]
    extra = max(0, count - before - len(told))
    verdict.check("records beyond one per key", range(extra))
    verdict.check("created events beyond one per record", range(abs(created - count)))


def judge_orders(program: FaultProgram, verdict: Verdict, *, must_complete: bool) -> None:
    """Check that orders ended and left nothing half done."""
    states = dict(program.rows("select p_state, count(*) from product_order group by 1"))
    verdict.tried["orders by state"] = states
    verdict.check("neither final nor in fallout", program.rows(UNSETTLED, list(FINAL)))
    if must_complete:
        verdict.check(
            "not completed",
            program.rows(
                "select id::text, p_state from product_order where p_state <> 'completed'"
            ),
        )
    verdict.check("half done", program.rows(HALF_DONE))
    verdict.check("resources not in use", program.rows(IDLE_RESOURCES))
    verdict.check("completed without products", program.rows(WITHOUT_PRODUCTS))
    verdict.check("active products without a service", program.rows(UNREALIZED))
    verdict.check("shared lines beyond one per place", program.rows(SHARED_TWICE))
    judge_work(program, verdict)


def judge_work(program: FaultProgram, verdict: Verdict) -> None:
    """Check that nothing is left to be done."""
    verdict.check(
        "work left over",
        program.rows(
            "select kind, subject::text, attempt, error, parked_at is not null from work "
            "where lane in ('reaction', 'call')"
        ),
    )


def judge_fallout(program: FaultProgram, verdict: Verdict) -> None:
    """Check that no step had to be set aside for people."""
    verdict.check(
        "fallout", program.rows("select p_task_name, p_cause_kind, p_cause_code from fallout")
    )


def judge_canceled(program: FaultProgram, verdict: Verdict, orders: list[str]) -> None:
    """Check that these orders are canceled and that nothing of what they did is left."""
    verdict.check("not canceled", program.rows(NOT_CANCELED, orders))
    verdict.check("not taken back", program.rows(NOT_TAKEN_BACK, orders))
    verdict.check("fallout left open", program.rows(OPEN_FALLOUT, orders))
    assert program.network is not None
    subjects = [
        ident
        for (ident,) in program.rows(
            "select service::text from plan_item where root::text = any(%s) and kind = 'callout'",
            orders,
        )
    ]
    services = program.network.effects()["services"]
    left = [
        services[one] for one in subjects
        if one in services and services[one]["state"] != "terminated"
    ]  # fmt: skip
    verdict.check("left in the network", left)
    judge_work(program, verdict)


def judge_network(program: FaultProgram, verdict: Verdict) -> None:
    """Check that each command of a completed step is in effect exactly once, and no other is."""
    assert program.network is not None
    commands = {one["key"]: one for one in program.network.effects()["commands"]}
    sent = {
        key
        for (key,) in program.rows(
            "select command_key::text from plan_item where kind = 'callout' and state = 'completed'"
        )
    }
    verdict.tried["commands"] = len(sent)
    verdict.tried["commands received"] = sum(one["received"] for one in commands.values())
    wrong = [
        commands.get(key, key)
        for key in sent
        if key not in commands or commands[key]["effects"] != 1 or commands[key]["received"] < 1
    ]
    verdict.check("commands not in effect exactly once", wrong)
    stray = [one for key, one in commands.items() if one["effects"] and key not in sent]
    verdict.check("commands in effect that nobody knows", stray)


def judge_history(program: FaultProgram, verdict: Verdict) -> None:
    """Check that records, events and audit have the same versions, without gaps."""
    names = [one.name for one in registry]
    (verdict.tried["events of all kinds"],) = program.rows("select count(*) from event")[0]
    verdict.check("gaps in events", program.rows(GAPS.format("event"), names))
    verdict.check("gaps in audit", program.rows(GAPS.format("audit"), names))
    verdict.check("event or audit alone", program.rows(ONE_SIDED, names))
    verdict.check(
        "records without their event",
        [row for one in registry for row in program.rows(BEHIND.format(one.table))],
    )
    verdict.check(
        "events without a record",
        program.rows(
            "select e.subject::text from event e left join record r on r.id = e.subject "
            "where r.id is null"
        ),
    )


def same_bodies(answers: list[Answer]) -> bool:
    """Tell whether all answers have the same body."""
    return len({one.body for one in answers}) <= 1
