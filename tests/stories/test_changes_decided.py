"""Changes of running orders: held, decided, counted and told, and lines that are called off."""

from __future__ import annotations

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
    revised,
    role_that_changes,
    two_lines,
    with_values,
)
from tests.support.operator import (
    ORDER,
    OWN,
    RESOURCE,
    SERVICE_ORDER,
    Operator,
    codes,
    values,
)


@pytest.mark.accepts("IFC-02")
def test_nothing_new_starts_and_a_withdrawal_lets_all_go_on(operator: Operator) -> None:
    """While somebody changes it the order stands still: what is done is kept, what comes next
    waits. Withdrawn, it goes on with the same steps as if nothing had been."""
    ada = operator.ada()
    order = ada.orders(ada.fibre("1", installation="technician"))
    operator.settle()
    keys = [one["id"] for one in order.plan["item"]]
    revision = opened(operator, order)
    assert order.state == "pending"
    task = order.step("On-site Installation")
    if task["state"] == "ready":
        done = operator.staff.post(f"{OWN}/task/{task['id']}/complete", {"evidence": "a picture"})
        assert done.status_code == 200, done.json
    operator.settle()
    frozen = order.steps
    assert "ready" not in frozen.values()
    assert frozen["On-site Installation"] == "completed"
    assert "pending" in frozen.values()
    resumed = operator.staff.patch(f"{ORDER}/{order.id}", {"state": "inProgress"})
    assert "conflictRevisionOpen" in {code for code, _ in codes(resumed)}, resumed.json
    assert act(operator, revision, "withdraw").status_code == 200
    assert order.state == "completed"
    assert [one["id"] for one in order.plan["item"]] == keys
    assert "orderVersion" not in order.read()


@pytest.mark.accepts("IFC-09")
def test_two_at_once_are_refused_with_who_holds_the_first(operator: Operator) -> None:
    """The second one is told whose change is open; an order that is over is not changed."""
    order = half_done(operator)
    first = opened(operator, order)
    second = operator.staff.post(f"{OWN}/productOrder/{order.id}/revision", {})
    assert second.status_code == 409
    assert first["key"] in second.json["message"]
    assert "Admin" in second.json["message"]
    items = operator.staff.patch(f"{ORDER}/{order.id}", {"productOrderItem": two_lines(order)})
    assert (items.status_code, first["key"] in items.json["message"]) == (409, True)
    act(operator, first, "withdraw")
    done = operator.ada()
    over = done.has(done.voice("1"))
    late = operator.staff.post(f"{OWN}/productOrder/{over.id}/revision", {})
    assert (late.status_code, late.json["code"]) == (409, "conflictNotInProgress")


