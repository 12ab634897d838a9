"""A company wants fibre at five branches: one gets less, one nothing, and the price is argued."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.qualification.conftest import ACCOUNT, OFFER, Region, by_site
from tests.support.operator import CUSTOMER, ORDER, PARTY, Operator, Record
from tests.support.program import Client
from trunkline.kernel.actor import EVERY_CLASS, Grant

QUOTE = "/tmf-api/quoteManagement/v4/quote"
SALES = "/api/sales/v1"
CONTRACTS = "/api/contract/v1"
LIMITS = "/api/billing/v1/authorityLimit"
RIGHTS = ("TMF648:read", "TMF648:create", "TMF648:update", "TMF622:read", "TMF629:read",
          "TMF666:read", "TMF620:read", "sales:read")  # fmt: skip
GOLD: Record = {"metric": "response", "target": 4, "unit": "hours", "name": "Gold"}
STREETS = ("Quay", "Mill", "Harbour", "Market", "Heath")


def region_of(operator: Operator) -> Region:
    """Put fibre on sale: fast in three streets, half as fast in the fourth, nowhere else."""
    region = Region(operator.site)
    region.spec("Glass Line")
    for street in STREETS[:4]:
        region.area("Glass Line", city="Nordhaven", streetName=street,
                    maxDownloadSpeed=300 if street == "Market" else 1000)  # fmt: skip
    for name, down in (("Glass 1000", 1000), ("Glass 300", 300)):
        region.offer(name, "Glass Line", down)
        region.make(f"{CONTRACTS}/entitlementDefinition", {
            "code": f"gold-{down}", "name": "Gold", "coverageKind": "coverage",
            "productOffering": [{"id": region.offers[name]}], "serviceLevel": [GOLD],
        })  # fmt: skip
    return region


def person(operator: Operator, name: str, limit: int, *rights: str) -> Client:
    """Return somebody of sales who may give away so much a year alone."""
    names = RIGHTS + rights
    role = operator.site.role(f"of-{name}", {one: Grant("all", EVERY_CLASS) for one in names})
    operator.make(LIMITS, {"role": role, "kind": "priceOverride",
                           "limit": {"unit": "EUR", "value": limit}})  # fmt: skip
    return operator.site.user(name, roles=[role], scopes=names)


def did(client: Client, path: str, body: Record | None = None, *, status: int = 200) -> Record:
    answer = client.post(path, body or {})
    assert answer.status_code == status, (path, answer.json)
    found: Record = answer.json
    return found


@pytest.mark.scenario(13)
def test_five_branches_from_the_check_of_their_sites_to_the_renewal(operator: Operator) -> None:
    """Of five sites one has only the slower line and one has none: the quote takes the slower one
    over and goes on without the other. A discount beyond the seller's limit waits for somebody
    else. The four are ordered in two parts, served at gold, and their contract is renewed together
    with an older one of the company."""
    region = region_of(operator)
    party = operator.make(f"{PARTY}/organization", {"tradingName": "Looms", "isLegalEntity": True})
    role = {"name": "Looms", "status": "active", "engagedParty": {"id": party["id"]}}
    customer = operator.make(CUSTOMER, role)["id"]
    owner = [{"id": customer, "role": "customer"}]
    account = operator.make(ACCOUNT, {"name": "Looms", "state": "active", "relatedParty": owner})
    sites = [region.home(customer, streetName=one, streetNr="1", city="Nordhaven")
             for one in STREETS]  # fmt: skip
    lines = [
        {"id": street, "action": "add", "productOffering": {"id": region.offers["Glass 1000"]},
         "product": {"place": [by_site(site)]}}
        for street, site in zip(STREETS, sites, strict=True)
    ]  # fmt: skip
    seller = person(operator, "grace", 60)
    chief = person(operator, "ida", 5000, "sales:approveQuote")
    quote = did(seller, QUOTE, {
        "relatedParty": owner, "billingAccount": [{"id": account["id"]}], "quoteItem": lines,
        "termMonths": 24,
    }, status=201)  # fmt: skip
    offered_at_each_site(operator, region, quote)

    key = f"{SALES}/quote/{quote['key']}"
    kept = operator.read(QUOTE, quote["id"])["quoteItem"]
    assert [one["productOffering"]["name"] for one in kept[:4]] == ["Glass 1000"] * 3 + [
        "Glass 300"
    ]
    cheaper = {"priceAdjustment": [{"percentage": -22, "reason": "competition"}]}
    changed = seller.patch(f"{QUOTE}/{quote['id']}", {
        "quoteItem": [{**one, **cheaper} for one in kept[:4]]})  # fmt: skip
    assert changed.status_code == 200, changed.json
    assert changed.json["priceOverride"]["state"] == "waiting"
    assert changed.json["monthlyTotal"]["value"] == 39  # 4 of 12.50 without 22 of 100
    assert did(seller, f"{key}/present", status=403)["code"] == "fourEyes"
    did(seller, f"{key}/submit")
    did(chief, f"{key}/approve")
    for step in ("present", "accept", "complete"):
        did(seller, f"{key}/{step}")
    operator.settle()
    served_and_renewed(operator, quote, customer)


def offered_at_each_site(operator: Operator, region: Region, quote: Record) -> None:
    """Ask what there is at each site, and take the slower line where there is no faster one."""
    about = {"checkedFor": {"id": quote["id"], "@referredType": "Quote"}}
    asked = did(operator.staff, f"{SALES}/availability", about, status=201)
    check = operator.read(OFFER, asked["id"])
    items = check["productOfferingQualificationItem"]
    assert [one["qualificationItemResult"] for one in items] == [
        *["qualified"] * 3, "alternate", "unqualified",
    ]  # fmt: skip
    (other,) = items[3]["alternateProductOfferingProposal"]
    assert other["alternateProductOffering"]["id"] == region.offers["Glass 300"]
    about = {"productOfferingQualification": check["id"], "item": items[3]["id"]}
    did(operator.staff, f"{SALES}/availability/takeOver", {**about, "alternate": "1"})
    nothing = {**about, "item": items[4]["id"]}
    refused = did(operator.staff, f"{SALES}/availability/takeOver", nothing, status=409)
    assert refused["code"] == "conflictNotQualified"


def served_and_renewed(operator: Operator, quote: Record, customer: str) -> None:
    """Order three branches and then the fourth; look at what they are entitled to, and renew."""
    key = f"{SALES}/quote/{quote['key']}"
    orders = []
    for part in (STREETS[:3], STREETS[3:4]):
        body = {"quoteItem": [{"id": one, "quantity": 1} for one in part]}
        orders.append(did(operator.staff, f"{key}/order", body)["id"])
        operator.settle()
        left = operator.read(f"{key}/ordered")["quoteItem"]
        assert sum(one["remaining"] for one in left) == (1 if part == STREETS[:3] else 0)
    done = [operator.read(ORDER, one) for one in orders]
    assert [(one["state"], len(one["productOrderItem"])) for one in done] == [
        ("completed", 3), ("completed", 1),
    ]  # fmt: skip
    more = operator.staff.post(f"{key}/order", {"quoteItem": [{"id": "Quay", "quantity": 1}]})
    assert more.json["fault"][0]["code"] == "conflictOverOrdered"
    products = [one["product"]["id"] for order in done for one in order["productOrderItem"]]
    rights = operator.staff.get(f"{CONTRACTS}/entitlement?relatedParty.id={customer}").json
    assert sorted(one["product"][0]["id"] for one in rights) == sorted(products)
    assert all((one["state"], one["serviceLevel"]) == ("active", [GOLD]) for one in rights)
    (held,) = operator.staff.get(f"{CONTRACTS}/contract?quote.id={quote['id']}").json
    assert (held["state"], held["termMonths"]) == ("active", 24)
    assert [one["product"]["id"] for one in held["contractLine"]] == products
    older, own = older_contract(operator, quote, customer)
    body = {"termMonths": 12, "consolidates": [{"id": older["id"]}]}
    following = did(operator.staff, f"{CONTRACTS}/contract/{held['id']}/renew", body)
    operator.settle()
    renewed = operator.read(f"{CONTRACTS}/contract", following["id"])
    assert (renewed["renewedFrom"]["id"], renewed["consolidates"][0]["id"]) == (
        held["id"], older["id"],
    )  # fmt: skip
    assert [one["product"]["id"] for one in renewed["contractLine"]] == [*products, own]
    start = renewed["validFor"]["startDateTime"]
    assert start == older["validFor"]["endDateTime"]  # the first that ends: nothing lies between
    for one in (held, older):
        former = operator.read(f"{CONTRACTS}/contract", one["id"])
        assert (former["renewedBy"]["id"], former["validFor"]["endDateTime"]) == (
            renewed["id"], start,
        )  # fmt: skip
    rights = operator.staff.get(
        f"{CONTRACTS}/entitlement?relatedParty.id={customer}&state=draft"
    ).json
    assert sorted(one["product"][0]["id"] for one in rights) == sorted([*products, own])
    assert all(one["serviceLevel"] == [GOLD] for one in rights)
    assert {one["validFor"]["endDateTime"] for one in rights} == {
        renewed["validFor"]["endDateTime"]
    }


def older_contract(operator: Operator, quote: Record, customer: str) -> tuple[Record, str]:
    """Return a contract over a line that the company had before, and the product of that."""
    owner = [{"id": customer, "role": "customer"}]
    item = operator.read(QUOTE, quote["id"])["quoteItem"][3]
    order = operator.make(ORDER, {
        "relatedParty": owner, "billingAccount": quote["billingAccount"][0],
        "productOrderItem": [{"id": "1", "action": "add", "product": item["product"],
                              "productOffering": {"id": item["productOffering"]["id"]}}],
    })  # fmt: skip
    operator.settle()
    own = operator.read(ORDER, order["id"])["productOrderItem"][0]["product"]["id"]
    now = datetime.now(UTC)
    end, begun = ((now + timedelta(days=days)).isoformat() for days in (200, -1))
    older = operator.make(f"{CONTRACTS}/contract", {
        "name": "Before", "relatedParty": owner, "state": "active", "termMonths": 36,
        "validFor": {"startDateTime": begun, "endDateTime": end},
        "contractLine": [{"id": "1", "product": {"id": own}}],
    })  # fmt: skip
    of_order = f"{CONTRACTS}/serviceContract?productOrder.id={order['id']}"
    (served,) = operator.staff.get(of_order).json
    linked = {"contract": {"id": older["id"]}, "endsWithContract": True}
    answer = operator.staff.patch(f"{CONTRACTS}/serviceContract/{served['id']}", linked)
    assert answer.status_code == 200, answer.json
    return older, own
