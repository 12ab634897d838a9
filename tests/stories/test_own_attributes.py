"""An operator asks for more than the standard does, while others are at work."""

from __future__ import annotations

from typing import Any

import falcon.testing

from tests.support.at_portal import at_portal, read
from tests.support.operator import CUSTOMER, ORDER, PARTY, Operator, codes
from trunkline.access.standard import ensure_roles

ATTRIBUTE = "/api/governance/v1/extraAttribute"


def define(operator: Operator, **said: Any) -> str:
    return str(operator.make(ATTRIBUTE, said)["id"])


def test_what_becomes_mandatory_while_drafts_are_open_is_asked_for_at_their_submission(
    operator: Operator,
) -> None:
    """An agent drafts Ada's order in the morning. At noon the operator asks for a cost centre of
    six digits. The draft can still be worked on; submitting it names the field, as the form does
    with the same words, and takes it as soon as it is there. Nobody restarted anything."""
    ada = operator.ada()
    draft = operator.make(ORDER, ada.body(ada.fibre("1"), ada.voice("2"), state="pending"))
    address = f"{ORDER}/{draft['id']}"
    made = define(
        operator, recordType="ProductOrder", name="costCentre", kind="text", required=True,
        validation="value.matches('^[0-9]{6}$')", message="a cost centre has six digits",
    )  # fmt: skip
    noted = operator.staff.patch(address, {"description": "she works from home"})
    assert noted.status_code == 200
    refused = operator.staff.patch(address, {"state": "acknowledged"})
    assert (refused.status_code, codes(refused)) == (400, {("missing", "costCentre")})
    assert operator.read(address)["state"] == "pending"

    assert operator.staff.patch(address, {"costCentre": "12"}).status_code == 200
    wrong = operator.staff.patch(address, {"state": "acknowledged"})
    assert [one["message"] for one in wrong.json["fault"]] == ["a cost centre has six digits"]
    right = operator.staff.patch(address, {"state": "acknowledged", "costCentre": "123456"})
    assert right.status_code == 200, right.json
    operator.settle()
    assert operator.read(address)["state"] == "completed"
    assert operator.read(address)["costCentre"] == "123456"
    assert operator.staff.patch(f"{ATTRIBUTE}/{made}", {"required": False}).status_code == 200


def test_an_order_under_way_is_not_held_up_by_what_became_mandatory(operator: Operator) -> None:
    """The program and who only moves a state need not know the cost centre."""
    ada = operator.ada()
    order = operator.make(ORDER, ada.body(ada.fibre("1"), ada.voice("2")))
    made = define(
        operator, recordType="ProductOrder", name="projectCode", kind="text", required=True
    )
    operator.settle()
    assert operator.read(f"{ORDER}/{order['id']}")["state"] == "completed"
    refused = operator.staff.post(ORDER, ada.body(ada.fibre("1"), ada.voice("2")))
    assert codes(refused) == {("missing", "projectCode")}
    assert operator.staff.patch(f"{ATTRIBUTE}/{made}", {"required": False}).status_code == 200


def test_a_rule_may_look_at_the_whole_record(operator: Operator) -> None:
    """A loyalty number begins with the letter of the rating, and has none without one."""
    made = define(
        operator, recordType="Customer", name="loyaltyNumber", kind="text",
        validation="value.startsWith(record.rating)", message="begins with the rating",
    )  # fmt: skip
    ada = operator.ada()
    address = f"{CUSTOMER}/{ada.id}"
    unknown = operator.staff.patch(address, {"loyaltyNumber": "A1"})
    assert "rating has no value" in unknown.json["fault"][0]["message"]
    wrong = operator.staff.patch(address, {"loyaltyNumber": "A1", "rating": "B"})
    assert [one["message"] for one in wrong.json["fault"]] == ["begins with the rating"]
    right = operator.staff.patch(address, {"loyaltyNumber": "B1", "rating": "B"})
    assert right.status_code == 200, right.json
    assert operator.staff.delete(f"{ATTRIBUTE}/{made}").status_code == 204


def test_ada_reads_at_the_portal_what_is_kept_of_her(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """What the operator keeps of a person and of a customer shows to its owner at once, by its
    label, a code by its name; what is the staff's own does not."""
    ensure_roles(operator.site.services)
    ada = operator.ada()
    browser = at_portal(ada, pages)
    assert "Shoe size" not in read(browser, "/my/profile")
    for kind, name, more in (
        ("Individual", "shoeSize", {"kind": "number", "label": "Shoe size"}),
        ("Individual", "payer", {"kind": "choice", "register": "rating", "label": "Payer"}),
        ("Customer", "since", {"kind": "date", "label": "One of us since"}),
        ("Customer", "risk", {"kind": "text", "label": "Risk", "dataClass": "internal"}),
    ):
        define(operator, recordType=kind, name=name, **more)
    kept = operator.staff.patch(f"{PARTY}/individual/{ada.party}", {"shoeSize": 41, "payer": "A"})
    assert kept.status_code == 200
    said = {"since": "2019-05-04", "risk": "high"}
    assert operator.staff.patch(f"{CUSTOMER}/{ada.id}", said).status_code == 200
    seen = read(browser, "/my/profile")
    assert "Shoe size 41" in seen
    assert "Payer A: pays on time" in seen
    assert "One of us since 4 May 2019" in seen
    assert "Risk" not in seen
    assert "high" not in seen