@pytest.mark.accepts("IFC-03", "IFC-10")
def test_versions_are_counted_compared_and_logged(operator: Operator) -> None:
    """A second change follows the first; each version tells who made it and why, and any two are
    compared line by line. A day, a contact or a party sent alone by a patch is a version too."""
    order = half_done(operator)
    assert operator.read(f"{OWN}/productOrder/{order.id}/version")[0]["version"] == 1
    revised(operator, order, two_lines(order), reason="a second telephone")
    assert order.read()["orderVersion"] == 2
    act(operator, opened(operator, order, reason="never mind"), "withdraw")
    one_again = [with_values(one, lines=1) if one["id"] == "2" else one for one in items_of(order)]
    revised(operator, order, one_again, reason="she moved out", notificationContact="her brother")
    assert order.read()["orderVersion"] == 3
    assert order.read()["notificationContact"] == "her brother"
    versions = operator.read(f"{OWN}/productOrder/{order.id}/version")
    assert [(one["version"], one.get("reason")) for one in versions] == [
        (1, None), (2, "a second telephone"), (3, "she moved out"),
    ]  # fmt: skip
    assert versions[1]["requestedBy"]["name"] == "Admin"
    compare = f"{OWN}/productOrder/{order.id}/version/compare"
    first = operator.staff.get(compare, query_string="from=1&to=2").json
    assert first == [{"itemId": "2", "attribute": "product.productCharacteristic[lines]",
                      "old": 1, "new": 2}]  # fmt: skip
    whole = operator.staff.get(compare, query_string="from=1&to=3").json
    assert [one["attribute"] for one in whole] == ["notificationContact"]
    log = operator.find(REVISION, productOrder__id=order.id)
    assert [one["state"] for one in sorted(log, key=lambda one: one["key"])] == [
        "applied", "withdrawn", "applied",
    ]  # fmt: skip
    assert values(order.services["Voice Line"])["lines"] == 1
    address, later = f"{ORDER}/{order.id}", "2031-05-01T00:00:00.000Z"
    contact = {"id": operator.ada().party, "role": "technicalContact"}
    changes: list[dict[str, Any]] = [
        {"requestedCompletionDate": later}, {"notificationContact": "her sister"},
        {"relatedParty": [*order.read()["relatedParty"], contact]},
        {"productOrderItem": [one | {"requestedCompletionDate": later} for one in items_of(order)]},
    ]  # fmt: skip
    for number, change in enumerate(changes, start=4):
        sent = operator.staff.patch(address, change | {"description": str(number)})
        assert (sent.status_code, sent.json["state"]) == (200, "pending"), sent.json
        operator.settle()
        read = order.read()
        assert (read["orderVersion"], read["description"]) == (number, str(number))
        (name,) = change
        told = operator.staff.get(compare, query_string=f"from={number - 1}&to={number}").json
        assert {one["attribute"] for one in told} == {name if number < 7 else [*changes[0]][0]}
    assert (read["requestedCompletionDate"], read["notificationContact"]) == (later, "her sister")
    for wrong, code in (
        ({"requestedStartDate": "2032-01-01T00:00:00Z"}, "endsBeforeStart"),
        ({"requestedStartDate": "2020-01-01T00:00:00Z"}, "conflictStartPast"),
        ({"requestedStartDate": "soon"}, "badDateTime"), ({"relatedParty": ["x"]}, "badType"),
        ({"requestedStartDate": "2030-01-01T00:00:00Z", "state": "held"}, "conflictStateAndChange"),
    ):  # fmt: skip
        refused = operator.staff.patch(address, wrong)
        assert code in (refused.json["code"], *(one for one, _ in codes(refused))), refused.json
    same = operator.staff.patch(address, {"requestedCompletionDate": "2031-05-01T02:00:00+02:00"})
    assert (same.status_code, same.json["state"], order.read()["orderVersion"]) == (
        200, "inProgress", 7,
    )  # fmt: skip
    assert "technicalContact" in {one["role"] for one in read["relatedParty"]}
    assert len(operator.find(REVISION, productOrder__id=order.id)) == 7
    assert order.service_orders["Fibre Access"]["state"] != "completed"


@pytest.mark.accepts("IFC-03")
def test_what_is_taken_out_is_a_version_too(operator: Operator) -> None:
    """A day, a contact or a price that is sent as nothing, another start of a line, and none: each
    is a version that says what went. What the catalog fills in again is no change."""
    operator.network.behave(fail=[{**NO_PORT, "count": 1}])
    ada = operator.ada()
    far, farther = "2031-05-01T00:00:00.000Z", "2031-06-01T00:00:00.000Z"
    said = {
        "requestedCompletionDate": "2032-01-01T00:00:00.000Z",
        "notificationContact": "her aunt",
    }
    price = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"value": 5, "unit": "EUR"}}}  # fmt: skip
    voice = {**ada.voice("2"), "requestedStartDate": far, "itemPrice": [price]}
    order = ada.orders(ada.fibre("1"), voice, **said)
    operator.settle()
    compare = f"{OWN}/productOrder/{order.id}/version/compare"
    v5 = ORDER.replace("v4", "v5")

    def with_line(**changed: Any) -> dict[str, Any]:
        first, second = items_of(order)
        return {"productOrderItem": [first, {**second, **changed}]}

    changes: list[tuple[str, dict[str, Any], str, bool]] = [
        (v5, {"requestedCompletionDate": None}, "requestedCompletionDate", True),
        (ORDER, with_line(requestedStartDate=farther), "requestedStartDate", False),
        (ORDER, with_line(itemPrice=None, requestedStartDate=farther), "itemPrice", False),
        (ORDER, with_line(requestedStartDate=None, itemPrice=None), "requestedStartDate", True),
    ]  # fmt: skip
    for number, (address, change, name, is_gone) in enumerate(changes, start=2):
        sent = operator.staff.patch(f"{address}/{order.id}", change)
        assert sent.status_code == 200, sent.json
        operator.settle()
        assert order.read()["orderVersion"] == number
        told = operator.staff.get(compare, query_string=f"from={number - 1}&to={number}").json
        assert [(one["attribute"], "new" not in one) for one in told] == [(name, is_gone)]
    found = revised(operator, order, None, notificationContact=None)
    assert [one["attribute"] for one in found["difference"]] == ["notificationContact"]
    read = order.read()
    assert {*said}.isdisjoint(read)
    assert (order.steps["Voice Line"], order.steps["start/2"]) == ("completed", "completed")
    same = operator.staff.patch(
        f"{ORDER}/{order.id}", with_line(itemPrice=None) | {"description": "x"}
    )
    assert (same.status_code, order.read()["orderVersion"]) == (200, 6), same.json
    assert order.read()["productOrderItem"] == read["productOrderItem"]


