"""Customers of the demonstration operator who were entered twice, each with another slip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trunkline.demo.people import DemoCustomer
from trunkline.documents.patch import copied
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization

MAIL, PHONE = 0, 1


def _letters_turned(body: dict[str, Any]) -> None:
    name = body["familyName"]
    body["familyName"] = name[:2] + name[3] + name[2] + name[4:] if len(name) > 4 else name + name
    body["contactMedium"].pop(MAIL)


def _names_swapped(body: dict[str, Any]) -> None:
    body["givenName"], body["familyName"] = body["familyName"], body["givenName"]


def _other_phone(body: dict[str, Any]) -> None:
    body["givenName"] = body["givenName"][0] + "."
    body["contactMedium"][PHONE]["characteristic"]["phoneNumber"] = "+49 171 5550123"


def _other_form(body: dict[str, Any]) -> None:
    body["tradingName"] = f"{body['tradingName']} GmbH"


SLIPS: Sequence[tuple[str, Callable[[dict[str, Any]], None]]] = (
    ("consumer", _letters_turned), ("consumer", _names_swapped), ("consumer", _other_phone),
    ("company", _other_form),
)  # fmt: skip


def add_duplicates(services: Services, people: Sequence[DemoCustomer]) -> None:
    """Enter a few customers a second time; the worker finds them like any others."""
    left = list(people)
    with as_system(services, "demo") as work:
        for kind, slip in SLIPS:
            one = next((each for each in left if each.kind == kind), None)
            if one is not None:
                left.remove(one)
                _again(work, one, slip)


def _again(work: Work, one: DemoCustomer, slip: Callable[[dict[str, Any]], None]) -> None:
    party = Organization if one.kind == "company" else Individual
    known = work.get(party, one.party)
    if known is None:
        return
    body = copied(known.raw)
    slip(body)
    made = work.add(party.wrap(body))
    name = body.get("tradingName") or f"{body['givenName']} {body['familyName']}"
    role = {"name": name, "status": "active", "engagedParty": {"id": made.id}}
    customer = work.add(Customer.wrap(role))
    owner = [{"id": customer.id, "role": "customer"}]
    account = {"name": f"{name}, account", "state": "active", "relatedParty": owner}
    work.add(BillingAccount.wrap(account))
