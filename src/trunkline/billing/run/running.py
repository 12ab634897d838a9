"""Running: what a bill run does in the background, in which order, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from trunkline.billing.api import RUN
from trunkline.billing.charging.cycle import MONTHS_OF_YEAR, anchored, month_of
from trunkline.billing.run.bill_run import BillRun, BillRunEntry, RunFigures
from trunkline.billing.run.ending import cancel_entry, issue_entry
from trunkline.billing.run.preparing import BY, bill_account
from trunkline.documents.errors import Forbidden, Refusal
from trunkline.documents.shape import Json
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.shared.program import as_program
from trunkline.workspace.job import Line, read_job
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, work_off

Step: TypeAlias = Callable[[Work, str, str], Outcome]
"""Does what a run does about one of its accounts or entries: (work, run, id)."""
PREPARE, ISSUE, CANCEL = "billRun", "billRunIssue", "billRunCancel"
OURS = """
select t.id::text from billing_account t
where coalesce(t.doc->>'billingSystem', '') = ''
  and (exists (select from inventory_reference f join product p on p.id = f.source
    where f.target = t.id and f.path = 'billingAccount' and (t.p_state <> 'closed'
      or coalesce(p.doc->>'terminationDate', '9999') >= %(since)s))
  or exists (select from billing_reference f join applied_customer_billing_rate r
    on r.id = f.source where f.target = t.id and f.path = 'billingAccount'
    and r.p_is_billed is false and r.p_bill_id is null))
  and (%(cycle)s::text is null
    or t.doc->'billStructure'->'cycleSpecification'->>'id' = %(cycle)s)
  and (%(named)s::uuid[] is null or t.id = any(%(named)s::uuid[]))
order by t.id
"""
"""Whoever has something, also what has ended lately on an account that is closed since."""
ENDED_MONTHS = 14
ENTRIES = """
select e.id::text from bill_run_entry e
where e.p_bill_run_id = %s and e.p_state = any(%s) order by e.id
"""
PARKED = """
select e.p_billing_account_id from bill_run_entry e
where e.p_bill_run_id = %s and e.p_state = 'parked' order by e.id
"""
LISTED = """
select e.id::text
from bill_run_entry e left join customer_bill b on b.id = e.p_customer_bill_id::uuid
where e.p_bill_run_id = %(run)s and e.p_state = any(%(states)s)
  and (e.p_state = 'drafted' and coalesce(b.p_state, '') = 'onHold') = %(held)s
order by abs((e.doc->'difference'->>'value')::numeric) desc nulls last, e.id limit %(limit)s
"""
COUNTED = """
select e.p_state, coalesce(b.p_state, '') = 'onHold', e.doc->'amountDue'->>'unit', count(*),
  coalesce(sum((e.doc->'amountDue'->>'value')::numeric), 0)
