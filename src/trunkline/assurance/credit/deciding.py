"""Deciding: who has the authority grants a proposed credit, and it is put down for the bill."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, TypeAlias

from trunkline.access.authority import limit_of
from trunkline.assurance.credit.service_credit import AppliedRateRef, ServiceCredit, credit_id
from trunkline.assurance.problem.problem import OPEN, ServiceProblem
from trunkline.billing.api import APPROVE
from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.charging.owing import charge_id, owe
from trunkline.billing.payment.settling import hold_account
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.shared.money import Money
from trunkline.shared.program import as_program
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import LINES_MAX, At, job_kind, start
from trunkline.workspace.many import Outcome, work_off

Decision: TypeAlias = Literal["approve", "reject"]
KIND = "serviceCredits"
BY = "credits"
TITLES: dict[Decision, str] = {"approve": "Approve credits of %s", "reject": "Reject credits of %s"}
AUTHORITY: Literal["adjustment"] = "adjustment"
"""A credit lowers what is owed, so the limits of that hold."""
LINE = "Credit for time without service"


def decide(work: Work, ident: str, decision: Decision, note: str) -> ServiceCredit:
    """Grant or reject a credit that is proposed."""
    return approve(work, ident, note) if decision == "approve" else reject(work, ident, note)


def approve(work: Work, ident: str, note: str) -> ServiceCredit:
    """Agree to a credit that is proposed, and put it down for the bill of its account.

    Refuses (403) who has not the authority for the amount, with what the same person has granted
    the account for the same problem; (409) while the problem is open again; (400) one without an
    account.
    """
    held = _waiting(work, ident)
    problem = work.get(ServiceProblem, held.service_problem.id)
    if problem is not None and problem.status in OPEN:
        message = f"{problem.key} is open again; decide once it is over"
        raise Conflict("conflictProblemOpen", message)
    if held.billing_account is None:
        message = "no account pays for the product; name one there and propose the credits again"
        raise Invalid.of([Fault("billingAccount", "required", message)])
    hold_account(as_program(work, BY), held.billing_account.id)
    _must_have_authority(work, held)
    with work.edit(ServiceCredit, held.id, verb="read") as found:
        found.state = "approved"
        _note_decision(work, found, note)
    return _granted(as_program(work, BY), held.id)


def reject(work: Work, ident: str, note: str) -> ServiceCredit:
    """Refuse a credit that is proposed, with the reason."""
    held = _waiting(work, ident)
    if not note.strip():
        raise Invalid.of([Fault("note", "required", "say why it is not given")])
    with work.edit(ServiceCredit, held.id, verb="read") as found:
        found.state = "rejected"
        _note_decision(work, found, note)
    return found


def _waiting(work: Work, ident: str) -> ServiceCredit:
    if work.actor.kind != "system":
        work.actor.must_have(APPROVE)
    held = work.lock(ServiceCredit, ident, verb="read")
    if held.state != "proposed":
        raise Conflict("conflictDecided", f"{held.key} is {held.state} already")
    return held


def _must_have_authority(work: Work, held: ServiceCredit) -> None:
    """Refuse more than the actor may decide about alone, for one account and problem together."""
    if work.actor.kind == "system":
        return
    wanted = held.tax_included_amount or Money()
    same = as_program(work, BY).find(
        ServiceCredit,
        {"serviceProblem.id": held.service_problem.id, "state": ["approved", "granted"],
         "billingAccount.id": held.billing_account.id if held.billing_account else "",
         "decidedById": work.actor.id},
        limit=LINES_MAX,
    )  # fmt: skip
    before = sum(
        (one.tax_included_amount.amount for one in same
         if one.tax_included_amount is not None
         and one.tax_included_amount.unit == wanted.unit), Decimal(0),
    )  # fmt: skip
    most = limit_of(work, AUTHORITY, wanted.unit)
    if before + wanted.amount > most:
        message = f"your authority ends at {most} {wanted.unit}; somebody with more decides"
        raise Forbidden("aboveAuthority", message)


def _note_decision(work: Work, held: ServiceCredit, note: str) -> None:
    held.decided_by, held.decided_by_id = work.actor.name, work.actor.id
    held.decided_at, held.decision_note = work.now, note.strip() or None


def _granted(program: Work, ident: str) -> ServiceCredit:
    """Put an approved credit down for the bill, once, and note the line."""
    with program.edit(ServiceCredit, ident) as held:
        assert held.amount is not None
        assert held.billing_account is not None
        key = f"serviceCredit {credit_id(held.service_problem.id, held.product.id)}"
        owe(
            program, key=key, account=held.billing_account.id, product=held.product.id,
            name=LINE, kind="credit",
            amount=Money(unit=held.amount.unit, value=-held.amount.amount),
            tax=[_turned(one) for one in held.tax_item], day=program.now, period=held.period,
            description=held.explanation,
        )  # fmt: skip
        held.rate = AppliedRateRef(id=charge_id(key), referred_type="AppliedCustomerBillingRate")
        held.state = "granted"
    return held


def _turned(tax: TaxTold) -> TaxTold:
    """Return a tax as it stands in what is given back."""
    amount = tax.tax_amount or Money()
    return TaxTold(
        tax_category=tax.tax_category, tax_rate=tax.tax_rate,
        tax_amount=Money(unit=amount.unit, value=-amount.amount),
    )  # fmt: skip


# --- many at once ---------------------------------------------------------------------------


def begin_deciding(
    services: Services, actor: Actor, problem: str, decision: Decision, note: str,
    credits: Sequence[ServiceCredit],
) -> str:  # fmt: skip
    """Begin to decide about credits of a problem (its key), as a job of who asks; return its id.

    Refuses (403) who may not decide at all, (400) a rejection without a reason, and (409) where
    none waits.
    """
    actor.must_have(APPROVE)
    if decision == "reject" and not note.strip():
        raise Invalid.of([Fault("note", "required", "say why they are not given")])
    waiting = [one for one in credits if one.state == "proposed"]
    if not waiting:
        raise Conflict("conflictDecided", f"no credit of {problem} waits for a decision")
    lines = [(one.id, one.key, None) for one in waiting]
    return start(
        services, actor, kind=KIND, resource=ServiceCredit.resource.name,
        title=TITLES[decision] % problem, asked={"decision": decision, "note": note},
        lines=lines,
    )  # fmt: skip


def credits_of(
    work: Work, ident: str, problem: str, keys: Sequence[str] = ()
) -> list[ServiceCredit]:
    """Return the credits of a problem, by its id and key; those with some keys where any are named.

    Refuses (400) a key that is of none of them.
    """
    work.actor.must(ServiceCredit.resource, "read")
    found = work.find(ServiceCredit, {"serviceProblem.id": ident}, limit=LINES_MAX)
    if not keys:
        return sorted(found, key=lambda one: one.key)
    known = {name: one for one in found for name in (one.id, one.key)}
    faults = [
        Fault(f"serviceCredit[{index}]", "danglingReference",
              f"{key} is no credit of {problem}; correct the key")
        for index, key in enumerate(keys) if key not in known
    ]  # fmt: skip
    if faults:
        raise Invalid.of(faults)
    return [known[key] for key in dict.fromkeys(keys)]


@job_kind(KIND)
def decide_piece(at: At) -> bool:
    """Decide about the next credits, each in a transaction of its own."""
    at.actor.must_have(APPROVE)
    asked = at.job.asked
    decision: Decision = "approve" if asked["decision"] == "approve" else "reject"

    def one(work: Work, line: Line) -> Outcome:
        made = decide(work, line.record or "", decision, str(asked["note"]))
        return "changed", made.id, made.key, made.meta.version, None

    return work_off(at, one)
