"""Problems: whom they hit, which tickets hang on them, who is told, and what ends with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assurance.conftest import MESSAGE, OWN, PROBLEM, TICKET, Desk, about
from tests.support.operator import PARTY, Customer
from trunkline.access.standard import ROLES

PRODUCT = "/tmf-api/productInventory/v4/product"
SERVICE = "/tmf-api/serviceInventory/v4/service"
RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"


def theirs(ada: Customer) -> list[dict[str, str]]:
    return [{"id": ada.id, "role": "customer", "@referredType": "Customer"}]


def line(desk: Desk, ada: Customer, port: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give a customer a line that runs on a port: a product, its service, a service below that."""
    specification = {"name": "Line", "lifecycleStatus": "Active"}
    spec = desk.operator.make("/tmf-api/serviceCatalogManagement/v4/serviceSpecification",
                              specification)  # fmt: skip
    common = {"state": "active", "serviceSpecification": {"id": spec["id"]},
              "relatedParty": theirs(ada)}  # fmt: skip
    below = desk.operator.make(SERVICE, {"name": "Access", **common,
                                         "supportingResource": [{"id": port["id"]}]})  # fmt: skip
    above = desk.operator.make(SERVICE, {"name": "Internet", **common,
                                         "supportingService": [{"id": below["id"]}]})  # fmt: skip
    return desk.operator.make(
        PRODUCT,
        {"name": "Fibre", "status": "active", "relatedParty": theirs(ada),
         "realizingService": [{"id": above["id"]}], **more},
    )  # fmt: skip


@pytest.fixture
def port(desk: Desk) -> dict[str, Any]:
    return desk.operator.make(RESOURCE, {"name": "Port 7", "resourceStatus": "available"})


def hit(desk: Desk, problem: dict[str, Any]) -> dict[str, list[str]]:
    answer = desk.staff.get(f"{OWN}/serviceProblem/{problem['id']}/affected")
    assert answer.status_code == 200, answer.json
    return {one["customer"]["id"]: sorted(p["id"] for p in one["product"]) for one in answer.json}


@pytest.mark.accepts("TAM-PR-02")
@pytest.mark.scenario(15)
def test_tickets_are_routed_linked_to_one_problem_and_all_whom_it_hits_are_told(
    desk: Desk, port: dict[str, Any]
) -> None:
    """A ticket comes to the queue of its type; those about what an open problem hits hang on it at
    once, others are linked by hand; all customers whom it hits are told, each once, in their
    language, whoever wants no contact is counted as not told."""
    desk.type("no-light", handledBy="fallout")
    ada, bob, eve, far = (desk.operator.ada() for _ in range(4))
    german = [{"languageCode": "de", "isFavouriteLanguage": True}]
    desk.staff.patch(f"{PARTY}/individual/{bob.party}", {"languageAbility": german})
    silent = {"contactPreference": {"doNotContact": True}}
    assert desk.staff.patch(f"{PARTY}/individual/{eve.party}", silent).status_code == 200
    lines = {one.id: line(desk, one, port) for one in (ada, bob, eve)}
    other = desk.operator.make(RESOURCE, {"name": "Port 9", "resourceStatus": "available"})
    line(desk, far, other)
    early = desk.ticket("no-light", ada)
    assert early["handledBy"] == "fallout"
    problem = desk.problem(ada, affectedResource=[{"id": port["id"]}])
    assert problem["affectedNumberOfServices"] == 6
    assert hit(desk, problem) == {one: [made["id"]] for one, made in lines.items()}

    late = desk.ticket("no-light", bob, relatedEntity=[about(lines[bob.id], "Product")])
    desk.operator.hurry()
    linked = {
        one["id"] for one in desk.operator.read(f"{PROBLEM}/{problem['id']}")["troubleTicket"]
    }
    assert linked == {late["id"]}
    path = f"{OWN}/serviceProblem/{problem['id']}"
    for _ in range(2):
        assert desk.staff.post(f"{path}/link", {"troubleTicket": [early["key"]]}).status_code == 200
    unknown = desk.staff.post(f"{path}/link", {"troubleTicket": ["TT999999"]})
    assert unknown.json["fault"][0]["path"] == "troubleTicket[0]"

    assert desk.staff.post(f"{path}/notify", {"text": "no-such"}).status_code == 400
    assert desk.staff.post(f"{path}/notify", {"subject": "x"}).status_code == 400
    assert desk.staff.post(f"{path}/notify", {"text": "outage-begins"}).status_code == 202
    desk.operator.hurry()
    desk.operator.hurry()
    found = desk.operator.read(f"{PROBLEM}/{problem['id']}")
    (notice,) = found["notice"]
    assert (notice["isDone"], notice["told"], notice["notTold"]) == (True, 2, 1)
    for sent in ({}, {"again": True}):  # who knows it already is told again only when asked for
        told = desk.staff.post(f"{path}/notify", {"text": "outage-begins", **sent})
        assert told.status_code == 202
        desk.operator.hurry()
        (*_, notice) = desk.operator.read(f"{PROBLEM}/{problem['id']}")["notice"]
        counts = (notice["told"], notice["alreadyTold"], notice["notTold"])
        assert counts == ((2, 0, 1) if sent else (0, 2, 1))
    subjects = {
        one.id: [
            each["subject"] for each in desk.operator.find(MESSAGE, receiver__party__id=one.id)
        ]
        for one in (ada, bob, eve, far)
    }
    key = problem["key"]
    assert subjects == {
        ada.id: 2 * [f"Your service is down: {key}"],
        bob.id: 2 * [f"Ihr Dienst ist gestört: {key}"],
        eve.id: [], far.id: [],
    }  # fmt: skip


