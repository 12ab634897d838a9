"""Orders walked from accepted to active, and what happens when the network does not play along."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import (
    Shop,
    away,
    lost_after,
    lost_before,
    pending,
    refused,
)
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.work import as_system
from trunkline.leases.queue import Row
from trunkline.ordering import activation
from trunkline.ordering.command import Answer
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import advance
from trunkline.ordering.start import start_order

FALLOUT = "/api/ordering/v1/fallout"


def fallouts(shop: Shop, order: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.site.admin.get(
        FALLOUT, query_string=f"productOrder.id={order}"
    ).json
    return found


def test_fibre_with_voice_becomes_active(shop: Shop) -> None:
    """One order, two products, one shared line: everything is active and linked at the end."""
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    read = shop.read(order)
    assert read["state"] == "completed"
    assert [one["state"] for one in read["productOrderItem"]] == ["completed", "completed"]
    internet, voice = shop.products(read)
    assert internet["status"] == voice["status"] == "active"
    assert internet["startDate"] == read["completionDate"]
    assert shop.network.effects_of("Fibre Access") == [("add", "active")]
    services = shop.site.rows("select p_state from service where owner = %s", owner(shop, order))
    assert {state for (state,) in services} == {"active"}
    assert not shop.site.rows("select 1 from work")


def owner(shop: Shop, order: str) -> str:
    return str(shop.site.rows("select owner from product_order where id = %s", order)[0][0])


def test_values_of_the_network_reach_the_resources(shop: Shop) -> None:
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    rows = shop.site.rows(
        "select r.p_name, r.p_value, r.p_serial_number from resource r join plan_item p "
        "on p.resource = r.id where p.root = %s",
        order,
    )
    assert ("Phone Number", "+999301234567", None) in rows
    assert ("Optical Terminal", None, "ONT-1") in rows


def test_starting_and_advancing_twice_changes_nothing(shop: Shop) -> None:
    order = shop.order(shop.fibre())
    shop.site.work()
    events = shop.site.rows("select count(*) from event")
    with as_system(shop.site.services, "tests") as work:
        document = work.get(ProductOrder, order)
        assert document is not None
        start_order(work, document)
        advance(work, order)
    assert shop.site.rows("select count(*) from event") == events
    assert len(shop.network.effects_of("Fibre Access")) == 1


def test_an_answer_that_comes_by_itself_completes_the_step_once(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [pending]}
    order = shop.order(shop.fibre())
    shop.site.work()
    assert shop.read(order)["state"] == "inProgress"
    key = next(one.key for one in shop.network.received if one.name == "Fibre Access")
    for _ in range(2):
        with as_system(shop.site.services, "network") as work:
            assert activation.take_answer(work, key, Answer("done"))
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, key, Answer("pending"))  # an older event, too late
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    with as_system(shop.site.services, "network") as work:
        assert not activation.take_answer(work, work.services.chance.uuid(), Answer("done"))


def test_an_outage_is_waited_for_and_becomes_one_fallout(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [away, away, away]}
    order = shop.order(shop.fibre())
    shop.site.work()
    assert shop.read(order)["state"] == "inProgress"
    (found,) = fallouts(shop, order)
    assert (found["state"], found["cause"]["kind"]) == ("open", "technical")
    assert [one["code"] for one in found["attempt"]] == ["http503"] * 3
    answer = shop.site.admin.post(f"{FALLOUT}/retry", {"fallout": [found["key"]]})
    assert answer.status_code == 200, answer.json
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    (found,) = fallouts(shop, order)
    assert found["state"] == "closedComplete"
    assert len(shop.network.effects_of("Fibre Access")) == 1


def test_a_lost_answer_is_asked_for_and_nothing_happens_twice(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [lost_after], "Voice Line": [lost_before]}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert shop.network.effects_of("Fibre Access") == [("add", "active")]
    assert shop.network.effects_of("Voice Line") == [("add", "active")]
    keys = [one.key for one in shop.network.received if one.name == "Voice Line"]
    assert len(keys) == 2
    assert len(set(keys)) == 1  # sent again under its own key


def test_a_refusal_is_fixed_and_tried_under_a_new_key(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [refused]}
    order = shop.order(shop.fibre())
    shop.site.work()
    (found,) = fallouts(shop, order)
    assert found["cause"] == {"kind": "business", "code": "noFreePort", "system": "network",
                              "message": "no port is free at this address"}  # fmt: skip
    answer = shop.site.admin.post(
        f"{FALLOUT}/{found['id']}/fixAndRetry",
        {"characteristic": [{"name": "downloadSpeed", "value": 500}]},
    )
    assert answer.json["stepState"] == "ready"
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    first, second = [one for one in shop.network.received if one.name == "Fibre Access"]
    assert first.key != second.key
    assert second.characteristics["downloadSpeed"] == 500
    with as_system(shop.site.services, "network") as work:  # the old key is still known
        assert activation.take_answer(work, first.key, Answer("failed", code="noFreePort"))


def test_a_refusal_by_call_back_is_tried_again_at_once(shop: Shop) -> None:
    """The work that would ask about the lost call-back in an hour does not hold the retry up."""
    shop.network.script = {"Fibre Access": [pending]}
    order = shop.order(shop.fibre())
    shop.site.work()
    key = next(one.key for one in shop.network.received if one.name == "Fibre Access")
    with as_system(shop.site.services, "network") as work:
        activation.take_answer(work, key, Answer("failed", code="noFreePort"))
    (found,) = fallouts(shop, order)
    assert shop.site.admin.post(f"{FALLOUT}/{found['id']}/retry").status_code == 200
    shop.site.work()
    assert shop.read(order)["state"] == "completed"


@pytest.mark.parametrize(
    "verb,body,end",
    [
        ("completeByHand", {"evidence": "patched by the field crew, ticket 7"}, "completed"),
        ("skip", {"reason": "the customer keeps the old line"}, "partial"),
    ],
)
def test_a_step_is_done_by_hand_or_left_out(
    shop: Shop, verb: str, body: dict[str, str], end: str
) -> None:
    shop.network.script = {"Voice Line": [refused]}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    (found,) = fallouts(shop, order)
    assert shop.site.admin.post(f"{FALLOUT}/{found['id']}/{verb}", {}).status_code == 400
    answer = shop.site.admin.post(f"{FALLOUT}/{found['id']}/{verb}", body)
    assert answer.status_code == 200, answer.json
    shop.site.work()
    assert shop.read(order)["state"] == end
    again = shop.site.admin.post(f"{FALLOUT}/{found['id']}/{verb}", body)
    assert (again.status_code, again.json["code"]) == (409, "conflictNotInFallout")


def retire(shop: Shop, *, old: str, new: str) -> None:
    """Change the status of the line's specification, which the lifecycle does not take back."""
    with shop.site.services.database.app.connection() as connection:
        connection.execute(
            "update service_specification set version = version + 1, p_lifecycle_status = %s, "
            "doc = replace(doc::text, %s, %s)::json where p_name = 'Fibre Access'",
            [new, f'"lifecycleStatus":"{old}"', f'"lifecycleStatus":"{new}"'],
        )


