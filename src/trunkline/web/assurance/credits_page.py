"""The credits of a problem: what is proposed and why, and the decisions about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.assurance.credit.deciding import Decision, begin_deciding, credits_of
from trunkline.assurance.credit.policy import ServiceCreditPolicy, credit_policies
from trunkline.assurance.credit.proposing import OVER, propose_credits
from trunkline.assurance.credit.service_credit import ServiceCredit
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.billing.api import APPROVE
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.reads import note_read
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.record_page import head_of
from trunkline.web.records import (
    Branch,
    Record,
    mentions_of,
    record_of,
    seen,
    select_each,
)
from trunkline.web.values import EMPTY, instant, price, state

SHOWN_MAX = 500
STATES = (("proposed", "Proposed"), ("granted", "Granted"), ("rejected", "Rejected"))
OF_KEY = "select p.id::text from service_problem p where p.key = %s"
NEWEST = f"order by t.id desc limit {SHOWN_MAX + 1}"
DECISIONS: Mapping[str, tuple[Decision, bool]] = {
    "approve": ("approve", False), "reject": ("reject", False), "approveAll": ("approve", True),
}  # fmt: skip
"""What the buttons ask for, and whether it is about all that wait."""


class CreditsPage:
    """`/problems/{ident}/credits`."""

    needs = "ServiceCredit:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what is proposed and what was decided."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Look anew at what is given back, or begin to decide as a job of the visitor."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            if form.text("decision") == "propose":
                with self._desk.work(visit) as work:
                    record = record_of(work, ServiceProblem.resource, ident)
                    propose_credits(work, record.id)
                return Moved(f"/problems/{quote(record.key)}/credits?done=looking")
            return Moved(f"/jobs/{self._decided(visit, form, ident)}")
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, ident=ident, refusal=refusal.told, status=refusal.status)

    def _decided(self, visit: Visit, form: Form, ident: str) -> str:
        """Begin the job that decides about what was chosen, and return its id."""
        decision, is_all = DECISIONS.get(form.text("decision"), ("reject", False))
        keys = form.all("credit")
        if not is_all and not keys:
            message = "choose the credits that are decided about"
            raise Invalid.of([Fault("serviceCredit", "required", message)])
        with self._desk.work(visit) as work:
            record = record_of(work, ServiceProblem.resource, ident)
            credits = credits_of(work, record.id, record.key, () if is_all else keys)
        return begin_deciding(
            self._desk.services, visit.actor, record.key, decision, form.text("note"), credits
        )

    def _view(self, visit: Visit, *, ident: str, refusal: str = "", status: int = 200) -> Answer:
        with self._desk.work(visit) as work:
            visit.actor.must(ServiceCredit.resource, "read")
            record, found = _read(work, ident)
            problem = ServiceProblem.wrap(dict(record.document))
            rows = [*self._rows(work, [one for some in found.values() for one in some.shown])]
            run = problem.credit_run
            values: dict[str, Any] = head_of(self._desk, record) | {
                "problem": refusal,
                "address": f"/problems/{quote(record.key)}",
                "figures": [{"title": title, "count": len(found[name].shown),
                             "is_more": found[name].is_more, "sum": _sum(found[name])}
                            for name, title in STATES],
                "rows": rows,
                "shown": len(rows),
                "is_more": any(one.is_more for one in found.values()),
                "all": f"{self._desk.addresses.of_list(ServiceCredit.resource)}"
                       f"?serviceProblem.id={quote(record.key)}",
                "waiting": len(found["proposed"].shown),
                "more_wait": found["proposed"].is_more,
                "without": (run.without or 0) if run is not None else 0,
                "is_looking": run is not None and not run.is_done,
                "looked": instant(run.began_at, self._desk.zone) if run is not None else EMPTY,
                "was_looked": run is not None,
                "is_over": problem.status in OVER,
                "any_policy": bool(credit_policies(work)),
                "policies": self._desk.addresses.of_list(ServiceCreditPolicy.resource)
                if visit.actor.grant(ServiceCreditPolicy.resource, "read") is not None else "",
                "may_propose": visit.actor.grant(ServiceProblem.resource, "update") is not None,
                "may_decide": visit.actor.may(APPROVE) is not None,
                "said": "It is being looked anew." if visit.req.get_param("done") else "",
                "csrf": visit.csrf,
            }  # fmt: skip
        return Shown("assurance_credits.html", values, status)

    def _rows(self, work: Work, records: list[Record]) -> Iterator[dict[str, Any]]:
        named = mentions_of(work, self._desk.addresses, {
            Customer.resource.name: _idents(records, "customer"),
            Product.resource.name: _idents(records, "product"),
        })  # fmt: skip
        for one in records:
            held = one.document
            amount = held.get("taxIncludedAmount") or held.get("amount")
            customer, product = (held.get(name) or {} for name in ("customer", "product"))
            yield {
                "key": one.key,
                "address": self._desk.addresses.of_facts(ServiceCredit.resource, one.key),
                "customer": named.get(str(customer.get("id"))),
                "product": named.get(str(product.get("id"))),
                "why": held.get("explanation") or "",
                "amount": _price(amount),
                "state": state(str(held.get("state"))),
                "by": held.get("decidedBy") or "",
                "note": held.get("decisionNote") or "",
                "waits": held.get("state") == "proposed",
                "no_account": not held.get("billingAccount"),
            }


@dataclass(frozen=True)
class _Some:
    """The newest credits of a state, and whether there are more."""

    shown: Sequence[Record]
    is_more: bool


def _read(work: Work, ident: str) -> tuple[Record, dict[str, _Some]]:
    """Return a problem and its credits by their state, read in one statement where it is its key.

    Refuses (404) a problem that there is not, or that the visitor does not see.
    """
    problem, credit = ServiceProblem.resource, ServiceCredit.resource
    note_read(work.services, work.actor, work.actor.must(credit, "read"), credit, None)
    of_key = Branch(problem, "t.key = %s", [ident])
    branches = [
        Branch(credit, f"t.p_service_problem_id in ({OF_KEY}) and t.p_state = %s", [ident, name],
               NEWEST)
        for name, _ in STATES
    ]  # fmt: skip
    named, *some = select_each(work, [of_key, *branches])
    if not named:  # it was asked for by its id, or by another system's name
        record = record_of(work, problem, ident)
        if record.key == ident:
            raise NotFound("notFound", f"there is no problem {ident}")
        return _read(work, record.key)
    note_read(work.services, work.actor, work.actor.must(problem, "read"), problem, named[0].id)
    return seen(work, named[0]), {
        name: _Some([seen(work, one) for one in found[:SHOWN_MAX]], len(found) > SHOWN_MAX)
        for (name, _), found in zip(STATES, some, strict=True)
    }


def _idents(records: Sequence[Record], name: str) -> list[str]:
    found = (one.document.get(name) for one in records)
    return sorted({str(one["id"]) for one in found if isinstance(one, dict)})


def _price(amount: Any) -> str:
    if not isinstance(amount, dict) or amount.get("value") is None:
        return ""
    return price(Decimal(str(amount["value"])), str(amount.get("unit") or ""))


def _sum(some: _Some) -> str:
    """Return the sums of amounts, empty where not all are here or seen."""
    sums: dict[str, Decimal] = {}
    for one in some.shown:
        held = one.document.get("taxIncludedAmount")
        if some.is_more or not isinstance(held, dict) or held.get("value") is None:
            return ""
        unit = str(held.get("unit") or "")
        sums[unit] = sums.get(unit, Decimal(0)) + Decimal(str(held["value"]))
    return " · ".join(price(amount, unit) for unit, amount in sorted(sums.items()))