@pytest.mark.scenario(15)
def test_tickets_end_with_their_problem(desk: Desk, port: dict[str, Any]) -> None:
    """While a problem is open nothing ends; once it is resolved its open tickets are proposed, and
    those chosen are resolved with its reason; one whose steps are not done stays, and says why."""
    desk.type("steps-first", checklist=[{"title": "Called", "isMandatory": True}])
    ada = desk.operator.ada()
    plain, strict, done = (
        desk.ticket(code, ada) for code in ("anything", "steps-first", "anything")
    )
    problem = desk.problem(ada, troubleTicket=[{"id": one["id"]} for one in (plain, strict, done)])
    desk.moved(done, "cancelled")
    path = f"{OWN}/serviceProblem/{problem['id']}"
    assert desk.staff.post(f"{path}/resolveTicket", {}).status_code == 409
    over = {"status": "resolved", "statusChangeReason": "spliced"}
    assert desk.staff.patch(f"{PROBLEM}/{problem['id']}", over).json["resolutionDate"]
    proposed = desk.staff.get(f"{path}/openTicket").json
    assert {one["key"] for one in proposed} == {plain["key"], strict["key"]}
    ended = desk.staff.post(f"{path}/resolveTicket", {}).json
    assert [one["key"] for one in ended["resolved"]] == [plain["key"]]
    assert [one["key"] for one in ended["refused"]] == [strict["key"]]
    assert "Called" in ended["refused"][0]["reason"]
    assert desk.read(plain)["statusChange"][-1]["changeReason"] == "spliced"
    assert desk.read(strict)["status"] == "acknowledged"


@pytest.mark.accepts("TAM-CN-03")
def test_outages_with_whom_they_hit_are_told_and_keep_tickets_away(
    desk: Desk, port: dict[str, Any]
) -> None:
    """Open outages are listed with the customers they hit, at a port, a site or a service; who asks
    about something that is hit is told of the outage before a ticket is taken, and a ticket all the
    same hangs on it. One that is over, and what is hit by none, is told of nothing."""
    ada, bob = desk.operator.ada(), desk.operator.ada()
    mine, other = line(desk, ada, port), line(desk, bob, port, status="terminated")
    free = desk.operator.ada()
    problem = desk.problem(ada, affectedResource=[{"id": port["id"]}])
    listed = desk.staff.get(PROBLEM, query_string="category=outage&status=acknowledged").json
    assert problem["key"] in {one["key"] for one in listed}
    assert mine["id"] in hit(desk, problem)[ada.id]
    assert other["id"] not in hit(desk, problem).get(bob.id, [])

    def outages(**asked: str) -> list[str]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = desk.staff.get(f"{OWN}/outage", query_string=query)
        assert answer.status_code == 200, answer.json
        return [one["key"] for one in answer.json]

    assert outages(customer=ada.id) == [problem["key"]]
    assert outages(product=mine["key"]) == [problem["key"]]
    assert outages(customer=free.id) == []
    assert desk.staff.get(f"{OWN}/outage").status_code == 400
    client = desk.operator.site.user(
        f"hit{desk.day}", roles=["self_service"], party=ada.party,
        scopes=tuple(ROLES["self_service"].permissions),
    )  # fmt: skip
    body = {"ticketType": "any", "severity": "major", "description": "Dark",
            "relatedEntity": [about(mine, "Product")]}  # fmt: skip
    answer = client.post(TICKET, body)
    assert answer.status_code == 201, answer.json
    ticket = answer.json
    assert [one["id"] for one in ticket["knownProblem"]] == [problem["id"]]
    desk.operator.hurry()
    found = desk.operator.read(f"{PROBLEM}/{problem['id']}")
    assert [one["id"] for one in found["troubleTicket"]] == [ticket["id"]]
    desk.staff.patch(f"{PROBLEM}/{problem['id']}", {"status": "resolved"})
    assert outages(customer=ada.id) == []

    site = desk.operator.make(
        "/tmf-api/geographicSiteManagement/v4/geographicSite",
        {"name": "Depot", "status": "active", "relatedParty": theirs(free)},
    )
    there = desk.operator.make(
        PRODUCT,
        {"name": "Alarm", "status": "active", "relatedParty": theirs(free),
         "place": [{"id": site["id"], "role": "installation", "@referredType": "GeographicSite"}]},
    )  # fmt: skip
    power = desk.problem(ada, affectedLocation=[{"id": site["id"], "role": "affected"}])
    assert hit(desk, power) == {free.id: [there["id"]]}
    assert outages(place=site["id"]) == [power["key"]]
    assert outages(customer=free.id) == [power["key"]]