@pytest.mark.parametrize("version", ["v4", "v5"])
def test_an_order_comes_back_with_another_offering(operator: Operator, version: str) -> None:
    """What it was read with and says of the former offering, its prices, name, specification and
    values, is the new one's; what both allow, and what is said otherwise, stays."""
    order = half_done(operator)
    address = f"{ORDER.replace('v4', version)}/{order.id}"
    body = operator.read(address)
    body["productOrderItem"][0]["productOffering"]["id"] = operator.offerings["Fibre 500M"]
    body["productOrderItem"][1]["product"]["productCharacteristic"][0]["value"] = 2
    sent = operator.staff.patch(address, body)
    assert sent.status_code == 200, sent.json
    operator.settle()
    fibre = order.read()["productOrderItem"][0]
    assert (order.state, order.read()["orderVersion"]) == ("completed", 2)
    assert {fibre["productOffering"]["name"], fibre["product"]["name"]} == {"Fibre 500M"}
    assert {one["name"][:10] for one in fibre["itemPrice"]} == {"Fibre 500M"}
    wanted = {"downloadSpeed": 500, "uploadSpeed": 250, "installation": "self"}
    assert values(fibre["product"]) == wanted == values(order.product("1"))
    assert values(order.product("2"))["lines"] == 2


def test_a_patch_of_the_order_is_a_revision(operator: Operator) -> None:
    """A client that knows TMF622 alone sends other items; the order is pending until it is so,
    and listeners hear of it."""
    order = half_done(operator)
    sent = operator.staff.patch(f"{ORDER}/{order.id}", {"productOrderItem": two_lines(order)})
    assert (sent.status_code, sent.json["state"]) == (200, "pending"), sent.json
    operator.settle()
    assert (order.state, order.read()["orderVersion"]) == ("inProgress", 2)
    assert values(items_of(order)[1]["product"])["lines"] == 2
    heard = [one["event"]["productOrder"]["state"]
             for one in operator.events(order.id, "ProductOrderStateChangeEvent")]  # fmt: skip
    assert heard == ["inProgress", "pending", "inProgress"]
    wrong = [{**one, "quantity": 0} if one["id"] == "2" else one for one in items_of(order)]
    refused = operator.staff.patch(f"{ORDER}/{order.id}", {"productOrderItem": wrong})
    assert codes(refused) == {("quantityInvalid", "productOrderItem[1].quantity")}
    assert order.state == "inProgress"


