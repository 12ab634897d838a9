"""Whose hands may do what to tickets and problems, and what of it each one sees."""

from __future__ import annotations

from typing import Any

from tests.assurance.conftest import OWN, PROBLEM, TICKET, Desk, about
from tests.assurance.test_problems import PRODUCT, RESOURCE, line, theirs
from tests.support.operator import Customer
from tests.support.program import Client
from trunkline.access.standard import LIMITED_ROLES, ROLES
from trunkline.governance.spheres.shipped import ensure_spheres
from trunkline.kernel.actor import Grant

CUSTOMER = "/tmf-api/customerManagement/v4/customer"
NOBODY = "0190f2b4-0000-7000-8000-000000000000"
LEAD = "/tmf-api/sales/v4/salesLead"


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


def portal(desk: Desk, ada: Customer, name: str) -> Client:
    return desk.operator.site.user(
        f"{name}{desk.day}", roles=["self_service"], party=ada.party,
        scopes=tuple(ROLES["self_service"].permissions),
    )  # fmt: skip


def test_customers_do_not_work_on_tickets(desk: Desk) -> None:
    """A customer neither takes, gives away, escalates nor merges a ticket, their own no more than
    others', and does not say when, how and how urgently it is worked on."""
    desk.type("hands", escalation=[{"percent": 100, "role": "care_lead"}],
              checklist=[{"title": "Tested"}])  # fmt: skip
    ada = desk.operator.ada()
    client = portal(desk, ada, "hand")
    mine, other = desk.ticket("hands", ada), desk.ticket("hands", ada)
    assert desk.act(mine, "assign", login="me").status_code == 200
    path = f"{OWN}/troubleTicket/{mine['id']}"
    for verb, body in (
        ("release", {}), ("assign", {"login": "me"}), ("escalate", {"reason": "now"}),
        ("merge", {"into": other["key"]}),
    ):  # fmt: skip
        assert client.post(f"{path}/{verb}", body).status_code == 403, verb
    assert desk.act(other, "merge", into=mine["key"]).status_code == 200
    refused = client.post(f"{OWN}/troubleTicket/{other['id']}/unmerge", {})
    assert refused.status_code == 403
    found = desk.read(mine)
    assert (found["status"], "assignee" in found, "escalationLevel" in found) == (
        "inProgress", True, False)  # fmt: skip
    plain = {"ticketType": desk.code("hands"), "severity": "minor", "description": "x"}
    for name, value in (
        ("priority", "1"), ("expectedResolutionDate", "2026-12-01T00:00:00Z"),
        ("checklist", [{"title": "Mine"}]),
    ):  # fmt: skip
        refused = client.post(TICKET, {**plain, name: value})
        assert codes(refused) == {(name, "notYours")}
    assert client.post(TICKET, plain).status_code == 201


def test_an_agent_for_some_customers_gives_tickets_to_others(desk: Desk) -> None:
    """Whoever serves consumers only gives a ticket to a colleague by login, and escalates it."""
    ensure_spheres(desk.operator.site.services)
    desk.type("narrow", escalation=[{"percent": 100, "role": "care_lead"}])
    make = desk.operator.make
    party = make("/tmf-api/party/v4/individual", {"givenName": "Eve", "familyName": "Doe"})
    body = {"name": "Eve", "customerType": "consumer", "engagedParty": {"id": party["id"]}}
    eve = make(CUSTOMER, body)
    mine = [{"id": eve["id"], "role": "customer", "@referredType": "Customer"}]
    ticket = make(TICKET, {"ticketType": desk.code("narrow"), "severity": "minor",
                           "description": "x", "relatedParty": mine})  # fmt: skip
    desk.agent(f"mate{desk.day}")
    role = LIMITED_ROLES["consumer_agent"]
    agent = desk.operator.site.user(
        f"narrow{desk.day}", roles=["consumer_agent"], scopes=tuple(role.permissions)
    )
    path = f"{OWN}/troubleTicket/{ticket['id']}"
    answer = agent.post(f"{path}/assign", {"login": f"mate{desk.day}"})
    assert answer.status_code == 200, answer.json
    assert answer.json["assignee"]["name"]
    assert codes(agent.post(f"{path}/assign", {"login": "nobody"})) == {("login", "notAssignable")}
    answer = agent.post(f"{path}/escalate", {"reason": "now"})
    assert answer.status_code == 200, answer.json


