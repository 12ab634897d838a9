"""Service orders by themselves that are looked at before they begin, as those of products are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ordering.scripted import Shop, pending
from tests.ordering.test_items import ITEM, about, codes
from tests.ordering.test_service_order_alone import OWN, service_of
from tests.ordering.test_standalone import (
    RESOURCE_ORDER,
    SERVICE_ORDER,
    body,
    line,
    read,
    specification,
)
from trunkline.kernel.actor import Grant
from trunkline.ordering.capture.credit_check import CreditAnswer, CreditQuestion, use_credit_check
from trunkline.ordering.payment.payments import PaymentAnswer, PaymentRequest, use_payments

TASK = f"{OWN}/headerTask"
CANCEL = "/tmf-api/serviceOrdering/v4/cancelServiceOrder"
LINE = "Wholesale Line"


class House:
    """A credit house and a payment provider that remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[CreditQuestion] = []
        self.sent: list[PaymentRequest] = []

    def ask(self, question: CreditQuestion) -> CreditAnswer | None:
        self.asked.append(question)
        return CreditAnswer("accept", "pays well")

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.sent.append(request)
        return PaymentAnswer("done", payment="P1")

    def find(self, _request: PaymentRequest) -> PaymentAnswer | None:
        return None


@pytest.fixture
def policy(shop: Shop) -> Iterator[Any]:
    """Return how to make a policy that goes with the test."""
    made: list[str] = []

    def make(name: str, effect: str, **more: Any) -> str:
        answer = shop.site.admin.post(
            f"{OWN}/orderPolicy", {"name": name, "effect": effect, **more}
        )
        assert answer.status_code == 201, answer.json
        made.append(str(answer.json["id"]))
        return str(answer.json["key"])

    yield make
    for ident in made:
        assert shop.site.admin.delete(f"{OWN}/orderPolicy/{ident}").status_code == 204
    use_payments(shop.site.services, None)
    shop.site.services.extra.pop("credit_check", None)


def sent(shop: Shop, *items: dict[str, Any], **more: Any) -> str:
    answer = shop.site.admin.post(SERVICE_ORDER, body(shop, *items, **more))
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def tasks(shop: Shop, ident: str) -> list[dict[str, Any]]:
    """Return what is asked for about an order, the oldest first."""
    found = shop.site.admin.get(TASK, query_string=f"serviceOrder.id={ident}").json
    return [one for one in reversed(found) if one["state"] != "canceled"]


def do(shop: Shop, ident: str, verb: str, **said: Any) -> Any:
    return shop.site.admin.post(f"{OWN}/serviceOrder/{ident}/{verb}", said)


def stage(shop: Shop, ident: str) -> tuple[str, str | None]:
    shop.site.work()
    order = read(shop, ident)
    return order["state"], order.get("intakeState")


def test_it_is_approved_asked_about_sent_back_and_sent_again(shop: Shop, policy: Any) -> None:
    """Nothing is made before the approval, nothing leads around it, what is looked at stays, and
    who has no right does not decide."""
    key = policy("Lead agrees", "approval", condition="order.category == 'large'")
    small = sent(shop, line(shop, "1", LINE))
    ident = sent(shop, line(shop, "1", LINE), category="large")
    assert stage(shop, small) == ("completed", None)
    assert stage(shop, ident) == ("acknowledged", "new")
    assert read(shop, ident)["intakePolicy"] == [key]
    (task,) = tasks(shop, ident)
    assert (task["kind"], task["title"]) == ("approval", "Lead agrees")
    path = f"{SERVICE_ORDER}/{ident}"
    patch = shop.site.admin.patch
    for state in ("inProgress", "held", "pending"):
        assert codes(patch(path, {"state": state})) == {("conflictUnderReview", "state")}
    more = [line(shop, "1", LINE), line(shop, "2", LINE)]
    assert codes(patch(path, {"serviceOrderItem": more})) == {
        ("conflictUnderReview", "serviceOrderItem")
    }
    rights = {f"TMF641:{one}": Grant("all") for one in ("read", "update")}
    role = shop.site.role("clerks-of-services", rights)
    clerk = shop.site.user("clerk-of-services", roles=[role], scopes=tuple(rights))
    assert clerk.post(f"{OWN}/serviceOrder/{ident}/approve", {}).status_code == 403
    assert clerk.patch(path, {"intakeState": None}).status_code == 400

    assert do(shop, ident, "askForInformation", question="Who pays?").status_code == 200
    assert stage(shop, ident) == ("pending", "enrichmentOnHold")
    assert codes(patch(path, {"state": "acknowledged"})) == {("conflictUnderReview", "state")}
    assert patch(path, {"serviceOrderItem": more}).status_code == 200
    assert do(shop, ident, "giveInformation", answer="We do").status_code == 200
    assert stage(shop, ident) == ("acknowledged", "new")
    assert [one["text"] for one in read(shop, ident)["note"]] == ["Who pays?", "We do"]
    assert do(shop, ident, "reject", comment="Too many").json["state"] == "rejected"
    assert stage(shop, ident) == ("rejected", None)
    assert tasks(shop, ident) == []
    wrong = [{**line(shop, "1", LINE), "quantity": 0}]
    assert codes(patch(path, {"serviceOrderItem": wrong})) == {
        ("quantityInvalid", f"{ITEM}.quantity")
    }
    assert patch(path, {"serviceOrderItem": more[:1]}).status_code == 200
    assert patch(path, {"state": "acknowledged"}).status_code == 200
    assert stage(shop, ident) == ("acknowledged", "new")
    assert shop.steps(ident) == {}
    assert do(shop, ident, "approve").json["internalState"] == "acknowledged"
    assert stage(shop, ident) == ("completed", None)
    assert do(shop, ident, "approve").status_code == 409


