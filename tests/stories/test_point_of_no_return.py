"""Points of no return and approvals: what stays as it is, and what has to be allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stories.changing import (
    NO_PORT,
    POLICY,
    REVISION,
    act,
    alarm,
    half_done,
    items_of,
    opened,
    previewed,
    revised,
    role_that_changes,
    two_lines,
    with_alarm,
    with_sensors,
    with_values,
)
from tests.support.operator import OWN, Operator, codes, values
from trunkline.documents.errors import Conflict
from trunkline.ordering.jeopardy.follow import follow


@pytest.mark.accepts("IFC-04")
def test_beyond_the_point_of_no_return_a_line_stays(operator: Operator) -> None:
    """The mobile line is provisioned: its line is refused by name, the voice line beside it is
    changed all the same. Both are said by the API beforehand."""
    ada = operator.ada()
    order = half_done(operator, ada.add("3", "Mobile S", dataVolume=5, roaming="europe"), ada=ada)
    assert order.steps["Mobile Subscription"] == "completed"
    (passed,) = operator.read(f"{OWN}/productOrder/{order.id}/pointOfNoReturn")
    assert (passed["itemId"], passed["kind"]) == ("3", "hard")
    world = [with_values(one, roaming="world") if one["id"] == "3" else one
             for one in items_of(order)]  # fmt: skip
    found = previewed(operator, order, world)
    (fault,) = found["fault"]
    assert (fault["code"], fault["path"]) == ("conflictPointOfNoReturn", "productOrderItem[2]")
    assert "item 3" in fault["message"]
    assert "Provision the mobile subscription" in fault["message"]
    revision = opened(operator, order, world)
    refused = act(operator, revision, "submit")
    assert codes(refused) == {("conflictPointOfNoReturn", "productOrderItem[2]")}
    act(operator, revision, "withdraw")
    revised(operator, order, two_lines(order))
    assert order.read()["orderVersion"] == 2


def test_what_the_program_notes_on_a_line_is_not_asked_for(operator: Operator) -> None:
    """A client sends lines back as it read them, with dates and levels that have moved since: what
    it did not change is not taken as changed, and what it read is not written back."""
    ada = operator.ada()
    order = half_done(operator, ada.add("3", "Mobile S", dataVolume=5, roaming="europe"), ada=ada)
    operator.site.move_clock(3)
    while follow(operator.site.services):
        pass
    noted = {one["id"]: one.get("expectedCompletionDate")
             for one in order.read()["productOrderItem"]}  # fmt: skip
    assert noted["1"]
    older = [{**one, "expectedCompletionDate": "2020-01-01T00:00:00Z", "jeopardyLevel": "critical"}
             for one in items_of(order)]  # fmt: skip
    assert {one["code"] for one in previewed(operator, order, older)["fault"]} == {"nothingChanged"}
    bare = [{name: value for name, value in one.items() if name != "priority"} for one in older]
    changed = [with_values(one, lines=2) if one["id"] == "2" else one for one in bare]
    found = revised(operator, order, changed)
    assert {one["itemId"] for one in found["difference"]} == {"2"}
    after = {one["id"]: one for one in order.read()["productOrderItem"]}
    assert after["3"].get("expectedCompletionDate") == noted["3"]
    assert after["1"]["expectedCompletionDate"] >= noted["1"]
    assert {one.get("jeopardyLevel") for one in after.values()} <= {None, "none", "low"}
    assert "priority" in after["1"] or "priority" not in items_of(order)[0]


REACHED = {"bundle": ["2", "3", "4"], "line": ["3"], "order": ["1", "2", "3", "4", "5"]}


@pytest.mark.parametrize("reaches", REACHED)
def test_it_reaches_to_the_root_of_the_bundle(operator: Operator, reaches: str) -> None:
    """In a bundle one part that cannot be undone holds all of them, unless its step says that it
    holds its own line alone, or the whole order; other lines are free."""
    held = REACHED[reaches]
    plain = alarm(operator)
    final = alarm(operator, pointOfNoReturn=True, pointOfNoReturnReaches=reaches)
    operator.network.behave(fail=[{**NO_PORT, "count": 1}])
    ada = operator.ada()
    parts = [{"id": one, "relationshipType": "hasChild"} for one in ("3", "4")]
    items = [
        {"id": one, "action": "add", "productOffering": {"id": final if one == "3" else plain},
         "product": {"productCharacteristic": [{"name": "sensors", "value": 4}]}}
        for one in ("2", "3", "4", "5")
    ]  # fmt: skip
    items[0]["productOrderItemRelationship"] = parts
    order = ada.orders(ada.fibre("1"), *items)
    operator.settle()
    assert order.steps["Fibre Access"] == "fallout"
    passed = operator.read(f"{OWN}/productOrder/{order.id}/pointOfNoReturn")
    assert sorted(one["itemId"] for one in passed) == held
    for line in ("2", "4", "5"):
        found = previewed(operator, order, with_sensors(order, line, 8))
        assert {one["code"] for one in found["fault"]} == (
            {"conflictPointOfNoReturn"} if line in held else set()
        )


@pytest.mark.accepts("IFC-12", "BIC-05")
def test_a_soft_point_costs_a_fee_and_needs_an_approval(operator: Operator) -> None:
    """Past a soft point the change is possible: for a fee, and when somebody else says so. Calling
    the order off then costs what the policy says, too."""
    fee = operator.make(POLICY, {
        "name": "Connected already", "occasion": "revision",
        "condition": "change.isPastSoftPoint", "fee": {"value": 25, "unit": "EUR"},
    })  # fmt: skip
    late = operator.make(POLICY, {
        "name": "Called off late", "occasion": "cancellation",
        "condition": "change.isPastSoftPoint", "fee": {"value": 40, "unit": "EUR"},
    })  # fmt: skip
    order = with_alarm(operator, alarm(operator, pointOfNoReturn="soft"), "2")
    (passed,) = operator.read(f"{OWN}/productOrder/{order.id}/pointOfNoReturn")
    assert (passed["itemId"], passed["kind"]) == ("2", "soft")
    revision = opened(operator, order, with_sensors(order, "2", 6))
    answer = act(operator, revision, "submit")
    assert answer.json["state"] == "awaitingApproval"
    assert "Connect the alarm" in answer.json["needsApproval"]
    assert operator.read(REVISION, revision["id"])["fee"] == {"value": 25, "unit": "EUR"}
    assert order.state == "pending"
    own = act(operator, revision, "approve")
    assert (own.status_code, own.json["code"]) == (403, "ownRevision")
    hopper = operator.site.user("hopper", roles=["administrator"])
    assert act(operator, revision, "approve", by=hopper).status_code == 200
    found = operator.read(REVISION, revision["id"])
    assert (found["state"], found["decidedBy"]["name"]) == ("applied", "Hopper")
    assert values(order.services["Alarm Line"])["sensors"] == 6
    early = half_done(operator)
    assert "cancellationFee" not in early.cancel()
    assert order.cancel()["cancellationFee"] == {"value": 40, "unit": "EUR"}
    for one in (fee, late):
        operator.staff.patch(f"{POLICY}/{one['id']}", {"isActive": False})


@pytest.mark.accepts("IFC-16")
def test_above_a_limit_the_new_price_is_approved(operator: Operator) -> None:
    """The preview says the price before, after and between; a rise above the policy's limit is
    approved by somebody with the right, a smaller one goes by itself."""
    limit = operator.make(POLICY, {"name": "More than 5 a month", "occasion": "revision",
                                   "condition": "change.monthly > 5.0",
                                   "needsApproval": True})  # fmt: skip
    ada = operator.ada()
    order = half_done(operator, ada=ada)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    sports = {**ada.add("3", "TV Sports", pack="sports"), "requestedStartDate": soon}
    dear = [*items_of(order), sports]
    found = previewed(operator, order, dear)
    (monthly,) = [one for one in found["price"] if one["priceType"] == "recurring"]
    assert (monthly["old"], monthly["new"], monthly["delta"]) == (59.8, 74.7, 14.9)
    assert found["needsApproval"] == ["More than 5 a month"]
    revision = opened(operator, order, dear)
    assert act(operator, revision, "submit").json["state"] == "awaitingApproval"
    agent = operator.site.user(
        "alan",
        roles=[role_that_changes(operator)],
        scopes=("*:read", "*:update", "ordering:revise"),
    )
    assert act(operator, revision, "approve", by=agent).status_code == 403
    operator.site.move_clock(2 * 86_400)  # the start that was asked for in time is past by now
    hopper = operator.site.user("hopper", roles=["administrator"])
    approved = act(operator, revision, "approve", by=hopper)
    assert approved.status_code == 200, approved.json
    assert order.read()["orderVersion"] == 2
    same = [with_values(one, lines=2) if one["id"] == "2" else one for one in items_of(order)]
    assert revised(operator, order, same).get("needsApproval") is None
    operator.staff.patch(f"{POLICY}/{limit['id']}", {"isActive": False})


def test_what_no_order_may_say_no_change_of_it_may_say(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id used twice, a line that is not there, a start in the past, another customer's service:
    each is refused by name before it is handed in. What cannot be written after all is refused
    then, and the order goes on as before."""
    company = operator.company("Quay")
    theirs = company.has(company.voice("1")).services["Telephony"]["id"]
    order = half_done(operator)
    first, second = items_of(order)
    linked = {**second, "id": "7", "product": {
        "place": second["product"]["place"], "realizingService": [{"id": theirs}]}}  # fmt: skip
    beside = {"productOrderItemRelationship": [{"id": "99", "relationshipType": "reliesOn"}]}
    past = {"requestedStartDate": "2020-01-01T00:00:00Z"}
    inside = {**first, "productOrderItem": [second]}
    for items, path, code in (
        ([inside, with_values(second, lines=2)], "productOrderItem[1].id", "duplicateItem"),
        ([first, second | beside],
         "productOrderItem[1].productOrderItemRelationship[0].id", "unknownItem"),
        ([first, second | past], "productOrderItem[1].requestedStartDate", "conflictStartPast"),
        ([first, second, linked],
         "productOrderItem[2].product.realizingService[0].id", "linkForeign"),
    ):  # fmt: skip
        found = {(one["path"], one["code"]) for one in previewed(operator, order, items)["fault"]}
        assert found == {(path, code)}
    asks = operator.make(f"{OWN}/orderPolicy", {
        "name": "Three lines", "effect": "approval", "role": "administrator",
        "condition": "size(order.productOrderItem) > 2"})  # fmt: skip
    third = {**second, "id": "3"}  # changes go by policies of their own
    assert previewed(operator, order, [first, second, third])["fault"] == []
    operator.staff.patch(f"{OWN}/orderPolicy/{asks['id']}", {"isActive": False})
    twice = opened(operator, order, [inside, with_values(second, lines=2)])
    assert codes(act(operator, twice, "submit")) == {("duplicateItem", "productOrderItem[1].id")}
    act(operator, twice, "withdraw")

    def refuses(*_: Any) -> None:
        raise Conflict("conflictLate", "the day for that has gone by")

    with monkeypatch.context() as patched:
        patched.setattr("trunkline.ordering.revision.carrying_out.name_made", refuses)
        late = opened(operator, order, two_lines(order))
        assert act(operator, late, "submit").status_code == 200
    kept = operator.read(REVISION, late["id"])
    assert (kept["state"], kept["result"]) == ("refused", "the day for that has gone by")
    assert (order.state, items_of(order)) == ("inProgress", [first, second])
    assert values(order.services["Voice Line"])["lines"] == 1
    revised(operator, order, two_lines(order))
    assert values(order.services["Voice Line"])["lines"] == 2
