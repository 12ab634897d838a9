"""Going on or ending: what a contract becomes when it is renewed, and what ending it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.contract.api import WAIVE
from trunkline.contract.service.acting import acts_open
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.ended_once import fee_at
from trunkline.contract.service.job import Done, act_or_begin, renew_or_begin
from trunkline.contract.service.renewal_preview import Outlook, candidates, preview_renewal
from trunkline.contract.service.renewal_term import Wanted, term_of
from trunkline.contract.service.renewing import is_followed
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.shared.period import TimePeriod, end_of, start_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.record_page import head_of
from trunkline.web.records import record_of
from trunkline.web.values import day, price

MONTHS_DIGITS = 6
KINDS = {
    "early": "It is renewed early.",
    "onTime": "It is renewed on time.",
    "late": "It is renewed late.",
}


class RenewPage:
    """`/contract/{ident}/renew` and `/contract/{ident}/end`."""

    needs = "Contract:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what renewing it would give, and what ending it would cost."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Renew it, alone or with others taken in, or show what that would give."""

        def renew(work: Work, form: Form) -> Done:
            return renew_or_begin(work, ident, self._wanted(form))

        def act(visit: Visit, form: Form) -> Answer:
            if form.text("do") == "look":
                return self._look(visit, form, ident=ident)
            return self._do(visit, form, ident=ident, act=renew, done="renewed")

        self._desk.act(req, resp, act)

    def on_post_end(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """End it."""

        def end(work: Work, form: Form) -> Done:
            reason, waiver = form.text("reason"), form.text("waiver")
            return act_or_begin(work, ident, "cancel", reason=reason, waiver=waiver)

        self._desk.act(req, resp, partial(self._do, ident=ident, act=end, done="ended"))

    def _wanted(self, form: Form) -> Wanted:
        months = form.text("months")
        if months and not (months.isdecimal() and len(months) <= MONTHS_DIGITS):
            message = "say for how many months, as a whole number"
            raise Invalid.of([Fault("termMonths", "badType", message)])
        start = self._start(form.text("start"))
        return Wanted(start, int(months) if months else None, form.all("consolidates"))

    def _look(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                outlook = self._foreseen(preview_renewal(work, ident, self._wanted(form)))
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal, form=form)
        return self._view(visit, ident=ident, form=form, outlook=outlook)

    def _foreseen(self, found: Outlook) -> dict[str, Any]:
        """Return what renewing would give as the page shows it."""
        value = found.contract.contract_value
        return {
            "kind": KINDS[found.contract.renewal_kind or "onTime"],
            "lines": len(found.contract.contract_line),
            "months": found.contract.term_months,
            **self._days(found.contract.valid_for),
            "monthly": [price(one.amount, one.unit or "") for one in found.monthly],
            "value": price(value.amount, value.unit or "") if value is not None else "",
            "formers": [
                {
                    "key": one.contract.key,
                    "name": one.contract.name or one.contract.key,
                    "address": self._desk.addresses.of_facts(Contract.resource, one.contract.key),
                    "lines": one.lines,
                    "served": one.service_contracts,
                    "rights": one.entitlements,
                    "before": self._days(one.dates)["end"],
                    "after": self._days(one.contract.valid_for)["end"],
                }
                for one in found.formers
            ],
        }

    def _days(self, period: TimePeriod | None) -> dict[str, Any]:
        zone = self._desk.zone
        return {
            name: day(moment.astimezone(zone).date().isoformat()) if moment is not None else None
            for name, moment in (("start", start_of(period)), ("end", end_of(period)))
        }

    def _start(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._desk.zone)
        except ValueError:
            message = "must be a day such as 2026-11-30"
            raise Invalid.of([Fault("startDateTime", "badValue", message)]) from None

    def _do(self, visit: Visit, form: Form, *, ident: str, act: Any, done: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                made, job = act(work, form)
                address = f"/jobs/{job}" if job else ""
                if made is not None:
                    address = self._desk.addresses.of_facts(Contract.resource, made.key)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal, form=form, asked=done)
        return Moved(address)

    def _view(
        self, visit: Visit, *, ident: str, refusal: Refusal | None = None,
        form: Form | None = None, asked: str = "", outlook: dict[str, Any] | None = None,
    ) -> Answer:  # fmt: skip
        visit.actor.must(Contract.resource, "update")
        with self._desk.work(visit) as work:
            record = record_of(work, Contract.resource, ident)
            contract = work.get(Contract, record.id)
            assert contract is not None
            fee, explanation = _fee(work, contract)
            shown = head_of(self._desk, record)
            values: dict[str, Any] = {
                **shown,
                "lines": len(contract.contract_line),
                "served": len(work.find(ServiceContract, {"contract.id": contract.id})),
                "renewal": self._renewal(work, contract),
                "others": self._others(work, contract, form),
                "outlook": outlook,
                "fee": price(fee.amount.amount, fee.amount.unit or "")
                if fee is not None and fee.amount is not None
                else "",
                "explanation": explanation,
                "may_end": "cancel" in acts_open(contract),
                "may_waive": visit.actor.may(WAIVE) is not None,
                "problems": problems_of(refusal),
                "asked": asked,
                "typed": {
                    name: form.text(name) if form is not None else ""
                    for name in ("start", "months", "reason", "waiver")
                },
            }  # fmt: skip
        return Shown("contracts_renew.html", values, refusal.status if refusal else 200)

    def _renewal(self, work: Work, contract: Contract) -> dict[str, Any]:
        """Return how it would be renewed if nothing was said, or why it is not."""
        try:
            is_renewed = is_followed(work, contract)
            term = term_of(contract, Wanted(), work.now, is_renewed=is_renewed)
        except Refusal as refusal:
            return {"why": problems_of(refusal)[0]}
        period = TimePeriod(start_date_time=term.start, end_date_time=term.end)
        days = self._days(period)
        return {"why": "", "kind": KINDS[term.kind], "months": term.months, **days}

    def _others(self, work: Work, contract: Contract, form: Form | None) -> list[dict[str, Any]]:
        """Return the other contracts of the customer, each with why it is not taken in."""
        if contract.state == "draft" or is_followed(work, contract):
            return []
        try:
            wanted = self._wanted(form) if form is not None else Wanted()
        except Invalid:
            wanted = Wanted()
        chosen = set(wanted.also)
        return [
            {
                "key": one.contract.key, "name": one.contract.name or one.contract.key,
                "lines": len(one.contract.contract_line), "why": one.why,
                "end": self._days(one.contract.valid_for)["end"],
                "is_chosen": one.contract.key in chosen,
            }
            for one in candidates(work, contract, replace(wanted, also=()))
        ]  # fmt: skip


def _fee(work: Work, contract: Contract) -> tuple[TerminationFee | None, list[str]]:
    """Return what ending a contract costs now, with how that comes about or why it is unknown."""
    try:
        fee = fee_at(work, contract, work.now)
    except Refusal as refusal:
        return None, [str(one) for one in problems_of(refusal)]
    return fee, list(fee.explanation) if fee is not None else []