def test_it_waits_for_tasks_credit_and_deposit(shop: Shop, policy: Any) -> None:
    """Each holds it until it is done; what was paid goes back where it is called off."""
    house = House()
    use_credit_check(shop.site.services, house)
    use_payments(shop.site.services, house)
    policy("Form", "task")
    policy("Credit", "creditCheck")
    policy("Pay first", "prepayment", deposit={"unit": "EUR", "value": 40})
    ident, called_off = (sent(shop, line(shop, "1", LINE)) for _ in range(2))
    for one in (ident, called_off):
        assert stage(shop, one) == ("acknowledged", "enrichmentInProgress")
        form, credit, deposit = tasks(shop, one)
        assert (credit["state"], credit["result"]) == ("done", "accept")
        paid = shop.site.admin.post(f"{TASK}/{deposit['id']}/pay", {"token": "card"})
        assert paid.status_code == 200, paid.json
        assert stage(shop, one) == ("acknowledged", "enrichmentInProgress")
        assert shop.steps(one) == {}
    assert {one.order for one in house.asked} == {read(shop, ident)["key"],
                                                  read(shop, called_off)["key"]}  # fmt: skip
    task = shop.site.admin.post(CANCEL, {"serviceOrder": {"id": called_off}})
    assert task.status_code == 201, task.json
    assert stage(shop, called_off)[0] == "cancelled"
    assert [one["payment"]["state"] for one in tasks(shop, called_off) if "payment" in one] == [
        "refunded"
    ]
    assert [one.action for one in house.sent if one.about == called_off][-1] == "refund"
    form = tasks(shop, ident)[0]
    done = shop.site.admin.post(f"{TASK}/{form['id']}/complete", {"comment": "here"})
    assert done.status_code == 200, done.json
    assert stage(shop, ident) == ("completed", None)


def test_it_is_looked_at_whichever_way_it_is_sent_in(shop: Shop, policy: Any) -> None:
    """Put aside it is not; acknowledged, or held and released, it is. While it is looked at no
    other order gets its service; accepted, it is not changed into what nobody agreed to."""
    service = service_of(shop)
    wanted = about("suspend", service)
    policy("Lead agrees", "approval", action=["suspend"])
    idents = [sent(shop, wanted, state="pending") for _ in range(2)]
    assert [stage(shop, one) for one in idents] == [("pending", None)] * 2
    path = f"{SERVICE_ORDER}/{idents[0]}"
    patch = shop.site.admin.patch
    assert patch(path, {"state": "held"}).status_code == 200
    assert stage(shop, idents[0]) == ("held", "submitted")
    assert patch(path, {"state": "inProgress"}).status_code == 200
    assert stage(shop, idents[0]) == ("acknowledged", "new")
    assert do(shop, idents[0], "askForInformation", question="Why?").status_code == 200
    assert codes(patch(f"{SERVICE_ORDER}/{idents[1]}", {"state": "acknowledged"})) == {
        ("conflictOpenOrder", f"{ITEM}.service.id")
    }
    assert do(shop, idents[0], "giveInformation", answer="Moves").status_code == 200
    assert do(shop, idents[0], "approve").status_code == 200
    assert stage(shop, idents[0]) == ("completed", None)
    key = policy("By table", "review", isActive=True, channel=["nowhere"])
    rows = [{"cell": [{"input": "channel", "value": ["Fair"]}], "result": "By table"}]
    table = {"name": "At fairs", "purpose": "enrichment", "isOn": True, "row": rows}
    made = shop.site.admin.post(f"{OWN}/decisionTable", table)
    assert made.status_code == 201, made.json
    at_fair = sent(shop, line(shop, "1", LINE), channel=[{"id": "f1", "name": "Fair"}])
    assert shop.site.admin.delete(f"{OWN}/decisionTable/{made.json['id']}").status_code == 204
    assert read(shop, at_fair)["intakePolicy"] == [key]
    later = sent(shop, line(shop, "1", LINE), requestedStartDate="2099-01-01T00:00:00Z")
    assert stage(shop, later) == ("inProgress", None)
    other = about("suspend", service_of(shop))
    answer = patch(f"{SERVICE_ORDER}/{later}", {"serviceOrderItem": [other]})
    assert codes(answer) == {("conflictNeedsApproval", "serviceOrderItem")}


