"""Resource orders by themselves are looked at before they begin, as those of services are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.ordering.test_items import codes
from tests.ordering.test_service_order_looked_at import House
from tests.ordering.test_standalone import RESOURCE_ORDER, specification
from trunkline.kernel.actor import Grant
from trunkline.ordering.capture.credit_check import use_credit_check
from trunkline.ordering.payment.payments import use_payments

OWN = "/api/ordering/v1"
TASK = f"{OWN}/headerTask"
CANCEL = "/tmf-api/resourceOrderingManagement/v4/cancelResourceOrder"


@pytest.fixture
def policy(shop: Shop) -> Iterator[Any]:
    """Return how to make a policy that goes with the test."""
    made: list[str] = []

    def make(name: str, effect: str, **more: Any) -> None:
        sent = {"name": name, "effect": effect, **more}
        answer = shop.site.admin.post(f"{OWN}/orderPolicy", sent)
        assert answer.status_code == 201, answer.json
        made.append(str(answer.json["id"]))

    yield make
    for ident in made:
        assert shop.site.admin.delete(f"{OWN}/orderPolicy/{ident}").status_code == 204
    use_payments(shop.site.services, None)
    shop.site.services.extra.pop("credit_check", None)


def body(shop: Shop, **more: Any) -> dict[str, Any]:
    wanted = {"id": specification(shop, "resource_specification", "Phone Number")}
    items = [{"id": "1", "action": "add", "resourceSpecification": wanted}]
    return {"relatedParty": [{"id": shop.customer, "role": "customer"}], "orderItem": items, **more}


def sent(shop: Shop, **more: Any) -> str:
    answer = shop.site.admin.post(RESOURCE_ORDER, body(shop, **more))
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def stage(shop: Shop, ident: str) -> tuple[str, str | None]:
    shop.site.work()
    order = shop.site.admin.get(f"{RESOURCE_ORDER}/{ident}").json
    return order["state"], order.get("intakeState")


def tasks(shop: Shop, ident: str) -> dict[str, dict[str, Any]]:
    """Return what is asked for about an order, by kind."""
    found = shop.site.admin.get(TASK, query_string=f"resourceOrder.id={ident}").json
    return {one["kind"]: one for one in found if one["state"] != "canceled"}


def do(shop: Shop, ident: str, verb: str, **said: Any) -> Any:
    return shop.site.admin.post(f"{OWN}/resourceOrder/{ident}/{verb}", said)


def test_it_is_approved_asked_about_sent_back_and_sent_again(shop: Shop, policy: Any) -> None:
    """Nothing is made before the approval and nothing leads around it; others are not looked at,
    and a channel that may not order resources is refused."""
    policy("Lead agrees", "approval", condition="order.category == 'large'")
    policy("Not at fairs", "refuse", channel=["fair"], action=["add"])
    small, ident = sent(shop), sent(shop, category="large")
    assert stage(shop, small) == ("completed", None)
    assert stage(shop, ident) == ("acknowledged", "new")
    assert shop.steps(ident) == {}
    assert tasks(shop, ident)["approval"]["title"] == "Lead agrees"
    refused = shop.site.admin.post(RESOURCE_ORDER, body(shop, channel=[{"id": "fair"}]))
    assert codes(refused) == {("policyRefuses", "orderItem[0].action")}
    told = shop.site.admin.post(f"{OWN}/simulate", body(shop, channel=[{"id": "fair"}])).json
    assert [one["code"] for one in told["fault"]] == ["policyRefuses"]
    path, patch = f"{RESOURCE_ORDER}/{ident}", shop.site.admin.patch
    for state in ("inProgress", "held", "pending"):
        assert codes(patch(path, {"state": state})) == {("conflictUnderReview", "state")}
    more = {"orderItem": [*body(shop)["orderItem"], {**body(shop)["orderItem"][0], "id": "2"}]}
    assert codes(patch(path, more)) == {("conflictUnderReview", "orderItem")}
    rights = {f"TMF652:{one}": Grant("all") for one in ("read", "update")}
    role = shop.site.role("clerks-of-resources", rights)
    clerk = shop.site.user("clerk-of-resources", roles=[role], scopes=tuple(rights))
    assert clerk.post(f"{OWN}/resourceOrder/{ident}/approve", {}).status_code == 403
    assert clerk.patch(path, {"intakePolicy": []}).status_code == 400
    assert do(shop, ident, "askForInformation", question="Who pays?").status_code == 200
    assert stage(shop, ident) == ("pending", "enrichmentOnHold")
    assert patch(path, more).status_code == 200
    assert do(shop, ident, "giveInformation", answer="We do").status_code == 200
    assert do(shop, ident, "reject", comment="Too many").json["state"] == "rejected"
    assert (stage(shop, ident), tasks(shop, ident)) == (("rejected", None), {})
    assert patch(path, {"state": "acknowledged"}).status_code == 200
    assert stage(shop, ident) == ("acknowledged", "new")
    assert do(shop, ident, "approve").json["internalState"] == "acknowledged"
    assert stage(shop, ident) == ("completed", None)


def test_it_waits_for_tasks_credit_and_deposit(shop: Shop, policy: Any) -> None:
    """Each holds it until it is done; what was paid goes back where it is called off."""
    house = House()
    use_credit_check(shop.site.services, house)
    use_payments(shop.site.services, house)
    policy("Form", "task")
    policy("Credit", "creditCheck")
    policy("Pay first", "prepayment", deposit={"unit": "EUR", "value": 40})
    ident, called_off = sent(shop), sent(shop)
    for one in (ident, called_off):
        assert stage(shop, one) == ("acknowledged", "enrichmentInProgress")
        asked = tasks(shop, one)
        assert asked["creditCheck"]["result"] == "accept"
        paid = shop.site.admin.post(f"{TASK}/{asked['prepayment']['id']}/pay", {"token": "card"})
        assert paid.status_code == 200, paid.json
        assert stage(shop, one) == ("acknowledged", "enrichmentInProgress")
    made = shop.site.admin.post(CANCEL, {"resourceOrder": {"id": called_off}})
    assert made.status_code == 201, made.json
    assert stage(shop, called_off)[0] == "cancelled"
    assert tasks(shop, called_off)["prepayment"]["payment"]["state"] == "refunded"
    form = tasks(shop, ident)["task"]
    assert shop.site.admin.post(f"{TASK}/{form['id']}/complete", {}).status_code == 200
    assert stage(shop, ident) == ("completed", None)


def test_one_that_nobody_may_send_is_refused(shop: Shop) -> None:
    """The customer is one, nobody orders twice, and not everybody in the past; a network's own
    resources need no customer."""
    order = body(shop, externalId="R-7")
    assert shop.site.admin.post(RESOURCE_ORDER, order).status_code == 201
    assert codes(shop.site.admin.post(RESOURCE_ORDER, order)) == {
        ("conflictExternalId", "externalId")
    }
    person = {"givenName": "Bea", "familyName": "Potter"}
    party = shop.site.admin.post("/tmf-api/party/v4/individual", person).json["id"]
    wrong = body(shop, relatedParty=[{"id": party, "role": "customer"}])
    assert codes(shop.site.admin.post(RESOURCE_ORDER, wrong)) == {
        ("customerUnknown", "relatedParty[0].id")
    }
    assert stage(shop, sent(shop, relatedParty=[])) == ("completed", None)
    rights = {f"TMF652:{one}": Grant("all") for one in ("read", "create")}
    role = shop.site.role("senders-of-resources", rights)
    clerk = shop.site.user("sender-of-resources", roles=[role], scopes=tuple(rights))
    past = clerk.post(RESOURCE_ORDER, body(shop, requestedStartDate="2001-01-01T00:00:00Z"))
    assert codes(past) == {("retroactiveNotAllowed", "requestedStartDate")}
