"""Orders that somebody looks at before they begin: approved, sent back, asked about, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.operator import CUSTOMER, ORDER, OWN, Operator, Order, Record, codes
from tests.support.program import Client
from trunkline.adapters.credit_file import CreditFile
from trunkline.kernel.actor import Grant
from trunkline.ordering.capture.credit_check import use_credit_check

POLICY = f"{OWN}/orderPolicy"
TASK = f"{OWN}/headerTask"
Make = Callable[..., Record]
TV = "TV Basic"
NUMBERS = count(1)


@pytest.fixture
def policy(operator: Operator) -> Iterator[Make]:
    """Return how to make a policy that goes with the test."""
    made: list[str] = []

    def make(name: str, effect: str, **more: Any) -> Record:
        one = operator.make(POLICY, {"name": name, "effect": effect, **more})
        made.append(one["id"])
        return one

    yield make
    operator.site.services.extra.pop("credit_check", None)
    for ident in made:
        assert operator.staff.delete(f"{POLICY}/{ident}").status_code == 204


def do(operator: Operator, order: Order, verb: str, **said: Any) -> Any:
    return operator.staff.post(f"{OWN}/productOrder/{order.id}/{verb}", said)


def somebody(operator: Operator, *permissions: str) -> Client:
    """Return a new user with these rights over everything."""
    name = f"looker-{next(NUMBERS)}"
    role = operator.site.role(name, {one: Grant("all") for one in permissions})
    return operator.site.user(name, roles=[role], scopes=permissions)


def inside(order: Order) -> str:
    """Return the state that the order has inside; its lines have the same."""
    found = order.read()
    assert {one["internalState"] for one in found["productOrderItem"]} == {found["internalState"]}
    return str(found["internalState"])


def moves(operator: Operator, order: Order) -> list[Record]:
    answer = operator.staff.get(f"{OWN}/productOrder/{order.id}/state")
    assert answer.status_code == 200, answer.json
    return list(answer.json)


def tasks(operator: Operator, order: Order, **filters: str) -> list[Record]:
    return operator.find(TASK, productOrder__id=order.id, **filters)


def dear(operator: Operator, price: int, *items: Record) -> Record:
    """Return an item at an agreed price a month."""
    (item,) = items
    agreed = {"dutyFreeAmount": {"unit": "EUR", "value": price}}
    kind = {"priceType": "recurring", "recurringChargePeriod": "month", "name": "Agreed"}
    return {**item, "itemPrice": [{**kind, "price": agreed}]}


@pytest.mark.accepts("ORD-05")
def test_a_discount_is_approved_sent_back_or_asked_about(operator: Operator, policy: Make) -> None:
    """A rule over the discount holds an order; the sales lead asks for information, gets it, sends
    it back with a comment, and approves what was corrected and handed in again. Nothing is made
    before that, and who may not approve is refused."""
    policy("Great discount", "approval", condition="worth.discount > 20.0")
    ada = operator.ada()
    listed = ada.orders(ada.add("1", TV))
    operator.settle()
    assert listed.state == "completed"
    order = ada.orders(dear(operator, 1, ada.add("1", TV)))
    assert (order.state, inside(order)) == ("acknowledged", "submitted")
    operator.settle()
    assert inside(order) == "new"
    assert order.steps == {}
    (approval,) = tasks(operator, order)
    assert (approval["kind"], approval["title"]) == ("approval", "Great discount")

    around = operator.staff.patch(f"{ORDER}/{order.id}", {"state": "acknowledged"})
    assert (around.status_code, inside(order)) == (200, "new")
    clerk = somebody(operator, "TMF622:read", "TMF622:update", "TMF622:create")
    for verb in ("approve", "reject"):
        answer = clerk.post(f"{OWN}/productOrder/{order.id}/{verb}", {"comment": "fine"})
        assert answer.status_code == 403
    by_patch = clerk.patch(f"{ORDER}/{order.id}", {"state": "rejected", "stateReason": "no"})
    assert by_patch.status_code == 403
    silent = operator.staff.patch(f"{ORDER}/{order.id}", {"state": "rejected"})
    assert codes(silent) == {("reasonMissing", "stateReason")}
    assert do(operator, order, "reject").status_code == 400
    cheaper = {"productOrderItem": [dear(operator, 0, ada.add("1", TV))]}
    changed = operator.staff.patch(f"{ORDER}/{order.id}", cheaper)
    assert codes(changed) == {("conflictUnderReview", "productOrderItem")}

    assert do(operator, order, "askForInformation", question="Who agreed?").status_code == 200
    assert (order.state, inside(order)) == ("pending", "enrichmentOnHold")
    assert do(operator, order, "approve").status_code == 409
    told = clerk.post(f"{OWN}/productOrder/{order.id}/giveInformation", {"answer": "Grace did"})
    assert told.status_code == 200, told.json
    assert inside(order) == "new"
    assert [one["text"] for one in order.read()["note"]] == ["Who agreed?", "Grace did"]

    assert do(operator, order, "reject", comment="Too low").json["state"] == "rejected"
    operator.settle()
    assert (order.state, inside(order)) == ("rejected", "rejected")
    assert [one["state"] for one in tasks(operator, order)] == ["canceled"]
    better = {"productOrderItem": [dear(operator, 2, ada.add("1", TV))]}
    assert operator.staff.patch(f"{ORDER}/{order.id}", better).status_code == 200
    assert do(operator, order, "submit").status_code == 200
    operator.settle()
    assert inside(order) == "new"
    assert do(operator, order, "approve", comment="For a year").json["state"] == "acknowledged"
    operator.settle()
    assert order.state == "completed"
    assert do(operator, order, "approve").status_code == 409
    said = [(one["internalState"], one.get("reason")) for one in moves(operator, order)]
    assert said == [
        ("submitted", "handed in"), ("new", "Great discount"), ("enrichmentOnHold", "Who agreed?"),
        ("new", "Grace did"), ("rejected", "Too low"), ("submitted", "handed in"),
        ("new", "Great discount"), ("acknowledged", "For a year"),
        ("inProgress", "broken down into steps"), ("completed", "all lines are done"),
    ]  # fmt: skip


@pytest.mark.accepts("ORD-03")
def test_each_move_is_told_with_who_when_and_why(operator: Operator, policy: Make) -> None:
    """From the draft to the end; no word of a client leads where the table has no arrow."""
    policy("Fits the house", "approval", condition="customer.customerType == 'company'")
    company = operator.company("Nordhaven")
    kind = {"customerType": "company"}
    assert operator.staff.patch(f"{CUSTOMER}/{company.id}", kind).status_code == 200
    order = company.orders(company.add("1", TV), state="pending")
    for word in ("inProgress", "held", "completed", "rejected"):
        refused = operator.staff.patch(f"{ORDER}/{order.id}", {"state": word})
        assert refused.status_code in (400, 409), word
    seller = somebody(operator, "TMF622:read", "TMF622:update")
    assert seller.post(f"{OWN}/productOrder/{order.id}/submit", {}).status_code == 200
    operator.settle()
    assert do(operator, order, "approve").status_code == 200
    order.cancel("found it cheaper")
    told = moves(operator, order)
    states = [one["internalState"] for one in told]
    assert states[:4] == ["draft", "submitted", "new", "acknowledged"]
    assert states[-1] == "canceled"
    assert [one.get("formerState") for one in told] == [None, *states[:-1]]
    assert told[1]["by"]["name"] not in (told[2]["by"]["name"], told[3]["by"]["name"])
    assert all(one["at"] and one["by"]["id"] for one in told)
    assert all(one.get("reason") for one in told)
    assert told[-1]["reason"] == "found it cheaper"
    nobody = somebody(operator, "TMF632:read")
    assert nobody.get(f"{OWN}/productOrder/{order.id}/state").status_code == 403


@pytest.mark.accepts("ORD-04")
def test_enrichment_tasks_hold_an_order_until_all_are_done(
    operator: Operator, policy: Make
) -> None:
    """Two tasks by policy for orders of a channel; only after both does anything begin."""
    policy("Complete the address", "task", channel=["fair"], dueDays=2)
    policy("Attach the form", "task", channel=["fair"], action=["add"])
    ada = operator.ada()
    other = ada.orders(ada.add("1", TV), channel=[{"id": "shop", "name": "Shop"}])
    order = ada.orders(ada.add("1", TV), channel=[{"id": "f7", "name": "Fair"}])
    operator.settle()
    assert other.state == "completed"
    assert inside(order) == "enrichmentInProgress"
    second, first = tasks(operator, order, state="open")
    assert first["dueAt"] > order.read()["orderDate"]
    assert "dueAt" not in second
    for one in (first, second):
        assert order.steps == {}
        done = operator.staff.post(f"{TASK}/{one['id']}/complete", {"comment": "done"})
        assert done.json["state"] == "done", done.json
        operator.settle()
        late = operator.staff.post(f"{TASK}/{one['id']}/complete", {})
        assert late.status_code == 409
    assert order.state == "completed"
    assert {one["decidedBy"]["name"] for one in tasks(operator, order)} == {"Admin"}


@pytest.mark.accepts("ORD-15")
def test_credit_is_checked_before_an_order_begins(
    operator: Operator, policy: Make, tmp_path: Path
) -> None:
    """The connected house accepts Ada, wants a deposit of Bo and stops Cy; whom it does not know
    a person decides about. A deposit that was paid releases the order."""
    policy("Credit", "creditCheck", condition="worth.firstYear > 50.0")
    ada, bo, cy, di = (operator.ada() for _ in range(4))
    file = tmp_path / "credit.csv"
    file.write_text(
        "customer,result,deposit,unit,reason\n"
        f"{ada.id},accept,,,pays well\n{bo.id},deposit,80,EUR,new here\n{cy.id},stop,,,never pays\n"
    )
    use_credit_check(operator.site.services, CreditFile(file))
    orders = [one.orders(one.fibre("1")) for one in (ada, bo, cy, di)]
    small = cy.orders(dear(operator, 1, cy.add("1", TV)))
    operator.settle()
    assert [one.state for one in orders[:3]] == ["completed", "pending", "rejected"]
    assert (inside(orders[1]), inside(orders[3])) == ("enrichmentOnHold", "enrichmentInProgress")
    assert small.state == "completed"
    (bos,) = tasks(operator, orders[1])
    assert (bos["state"], bos["result"], bos["deposit"]["value"]) == ("waiting", "deposit", 80)
    assert moves(operator, orders[2])[-1]["reason"] == "never pays"
    paid = operator.staff.post(f"{TASK}/{bos['id']}/complete", {"comment": "paid today"})
    assert paid.status_code == 200, paid.json
    (dis,) = tasks(operator, orders[3])
    bare = operator.staff.post(f"{TASK}/{dis['id']}/complete", {"result": "stop"})
    assert codes(bare) == {("badValue", "result")}
    assert operator.staff.post(f"{TASK}/{dis['id']}/complete", {}).status_code == 200
    operator.settle()
    assert [one.state for one in orders] == ["completed", "completed", "rejected", "completed"]


@pytest.mark.accepts("TAM-CO-05")
def test_a_rule_against_fraud_stops_an_order_for_review(operator: Operator, policy: Make) -> None:
    """Three phones at once are looked at: cleared they go on, else the order is sent back."""
    policy("Many at once", "review", condition="order.productOrderItem.size() >= 3",
           action=["add"])  # fmt: skip
    ada = operator.ada()
    many = [[ada.add(str(one), TV) for one in range(3)] for _ in range(2)]
    cleared, fraud = (ada.orders(*one) for one in many)
    operator.settle()
    assert {cleared.state, fraud.state} == {"acknowledged"}
    clerk = somebody(operator, "ordering:completeTask", "ordering:read")
    for order, result in ((cleared, "accept"), (fraud, "stop")):
        (task,) = tasks(operator, order, state="open")
        said = {"result": result, "comment": "looked at the papers"}
        assert clerk.post(f"{TASK}/{task['id']}/complete", said).status_code == 403
        assert operator.staff.post(f"{TASK}/{task['id']}/complete", said).status_code == 200
    operator.settle()
    assert (cleared.state, fraud.state) == ("completed", "rejected")


@pytest.mark.accepts("TAM-CO-06")
def test_a_channel_may_do_what_the_policies_leave_it(operator: Operator, policy: Make) -> None:
    """Self-care may add but not end; an order without a channel may do nothing of that either."""
    policy("Ends by phone only", "refuse", channel=["self-care", ""], action=["delete"],
           message="is not done here; call us")  # fmt: skip
    ada = operator.ada()
    care, shop = ([{"id": one}] for one in ("Self-Care", "shop"))
    order = ada.orders(ada.add("1", TV), channel=care)
    operator.settle()
    assert order.state == "completed"
    end = ada.change("1", "delete", order.product()["id"])
    for channel in (care, []):
        refused = ada.refused(end, channel=channel)
        assert codes(refused) == {("policyRefuses", "productOrderItem[0].action")}
    draft = ada.orders(end, channel=care, state="pending")
    told = operator.staff.post(f"{OWN}/productOrder/{draft.id}/simulate").json["fault"]
    assert [one["code"] for one in told] == ["policyRefuses"]
    ended = ada.orders(end, channel=shop)
    operator.settle()
    assert ended.state == "completed"


def test_what_changes_while_it_is_asked_about_is_looked_at_again(
    operator: Operator, policy: Make
) -> None:
    """One of two has agreed when the order is asked about and becomes dearer: both look again. An
    accepted order that waits for its day is not changed into one that nobody agreed to."""
    for name in ("Sales", "Finance"):
        policy(name, "approval", condition="worth.monthly > 30.0")
    ada = operator.ada()
    order = ada.orders(dear(operator, 40, ada.add("1", TV)))
    operator.settle()
    assert do(operator, order, "askForInformation", question="More?").status_code == 200
    dearer = {"productOrderItem": [dear(operator, 90, ada.add("1", TV))]}
    assert operator.staff.patch(f"{ORDER}/{order.id}", dearer).status_code == 200
    assert do(operator, order, "giveInformation", answer="Yes, dearer").status_code == 200
    assert [one["state"] for one in tasks(operator, order)].count("canceled") == 2
    assert len(tasks(operator, order, state="open")) == 2
    assert do(operator, order, "approve").json["internalState"] == "acknowledged"

    waiting = ada.orders(
        dear(operator, 10, ada.add("1", TV)), requestedStartDate="2090-01-01T00:00:00Z"
    )
    operator.settle()
    assert waiting.state == "inProgress"
    refused = operator.staff.patch(f"{ORDER}/{waiting.id}", dearer)
    assert codes(refused) == {("conflictNeedsApproval", "productOrderItem")}
    held = ada.orders(dear(operator, 50, ada.add("1", TV)))
    operator.settle()
    held.cancel()
    assert {one["state"] for one in tasks(operator, held)} == {"canceled"}


def test_only_the_named_role_approves(operator: Operator, policy: Make) -> None:
    """A policy that names a role leaves the decision to who holds it."""
    assert codes(
        operator.staff.post(POLICY, {"name": "x", "effect": "approval", "role": "nobody"})
    ) == {("roleUnknown", "role")}
    bad = operator.staff.post(POLICY, {"name": "x", "effect": "approval", "condition": "order."})
    assert codes(bad) == {("conditionInvalid", "condition")}
    wide = operator.staff.post(POLICY, {"name": "x", "effect": "refuse"})
    assert codes(wide) == {("policyTooWide", "condition")}
    policy("Auditors agree", "approval", role="auditor")
    ada = operator.ada()
    order = ada.orders(ada.add("1", TV))
    operator.settle()
    assert do(operator, order, "approve").status_code == 403
    assert inside(order) == "new"


@pytest.mark.accepts("ORD-19")
def test_an_order_is_released_to_a_pool_and_taken_by_another(operator: Operator) -> None:
    """Who has an order is told and found by; nobody takes it away, and its pool is empty after."""
    ada = operator.ada()
    order = ada.orders(ada.add("1", TV), state="pending")
    rights = ("TMF622:read", "TMF622:update")
    first, second, reader = (somebody(operator, *one) for one in (rights, rights, rights[:1]))

    def act(who: Any, verb: str, **said: Any) -> Any:
        return who.post(f"{OWN}/productOrder/{order.id}/{verb}", said)

    assert act(reader, "take").status_code == 403
    taken = act(first, "take").json["assignee"]
    assert act(first, "take").json["assignee"] == taken
    assert act(second, "take").status_code == 409
    assert order.key in {
        one["key"] for one in operator.find(ORDER, assignee__id=taken["id"], internalState="draft")
    }
    released = act(first, "release", pool="Back office")
    assert released.json["pool"] == "Back office"
    assert "assignee" not in released.json
    assert [
        one["key"] for one in operator.find(ORDER, pool="Back%20office", internalState="draft")
    ] == [order.key]
    other = act(second, "take").json["assignee"]
    assert other["id"] != taken["id"]
    assert operator.find(ORDER, pool="Back%20office", internalState="draft") == []
    assert act(first, "handOver", login="nobody-here").status_code == 400
    patch = operator.staff.patch(f"{ORDER}/{order.id}", {"assignee": {"id": "1", "name": "x"}})
    assert patch.status_code == 400


def test_a_customer_is_told_what_is_asked_not_by_whom(operator: Operator, policy: Make) -> None:
    """Ada follows her own order: why it came back, not who looked at it or what they look for;
    somebody else's order is not there for her."""
    policy("Secret rule", "review")
    ada, bo = operator.ada(), operator.ada()
    order, other = ada.orders(ada.add("1", TV)), bo.orders(bo.add("1", TV))
    operator.settle()
    (task,) = tasks(operator, order)
    said = {"result": "stop", "comment": "Send us your passport"}
    assert operator.staff.post(f"{TASK}/{task['id']}/complete", said).status_code == 200
    rights = {"TMF622:read": Grant("own")}
    role = operator.site.role("own-orders", rights)
    her = operator.site.user("ada-herself", roles=[role], party=ada.party, scopes=tuple(rights))
    told = her.get(f"{OWN}/productOrder/{order.id}/state")
    assert told.status_code == 200, told.json
    assert [one["internalState"] for one in told.json][-1] == "rejected"
    assert told.json[-1]["reason"] == "Send us your passport"
    assert not any("by" in one for one in told.json)
    assert "Secret" not in told.text
    assert her.get(f"{OWN}/productOrder/{other.id}/state").status_code == 404
    assert her.get(TASK).status_code == 403


def test_an_order_that_is_looked_at_says_when_it_would_be_done(
    operator: Operator, policy: Make
) -> None:
    """Each line and the order, for its requested day where it has one; said anew as it begins."""
    policy("Look at all", "approval")
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), requestedStartDate="2099-01-10T08:00:00Z")
    operator.settle()
    assert inside(order) == "new"
    found = order.read()
    assert found["expectedCompletionDate"][:10] == "2099-01-10"
    assert found["productOrderItem"][0]["expectedCompletionDate"][:10] == "2099-01-10"
    own = ada.orders(ada.fibre("1"), expectedCompletionDate="2098-05-05T08:00:00Z")
    operator.settle()
    assert own.read()["expectedCompletionDate"][:10] == "2098-05-05"
