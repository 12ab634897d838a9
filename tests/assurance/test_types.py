"""Types of tickets made by an administrator at run time, and what tickets are linked to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assurance.conftest import OWN, TICKET, Desk, about

GOVERNANCE = "/api/governance/v1"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


@pytest.mark.accepts("TAM-CA-01", "TAM-CA-05")
def test_an_administrator_makes_a_type_with_fields_steps_clock_and_roles(desk: Desk) -> None:
    """A type, a field that only its tickets have and need, a role that alone may resolve them, a
    clock and steps with what the agent is to do: all made while the program runs, tickets of other
    types are not touched."""
    code = desk.code("complaint")
    desk.type(
        "complaint", name="Complaint", handledBy="care_lead", target=[{"resolutionMinutes": 600}],
        checklist=[{"title": "Answered", "instruction": "Write within a day.", "isMandatory": True},
                   {"title": "Regulator told"}],
    )  # fmt: skip
    made = desk.operator.make
    made(
        f"{GOVERNANCE}/extraAttribute",
        {"recordType": "TroubleTicket", "name": f"regulatorNumber{desk.day}", "kind": "text",
         "required": True, "condition": f'record.ticketType == "{code}"',
         "validation": 'value.startsWith("R-")', "message": "begins with R-"},
    )  # fmt: skip
    made(
        f"{GOVERNANCE}/statusRule",
        {"appliesTo": "TroubleTicket", "toStatus": "resolved", "role": ["care_lead"],
         "condition": f'record.ticketType == "{code}"'},
    )  # fmt: skip
    agent, lead = desk.agent(f"kim{desk.day}"), desk.agent(f"lee{desk.day}", "care_lead")
    field = f"regulatorNumber{desk.day}"
    body = {"ticketType": code, "severity": "minor", "description": "Rude"}
    assert field in {path for path, _ in codes(agent.post(TICKET, body))}
    assert field in {path for path, _ in codes(agent.post(TICKET, {**body, field: "17"}))}
    answer = agent.post(TICKET, {**body, field: "R-17"})
    assert answer.status_code == 201, answer.json
    ticket = answer.json
    assert (ticket["handledBy"], ticket[field]) == ("care_lead", "R-17")
    assert ticket["checklist"][0]["instruction"] == "Write within a day."
    assert desk.clock(ticket)["targetSeconds"] == 600 * 60
    steps = [one | {"isDone": True} for one in ticket["checklist"]]
    over = {"status": "resolved", "checklist": steps}
    path = f"{TICKET}/{ticket['id']}"
    refused = agent.patch(path, over)
    assert refused.status_code in (400, 403, 409), refused.json
    half = lead.patch(path, {"status": "resolved"})
    assert codes(half) == {("checklist[0].isDone", "checklistOpen")}
    assert lead.patch(path, over).json["status"] == "resolved"
    plain = agent.post(TICKET, {**body, "ticketType": "anything"}).json
    assert agent.patch(f"{TICKET}/{plain['id']}", {"status": "resolved"}).status_code == 200


@pytest.mark.accepts("TAM-CA-02")
def test_tickets_name_what_they_are_about(desk: Desk) -> None:
    """A ticket is linked to its customer, to a product, an order, a bill, another ticket and the
    contact it came up in; from each of them its tickets are found, and nothing is named that there
    is not."""
    ada = desk.operator.ada()
    order = ada.orders(ada.fibre("1"))
    desk.operator.settle()
    other = desk.ticket("x", ada)
    contact = desk.operator.make(
        INTERACTION,
        {"reason": "fault", "direction": "inbound", "channel": [{"id": "phone"}],
         "interactionDate": {"startDateTime": "2026-11-20T10:00:00Z"},
         "relatedParty": [{"id": ada.id, "role": "customer", "@referredType": "Customer"}]},
    )  # fmt: skip
    bill = bill_of(desk, ada)
    subjects = [
        {"id": order.id, "role": "subject", "@referredType": "ProductOrder"},
        {"id": bill, "role": "disputed", "@referredType": "CustomerBill"},
        about(other, "TroubleTicket", "related"),
    ]
    product = desk.operator.make(
        "/tmf-api/productInventory/v4/product",
        {"name": "Line", "status": "active", "relatedParty": [
            {"id": ada.id, "role": "customer", "@referredType": "Customer"}]},
    )  # fmt: skip
    made = desk.ticket(
        "x", ada, relatedEntity=[*subjects, about(product, "Product")],
        interaction={"id": contact["id"]},
        troubleTicketRelationship=[{"id": other["id"], "relationshipType": "child"}],
    )  # fmt: skip
    for query in (
        f"relatedParty.id={ada.id}", f"relatedEntity.id={order.id}",
        f"relatedEntity.id={product['id']}", f"relatedEntity.id={bill}",
        f"relatedEntity.id={other['id']}", f"interaction.id={contact['id']}",
        f"troubleTicketRelationship.id={other['id']}",
    ):  # fmt: skip
        found = desk.staff.get(TICKET, query_string=query)
        assert found.status_code == 200, (query, found.json)
        assert made["id"] in {one["id"] for one in found.json}, query
    nobody = [{"id": "0190f2b4-0000-7000-8000-000000000000", "role": "subject",
               "@referredType": "Product"}]  # fmt: skip
    path = f"{TICKET}/{made['id']}"
    wrong = desk.staff.patch(path, {"troubleTicketRelationship": [
        {"id": nobody[0]["id"], "relationshipType": "child"}]})  # fmt: skip
    assert wrong.status_code == 400, wrong.json


def bill_of(desk: Desk, ada: Any) -> str:
    """Return the id of a bill of a customer; of another system's where none are kept here."""
    from trunkline.kernel.resource import registry

    if "CustomerBill" not in registry.resources:
        return "BILL-2026-11"
    account = desk.operator.make(
        "/tmf-api/accountManagement/v4/billingAccount",
        {"name": "Main", "relatedParty": [
            {"id": ada.id, "role": "customer", "@referredType": "Customer"}]},
    )  # fmt: skip
    body = {"billNo": f"B-{desk.day}", "billDate": "2026-11-01T00:00:00Z",
            "billingAccount": {"id": account["id"]}, "relatedParty": [
                {"id": ada.id, "role": "customer", "@referredType": "Customer"}]}  # fmt: skip
    answer = desk.staff.post("/tmf-api/customerBillManagement/v4/customerBill", body)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


