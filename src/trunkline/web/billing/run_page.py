"""A bill run: how far it is, what is parked or on hold and why, its drafts, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.billing.api import RUN
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.run.bill_run import BillRun, BillRunEntry, EntryState
from trunkline.billing.run.deciding import approve, cancel, issue, let_go, retry
from trunkline.billing.run.running import figures_of, is_stalled, listed
from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, documents_of, record_of, seen
from trunkline.web.values import instant, price
from trunkline.workspace.job import read_job, tally

SHOWN = 50
WORKING = ("preparing", "issuing")
ACTS: Mapping[str, Callable[[Work, str, str], object]] = {
    "approve": approve,
    "issue": lambda work, ident, _note: issue(work, ident),
    "retry": lambda work, ident, _note: retry(work, ident),
    "cancel": lambda work, ident, _note: cancel(work, ident),
}
FIGURES: Sequence[tuple[str, str]] = (
    ("drafted", "Drafts"), ("held", "On hold"), ("issued", "Issued"), ("tried", "Tried"),
    ("carried", "Carried forward"), ("parked", "Parked"),
)  # fmt: skip
TABLES: Mapping[str, Sequence[EntryState]] = {
    "parked": ("parked",), "drafts": ("drafted", "tried", "issued"), "carried": ("carried",),
}  # fmt: skip
CARRIED = {
    "negative": "It comes to less than nothing; the next bill takes it up.",
    "belowMinimum": "It comes to less than the minimum; the next bill takes it up.",
}
CHECKS = {"change": "Differs much", "zero": "Comes to nothing", "firstBill": "First bill"}


class RunPage:
    """`/bill-runs/{ident}`, and `…/now`, the part of it that moves while the run is at work."""

    needs = "BillRun:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_now(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how it stands now."""
        self._desk.answer(req, resp, partial(self._part, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Agree to it, issue it, try again what is parked, let a draft go, or give it up."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        said = form.text("decision")
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, BillRun.resource, ident)
                if said in ACTS:
                    ACTS[said](work, record.id, form.text("note"))
                else:
                    let_go(work, record.id, form.all("entry"))
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 403, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(self._desk.addresses.of_record(BillRun.resource, record.key))

    def _part(self, visit: Visit, *, ident: str) -> Answer:
        values = self._values(visit, ident)
        return Fragment(self._desk.renderer.html("billing_run_part.html", values))

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        values = self._values(visit, ident) | {"problems": problems_of(refusal)}
        return Shown("billing_run.html", values, refusal.status if refusal else 200)

    def _values(self, visit: Visit, ident: str) -> dict[str, Any]:
        services = self._desk.services
        may_run = (found := visit.actor.may(RUN)) is not None and found.reach == "all"
        with self._desk.work(visit) as work:
            record = record_of(work, BillRun.resource, ident)
            run = BillRun.wrap(dict(record.document))
            figures = figures_of(work, record.id)
            tables = {name: self._rows(work, record.id, states) for name, states in TABLES.items()}
            tables["held"] = self._rows(work, record.id, TABLES["drafts"], is_held=True)
        is_at_work = run.state in WORKING and not is_stalled(services, run)
        job = read_job(services, run.job) if run.job and is_at_work else None
        left = tally(services, job).get("waiting", 0) if job is not None else 0
        counted = {name: getattr(figures, name) or 0 for name, _ in FIGURES}
        drafts = tables.pop("drafts")
        sees_money = record.hidden is None
        return head_of(self._desk, record) | tables | {
            "address": self._desk.addresses.of_record(BillRun.resource, record.key),
            "run": run,
            "cut_off": instant(run.cut_off, self._desk.zone),
            "approved_at": instant(run.approved_at, self._desk.zone),
            "figures": [(title, counted[name]) for name, title in FIGURES if counted[name]],
            "sums": [_money(one) for one in figures.amount] if sees_money else [],
            "is_working": is_at_work,
            "is_left": run.state == "canceled" and bool(counted["drafted"] or counted["held"])
            and is_stalled(services, run),
            "total": job.total if job is not None else 0,
            "done": (job.total or 0) - left if job is not None else 0,
            "drafts": drafts,
            "counted": counted,
            "more": max(0, sum(counted[one] for one in ("drafted", "tried", "issued"))
                        - len(drafts)),
            "more_held": max(0, counted["held"] - len(tables["held"])),
            "all": f"{self._desk.addresses.of_list(BillRunEntry.resource)}?billRun.id={record.id}",
            "may_run": may_run,
            "is_own": run.started_by_id == visit.actor.id,
            "csrf": visit.csrf,
            "problems": [],
        }  # fmt: skip

    def _rows(
        self, work: Work, run: str, states: Sequence[EntryState], *, is_held: bool = False
    ) -> list[dict[str, Any]]:
        """Return the entries that stand so, those that differ most first."""
        if work.actor.grant(BillRunEntry.resource, "read") is None:
            return []
        idents = listed(work, run, states, limit=SHOWN, is_held=is_held)
        known_entries = work.many(BillRunEntry, idents)
        entries = [known_entries[ident] for ident in idents if ident in known_entries]
        named = documents_of(work, {
            BillingAccount.resource.name: [one.billing_account.id for one in entries],
            CustomerBill.resource.name: [
                one.customer_bill.id for one in entries if one.customer_bill is not None
            ],
        })  # fmt: skip
        known = {one.id: seen(work, one) for one in named}
        return [self._row(seen(work, one), known) for one in entries]

    def _row(self, record: Record, known: Mapping[str, Record]) -> dict[str, Any]:
        entry = BillRunEntry.wrap(record.document)
        account = known.get(entry.billing_account.id)
        bill = known.get(entry.customer_bill.id) if entry.customer_bill is not None else None
        addresses = self._desk.addresses
        return {
            "id": record.id,
            "account": account.label if account else "",
            "account_address": addresses.of_record(BillingAccount.resource, account.key)
            if account else "",
            "bill": str(bill.document.get("billNo") or bill.key) if bill else "",
            "bill_address": addresses.of_record(CustomerBill.resource, bill.key) if bill else "",
            "amount": _money(entry.amount_due),
            "before": _money(entry.amount_before),
            "difference": _money(entry.difference, signed=True),
            "reason": entry.reason or "",
            "carried_for": CARRIED.get(entry.carried_for or "", ""),
            "held_for": [CHECKS.get(one, one) for one in entry.held_for],
            "state": entry.state,
        }  # fmt: skip


def _money(one: Money | None, *, signed: bool = False) -> str:
    if one is None or not one.unit:
        return ""
    told = price(one.amount, one.unit)
    return f"+{told}" if signed and one.amount > 0 else told
