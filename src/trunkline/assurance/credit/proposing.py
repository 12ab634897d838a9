"""Proposing: what everybody whom a problem hit is to get back, once it is over.

Customers are looked at in chunks, each chunk in one transaction with the work that leads on to the
next, so that a process that is killed neither leaves one out nor proposes one twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.assurance.credit.policy import ServiceCreditPolicyRef, credit_policies
from trunkline.assurance.credit.promised import promises_of
from trunkline.assurance.credit.reckoning import (
    Monthly,
    Promise,
    Reckoned,
    chosen,
    explained,
    monthly_of,
    reckon,
)
from trunkline.assurance.credit.service_credit import CreditBasis, ServiceCredit, credit_id
from trunkline.assurance.problem.affected import HitCustomer, affected_customers
from trunkline.assurance.problem.noticing import hit_by
from trunkline.assurance.problem.problem import CreditRun, ServiceProblem, ServiceProblemRef
from trunkline.billing.charging.owing import told
from trunkline.billing.charging.taxing import tax_of
from trunkline.documents.errors import Conflict
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.governance.configured import all_of, configured
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import Meta, event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar, calendar_of
from trunkline.party.account import BillingAccount
from trunkline.shared.calendar import ALWAYS, Calendar, worked
from trunkline.shared.money import Money, rounded
from trunkline.shared.party_reference import BillingAccountRef, CustomerRef
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ProductRef
from trunkline.workspace.timer import leased, locked

PROPOSE = "assurance.proposeCredits"
CHUNK, MANY = 50, 10_000
OVER = ("resolved", "closed")
LEVELS_MAX = 5
"""So many bundles above a product are looked at for one that has a price."""
REFRESHED = ("name", "customer", "billingAccount", "policy", "period", "basis", "explanation",
             "amount", "taxItem", "taxIncludedAmount")  # fmt: skip


@on(event(ServiceProblem, "created"), event(ServiceProblem, "state_changed").to("resolved"))
def credits_are_proposed(work: Work, problem: ServiceProblem) -> None:
    """Begin to propose what is given back for a problem that is over, where a policy says so."""
    run = problem.credit_run
    is_known = run is not None and run.began_at >= (problem.status_change_date or run.began_at)
    if problem.status in OVER and not is_known and credit_policies(work):
        _begin(work, problem.id)


def propose_credits(work: Work, ident: str) -> CreditRun:
    """Begin to look anew at what is given back for a problem; what was decided stays decided.

    Refuses (409) a problem that is not over, and where no policy gives anything.
    """
    work.actor.must(ServiceProblem.resource, "update")
    problem = work.lock(ServiceProblem, ident)
    if problem.status not in OVER:
        message = f"{problem.key} is not over; how long it lasts is known once it is resolved"
        raise Conflict("conflictProblemOpen", message)
    if not credit_policies(work):
        message = "no policy of credits is switched on; make one first"
        raise Conflict("conflictNoPolicy", message)
    return _begin(work, problem.id)


def _begin(work: Work, ident: str) -> CreditRun:
    with work.edit(ServiceProblem, ident) as problem:
        former = problem.credit_run
        run = CreditRun(
            id=str(int(former.id) + 1 if former is not None else 1), began_at=work.now,
            began_by=work.actor.name, is_done=False, proposed=0, decided=0, without=0,
        )  # fmt: skip
        problem.credit_run = run
    payload = {"run": run.id, "after": ""}
    work.schedule(NewWork(PROPOSE, ident, payload=payload, once=f"{PROPOSE} {ident} {run.id}"))
    return run


@handler(PROPOSE)
def propose_some(services: Services, row: Row) -> None:
    """Propose what the next customers get back, and leave the rest to the next piece of work."""
    said: dict[str, Any] = row.payload if isinstance(row.payload, dict) else {}
    with leased(services, row) as work:
        problem = locked(work, ServiceProblem, row.subject)
        run = problem.credit_run if problem is not None else None
        if problem is None or run is None or run.id != said.get("run") or run.is_done:
            queue.finish(work.connection, row)
            return
        found, left = affected_customers(
            work, *hit_by(problem), after=str(said.get("after") or ""), limit=CHUNK
        )
        is_over = problem.status in OVER
        ends = _propose_for(work, problem, found) if is_over else Counter[str]()
        is_done = not is_over or left <= len(found)
        with work.edit(ServiceProblem, problem.id) as one:
            assert one.credit_run is not None
            one.credit_run.proposed = (run.proposed or 0) + ends["proposed"]
            one.credit_run.decided = (run.decided or 0) + ends["decided"]
            one.credit_run.without = (run.without or 0) + ends["without"]
            one.credit_run.is_done = is_done
        if not is_done:
            last = found[-1].customer
            once = f"{PROPOSE} {problem.id} {run.id} {last}"
            work.schedule(NewWork(PROPOSE, problem.id, payload={**said, "after": last}, once=once))
        queue.finish(work.connection, row)


@dataclass(frozen=True)
class _Wanted:
    """A credit that is due: of which product, how it was reckoned, and who pays for the product."""

    product: Product
    customer: str
    account: BillingAccount | None
    monthly: Monthly
    made: Reckoned
    level: str
    policy: str
    elapsed_minutes: int
    hours_free: Json
    explanation: str


def _propose_for(work: Work, problem: ServiceProblem, found: Sequence[HitCustomer]) -> Counter[str]:
    """Propose what some customers get back; return how many credits wait, were decided, or none."""
    begin = problem.began_at or problem.creation_date or work.now
    end = problem.resolution_date or work.now
    whose = {ident: one.customer for one in found for ident in one.products}
    products, bearing, seen = _with_prices(work, whose, begin)
    promises = _merged(promises_of(work, seen, begin), bearing)
    customers = {one: _customer(bearing, whose, one) for one in products}
    accounts = _accounts(work, products, customers)
    ends: Counter[str] = Counter()
    ends["without"] = sum(1 for ident in whose if ident not in bearing)
    idents = {one: credit_id(problem.id, one) for one in products}
    known = work.many(ServiceCredit, idents.values())
    fresh = []
    for ident, product in products.items():
        wanted = _wanted(
            work, problem, product, promises.get(ident, ()), (begin, end),
            customer=customers[ident], account=accounts.get(ident),
        )  # fmt: skip
        held = known.get(idents[ident])
        if held is not None and held.state not in ("proposed", "canceled"):
            ends["decided"] += 1
        elif wanted is None:
            ends["without"] += 1
            if held is not None and held.state == "proposed":
                with work.edit(ServiceCredit, held.id) as one:
                    one.state = "canceled"
        else:
            ends["proposed"] += 1
            draft = _credit(work, problem, wanted, TimePeriod(start_date_time=begin,
                                                              end_date_time=end))  # fmt: skip
            if held is None:
                fresh.append(draft)
            else:
                _refresh(work, held, draft)
    if fresh:
        work.add(*fresh)
    return ends


def _customer(bearing: Mapping[str, str], whose: Mapping[str, str], product: str) -> str:
    return whose.get(product) or next(whose[hit] for hit, one in bearing.items() if one == product)


def _merged(
    promises: Mapping[str, Sequence[Promise]], bearing: Mapping[str, str]
) -> dict[str, list[Promise]]:
    """Return what was promised of each product together with what was of those that go by it."""
    found = {one: [*promises.get(one, ())] for one in bearing.values()}
    for hit, one in bearing.items():
        if hit != one:
            found[one] += promises.get(hit, ())
    return found


def _with_prices(
    work: Work, hit: Mapping[str, str], at: datetime
) -> tuple[dict[str, Product], dict[str, str], dict[str, Product]]:
    """Return the products that are paid for by the month, which of them each hit one goes by, and
    all that were looked at for that.

    What has no price of its own goes by the nearest bundle around it that has one, of several by
    the oldest of these.
    """
    seen: dict[str, Product] = {}
    priced: dict[str, Product] = {}
    bearing: dict[str, str] = {}
    level = {ident: {ident} for ident in hit}  # what is looked at, and the hit ones that led to it
    for _ in range(LEVELS_MAX):
        found = work.many(Product, level)
        seen |= found
        rest: dict[str, set[str]] = {}
        for ident in sorted(found):
            led = {one for one in level[ident] if one not in bearing}
            if led and monthly_of(found[ident], at) is not None:
                priced[ident] = found[ident]
                bearing |= dict.fromkeys(led, ident)
            elif led:
                rest[ident] = led
        if not rest:
            break
        level = {}
        for above in work.find(Product, {"product.id": [*rest]}, limit=10 * len(rest)):
            for inner in above.product if above.status not in ENDED_PRODUCT else ():
                if inner.id in rest:
                    level.setdefault(above.id, set()).update(rest[inner.id])
        if not level:
            break
    return priced, bearing, seen


def _wanted(
    work: Work, problem: ServiceProblem, product: Product, promises: Sequence[Promise],
    outage: tuple[datetime, datetime], *, customer: str, account: BillingAccount | None,
) -> _Wanted | None:  # fmt: skip
    """Return what is due for a product, None where nothing is."""
    found = chosen(credit_policies(work), promises, problem.category, problem.reason)
    begin, end = max(outage[0], product.start_date or outage[0]), outage[1]
    monthly = monthly_of(product, outage[0])
    if found is None or monthly is None:
        return None
    calendar = found.promise.calendar if found.promise is not None else None
    elapsed = worked(_calendar(work, calendar), begin, end)
    made = reckon(found, elapsed, monthly)
    if not made.shares:
        return None
    return _Wanted(
        product, customer, account, monthly, made,
        level=found.promise.told if found.promise is not None else "",
        policy=found.policy.id, elapsed_minutes=int(elapsed.total_seconds()) // 60,
        hours_free=found.hours_free, explanation=explained(found, elapsed, monthly, made),
    )  # fmt: skip


def _credit(
    work: Work, problem: ServiceProblem, wanted: _Wanted, period: TimePeriod
) -> ServiceCredit:
    """Return a proposal as it is stored."""
    unit, name = wanted.monthly.unit, wanted.product.name or wanted.product.key
    taxes = [
        told(Money.of(one.net, unit), tax)
        for one in wanted.made.shares
        for tax in tax_of(wanted.account, one.tax_rate, one.tax_category, work.now)
    ]
    gross = wanted.made.net + sum(one.tax_amount.amount for one in taxes if one.tax_amount)
    credit = ServiceCredit(
        name=f"{problem.key}: {name}"[:200],
        service_problem=ServiceProblemRef(id=problem.id, referred_type="ServiceProblem"),
        product=ProductRef(id=wanted.product.id, referred_type="Product"),
        customer=CustomerRef(id=wanted.customer, referred_type="Customer"),
        billing_account=BillingAccountRef(id=wanted.account.id, referred_type="BillingAccount")
        if wanted.account
        else None,
        policy=ServiceCreditPolicyRef(id=wanted.policy, referred_type="ServiceCreditPolicy"),
        period=period,
        basis=CreditBasis(
            level=wanted.level or None, minutes_out=wanted.elapsed_minutes,
            hours_free=wanted.hours_free, started_hours=wanted.made.hours,
            percent=wanted.made.percent,
            monthly_price=Money.of(rounded(wanted.monthly.net, unit), unit),
        ),
        explanation=wanted.explanation[:500],
        amount=Money.of(wanted.made.net, unit),
        tax_item=taxes,
        tax_included_amount=Money.of(gross, unit),
        proposed_at=work.now,
    )  # fmt: skip
    object.__setattr__(credit, "meta", Meta(credit_id(problem.id, wanted.product.id)))
    return credit


def _refresh(work: Work, held: ServiceCredit, draft: ServiceCredit) -> None:
    """Bring a proposal that nobody has decided to what is due by now."""
    with work.edit(ServiceCredit, held.id) as one:
        for name in REFRESHED:
            if name in draft.raw:
                one.raw[name] = copied(draft.raw[name])
            else:
                one.raw.pop(name, None)
        if one.state != "proposed":
            one.state, one.proposed_at = "proposed", work.now


def _accounts(
    work: Work, products: Mapping[str, Product], customers: Mapping[str, str]
) -> dict[str, BillingAccount]:
    """Return which account pays for each product: the one it names, else its customer's only one.

    `customers` says whose each product is.
    """
    named = {ident: one for ident, product in products.items() if (one := _account_of(product))}
    rest = {customers[one]: list[BillingAccount]() for one in products if one not in named}
    held = work.find(BillingAccount, {"relatedParty.id": [*rest]}, limit=MANY) if rest else ()
    for account in held:
        for customer in {party.id for party in account.related_party if party.id in rest}:
            rest[customer].append(account)
    known = work.many(BillingAccount, named.values())
    found = {ident: known[one] for ident, one in named.items() if one in known}
    for ident in products.keys() - named.keys():
        theirs = rest[customers[ident]]
        if len(theirs) == 1:
            found[ident] = theirs[0]
    return found


def _account_of(product: Product) -> str | None:
    if product.billing_account is not None:
        return product.billing_account.id
    named = (one.billing_account for one in product.product_price)
    return next((one.id for one in named if one is not None), None)


@dataclass(frozen=True)
class _Calendars:
    by_name: Mapping[str, Calendar]


def _calendar(work: Work, name: str | None) -> Calendar:
    """Return the hours that count: those of the working calendar of a name, else all."""
    if not name:
        return ALWAYS
    return configured(work, _Calendars, _read).by_name.get(name, ALWAYS)


def _read(connection: Any) -> _Calendars:
    return _Calendars(dict(_named(connection)))


def _named(connection: Any) -> Iterator[tuple[str, Calendar]]:
    for one in all_of(connection, WorkingCalendar):
        yield one.name, calendar_of(one)
