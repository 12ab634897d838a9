"""Consumers who have left: one erased, one whose erasure waits to be approved, one in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.payment.payment import Payment
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import ROUNDS_MAX
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.identity.accounts import actor_of_login
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system, transaction
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.legal_hold import LegalHold
from trunkline.worker.steps import run_until_idle

At = Callable[[Services, datetime], Services]
LEFT = (("Noa", "Veldhuis"), ("Emil", "Strand"))
OFFICER, OTHER = "privacy", "admin"


def add_erasures(services: Services, at: At, people: Sequence[DemoCustomer]) -> None:
    """Let people who have left be erased as far as each has come; the program does the last step.

    Noa's erasure is approved and done at the start, Emil's is checked. A third one asks though
    services are still in use, and a court has asked to keep what is known.
    """
    before = at(services, services.now() - timedelta(days=200))
    with as_system(before, "demo") as work:
        customers = [_customer(work, *name, number) for number, name in enumerate(LEFT)]
    run_until_idle(before, rounds=ROUNDS_MAX)
    with as_system(before, "demo") as work:
        for customer, account in customers:
            _pay(work, account)
            with work.edit(BillingAccount, account) as held:
                held.state = "closed"
            with work.edit(Customer, customer) as gone:
                gone.status = "terminated"
    run_until_idle(before, rounds=ROUNDS_MAX)
    noa, emil = (customer for customer, _ in customers)
    staying = next(one for one in people if one.kind == "consumer")
    with _as(services, OFFICER) as work:
        for customer in (noa, emil, staying.id):
            _add(work, ErasureRequest, {"person": {"id": customer}, "ground": "asked"})
        _add(work, LegalHold, {"person": {"id": staying.id}, "reference": "District court"})
        for customer in (noa, emil):
            _move(work, customer, "checked")
    with _as(services, OTHER) as work:
        _move(work, noa, "approved")


def _customer(work: Work, given: str, family: str, number: int) -> tuple[str, str]:
    """Make a customer with an account and a bill; return the ids of the two."""
    post = {"mediumType": "postal", "characteristic": {
        "street1": f"Dock Street {number + 11}", "city": "Nordhaven", "country": "DE"}}  # fmt: skip
    mail = {"mediumType": "email", "characteristic": {
        "emailAddress": f"{given.lower()}.{family.lower()}@example.org"}}  # fmt: skip
    person = _add(work, Individual, {"givenName": given, "familyName": family,
                                     "contactMedium": [post, mail]})  # fmt: skip
    customer = _add(work, Customer, {"name": f"{given} {family}", "status": "active",
                                     "engagedParty": {"id": person}})  # fmt: skip
    account = _add(work, BillingAccount, {
        "name": f"{given} {family}, account", "state": "active",
        "relatedParty": [{"id": customer, "role": "customer"}],
    })  # fmt: skip
    _add(work, CustomerBill, {
        "billNo": f"L{number + 1:06d}", "state": "sent", "category": "last",
        "billDate": format_instant(work.now), "billingAccount": {"id": account},
        "taxIncludedAmount": {"unit": "EUR", "value": 49.9},
        "paymentDueDate": format_instant(work.now + timedelta(days=14)),
    })  # fmt: skip
    return customer, account


def _pay(work: Work, account: str) -> None:
    _add(work, Payment, {"account": {"id": account}, "paymentMethod": {"name": "Transfer"},
                         "totalAmount": {"unit": "EUR", "value": 49.9}})  # fmt: skip


def _add(work: Work, kind: type[Document], body: dict[str, Json]) -> str:
    return str(work.add(kind.wrap(load(encode(body)))).id)


def _move(work: Work, customer: str, state: str) -> None:
    (request,) = work.find(ErasureRequest, {"person.id": customer})
    with work.edit(ErasureRequest, request.id) as now:
        now.raw["state"] = state


def _as(services: Services, login: str) -> AbstractContextManager[Work]:
    """Open a transaction of somebody who signs in."""
    with services.database.app.connection() as connection:
        actor = actor_of_login(connection, login=login, now=services.machine_now())
    assert actor is not None
    return transaction(services, actor)
