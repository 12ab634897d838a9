"""Carrying retention rules out: once a day each, in pieces that a kill cannot halve."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from trunkline.care.archive.open_things import open_thing_of
from trunkline.care.archive.putting_away import party_of, put_away
from trunkline.care.archive.retention_rule import RetentionRule
from trunkline.care.archive.retention_run import RetentionRun
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.runtime import FIRST_ID
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.party.customer import Customer
from trunkline.workspace.timer import leased, rest

DAILY, RUN = "care.retentionDaily", "care.retentionRun"
DAY = timedelta(days=1)
AT_ONCE, TOLD_MAX = 25, 200
CANDIDATES = """
select * from (
  select t.id::text as id, greatest(
    coalesce((select max(e.at) from event e where e.subject = t.id
      and e.kind = 'state_changed' and e.state = t.p_status), t.updated_at),
    (t.doc ->> 'restoredAt')::timestamptz) as ended_at
  from customer t where t.p_status = any(%s) and t.p_is_archived is not true
    and (%s::text is null or t.p_customer_type = %s) and t.id > %s::uuid
) c where c.ended_at <= %s order by c.id limit %s
"""


@on(event(RetentionRule, "created"), event(RetentionRule, "changed"))
def watch_rule(work: Work, rule: RetentionRule) -> None:
    """Carry a rule out every day from now on, while it is on."""
    if rule.is_on:
        work.schedule(NewWork(DAILY, rule.id, once=f"{DAILY} {rule.id}"))


@handler(DAILY)
def begin_of_the_day(services: Services, row: Row) -> None:
    """Begin a run of a rule where the last one lies a day back; look again later."""
    with leased(services, row) as work:
        rule = work.get(RetentionRule, row.subject)
        if rule is None or not rule.is_on:
            queue.finish(work.connection, row)
            return
        runs = work.find(RetentionRun, {"retentionRule.id": rule.id, "isPreview": False}, limit=1)
        last = runs[0].meta.created_at if runs else None
        begun = runs[0].started_at if runs else None
        at = begun or last
        if at is None or at + DAY <= work.now:
            named = {"retentionRule": {"id": rule.id}, "isPreview": False}
            work.add(RetentionRun.wrap(named))
        rest(work, row)


@on(event(RetentionRun, "created"), event(RetentionRun, "state_changed").to("running"))
def go(work: Work, run: RetentionRun) -> None:
    """Carry a run out in pieces beside this one."""
    if run.state in {"waiting", "running"}:
        work.schedule(NewWork(RUN, run.id, once=f"{RUN} {run.id}"))


@handler(RUN)
def do_piece(services: Services, row: Row) -> None:
    """Look at the next customers of a run; stop where it was stopped, end where none is left."""
    with leased(services, row) as work:
        run = work.lock(RetentionRun, row.subject)
        more = _piece(work, run) if run.state in {"waiting", "running"} else False
        if more:
            queue.put_back(work.connection, row, pause_s=0, free=True)
        else:
            queue.finish(work.connection, row)


def _piece(work: Work, run: RetentionRun) -> bool:
    """Do a piece; tell whether there is more to do."""
    rule = work.get(RetentionRule, run.retention_rule.id)
    found = _candidates(work, rule, run.reached or FIRST_ID) if rule is not None else []
    told = [_look(work, ident, at, is_preview=bool(run.is_preview)) for ident, at in found]
    with work.edit(RetentionRun, run.id) as now:
        raw = now.raw
        raw.setdefault("startedAt", format_instant(work.now))
        taken = [one for one in told if "reason" not in one]
        stayed = [one for one in told if "reason" in one]
        for name, some in (("lookedAt", told), ("archived", taken), ("kept", stayed)):
            raw[name] = (raw.get(name) or 0) + len(some)
        for name, some in (("taken", taken), ("stayed", stayed)):
            raw[name] = [*(raw.get(name) or ()), *some][:TOLD_MAX]
        raw["reached"] = found[-1][0] if found else raw.get("reached") or FIRST_ID
        if now.state == "waiting":
            now.state = "running"
    if len(found) == AT_ONCE:
        return True
    with work.edit(RetentionRun, run.id) as now:
        now.state, now.ended_at = "done", work.now
    return False


def _candidates(work: Work, rule: RetentionRule, after: str) -> list[tuple[str, datetime]]:
    """Return the next customers that are over for long enough, with since when."""
    until = work.now - timedelta(days=rule.days)
    kind = rule.customer_type
    asked: list[Any] = [list(rule.state), kind, kind, after, until, AT_ONCE]
    rows = work.connection.execute(CANDIDATES, asked).fetchall()
    return [(ident, at) for ident, at in rows]


def _look(work: Work, ident: str, at: datetime, *, is_preview: bool) -> dict[str, Json]:
    """Archive a customer unless something is open or refuses it; return what came of it."""
    customer = work.lock(Customer, ident)
    party = party_of(work, customer)
    told: dict[str, Json] = {"id": customer.id, "key": customer.key, "name": customer.name,
                             "endedAt": format_instant(at)}  # fmt: skip
    reason = open_thing_of(work, customer, party.id if party is not None else None)
    if reason is None and not is_preview:
        try:
            with work.connection.transaction():
                put_away(work, customer)
        except Refusal as refusal:
            reason = refusal.message
    return told | ({"reason": reason} if reason is not None else {})
