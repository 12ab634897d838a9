"""The right contact: persons have roles for a customer, an account or an order, and for a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.ordering.dated import follow_dates
from tests.support.operator import CUSTOMER, ORDER, PARTY, Customer, Operator, Record
from trunkline.inventory.billing_feed.feed import use_feed
from trunkline.inventory.billing_feed.telling import follow_products

ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
CONTACT = "/api/contacts/v1/contact"
MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"


def person(operator: Operator, name: str) -> str:
    body = {"givenName": name, "familyName": "Contact"}
    ident: str = operator.make(f"{PARTY}/individual", body)["id"]
    return ident


def role(operator: Operator, who: str, kind: str, customer: Customer, **more: Any) -> Record:
    body = {"name": f"{kind} contact", "roleType": kind,
            "engagedParty": {"id": who, "@referredType": "Individual"},
            "relatedParty": [{"id": customer.id, "role": "customer"}], **more}  # fmt: skip
    return operator.make(ROLE, body)


def asked(operator: Operator, kind: str, **about: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"roleType": kind, **about}.items())
    answer = operator.staff.get(CONTACT, query_string=query)
    assert answer.status_code == 200, answer.json
    name: str = answer.json["person"]["givenName"]
    return name


def test_the_nearest_role_that_holds_says_whom_to_turn_to(operator: Operator) -> None:
    """Analytical Engines has a technical contact, another one for one account and a third for one
    order; the bills are for a fourth. Each is named for what it is about, until its time is over;
    then the next one stands in, and who has been it is still told."""
    engines = operator.company("Main hall")
    ann, ben, cleo, dora, eve = (
        person(operator, name) for name in ("Ann", "Ben", "Cleo", "Dora", "Eve")
    )
    role(operator, ann, "technical", engines)
    role(operator, ben, "technical", engines, account=[
        {"id": engines.account, "name": "main"}])  # fmt: skip
    order = engines.has(engines.add("1", "Wholesale Access"))
    third = role(operator, cleo, "technical", engines, productOrder=[{"id": order.id}])
    role(operator, dora, "billing", engines)
    role(operator, dora, "legalRepresentative", engines)
    role(operator, eve, "primary", engines)
    unknown = operator.staff.get(CONTACT, query_string=f"roleType=plumber&customer={engines.id}")
    assert (unknown.status_code, unknown.json["code"]) == (400, "notInRegister"), unknown.json
    assert asked(operator, "technical", customer=engines.id) == "Ann"
    assert asked(operator, "technical", billingAccount=engines.account) == "Ben"
    assert asked(operator, "technical", productOrder=order.key) == "Cleo"
    assert asked(operator, "billing", productOrder=order.id) == "Dora"
    assert asked(operator, "legalRepresentative", billingAccount=engines.account) == "Dora"
    assert asked(operator, "sales", customer=operator.read(CUSTOMER, engines.id)["key"]) == "Eve"

    ended = {"validFor": {"endDateTime": "2026-02-01T00:00:00Z"}}
    assert operator.staff.patch(f"{ROLE}/{third['id']}", ended).status_code == 200
    assert asked(operator, "technical", productOrder=order.id) == "Ben"
    kept = operator.find(ROLE, relatedParty__id=engines.id, roleType="technical")
    assert {one["engagedParty"]["id"] for one in kept} == {ann, ben, cleo}
    mine = operator.find(ROLE, engagedParty__id=dora)
    assert {one["roleType"] for one in mine} == {"billing", "legalRepresentative"}

    ada = operator.ada()
    assert asked(operator, "technical", customer=ada.id) == "Ada"
    south = operator.company("Hall")
    nobody = operator.staff.get(CONTACT, query_string=f"roleType=technical&customer={south.id}")
    assert nobody.status_code == 404
    assert operator.staff.get(CONTACT, query_string="roleType=technical").status_code == 400
    reader = operator.site.unentitled()
    path = f"roleType=technical&customer={ada.id}"
    assert reader.get(CONTACT, query_string=path).status_code == 403


class Biller:
    """A system that bills, and what it was told."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, Any]] = []

    def tell(self, message: Mapping[str, Any], *, key: str) -> None:
        assert key == message["id"]
        self.told.append(message)