def test_an_agent_for_some_customers_makes_leads_of_those(desk: Desk) -> None:
    """A lead about nobody is refused, and the refusal says where to name whom; one about a person
    whom the agent has just entered is made, and agents for others neither see nor make it."""
    ensure_spheres(desk.operator.site.services)
    ours, other = (
        desk.operator.site.user(
            f"{name}{desk.day}", roles=[name], scopes=tuple(LIMITED_ROLES[name].permissions)
        )
        for name in ("consumer_agent", "company_agent")
    )
    refused = ours.post(LEAD, {"familyName": "Doe"})
    assert (refused.status_code, refused.json["code"]) == (403, "outOfReach")
    assert "name in relatedParty[customer] or relatedParty whose it is" in refused.json["message"]
    fay = ours.post("/tmf-api/party/v4/individual", {"givenName": "Fay", "familyName": "Doe"})
    whose = [{"id": fay.json["id"], "role": "customer", "@referredType": "Individual"}]
    lead = ours.post(LEAD, {"familyName": "Doe", "relatedParty": whose})
    assert lead.status_code == 201, lead.json
    path = f"{LEAD}/{lead.json['id']}"
    assert [who.get(path).status_code for who in (ours, other)] == [200, 404]
    assert other.post(LEAD, {"familyName": "Doe", "relatedParty": whose}).status_code == 400


def test_only_the_same_customers_tickets_are_doubles(desk: Desk) -> None:
    """Tickets of two customers that name the same reporter are no doubles of each other."""
    ada, bob, third = (desk.operator.ada() for _ in range(3))
    reporter = {"id": third.party, "role": "reporter", "@referredType": "Individual"}

    def ticket(customer: Customer) -> dict[str, Any]:
        return desk.operator.make(
            TICKET, {"ticketType": desk.code("like"), "severity": "minor", "description": "x",
                     "relatedParty": [*theirs(customer), reporter]},
        )  # fmt: skip

    first = ticket(bob)
    second = ticket(ada)
    assert "possibleDuplicate" not in second
    assert [one["id"] for one in ticket(bob)["possibleDuplicate"]] == [first["id"]]
    assert desk.operator.read(f"{OWN}/troubleTicket/{second['id']}/duplicate") == []


def test_what_is_hidden_of_problems_stays_hidden(desk: Desk) -> None:
    """Who does not see personal data reads no words of a problem in the list of outages either,
    and resolves no tickets of problems without the right to change those."""
    ada = desk.operator.ada()
    port = desk.operator.make(RESOURCE, {"name": "Port 8", "resourceStatus": "available"})
    line(desk, ada, port)
    problem = desk.problem(ada, affectedResource=[{"id": port["id"]}], description="Vendor X")
    ticket = desk.ticket("any", ada)
    path = f"{OWN}/serviceProblem/{problem['id']}"
    assert desk.staff.post(f"{path}/link", {"troubleTicket": [ticket["key"]]}).status_code == 200
    low = frozenset({"public", "internal"})
    rights = {f"{one}:read": Grant("all", low) for one in
              ("TMF656", "TMF621", "TMF629", "TMF637", "TMF638")}  # fmt: skip
    rights |= {"TroubleTicket:update": Grant("all", low)}
    role = desk.operator.site.role(f"low{desk.day}", rights)
    client = desk.operator.site.user(f"low{desk.day}", roles=[role], scopes=tuple(rights))
    answer = client.get(f"{OWN}/outage", query_string=f"customer={ada.id}")
    (outage,) = answer.json
    assert outage["key"] == problem["key"]
    assert not {"name", "description", "category", "status"} & outage.keys()
    desk.staff.patch(f"{PROBLEM}/{problem['id']}", {"status": "resolved"})
    assert client.post(f"{path}/resolveTicket", {}).status_code == 403
    blind = {"TMF656:read": Grant(), "TMF656:update": Grant()}
    role = desk.operator.site.role(f"blind{desk.day}", blind)
    client = desk.operator.site.user(f"blind{desk.day}", roles=[role], scopes=tuple(blind))
    assert client.post(f"{path}/link", {"troubleTicket": [ticket["key"]]}).status_code == 403
    assert client.post(f"{path}/unlink", {"troubleTicket": ticket["key"]}).status_code == 403


def test_a_ticket_is_about_what_there_is(desk: Desk) -> None:
    """A bill or a product that there is not is refused, and so is another customer's."""
    ada, bob = desk.operator.ada(), desk.operator.ada()
    product = desk.operator.make(
        PRODUCT, {"name": "Line", "status": "active", "relatedParty": theirs(bob)}
    )
    body = {"ticketType": "any", "severity": "minor", "description": "x"}
    wrong = {("relatedEntity[0].id", "danglingReference")}
    for kind in ("CustomerBill", "Product", "Quote"):
        nothing = {**body, "relatedEntity": [about({"id": NOBODY}, kind)]}
        assert codes(desk.staff.post(TICKET, nothing)) == wrong
    bobs = {**body, "relatedEntity": [about(product, "Product")]}
    assert codes(portal(desk, ada, "other").post(TICKET, bobs)) == wrong
    assert portal(desk, bob, "owner").post(TICKET, bobs).status_code == 201
