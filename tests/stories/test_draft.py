"""An agent drafts Ada's order, faults and all, puts it right and submits it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import CANCEL, EVENT, OFFERING, ORDER, OWN, Customer, Operator, codes
from tests.support.overrides import offering_on_sale

V5 = "/tmf-api/productOrderingManagement/v5/productOrder"
PRICE = "/tmf-api/productCatalogManagement/v4/productOfferingPrice"
NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort",
           "reason": "no free port", "message": "no port is free at this address"}  # fmt: skip
WRONG = {
    ("customerMissing", "relatedParty"),
    ("endsBeforeStart", "requestedCompletionDate"),
    ("duplicateItem", "productOrderItem[1].id"),
    ("offeringMissing", "productOrderItem[0].productOffering"),
}


def unfinished(ada: Customer) -> dict[str, Any]:
    """An order that is wrong in its header and in its items."""
    return ada.body(
        {"id": "1", "action": "add"},
        ada.voice("1"),
        state="pending",
        relatedParty=[],
        requestedStartDate="2030-01-02T00:00:00Z",
        requestedCompletionDate="2030-01-01T00:00:00Z",
    )


def corrections(ada: Customer) -> dict[str, Any]:
    right = ada.body(ada.fibre("1"), ada.voice("2"))
    return {**right, "requestedStartDate": None, "requestedCompletionDate": None}


def kinds(operator: Operator, ident: str) -> list[str]:
    """Return the events that a listener gets of a record, in their sequence."""
    return [one["eventType"] for one in operator.find(EVENT, subject=ident)]


def faults(body: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["path"]) for one in body["fault"]}


@pytest.mark.accepts("ORD-02")
def test_a_draft_may_be_wrong_and_is_submitted_when_it_is_right(operator: Operator) -> None:
    """A draft is kept with its faults and tells them by line and field; submitting it names the
    same ones at once and changes nothing. Nobody outside hears of it. Put right, it is submitted
    by a patch, gets the prices of the day, counts as created and is carried out."""
    ada = operator.ada()
    draft = operator.make(ORDER, unfinished(ada))
    address = f"{ORDER}/{draft['id']}"
    assert draft["state"] == "pending"
    told = operator.staff.post(f"{OWN}/productOrder/{draft['key']}/simulate")
    assert faults(told.json) == WRONG
    refused = operator.staff.patch(address, {"state": "acknowledged"})
    assert (refused.status_code, codes(refused)) == (400, WRONG)
    assert operator.read(address)["state"] == "pending"

    right = operator.staff.patch(address, corrections(ada))
    assert right.status_code == 200, right.json
    assert "itemPrice" not in right.json["productOrderItem"][0]
    assert operator.staff.post(f"{OWN}/productOrder/{draft['id']}/simulate").json["fault"] == []
    operator.settle()
    assert operator.read(address)["state"] == "pending"
    assert kinds(operator, draft["id"]) == []

    sent = operator.staff.patch(address, {"state": "acknowledged"})
    assert sent.status_code == 200, sent.json
    assert {one["state"] for one in sent.json["productOrderItem"]} == {"acknowledged"}
    assert all(one["itemPrice"] for one in sent.json["productOrderItem"])
    assert kinds(operator, draft["id"]) == ["ProductOrderCreateEvent"]
    operator.settle()
    assert operator.read(address)["state"] == "completed"
    assert kinds(operator, draft["id"])[1:2] == ["ProductOrderStateChangeEvent"]
    assert [one[2] for one in operator.audit(draft["id"])][:3] == ["create", "update", "update"]


def test_a_draft_is_corrected_and_submitted_in_one_patch_of_v5(operator: Operator) -> None:
    """The second version of the interface asks for a draft in its own words and submits it in the
    same way; the patch that puts it right may submit it."""
    ada = operator.ada()
    body = {
        "@type": "ProductOrder",
        "requestedInitialState": "draft",
        "productOrderItem": [{"@type": "ProductOrderItem", "id": "1", "action": "add"}],
    }
    for word in ("inProgress", "Draft", 7):
        unknown = operator.staff.post(V5, {**body, "requestedInitialState": word})
        assert codes(unknown) >= {("badValue", "requestedInitialState")}, unknown.json
        said = {one["path"]: one["message"] for one in unknown.json["fault"]}
        assert "acknowledged, draft" in said["requestedInitialState"]
    made = operator.staff.post(V5, body)
    assert made.status_code == 201, made.json
    address = f"{V5}/{made.json['id']}"
    refused = operator.staff.patch(address, {"state": "acknowledged"})
    assert refused.status_code == 400
    assert {"customerMissing", "offeringMissing"} <= {one for one, _ in codes(refused)}
    party = {"@type": "PartyRef", "id": ada.id, "@referredType": "Customer"}
    patch = {
        "state": "acknowledged",
        "billingAccount": {"@type": "BillingAccountRef", "id": ada.account},
        "relatedParty": [
            {
                "@type": "RelatedPartyOrPartyRole",
                "role": "customer",
                "partyOrPartyRole": {**party, "@type": "PartyRoleRef"},
            }
        ],
        "productOrderItem": [{**ada.add("1", "TV Basic"), "@type": "ProductOrderItem"}],
    }
    sent = operator.staff.patch(address, patch)
    assert (sent.status_code, sent.json["state"]) == (200, "acknowledged"), sent.json
    operator.settle()
    assert operator.read(f"{ORDER}/{made.json['id']}")["state"] == "completed"


def test_an_item_without_an_id_is_told_of_once(operator: Operator) -> None:
    """A blank id is one fault, when it is sent in and when the draft with it is submitted."""
    ada = operator.ada()
    body = ada.body(ada.add(" ", "TV Basic"))
    draft = operator.make(ORDER, {**body, "state": "pending"})["id"]
    submitted = operator.staff.patch(f"{ORDER}/{draft}", {"state": "acknowledged"})
    for answer in (operator.staff.post(ORDER, body), submitted):
        assert answer.status_code == 400
        told = [(one["code"], one["path"]) for one in answer.json["fault"]]
        assert told == [("missing", "productOrderItem[0].id")]


def test_a_draft_is_submitted_once(operator: Operator) -> None:
    """The own verb submits; sent again with its key it answers the same, without one it is
    refused, and the order is carried out once."""
    ada = operator.ada()
    draft = ada.orders(ada.add("1", "TV Basic"), state="pending")
    address, key = f"{OWN}/productOrder/{draft.id}/submit", {"Idempotency-Key": "submit-1"}
    first = operator.staff.post(address, {}, headers=key)
    assert (first.status_code, first.json["state"]) == (200, "acknowledged"), first.json
    operator.settle()
    again = operator.staff.post(address, {}, headers=key)
    assert (again.status_code, again.text) == (200, first.text)
    late = operator.staff.post(address, {})
    assert (late.status_code, late.json["code"]) == (409, "notADraft")
    told = operator.staff.post(f"{OWN}/productOrder/{draft.id}/simulate")
    assert (told.status_code, told.json["code"]) == (409, "notADraft")
    assert draft.state == "completed"
    assert kinds(operator, draft.id).count("ProductOrderCreateEvent") == 1


def test_prices_are_those_of_the_day_of_submission(operator: Operator) -> None:
    """What a draft leaves out is filled in when it is submitted, not when it is drafted: a price
    withdrawn between the two is not charged."""
    ada = operator.ada()
    offering = offering_on_sale(operator.staff)
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    draft = ada.orders(item, state="pending")
    assert "itemPrice" not in draft.read()["productOrderItem"][0]
    prices = operator.read(f"{OFFERING}/{offering}")["productOfferingPrice"]
    for one in prices:
        retired = operator.staff.patch(f"{PRICE}/{one['id']}", {"lifecycleStatus": "Retired"})
        assert retired.status_code == 200, retired.json
    sent = operator.staff.patch(f"{ORDER}/{draft.id}", {"state": "acknowledged"})
    assert codes(sent) == {("priceMissing", "productOrderItem[0].itemPrice")}


def test_a_draft_given_up_was_never_heard_of(operator: Operator) -> None:
    """Given up by a patch, by a cancel task or deleted, wrong as it is: no event of the order."""
    ada = operator.ada()
    for way in ("patch", "task", "delete"):
        draft = operator.make(ORDER, unfinished(ada))["id"]
        if way == "patch":
            answer = operator.staff.patch(f"{ORDER}/{draft}", {"state": "cancelled"})
            assert answer.status_code == 200, answer.json
        elif way == "task":
            operator.make(CANCEL, {"productOrder": {"id": draft}})
        else:
            assert operator.staff.delete(f"{ORDER}/{draft}").status_code == 204
        operator.settle()
        assert kinds(operator, draft) == []
        if way != "delete":
            assert operator.read(f"{ORDER}/{draft}")["state"] == "cancelled"


def test_a_rejected_order_is_put_right_and_submitted_again(operator: Operator) -> None:
    """Whoever heard of the order hears that it was rejected, is worked on, and is back."""
    ada = operator.ada()
    order = ada.orders(ada.add("1", "TV Basic"))
    address = f"{ORDER}/{order.id}"
    for state in ("rejected", "pending", "acknowledged"):
        answer = operator.staff.patch(address, {"state": state})
        assert (answer.status_code, answer.json["state"]) == (200, state), answer.json
    operator.settle()
    assert order.state == "completed"
    assert kinds(operator, order.id)[:4] == [
        "ProductOrderCreateEvent",
        "ProductOrderStateChangeEvent",
        "ProductOrderStateChangeEvent",
        "ProductOrderCreateEvent",
    ]


def test_items_change_until_the_order_begins(operator: Operator) -> None:
    """An order that is sent in but not begun may ask for something else, checked as a whole; once
    it is broken down it is revised: it stays as it was until that is carried out."""
    ada = operator.ada()
    order = ada.orders(ada.fibre("1", 100))
    address = f"{ORDER}/{order.id}"
    wrong = {"productOrderItem": [ada.fibre("1", 100), {"id": "2", "action": "add"}]}
    refused = operator.staff.patch(address, wrong)
    assert codes(refused) == {("offeringMissing", "productOrderItem[1].productOffering")}
    right = {"productOrderItem": [ada.fibre("1", 500)]}
    assert operator.staff.patch(address, right).status_code == 200
    operator.network.behave(fail=[NO_PORT])
    operator.settle()
    assert order.state == "inProgress"
    (item,) = order.read()["productOrderItem"]
    twice = operator.staff.patch(address, {"productOrderItem": [{**item, "quantity": 2}]})
    assert (twice.status_code, twice.json["state"]) == (200, "pending")
    assert twice.json["productOrderItem"][0].get("quantity") in (None, 1)
    operator.settle()
    (item,) = order.read()["productOrderItem"]
    assert (order.state, item["quantity"]) == ("inProgress", 2)
    noted = operator.staff.patch(address, {"productOrderItem": [{**item, "operatorRemark": "x"}]})
    assert noted.status_code == 200, noted.json