def test_an_order_that_cannot_be_broken_down_is_not_lost(shop: Shop) -> None:
    """The service specification goes away between the sale and the start."""
    order = shop.order(shop.fibre())
    retire(shop, old="Active", new="Obsolete")
    shop.site.work()
    found = fallouts(shop, order)
    assert shop.read(order)["state"] == "inProgress"
    assert {(one["cause"]["kind"], one["cause"]["code"]) for one in found} == {
        ("order", "specificationRetired")
    }
    retire(shop, old="Obsolete", new="Active")
    answer = shop.site.admin.post(f"{FALLOUT}/{found[0]['id']}/retry")
    assert answer.status_code == 200, answer.json
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert {one["state"] for one in fallouts(shop, order)} == {"closedComplete"}


def test_a_crash_in_the_middle_of_a_call_is_taken_up_again(shop: Shop) -> None:
    """The worker dies after the network has taken the command and before it is stored."""
    order = shop.order(shop.fibre())
    shop.network.script = {"Fibre Access": [_crash]}
    shop.site.work()
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now(), lease_until = null")
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert shop.network.effects_of("Fibre Access") == [("add", "active")]
    assert shop.network.asked == 1


def _crash(network: Any, command: Any) -> Answer:
    network.take_effect(command)
    raise RuntimeError("the power went out")