@pytest.mark.accepts("TAM-CT-04")
def test_work_is_taken_over_and_given_up(desk: Desk) -> None:
    """A ticket and a request are taken on, taken over from whoever has them, and given back, so
    that anybody of their queue may take them; who may not work on them cannot be given any."""
    ada = desk.operator.ada()
    one, two = desk.agent(f"one{desk.day}"), desk.agent(f"two{desk.day}")
    desk.agent(f"nobody{desk.day}", "technician")
    kind = desk.operator.make(
        "/api/care/v1/requestType", {"name": f"Copy {desk.day}", "targetProcess": "information"}
    )
    asked = desk.operator.make(
        "/api/care/v1/customerRequest",
        {"requestType": {"id": kind["id"]}, "relatedParty": [
            {"id": ada.id, "role": "customer", "@referredType": "Customer"}]},
    )  # fmt: skip
    ticket = desk.ticket("x", ada)
    for path in (
        f"{OWN}/troubleTicket/{ticket['id']}",
        f"/api/care/v1/customerRequest/{asked['id']}",
    ):
        first = one.post(f"{path}/assign", {"login": "me"}).json
        second = two.post(f"{path}/assign", {"login": "me"}).json
        assert first["assignee"]["id"] != second["assignee"]["id"]
        refused = one.post(f"{path}/assign", {"login": f"nobody{desk.day}"})
        assert codes(refused) == {("login", "notAssignable")}
        assert one.post(f"{path}/assign", {"login": f"two{desk.day}"}).status_code == 200
        assert "assignee" not in two.post(f"{path}/release", {}).json
        assert "assignee" in one.post(f"{path}/assign", {"login": "me"}).json
    desk.moved(ticket, "cancelled")
    gone = one.post(f"{OWN}/troubleTicket/{ticket['id']}/assign", {"login": "me"})
    assert gone.status_code == 409