@pytest.mark.accepts("IFC-13")
def test_the_interfaces_of_the_forum_say_it_all(operator: Operator) -> None:
    """TMF622: a patch revises, a cancellation is assessed and carried out; TMF641: an order to the
    network is canceled. Each move is told to listeners."""
    order = half_done(operator)
    body = {"productOrderItem": two_lines(order)}
    assert operator.staff.patch(f"{ORDER}/{order.id}", body).json["state"] == "pending"
    operator.settle()
    task = order.cancel()
    assert (task["state"], task["cancellationResult"]) == ("done", "canceled")
    heard = [one["event"]["productOrder"]["state"]
             for one in operator.events(order.id, "ProductOrderStateChangeEvent")]  # fmt: skip
    assert heard == ["inProgress", "pending", "inProgress", "assessingCancellation",
                     "pendingCancellation", "cancelled"]  # fmt: skip
    moves = operator.events(task["id"], "CancelProductOrderStateChangeEvent")
    assert [one["event"]["cancelProductOrder"]["state"] for one in moves] == ["inProgress", "done"]
    assert set(operator.in_network()["Voice Line"]) == {"terminated"}
    owner = [{"id": operator.company().id, "role": "customer"}]
    alone = operator.make(SERVICE_ORDER, {"relatedParty": owner, "serviceOrderItem": [{
        "id": "1", "action": "add", "service": {"name": "Voice Line", "serviceSpecification": {
            "id": order.services["Voice Line"]["serviceSpecification"]["id"]}}}],
        "requestedStartDate": "2031-05-01T00:00:00.000Z"})  # fmt: skip
    operator.settle()
    wish = operator.make(
        "/tmf-api/serviceOrdering/v4/cancelServiceOrder", {"serviceOrder": {"id": alone["id"]}}
    )
    operator.settle()
    assert operator.read("/tmf-api/serviceOrdering/v4/cancelServiceOrder", wish["id"])["state"] == (
        "done"
    )
    assert operator.read(SERVICE_ORDER, alone["id"])["state"] == "cancelled"
    moves = operator.events(alone["id"], "ServiceOrderStateChangeEvent")
    assert moves[-1]["event"]["serviceOrder"]["state"] == "cancelled"


@pytest.mark.accepts("IFC-08")
def test_canceling_costs_what_the_policy_says(operator: Operator) -> None:
    """A line that goes, and a whole order, are charged by policy, as far as they have come, each
    once and for the bill; what was made for them ends, and the number is free again."""
    policy = operator.make(POLICY, {
        "name": "After the first steps", "occasion": "cancellation",
        "condition": "change.stepsDone > 1", "fee": {"value": 12.5, "unit": "EUR"},
    })  # fmt: skip
    ada = operator.ada()
    order = half_done(operator, ada.add("3", "TV Basic", pack="basic"), ada=ada)
    number = order.resources["Phone Number"]["id"]
    gone = operator.staff.post(f"{OWN}/productOrder/{order.id}/line/2/cancel", {})
    operator.settle()
    found = operator.read(REVISION, gone.json["id"])
    assert (found["state"], found["fee"]) == ("applied", {"value": 12.5, "unit": "EUR"})
    freed = operator.read(RESOURCE, number)
    assert (freed["resourceStatus"], freed["usageState"]) == ("available", "idle")
    assert order.items == {"1": "inProgress", "2": "cancelled", "3": "inProgress"}
    task = order.cancel()
    assert task["cancellationResult"] == "canceled"
    assert task["cancellationFee"] == {"value": 12.5, "unit": "EUR"}
    assert (order.state, set(order.items.values())) == ("cancelled", {"cancelled"})
    assert {one["state"] for one in order.services.values()} == {"terminated"}
    assert {one["resourceStatus"] for one in order.resources.values()} == {"available"}
    early = ada.orders(ada.add("1", "TV Basic", pack="basic"))
    with operator.site.services.database.app.connection() as connection:
        connection.execute("delete from work where subject = %s", [early.id])
    assert "cancellationFee" not in early.cancel()
    assert ada.fees() == [12.5, 12.5]
    assert early.cancel()["cancellationResult"] == "refused"
    assert ada.fees() == [12.5, 12.5]
    operator.staff.patch(f"{POLICY}/{policy['id']}", {"isActive": False})


@pytest.mark.accepts("IFC-08")
def test_a_top_line_is_canceled_with_what_lies_inside_it(operator: Operator) -> None:
    """A bundle whose parts are lines beside it goes with its parts, the other lines stay."""
    ada = operator.ada()
    parts = {"productOrderItemRelationship": [{"id": "2", "relationshipType": "bundles"}]}
    order = half_done(operator, ada.add("3", "TV Basic", pack="basic") | parts, ada=ada)
    gone = operator.staff.post(f"{OWN}/productOrder/{order.id}/line/3/cancel", {})
    assert gone.status_code == 200, gone.json
    operator.settle()
    assert order.items == {"1": "inProgress", "2": "cancelled", "3": "cancelled"}