@pytest.fixture
def biller(operator: Operator) -> Iterator[Biller]:
    """The system that bills, connected for one test."""
    found = Biller()
    use_feed(operator.site.services, found)
    operator.site.services.fanout.append(follow_products)
    yield found
    operator.site.services.fanout.remove(follow_products)
    del operator.site.services.extra["billing_feed"]


def written_to(operator: Operator, customer: str) -> dict[str, str]:
    """Return who was written to for a customer, by the kind of record that it was about."""
    found = operator.find(MESSAGE, receiver__party__id=customer)
    return {one["relatedEntity"][0]["@referredType"]: one["receiver"][0]["name"] for one in found}


@pytest.mark.accepts("TSM-07")
def test_roles_say_who_is_told(operator: Operator, biller: Biller) -> None:
    """Dora has two roles for Analytical Engines: she gets the bills, and until the end of last
    month she was its technical contact; Ben is now, and Cleo buys. That an order is
    promised for another day is told to Cleo, that a request is late to Ben, and whoever bills is
    told of Dora with each product, of Eve with those on the account that she has the bills of."""
    engines = operator.company("Main hall")
    ben, cleo, dora, eve = (person(operator, name) for name in ("Ben", "Cleo", "Dora", "Eve"))
    over = {"validFor": {"endDateTime": "2026-01-31T00:00:00Z"}}
    role(operator, dora, "billing", engines)
    role(operator, ben, "technical", engines)
    role(operator, dora, "technical", engines, **over)
    role(operator, cleo, "sales", engines)
    engines.has(engines.add("1", "Wholesale Access"))
    assert {one["product"]["billContact"]["id"] for one in biller.told} == {dora}
    role(operator, eve, "billing", engines, account=[{"id": engines.account, "name": "main"}])
    engines.has(engines.add("1", "Wholesale Access"))
    assert biller.told[-1]["product"]["billContact"] == {"id": eve, "name": "Eve Contact"}

    staff = operator.staff
    staff.call("PUT", "/api/workspace/v1/messageText/new-date", {
        "title": "New date", "subject": "Order {order}", "content": "{name}: {date}"})  # fmt: skip
    policy = operator.make("/api/ordering/v1/deliveryPolicy", {
        "name": "Tell", "tellsCustomer": True, "messageText": "new-date"})  # fmt: skip
    late = engines.orders(engines.fibre(installation="technician"),
                          committedCompletionDate="2031-02-01T00:00:00Z")  # fmt: skip
    operator.settle()
    follow_dates(operator.site)
    promise = {"committedCompletionDate": "2031-03-01T00:00:00Z", "note": [{"text": "no crew"}]}
    assert staff.patch(f"{ORDER}/{late.id}", promise).status_code == 200
    operator.settle()
    follow_dates(operator.site)
    asked = {"name": "Refund", "targetProcess": "dispute", "dueDays": 2,
             "handledBy": "administrator"}  # fmt: skip
    kind = operator.make("/api/care/v1/requestType", asked)["id"]
    parties = [{"id": engines.id, "role": "customer", "@referredType": "Customer"}]
    operator.make("/api/care/v1/customerRequest",
                  {"requestType": {"id": kind}, "relatedParty": parties})  # fmt: skip
    operator.settle()
    operator.site.move_clock(49 * 3600)
    operator.hurry()
    assert written_to(operator, engines.id) == {
        "ProductOrder": "Cleo Contact", "CustomerRequest": "Ben Contact"}  # fmt: skip
    staff.delete(f"/api/ordering/v1/deliveryPolicy/{policy['id']}")
