"""Asking for overdue money by hand: what a run would do, account by account, before it begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import falcon

from trunkline.billing.api import RUN
from trunkline.billing.dunning.running import BY, accounts_to_ask, ahead_of, begin_run
from trunkline.billing.dunning.schedule import DunningSchedule
from trunkline.billing.dunning.seeing import Seen, searches_of
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.screens.read_ahead import keep
from trunkline.shared.program import as_program
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.finding_ahead import Search, find_ahead
from trunkline.web.forms import Form
from trunkline.web.records import Branch, Record, documents_of, seen
from trunkline.web.values import instant, price

SHOWN = 20
WORDS = {
    "reminder": "Reminder", "callTask": "Call", "fee": "Fee", "suspend": "Suspend",
    "close": "The case is closed", "held": "On hold",
    "plan": "Payment plan", "wait": "No step is due",
}  # fmt: skip
TONES = {"suspend": "bad", "fee": "warn", "close": "good"}
NOTHING = ("held", "plan", "wait")


class DunningPage:
    """`/dunning`."""

    needs = "BillingAccount:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what a run would do now, and when the program begins one by itself."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin a run, as a job of the visitor."""

        def begin(visit: Visit, _form: Form) -> Answer:
            return Moved(f"/jobs/{begin_run(self._desk.services, visit.actor)}")

        self._desk.act(req, resp, begin)

    def _view(self, visit: Visit) -> Answer:
        idents = accounts_to_ask(self._desk.services, visit.actor)
        visit.actor.must(BillingAccount.resource, "read")
        shown = idents[:SHOWN]
        with self._desk.work(visit) as work:
            accounts = documents_of(work, {BillingAccount.resource.name: shown})
            known = {one.id: seen(work, one) for one in accounts}
            ahead = ahead_of(_program(work, shown), shown)
            rows = [self._row(*ahead[one], known.get(one)) for one in shown if one in ahead]
            may_plan = visit.actor.grant(DunningSchedule.resource, "read") is not None
            schedules = work.find(DunningSchedule, {}) if may_plan else ()
            plans = [
                {"name": one.name, "address": self._desk.addresses.of_facts(
                    DunningSchedule.resource, one.key), "is_on": one.is_on,
                 "last": instant(one.last_run_at, self._desk.zone) if one.last_run_at else None,
                 "problem": one.last_problem or ""}
                for one in schedules
            ]  # fmt: skip
        counted = Counter(row["does"] for row in rows)
        values: dict[str, Any] = {
            "rows": rows,
            "counted": [{"title": WORDS[name], "number": counted[name], "tone": TONES.get(name, "")}
                        for name in WORDS if counted[name]],
            "all": len(idents),
            "more": max(0, len(idents) - SHOWN),
            "plans": plans,
            "may_plan": may_plan,
            "new_plan": self._desk.addresses.of_list(DunningSchedule.resource) + "/new"
            if visit.actor.grant(DunningSchedule.resource, "create") is not None else "",
        }  # fmt: skip
        return Shown("billing_dunning.html", values)

    def _row(self, about: Seen, does: str, account: Record | None) -> dict[str, Any]:
        """Return what a run would do; an account out of the visitor's reach is not named."""
        return {
            "name": account.label if account else "",
            "address": self._desk.addresses.of_record(BillingAccount.resource, account.key)
            if account else "",
            "amounts": _amounts(about),
            "days": about.overdue.days,
            "does": does,
            "title": WORDS[does],
            "tone": TONES.get(does, ""),
            "is_quiet": does in NOTHING,
            "plan": self._desk.addresses.of_record(PaymentPlan.resource, about.plan.key)
            if about.plan is not None and account is not None else "",
        }  # fmt: skip


def _program(work: Work, idents: Sequence[str]) -> Work:
    """Return the transaction for the program, with what accounts are judged by read at once."""
    work.actor.must_have(RUN)
    program = as_program(work, BY)
    accounts = Branch(BillingAccount.resource, "t.id = any(%s::uuid[])", [[*idents]])
    searches = [Search(kind, wanted, limit) for kind, wanted, limit in searches_of(idents)]
    (found,) = find_ahead(program, searches, [accounts])
    keep(program, BillingAccount.resource.name, idents, found)
    return program


def _amounts(about: Seen) -> list[str]:
    return [price(amount, unit) for unit, amount in sorted(about.overdue.amounts.items())]