def test_a_single_line_is_canceled(operator: Operator) -> None:
    """One line goes with all that was done for it, its number is free again, the others go on; of
    the last line the whole order is canceled instead."""
    order = half_done(operator)
    number = order.resources["Phone Number"]["id"]
    address = f"{OWN}/productOrder/{order.id}/line"
    answer = operator.staff.post(f"{address}/2/cancel", {"reason": "no telephone"})
    assert answer.status_code == 200, answer.json
    operator.settle()
    assert order.items == {"1": "inProgress", "2": "cancelled"}
    freed = operator.read("/tmf-api/resourceInventoryManagement/v4/resource", number)
    assert (freed["resourceStatus"], freed["usageState"]) == ("available", "idle")
    assert operator.staff.post(f"{address}/2/cancel", {}).status_code == 404
    last = operator.staff.post(f"{address}/1/cancel", {})
    assert (last.status_code, last.json["code"]) == (409, "conflictLastLine")
    again = [*items_of(order)[:1], {**items_of(order)[1], "id": "2"}]
    again[1]["product"].pop("id", None)
    revised(operator, order, again)
    for one in order.fallouts(state="open"):
        operator.staff.post(f"{OWN}/fallout/{one['id']}/retry")
    operator.settle()
    assert (order.state, order.items) == ("completed", {"1": "completed", "2": "completed"})
    assert operator.in_network()["Voice Line"].count("active") == 1


def test_who_may_not_is_refused(operator: Operator) -> None:
    """Without the permission nothing is changed or previewed; who does not see the order learns
    nothing of it."""
    order = half_done(operator)
    billing = operator.site.user(
        "bill", roles=[role_that_changes(operator, "reads", "read")], scopes=("*:read",)
    )
    for path in ("revision", "revision/preview", "line/2/cancel"):
        answer = billing.post(f"{OWN}/productOrder/{order.id}/{path}", {})
        assert answer.status_code == 403, path
    stranger = operator.site.stranger()
    for path in ("revision", "line/2/cancel"):
        answer = stranger.post(f"{OWN}/productOrder/{order.id}/{path}", {})
        assert answer.status_code == 404, answer.json
    assert stranger.get(f"{OWN}/productOrder/{order.id}/version").status_code == 404


def test_what_cannot_be_taken_back_waits_for_people(operator: Operator) -> None:
    """Where the network refuses to end what a line had, that is fallout like any other step; the
    line is canceled when it is put right, and the order does not end before."""
    order = half_done(operator)
    busy = {"kind": "business", "specification": "Voice Line", "action": "delete", "code": "busy"}
    operator.network.behave(fail=[{**busy, "once": True}])
    operator.staff.post(f"{OWN}/productOrder/{order.id}/line/2/cancel", {})
    operator.settle()
    for one in order.fallouts(state="open"):
        if not one["taskName"].startswith("Undo"):
            operator.staff.post(f"{OWN}/fallout/{one['id']}/retry")
    operator.settle()
    assert (order.state, order.items) == (
        "inProgress", {"1": "completed", "2": "pendingCancellation"},
    )  # fmt: skip
    (undo,) = order.fallouts(state="open")
    assert undo["taskName"] == "Undo: Register the voice line"
    operator.staff.post(f"{OWN}/fallout/{undo['id']}/retry")
    operator.settle()
    assert (order.state, order.items["2"]) == ("completed", "cancelled")
    assert operator.in_network()["Voice Line"] == ["terminated"]


def test_a_refusal_of_what_nobody_wants_any_more_is_no_fallout(operator: Operator) -> None:
    """The network refuses late what was taken out of the order meanwhile: nothing is left to be
    put right, and the rest goes on."""
    operator.network.behave(
        mode="callback", delay_ms=600_000,
        fail=[{"kind": "business", "specification": "Alarm Line", "code": "noRights"}],
    )  # fmt: skip
    ada = operator.ada()
    wanted = {"id": "2", "action": "add", "productOffering": {"id": alarm(operator)}}
    order = ada.orders(ada.add("1", "SD-WAN Site", bandwidth=50, optimization="off"), wanted)
    operator.settle()
    assert order.steps["Alarm Line"] == "waiting"
    gone = operator.staff.post(f"{OWN}/productOrder/{order.id}/line/2/cancel", {})
    assert gone.status_code == 200, gone.json
    operator.settle()
    assert order.items["2"] == "pendingCancellation"
    operator.network.release("orders")
    operator.hurry()
    operator.wait_until(lambda: order.items["2"] == "cancelled")
    operator.network.release("orders")
    operator.hurry()
    operator.wait_until(lambda: order.state == "completed")
    assert order.fallouts(state="open") == []
    assert order.steps["Alarm Line"] == "canceled"
