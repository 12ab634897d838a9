"""Grace works for two companies: in each she sees what her responsibility there is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.operator import (
    ACCOUNT,
    CUSTOMER,
    ORDER,
    PARTY,
    PRODUCT,
    SERVICE,
    Customer,
    Operator,
    Record,
    codes,
)
from tests.support.program import Client
from trunkline.access.standard import ensure_roles

ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
STANDING = "/api/acting/v1/customer"


@dataclass
class Companies:
    """Two customers with a product each, and Grace, who signs in by herself."""

    operator: Operator
    north: Customer
    south: Customer
    person: str
    grace: Client

    def give(self, customer: Customer, *names: str, **more: Any) -> Record:
        body = {"name": "Contact", "roleType": "billing", "responsibility": list(names),
                "engagedParty": {"id": self.person, "@referredType": "Individual"},
                "relatedParty": [{"id": customer.id, "role": "customer"}], **more}  # fmt: skip
        return self.operator.make(ROLE, body)

    def asks(self, customer: Customer | str, path: str) -> Any:
        name = customer if isinstance(customer, str) else customer.id
        return self.grace.get(path, headers={"Acting-For": name})

    def found(self, customer: Customer | str, path: str) -> set[str]:
        answer = self.asks(customer, path)
        assert answer.status_code == 200, answer.json
        return {one["id"] for one in answer.json}


@pytest.fixture
def companies(operator: Operator) -> Companies:
    ensure_roles(operator.site.services)
    north, south = operator.company("North"), operator.company("South")
    for one in (north, south):
        one.has(one.add("1", "Wholesale Access"))
    body = {"givenName": "Grace", "familyName": "Hopper"}
    person = operator.make(f"{PARTY}/individual", body)["id"]
    grace = operator.site.user(
        f"grace-{person[-6:]}", roles=["contact"], party=person, scopes=("party:act",)
    )
    return Companies(operator, north, south, person, grace)


@pytest.mark.accepts("FND-05")
def test_she_sees_in_each_what_her_responsibility_grants(companies: Companies) -> None:
    """Orders in the one, accounts in the other: records of these kinds of that company show, one
    by one and in lists; other kinds are forbidden, other companies' records are not there. By
    herself she sees none of it."""
    operator, north, south = companies.operator, companies.north, companies.south
    assert companies.grace.get(STANDING).json == []
    companies.give(north, "responsible_for_orders")
    companies.give(south, "responsible_for_bills")
    (order,) = (one["id"] for one in operator.find(ORDER, relatedParty__id=north.id))
    assert companies.found(north, ORDER) == {order}
    assert len(companies.found(north, PRODUCT)) == 1
    assert companies.asks(north, f"{ORDER}/{order}").status_code == 200
    assert companies.found(south, ACCOUNT) == {south.account}
    for whom, path in (
        (north, f"{PARTY}/organization"),
        (north, SERVICE),
        (south, ORDER),
        (south, PRODUCT),
        (south, CUSTOMER),
    ):
        assert companies.asks(whom, path).status_code == 403, path
    (other,) = (one["id"] for one in operator.find(ORDER, relatedParty__id=south.id))
    assert companies.asks(north, f"{ORDER}/{other}").status_code == 404
    assert companies.asks(south, f"{ACCOUNT}/{north.account}").status_code == 404
    for path in (ORDER, ACCOUNT, PRODUCT, CUSTOMER):
        assert companies.grace.get(path).status_code == 403
    told = {one["id"]: one["responsibility"] for one in companies.grace.get(STANDING).json}
    assert told == {north.id: ["responsible_for_orders"], south.id: ["responsible_for_bills"]}
    placed = companies.grace.post(
        ORDER, north.body(north.add("1", "Wholesale Access")), headers={"Acting-For": north.id}
    )
    assert placed.status_code == 201, placed.json
    assert operator.audit(placed.json["id"])[0][0].startswith("Grace")
    foreign = south.body(south.add("1", "Wholesale Access"))
    answer = companies.grace.post(ORDER, foreign, headers={"Acting-For": north.id})
    assert answer.status_code in (400, 403)


def test_a_responsibility_ends(companies: Companies) -> None:
    """By its date, by its status and by another user role: at the next request, and the role is
    kept. What is not hers is refused like what there is not."""
    north = companies.north
    role = companies.give(north, "responsible_for_orders")
    key = companies.operator.read(CUSTOMER, north.id)["key"]
    assert companies.asks(key, ORDER).status_code == 200
    for change in (
        {"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}},
        {"validFor": {"startDateTime": "2090-01-01T00:00:00Z", "endDateTime": None}},
        {"validFor": None, "status": "suspended"},
    ):
        assert companies.operator.staff.patch(f"{ROLE}/{role['id']}", change).status_code == 200
        assert companies.asks(north, ORDER).status_code == 403
    assert companies.operator.read(ROLE, role["id"])["responsibility"] == ["responsible_for_orders"]
    messages = {companies.asks(name, ORDER).json["message"].replace(name, "…")
                for name in (companies.south.id, "CUS999999", "nobody")}  # fmt: skip
    assert len(messages) == 1


def test_nobody_gives_what_is_not_theirs(companies: Companies) -> None:
    """A care agent gives no right to do what care may not; no role names a right that is none,
    is for nobody, or makes a company act. Rights beyond records are never handed on."""
    site, north = companies.operator.site, companies.north
    scopes = ("TMF669:create", "TMF669:read", "TMF632:read", "TMF629:read")
    care = site.user(f"care-{north.id[-6:]}", roles=["care"], scopes=scopes)
    body = {"name": "Contact", "engagedParty": {"id": companies.person},
            "relatedParty": [{"id": north.id, "role": "customer"}]}  # fmt: skip
    refused = care.post(ROLE, {**body, "responsibility": ["billing"]})
    assert codes(refused) == {("notHeld", "responsibility")}
    staff = companies.operator.staff
    for change, fault in (
        ({"responsibility": ["emperor"]}, ("badValue", "responsibility[0]")),
        ({"relatedParty": []}, ("missing", "relatedParty")),
        ({"engagedParty": {"id": north.party}}, ("notAPerson", "engagedParty")),
    ):
        answer = staff.post(ROLE, {**body, "responsibility": ["responsible_for_bills"], **change})
        assert (answer.status_code, codes(answer)) == (400, {fault})
    companies.give(north, "administrator")
    for path in ("/api/identity/v1/user", "/api/operations/v1/work", ORDER):
        assert companies.asks(north, path).status_code in (403, 404), path
    other = site.user(f"other-{north.id[-6:]}", roles=["self_service"], party=companies.south.party,
                      scopes=("TMF622:read",))  # fmt: skip
    assert other.get(ORDER, headers={"Acting-For": north.id}).status_code == 403
