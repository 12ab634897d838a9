"""Items of orders that other systems send: what they may ask for, and until when it may change."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, pending
from tests.ordering.test_standalone import RESOURCE_ORDER, SERVICE_ORDER, line, place, specification

ITEM = "serviceOrderItem[0]"


def body(shop: Shop, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    owner = [{"id": shop.customer, "role": "customer"}]
    return {"relatedParty": owner, "serviceOrderItem": list(items), **more}


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["path"]) for one in answer.json["fault"]}


def about(action: str, service: str) -> dict[str, Any]:
    return {"id": "1", "action": action, "service": {"id": service}}


def test_a_service_is_suspended_when_active_and_resumed_when_inactive(shop: Shop) -> None:
    """What the state of the service does not allow is refused by item, when the order is placed
    and when a patch changes what it asks for."""
    made = place(shop, line(shop, "1", "Wholesale Line"))
    service = made["serviceOrderItem"][0]["service"]["id"]
    post = shop.site.admin.post
    refused = post(SERVICE_ORDER, body(shop, about("resume", service)))
    assert codes(refused) == {("serviceStateWrong", f"{ITEM}.action")}
    later = post(SERVICE_ORDER, body(shop, about("modify", service), state="pending")).json
    address = f"{SERVICE_ORDER}/{later['id']}"
    for action, status in (("resume", 400), ("suspend", 200)):
        patched = shop.site.admin.patch(address, {"serviceOrderItem": [about(action, service)]})
        assert patched.status_code == status, patched.json
    place(shop, about("suspend", service))
    assert shop.site.rows("select p_state from service where id = %s", service) == [("inactive",)]
    refused = post(SERVICE_ORDER, body(shop, about("suspend", service)))
    assert codes(refused) == {("serviceStateWrong", f"{ITEM}.action")}
    place(shop, about("resume", service))
    place(shop, about("delete", service))
    refused = post(SERVICE_ORDER, body(shop, about("modify", service)))
    assert codes(refused) == {("serviceStateWrong", f"{ITEM}.action")}


def test_items_do_not_start_at_their_end(shop: Shop) -> None:
    """An item that says of itself that it is done before it began is refused."""
    done = {**line(shop, "1", "Wholesale Line"), "state": "completed"}
    refused = shop.site.admin.post(SERVICE_ORDER, body(shop, done))
    assert codes(refused) == {("lifecycleStart", f"{ITEM}.state")}
    port = {
        "id": "1",
        "action": "add",
        "state": "failed",
        "resource": {"name": "Port"},
        "resourceSpecification": {
            "id": specification(shop, "resource_specification", "Phone Number")
        },
    }
    refused = shop.site.admin.post(RESOURCE_ORDER, {"orderItem": [port]})
    assert codes(refused) == {("lifecycleStart", "orderItem[0].state")}
    assert shop.site.admin.post(
        RESOURCE_ORDER, {"orderItem": [{**port, "state": "pending"}]}
    ).status_code == 201  # fmt: skip


def test_a_begun_order_keeps_what_it_was_asked_for(shop: Shop) -> None:
    """While the network is at it, neither another action nor another item is taken in silence;
    what is noted beside it is."""
    shop.network.script = {"Wholesale Line": [pending]}
    made = place(shop, line(shop, "1", "Wholesale Line"))
    address = f"{SERVICE_ORDER}/{made['id']}"
    (item,) = made["serviceOrderItem"]
    other = place(shop, line(shop, "1", "Fibre Access"))["serviceOrderItem"][0]["service"]
    for items in (
        [{**item, "action": "delete"}],
        [{**item, "service": other}],
        [item, line(shop, "2", "Fibre Access")],
    ):
        refused = shop.site.admin.patch(address, {"serviceOrderItem": items})
        assert refused.status_code == 409, refused.json
        assert {code for code, _ in codes(refused)} == {"conflictOrderBegun"}
    noted = [{**item, "operatorRemark": "ring twice"}]
    assert shop.site.admin.patch(address, {"serviceOrderItem": noted}).status_code == 200