def test_whom_a_place_hits_is_told_of_it_and_nobody_else(desk: Desk) -> None:
    """A line on a port that stands in an exchange is hit with that, seen from the problem and from
    the customer; a product that is no more is hit seen from neither."""
    ada, bob = desk.operator.ada(), desk.operator.ada()
    site = desk.operator.make(
        "/tmf-api/geographicSiteManagement/v4/geographicSite",
        {"name": "Exchange", "status": "active"},
    )
    there = [{"id": site["id"], "role": "location", "@referredType": "GeographicSite"}]
    port = desk.operator.make(
        RESOURCE, {"name": "Port 5", "resourceStatus": "available", "place": there[0]}
    )
    mine = line(desk, ada, port)
    desk.operator.make(
        PRODUCT,
        {"name": "Gone", "status": "terminated", "relatedParty": theirs(bob), "place": there},
    )
    problem = desk.problem(ada, affectedLocation=[{"id": site["id"], "role": "affected"}])
    assert hit(desk, problem) == {ada.id: [mine["id"]]}
    for customer, told in ((ada, [problem["key"]]), (bob, [])):
        answer = desk.staff.get(f"{OWN}/outage", query_string=f"customer={customer.id}")
        assert [one["key"] for one in answer.json] == told


def test_a_problem_does_not_stand_above_itself(desk: Desk) -> None:
    """A problem may have parents, at no distance itself."""
    ada = desk.operator.ada()
    one = desk.problem(ada)
    other = desk.problem(ada, parentProblem=[{"id": one["id"]}])
    answer = desk.staff.patch(f"{PROBLEM}/{one['id']}", {"parentProblem": [{"id": other["id"]}]})
    assert [(each["path"], each["code"]) for each in answer.json["fault"]] == [
        ("parentProblem", "cycle")]  # fmt: skip


def test_what_is_open_about_each_product(desk: Desk, port: dict[str, Any]) -> None:
    """Each product of a customer with its state, site, price, open orders and tickets, and what can
    be ordered for it; tickets about the service below count, those that ended do not."""
    ada = desk.operator.ada()
    price = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"taxIncludedAmount": {"unit": "EUR", "value": 39.9}}}  # fmt: skip
    product = line(desk, ada, port, productPrice=[price])
    service = {"id": product["realizingService"][0]["id"]}
    open_ = desk.ticket("any", ada, relatedEntity=[about(service, "Service")])
    ended = desk.ticket("any", ada, relatedEntity=[about(product, "Product")])
    desk.moved(ended, "cancelled")
    line(desk, desk.operator.ada(), port)
    eve = desk.operator.ada()
    new = eve.orders(eve.fibre("1", installation="technician"))
    desk.operator.settle()
    rows = desk.staff.get(f"{OWN}/customer/{eve.id}/product").json
    assert [[one["id"] for one in each["openOrder"]] for each in rows if each["openOrder"]]
    assert {one["id"] for each in rows for one in each["openOrder"]} == {new.id}
    (row,) = desk.staff.get(f"{OWN}/customer/{ada.id}/product").json
    assert (row["product"]["id"], row["status"]) == (product["id"], "active")
    assert row["price"][0]["taxIncludedAmount"] == {"unit": "EUR", "value": 39.9}
    assert [one["key"] for one in row["openTicket"]] == [open_["key"]]
    assert row["openOrder"] == []
    assert row["canBeOrdered"] == ["change", "suspend", "move", "disconnect"]
    assert TICKET in row["openTicket"][0]["href"]