def test_an_order_for_later_waits_for_its_day(shop: Shop) -> None:
    order = shop.order(shop.fibre(), requestedStartDate="2099-01-01T00:00:00Z")
    shop.site.work()
    read = shop.read(order)
    assert (read["state"], read["productOrderItem"][0]["state"]) == ("inProgress", "acknowledged")
    assert not shop.network.received
    rows = "select count(*) from product where owner = %s"
    assert shop.site.rows(rows, shop.customer) == [(0,)]
    path = f"/tmf-api/productOrderingManagement/v4/productOrder/{order}"
    sooner = {"requestedStartDate": "2098-01-01T00:00:00Z"}
    assert shop.site.admin.patch(path, sooner).status_code == 200
    shop.site.work()
    due = shop.site.rows("select due_at::date::text from plan_item where root = %s", order)
    assert due == [("2098-01-01",)]
    assert shop.site.admin.patch(path, {"requestedStartDate": None}).status_code == 200
    shop.site.work()
    assert shop.read(order)["state"] == "completed"


def test_an_order_for_later_that_is_held_on_its_day_begins_when_released(shop: Shop) -> None:
    order = shop.order(shop.fibre(), requestedStartDate="2099-01-01T00:00:00Z")
    shop.site.work()
    path = f"/tmf-api/productOrderingManagement/v4/productOrder/{order}"
    assert shop.site.admin.patch(path, {"state": "held"}).status_code == 200
    assert shop.site.admin.patch(path, {"requestedStartDate": None}).status_code == 200
    shop.site.work()
    assert (shop.read(order)["state"], shop.steps(order)) == ("held", {"wait": "waiting"})
    assert shop.site.admin.patch(path, {"state": "inProgress"}).status_code == 200
    shop.site.work()
    assert shop.read(order)["state"] == "completed"


def test_a_held_order_starts_nothing_and_goes_on_when_resumed(shop: Shop) -> None:
    shop.network.script = {"Voice Line": [refused], "Fibre Access": [pending]}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    path = f"/tmf-api/productOrderingManagement/v4/productOrder/{order}"
    assert shop.site.admin.patch(path, {"state": "held"}).status_code == 200
    key = next(one.key for one in shop.network.received if one.name == "Fibre Access")
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, key, Answer("done"))
    assert shop.steps(order)["1/Internet Access"] == "pending"
    assert shop.site.admin.patch(path, {"state": "inProgress"}).status_code == 200
    shop.site.work()
    assert shop.steps(order)["1/Internet Access"] == "completed"


def test_the_plan_is_shown_with_its_dependencies(shop: Shop) -> None:
    order = shop.order(shop.fibre())
    shop.site.work()
    answer = shop.site.admin.get(f"/api/ordering/v1/productOrder/{order}/plan")
    items = {one["nodeKey"]: one for one in answer.json["item"]}
    assert items["end"]["state"] == "completed"
    pairs = {(one["item"], one["needs"]) for one in answer.json["dependency"]}
    assert (items["1/product"]["id"], items["1/Internet Access"]["id"]) in pairs


def test_a_stolen_lease_leaves_the_answer_to_the_other_worker(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [pending]}
    order = shop.order(shop.fibre())
    shop.site.work()
    item = shop.site.rows("select id from plan_item where root = %s and kind = 'callout'", order)[
        0
    ][0]
    (work,) = shop.site.rows(
        "select id, kind, subject::text, created_at from work where subject = %s", item
    )
    stale = Row(work[0], work[1], work[2], None, None, 99, "nobody", work[3])
    with pytest.raises(LeaseLost):
        activation.call_out(shop.site.services, stale)
    assert shop.steps(order)["end"] == "pending"
