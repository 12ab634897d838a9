"""The demonstration operator's bill runs: last month's is issued, this month's is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal

from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.charging.owing import owe
from trunkline.billing.run.bill_run import BillCheck, BillRun
from trunkline.billing.run.deciding import approve, issue
from trunkline.demo.billing import BILLED
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import ROUNDS_MAX
from trunkline.documents.decode import encode, load
from trunkline.identity.rights import read_actor
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system, transaction
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.worker.steps import run_until_idle
from trunkline.workspace.business_zone import business_zone

At = Callable[[Services, datetime], Services]
OURS = 14
"""How many customers are billed by us, after those whose bills another system has made."""
STARTS, AGREES = "billing", "admin"
PRINCIPAL = "select principal::text from user_account where login = %s"


def add_bill_runs(services: Services, at: At, people: Sequence[DemoCustomer]) -> None:
    """Bill some customers twice by ourselves: the first bills are issued, the second in review."""
    zone = business_zone(services)
    today = services.now().astimezone(zone).date()
    this = datetime.combine(today.replace(day=1), time(6), zone)
    last = datetime.combine((this - timedelta(days=1)).date().replace(day=1), time(6), zone)
    ours = [one.billing_account for one in people[BILLED : BILLED + OURS] if one.kind != "partner"]
    with as_system(services, "demo") as work:
        _begin_charging(work, last, this, ours)
    then = at(services, last + timedelta(hours=3))
    run = _run(then, ours, last, "Bills of our own, first month")
    with transaction(then, _actor(then, AGREES)) as work:
        approve(work, run, "Looks right")
    with transaction(then, _actor(then, AGREES)) as work:
        issue(work, run)
    run_until_idle(then, rounds=ROUNDS_MAX)
    with as_system(services, "demo") as work:
        for account, name, kind, amount in (
            (ours[1], "Early end of the contract", "fee", 90), (ours[2], "Outage", "credit", -4)
        ):  # fmt: skip
            owe(work, key=f"demo/{account}", account=account, product=None, name=name, kind=kind,
                amount=Money.of(amount, "EUR"), day=this,
                tax=[TaxTold(tax_category="VAT", tax_rate=Decimal(19))])  # fmt: skip
        _forget_tax(work, ours[3])
    _run(services, ours, services.now(), "Bills of our own, second month")


def _forget_tax(work: Work, account: str) -> None:
    """Let prices lack their tax rate, so that their account is parked until somebody says one."""
    for product in work.find(Product, {"billingAccount.id": account}):
        with work.edit(Product, product.id) as held:
            for one in held.product_price:
                one.price.tax_rate = one.price.tax_included_amount = None


def _begin_charging(work: Work, last: datetime, this: datetime, ours: Sequence[str]) -> None:
    """Say since when accounts are charged by us: those of ours a month longer than the others."""
    accounts = work.find(BillingAccount, {}, limit=10_000)
    pairs = [(one, load(encode(one.raw))) for one in accounts]
    for one in accounts:
        one.charged_from = last if one.id in ours else this
    work.skip_reactions = True
    work.save_all(pairs)


def _run(services: Services, accounts: Sequence[str], cut_off: datetime, name: str) -> str:
    with transaction(services, _actor(services, STARTS)) as work:
        made = work.add(
            BillRun(
                name=name, cut_off=cut_off,
                billing_account=[
                    BillingAccountRef(id=one, referred_type="BillingAccount") for one in accounts
                ],
                check=[BillCheck(kind="change", percent=40), BillCheck(kind="zero")],
            )
        )  # fmt: skip
    run_until_idle(services, rounds=ROUNDS_MAX)
    return made.id


def _actor(services: Services, login: str) -> Actor:
    with services.database.app.connection() as connection:
        (principal,) = connection.execute(PRINCIPAL, [login]).fetchone()
        found = read_actor(connection, principal=principal, now=services.machine_now())
    assert found is not None, login
    return found
