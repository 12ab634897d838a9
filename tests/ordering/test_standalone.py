"""Service and resource orders that partners place by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop, away, pending, refused
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.command import Answer
from trunkline.ordering.retry_policy import RetryPolicy, use_policy

SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
SPECIFICATION = "/tmf-api/resourceCatalog/v4/resourceSpecification"
RESOURCE_ORDER = "/tmf-api/resourceOrderingManagement/v4/resourceOrder"
FAST = ("Fibre Access", "Wholesale Line")


def specification(shop: Shop, table: str, name: str) -> str:
    rows = shop.site.rows(f"select id::text from {table} where p_name = %s", name)
    return str(rows[0][0])


def line(shop: Shop, ident: str, name: str, **more: Any) -> dict[str, Any]:
    values = [{"name": "downloadSpeed", "value": 500}] if name in FAST else []
    return {
        "id": ident,
        "action": "add",
        "service": {
            "serviceSpecification": {"id": specification(shop, "service_specification", name)},
            "serviceCharacteristic": values,
        },
        **more,
    }


def body(shop: Shop, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    owner = [{"id": shop.customer, "role": "customer"}]
    return {"relatedParty": owner, "serviceOrderItem": list(items), **more}


def place(shop: Shop, *items: dict[str, Any]) -> dict[str, Any]:
    made = shop.site.admin.post(SERVICE_ORDER, body(shop, *items))
    assert made.status_code == 201, made.json
    shop.site.work()
    return read(shop, made.json["id"])


def read(shop: Shop, ident: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.site.admin.get(f"{SERVICE_ORDER}/{ident}").json
    return found


def test_a_service_order_by_itself_becomes_an_active_service(shop: Shop) -> None:
    order = place(shop, line(shop, "1", "Wholesale Line"))
    assert (order["state"], order["serviceOrderItem"][0]["state"]) == ("completed", "completed")
    service = order["serviceOrderItem"][0]["service"]["id"]
    rows = shop.site.rows("select p_state from service where id = %s", service)
    assert rows == [("active",)]
    assert shop.network.effects_of("Wholesale Line") == [("add", "active")]


def test_lines_wait_for_each_other_and_circles_are_refused(shop: Shop) -> None:
    needs = [{"relationshipType": "reliesOn", "orderItem": {"itemId": "2"}}]
    first = line(shop, "1", "Voice Line", serviceOrderItemRelationship=needs)
    place(shop, first, line(shop, "2", "Fibre Access"))
    assert [one.name for one in shop.network.received] == ["Fibre Access", "Voice Line"]
    back = [{"relationshipType": "reliesOn", "orderItem": {"itemId": "1"}}]
    second = line(shop, "2", "Fibre Access", serviceOrderItemRelationship=back)
    refusal = shop.site.admin.post(SERVICE_ORDER, body(shop, first, second))
    assert refusal.status_code == 400
    assert [one["code"] for one in refusal.json["fault"]] == ["dependencyCycle"]


def test_a_service_order_is_canceled_while_it_waits(shop: Shop) -> None:
    shop.network.script = {"TV Stream": [refused], "Voice Line": []}
    order = place(shop, line(shop, "1", "TV Stream"), line(shop, "2", "Voice Line"))
    assert order["state"] == "inProgress"
    task = shop.site.admin.post(
        "/tmf-api/serviceOrdering/v4/cancelServiceOrder", {"serviceOrder": {"id": order["id"]}}
    )
    assert task.status_code == 201, task.json
    shop.site.work()
    assert read(shop, order["id"])["state"] == "cancelled"
    assert shop.network.effects_of("Voice Line")[-1] == ("delete", "terminated")


def test_fallout_of_a_service_order_names_it(shop: Shop) -> None:
    shop.network.script = {"TV Stream": [refused, pending]}
    order = place(shop, line(shop, "1", "TV Stream"))
    found = shop.site.admin.get(
        "/api/ordering/v1/fallout", query_string=f"serviceOrder.id={order['id']}"
    ).json
    assert [one["cause"]["code"] for one in found] == ["noFreePort"]


def test_a_resource_order_by_itself_makes_its_resource(shop: Shop) -> None:
    wanted = specification(shop, "resource_specification", "Phone Number")
    made = shop.site.admin.post(
        RESOURCE_ORDER,
        {
            "relatedParty": [{"id": shop.customer, "role": "customer"}],
            "orderItem": [
                {"id": "1", "action": "add", "resourceSpecification": {"id": wanted},
                 "resource": {"name": "A number"}}
            ],
        },
    )  # fmt: skip
    assert made.status_code == 201, made.json
    shop.site.work()
    order = shop.site.admin.get(f"{RESOURCE_ORDER}/{made.json['id']}").json
    assert order["state"] == "completed"
    resource = order["orderItem"][0]["resource"]["id"]
    rows = shop.site.rows("select doc->>'usageState' from resource where id = %s", resource)
    assert rows == [("active",)]


@pytest.mark.parametrize("release", ["inProgress", "acknowledged"])
def test_a_held_service_order_starts_nothing_and_goes_on_when_released(
    shop: Shop, release: str
) -> None:
    """The second line waits for the first, which is done while the order is on hold."""
    shop.network.script = {"Wholesale Line": [pending]}
    related = [{"relationshipType": "reliesOn", "orderItem": {"itemId": "1"}}]
    order = place(
        shop,
        line(shop, "1", "Wholesale Line"),
        line(shop, "2", "Voice Line", serviceOrderItemRelationship=related),
    )
    path = f"{SERVICE_ORDER}/{order['id']}"
    assert shop.site.admin.patch(path, {"state": "held"}).status_code == 200
    key = shop.key_of(order["id"], "1")
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, key, Answer("done"))
    shop.site.work()
    assert shop.steps(order["id"]) == {
        "1/Fibre Port": "completed", "1": "completed",
        "2/Phone Number": "pending", "2": "pending", "end": "pending",
    }  # fmt: skip
    assert read(shop, order["id"])["state"] == "held"
    assert shop.site.admin.patch(path, {"state": release}).status_code == 200
    shop.site.work()
    assert read(shop, order["id"])["state"] == "completed"
    assert len(shop.network.effects_of("Voice Line")) == 1


@pytest.mark.parametrize("of_product", [False, True])
def test_what_would_be_tried_again_is_not_while_its_order_is_held(
    shop: Shop, of_product: bool
) -> None:
    """The network was away; the next try comes due while the order is on hold."""
    use_policy(shop.site.services, RetryPolicy(technical=(0, 3600), ask_first_s=3600))
    shop.network.script = {"Wholesale Line": [away] * 2, "Voice Line": [away] * 2}
    if of_product:
        ident = shop.order(shop.voice("1"))
        shop.site.work()
        path = f"/tmf-api/productOrderingManagement/v4/productOrder/{ident}"
    else:
        ident = place(shop, line(shop, "1", "Wholesale Line"))["id"]
        path = f"{SERVICE_ORDER}/{ident}"
    assert "failed" in shop.steps(ident).values()
    tried = len(shop.network.received)
    assert shop.site.admin.patch(path, {"state": "held"}).status_code == 200
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now()")
    shop.site.work()
    assert len(shop.network.received) == tried
    assert "failed" not in shop.steps(ident).values()
    assert shop.site.admin.patch(path, {"state": "inProgress"}).status_code == 200
    shop.site.work()
    assert shop.site.admin.get(path).json["state"] == "completed"


@pytest.mark.parametrize("release", ["inProgress", "pending", "acknowledged"])
def test_a_service_order_held_before_its_first_step_begins_when_released(
    shop: Shop, release: str
) -> None:
    wanted = body(shop, line(shop, "1", "Wholesale Line"))
    made = shop.site.admin.post(SERVICE_ORDER, wanted).json
    path = f"{SERVICE_ORDER}/{made['id']}"
    assert shop.site.admin.patch(path, {"state": "held"}).status_code == 200
    shop.site.work()
    assert shop.steps(made["id"]) == {}
    assert shop.site.admin.patch(path, {"state": release}).status_code == 200
    shop.site.work()
    assert read(shop, made["id"])["state"] == "completed"


def test_a_service_order_placed_as_pending_begins_when_it_is_acknowledged(shop: Shop) -> None:
    wanted = body(shop, line(shop, "1", "Wholesale Line"), state="pending")
    made = shop.site.admin.post(SERVICE_ORDER, wanted).json
    shop.site.work()
    assert read(shop, made["id"])["state"] == "pending"
    path = f"{SERVICE_ORDER}/{made['id']}"
    assert shop.site.admin.patch(path, {"state": "acknowledged"}).status_code == 200
    shop.site.work()
    assert read(shop, made["id"])["state"] == "completed"


def test_what_cannot_be_carried_out_fails_when_it_is_released(shop: Shop) -> None:
    """It cannot be rejected any more once people have said that it is in progress. What lacks a
    specification, or waits for itself, is refused with its place before that."""
    related = [{"relationshipType": "reliesOn", "orderItem": {"itemId": "1"}}]
    wanted = {"id": specification(shop, "resource_specification", "Phone Number")}
    item = {"id": "1", "action": "add", "resourceSpecification": wanted}
    parties = [{"id": shop.customer, "role": "customer"}]
    for wrong, fault in (
        ({**item, "orderItemRelationship": related}, ("dependencyCycle", "")),
        ({"action": "add", "resource": {"name": "Port"}}, ("specificationMissing", "orderItem[0]")),
        ({"action": "modify", "resource": {"name": "Port"}}, ("recordMissing", "orderItem[0]")),
    ):
        sent = {"relatedParty": parties, "orderItem": [wrong]}
        refused = shop.site.admin.post(RESOURCE_ORDER, sent)
        assert refused.status_code == 400, refused.json
        assert [(one["code"], one["path"]) for one in refused.json["fault"]] == [fault]
    for moves, state in ((("held", "inProgress"), "failed"), ((), "rejected")):
        own = shop.site.admin.post(SPECIFICATION, {"name": "Pager", "lifecycleStatus": "Active"})
        sent = {"relatedParty": parties, "orderItem": [
            {**item, "resourceSpecification": {"id": own.json["id"]}}]}  # fmt: skip
        made = shop.site.admin.post(RESOURCE_ORDER, sent).json
        away = f"{SPECIFICATION}/{own.json['id']}"
        for status in ("Retired", "Obsolete"):
            gone = shop.site.admin.patch(away, {"lifecycleStatus": status})
            assert gone.status_code == 200, gone.json
        path = f"{RESOURCE_ORDER}/{made['id']}"
        for one in moves:
            assert shop.site.admin.patch(path, {"state": one}).status_code == 200
        shop.site.work()
        order = shop.site.admin.get(path).json
        assert order["state"] == state, order
        assert "Pager" in order["note"][0]["text"]


def test_a_held_resource_order_goes_on_when_released(shop: Shop) -> None:
    body = {
        "relatedParty": [{"id": shop.customer, "role": "customer"}],
        "orderItem": [
            {"id": "1", "action": "add",
             "resourceSpecification":
                 {"id": specification(shop, "resource_specification", "Phone Number")}}
        ],
    }  # fmt: skip
    made = shop.site.admin.post(RESOURCE_ORDER, body).json
    path = f"{RESOURCE_ORDER}/{made['id']}"
    assert shop.site.admin.patch(path, {"state": "held"}).status_code == 200
    shop.site.work()
    assert shop.steps(made["id"]) == {}
    assert shop.site.admin.patch(path, {"state": "acknowledged"}).status_code == 200
    shop.site.work()
    assert shop.site.admin.get(path).json["state"] == "completed"


def test_a_new_order_does_not_say_that_it_is_in_progress(shop: Shop) -> None:
    """Nobody would carry it out: it is refused, and acknowledged it begins by itself."""
    for path, item in (
        ("/tmf-api/serviceOrdering/v4/serviceOrder",
         {"serviceOrderItem": [line(shop, "1", "TV Stream")]}),
        ("/tmf-api/resourceOrderingManagement/v4/resourceOrder",
         {"orderItem": [{"id": "1", "action": "add", "resource": {"name": "Port"},
                         "resourceSpecification": {"id": specification(
                             shop, "resource_specification", "Phone Number")}}]}),
    ):  # fmt: skip
        parties = [{"id": shop.customer, "role": "customer"}]
        wanted = {"relatedParty": parties, "name": "Alone", **item}
        answer = shop.site.admin.post(path, {**wanted, "state": "inProgress"})
        faults = [(one["code"], one["path"]) for one in answer.json.get("fault", [])]
        assert (answer.status_code, faults) == (409, [("lifecycleStart", "state")]), answer.json
        taken = shop.site.admin.post(path, {**wanted, "state": "acknowledged"})
        assert taken.status_code == 201, taken.json