from bill_run_entry e left join customer_bill b on b.id = e.p_customer_bill_id::uuid
where e.p_bill_run_id = %s group by 1, 2, 3
"""


def must_run(actor: Actor) -> None:
    """Refuse (403) who may not run bills over everything."""
    if actor.must_have(RUN).reach != "all":
        raise Forbidden("notAllowed", f"{RUN} over everything is needed here")


@on(event(BillRun, "created"), event(BillRun, "state_changed").to("preparing"))
def begin_preparing(work: Work, run: BillRun) -> None:
    """Begin to draft the bills of a run, as a job of who asked for it."""
    if run.state != "preparing":
        return
    # One that was never brought on is prepared whole; what is drafted already stays as it is.
    parked = _rows(work, PARKED, [run.id]) if run.figures is not None else []
    named = [one.id for one in run.billing_account]
    said = run.billing_cycle_specification
    month = month_of((run.cut_off or work.now).date()) - ENDED_MONTHS
    since = anchored(max(MONTHS_OF_YEAR, month), 1)
    accounts = parked or _rows(work, OURS, {
        "cycle": said.id if said is not None else None, "named": named or None,
        "since": since.isoformat()})  # fmt: skip
    _begin(work, run, PREPARE, BillingAccount, accounts, f"Bills of {run.key}")


@on(event(BillRun, "state_changed").to("issuing"))
def begin_issuing(work: Work, run: BillRun) -> None:
    """Begin to issue the drafts of a run that are not on hold, as a job of who asked for it."""
    if run.state == "issuing":
        found = entries_of(work, run.id, "drafted")
        _begin(work, run, ISSUE, BillRunEntry, found, f"Issue {run.key}")


@on(event(BillRun, "state_changed").to("canceled"))
def begin_canceling(work: Work, run: BillRun) -> None:
    """Begin to remove the drafts of a canceled run; their charges stay open."""
    found = entries_of(work, run.id, "drafted")
    _begin(work, run, CANCEL, BillRunEntry, found, f"Cancel {run.key}")


def is_stalled(services: Services, run: BillRun) -> bool:
    """Tell whether nothing goes on any more of what was asked for a run last."""
    if run.problem or not run.job:
        return bool(run.problem)
    job = read_job(services, run.job)
    return job is None or not job.is_open


def listed(
    work: Work, run: str, states: Sequence[str], *, limit: int, is_held: bool = False
) -> list[str]:
    """Return the ids of the entries that stand so, those that differ most first."""
    asked: dict[str, Json] = {
        "run": run, "states": [*states], "held": is_held, "limit": limit
    }  # fmt: skip
    return _rows(work, LISTED, asked)


def entries_of(work: Work, run: str, *states: str) -> list[str]:
    """Return the ids of the entries of a run that stand so."""
    return _rows(work, ENTRIES, [run, list(states)])


def _rows(work: Work, sql: str, parameters: Sequence[Json] | dict[str, Json]) -> list[str]:
    return [ident for (ident,) in work.connection.execute(sql, parameters).fetchall()]


def _begin(
    work: Work, run: BillRun, kind: str, about: type[BillingAccount] | type[BillRunEntry],
    idents: Sequence[str], title: str,
) -> None:  # fmt: skip
    """Begin a job for a run, or say why it cannot be begun; one of nothing ends at once."""
    with work.edit(BillRun, run.id) as held:
        try:
            held.job = _started(work.services, run, kind, about, idents, title) or held.job
            held.problem = None
        except Refusal as refusal:
            held.problem = refusal.message
            return
    if not idents:
        finish(work, run.id)


def _started(
    services: Services, run: BillRun, kind: str, about: type[BillingAccount] | type[BillRunEntry],
    idents: Sequence[str], title: str,
) -> str | None:  # fmt: skip
    with services.database.app.connection() as connection:
        actor = read_actor(
            connection, principal=run.asked_by_id or "", now=services.machine_now(),
            only_active=True,
        )  # fmt: skip
    if actor is None:
        raise Forbidden("notAllowed", "who asked for this may not do anything here any more")
    if not idents:
        return None
    return start(
        services, actor, kind=kind, resource=about.resource.name, title=title,
        asked={"run": run.id}, lines=[(one, None, None) for one in idents],
    )  # fmt: skip


@job_kind(PREPARE)
def prepare_piece(at: At) -> bool:
    """Draft the bills of the next accounts."""
    return _piece(at, bill_account)


@job_kind(ISSUE)
def issue_piece(at: At) -> bool:
    """Issue the next bills."""
    return _piece(at, lambda work, _run, ident: issue_entry(work, ident))


@job_kind(CANCEL)
def cancel_piece(at: At) -> bool:
    """Remove the next drafts."""
    return _piece(at, lambda work, _run, ident: cancel_entry(work, ident))


def _piece(at: At, act: Step) -> bool:
    must_run(at.actor)
    run = str(at.job.asked["run"])

    def do(work: Work, line: Line) -> Outcome:
        return act(work, run, line.record or "")

    is_done = work_off(at, do)
    if is_done:
        with transaction(at.services, at.actor) as work:
            finish(as_program(work, BY), run)
    return is_done


def finish(work: Work, ident: str) -> None:
    """Bring a run on whose job has done its work, and say what it comes to."""
    with work.edit(BillRun, ident) as held:
        figures = figures_of(work, ident)
        held.figures = figures
        if held.state == "preparing":
            held.state = "review"
        elif held.state == "issuing":
            left = (figures.drafted or 0) + (figures.held or 0)
            held.state = "approved" if left else "issued"
            held.issued_at = None if left else work.now


def figures_of(work: Work, run: str) -> RunFigures:
    """Return how many accounts of a run stand how, and what its bills come to."""
    counts: dict[str, int] = {}
    sums: dict[str, Money] = {}
    for state, is_held, unit, number, amount in work.connection.execute(COUNTED, [run]).fetchall():
        name = "held" if is_held and state == "drafted" else state
        counts[name] = counts.get(name, 0) + number
        if state in ("drafted", "issued", "tried") and unit:
            sums[unit] = Money.of(amount, unit).plus(sums.get(unit, Money.of(0, unit)))
    return RunFigures(
        drafted=counts.get("drafted"),
        held=counts.get("held"),
        issued=counts.get("issued"),
        tried=counts.get("tried"),
        carried=counts.get("carried"),
        parked=counts.get("parked"),
        amount=[sums[unit] for unit in sorted(sums)],
    )