@pytest.mark.parametrize("path", [SERVICE_ORDER, RESOURCE_ORDER])
def test_an_order_put_aside_before_its_first_step_does_not_begin(shop: Shop, path: str) -> None:
    """It was sent, and nothing was done yet when it was put aside: it waits to be acknowledged."""
    items: dict[str, Any] = {"serviceOrderItem": [line(shop, "1", LINE)]}
    if path == RESOURCE_ORDER:
        wanted = {"id": specification(shop, "resource_specification", "Phone Number")}
        items = {"orderItem": [{"id": "1", "action": "add", "resourceSpecification": wanted}]}
    parties = [{"id": shop.customer, "role": "customer"}]
    for state in ("pending", "held"):
        made = shop.site.admin.post(path, {"relatedParty": parties, **items}).json
        own = f"{path}/{made['id']}"
        assert shop.site.admin.patch(own, {"state": state}).status_code == 200
        shop.site.work()
        assert shop.steps(made["id"]) == {}
        assert shop.site.admin.get(own).json["state"] == state
        assert shop.site.admin.patch(own, {"state": "acknowledged"}).status_code == 200
        shop.site.work()
        assert shop.site.admin.get(own).json["state"] == "completed"


def test_several_alike_are_made_and_each_has_one_order(shop: Shop) -> None:
    """Two of what takes three make two and six; a part waits for the copy that it lies in. The
    hand-off is told when all are there, and a copy in an open order is not in another one."""
    inner = {**line(shop, "2", "Voice Line"), "quantity": 3}
    outer = {**line(shop, "1", LINE), "quantity": 2, "serviceOrderItem": [inner]}
    ident = sent(shop, outer)
    shop.site.work()
    order = read(shop, ident)
    assert (order["state"], order["outboundState"]) == ("completed", "fulfilled")
    assert len(shop.network.effects_of(LINE)) == 2
    assert len(shop.network.effects_of("Voice Line")) == 6
    lines, voices = {"1", "1#2"}, {"2", "2#2", "2#3", "2#2.1", "2#2.2", "2#2.3"}
    assert set(shop.steps(ident)) == {
        *lines, *(f"{one}/Fibre Port" for one in lines),
        *voices, *(f"{one}/Phone Number" for one in voices), "end",
    }  # fmt: skip
    made = shop.site.rows(
        "select p_state, doc::jsonb -> 'serviceOrderItem' -> 0 ->> 'itemId' from service "
        "where doc::jsonb -> 'serviceOrderItem' -> 0 ->> 'serviceOrderId' = %s", ident,
    )  # fmt: skip
    assert sorted(made) == [("active", "1")] * 2 + [("active", "2")] * 6
    held = {**about("suspend", order["serviceOrderItem"][0]["service"]["id"]), "quantity": 2}
    assert codes(shop.site.admin.post(SERVICE_ORDER, body(shop, held))) == {
        ("quantityInvalid", f"{ITEM}.quantity")
    }
    shop.network.script = {LINE: [pending]}
    slow = sent(shop, {**line(shop, "1", LINE), "quantity": 2})
    shop.site.work()
    order = read(shop, slow)
    assert shop.steps(slow) == {
        "1#2/Fibre Port": "completed", "1#2": "waiting",
        "1/Fibre Port": "completed", "1": "completed", "end": "pending",
    }  # fmt: skip
    assert order["serviceOrderItem"][0]["outboundState"] == "pending"
    rows = "select service::text from plan_item where root = %s and service is not null"
    for (service,) in shop.site.rows(rows, slow):
        wanted = body(shop, about("modify", service))
        assert codes(shop.site.admin.post(SERVICE_ORDER, wanted)) == {
            ("conflictOpenOrder", f"{ITEM}.service.id")
        }
