"""Resource orders by themselves are broken down, too: what a resource bundles comes with it."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop
from tests.ordering.test_items import codes
from tests.ordering.test_standalone import RESOURCE_ORDER

SPECIFICATION = "/tmf-api/resourceCatalog/v4/resourceSpecification"
RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"
OWN = "/api/ordering/v1"
PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def shelf(shop: Shop) -> str:
    """Return a resource that takes as many cards as it has slots."""
    live = {"lifecycleStatus": "Active"}
    card = shop.site.admin.post(SPECIFICATION, {"name": "Card", **live}).json["id"]
    bundled = {"id": card, "name": "Card", "relationshipType": "bundles",
               "quantityCharacteristic": "slots"}  # fmt: skip
    slots = [{"name": "slots", "valueType": "integer", "configurable": True}]
    made = shop.site.admin.post(
        SPECIFICATION,
        {"name": "Shelf", **live, "resourceSpecCharacteristic": slots,
         "resourceSpecRelationship": [bundled]},
    )  # fmt: skip
    assert made.status_code == 201, made.json
    return str(made.json["id"])


def sent(shop: Shop, item: dict[str, Any]) -> dict[str, Any]:
    return {"relatedParty": [{"id": shop.customer, "role": "customer"}], "orderItem": [item]}


def placed(shop: Shop, item: dict[str, Any]) -> dict[str, Any]:
    made = shop.site.admin.post(RESOURCE_ORDER, sent(shop, item))
    assert made.status_code == 201, made.json
    shop.site.work()
    found: dict[str, Any] = shop.site.admin.get(f"{RESOURCE_ORDER}/{made.json['id']}").json
    return found


def test_a_resource_comes_and_goes_with_what_it_bundles(shop: Shop) -> None:
    """Two shelves of two cards are two and four, each card with an order of its own below; what a
    shelf bundles ends with it, and more of them than one order takes are refused."""
    asked = {"name": "slots", "value": 2}
    item = {"id": "1", "action": "add", "resourceSpecification": {"id": shelf(shop)},
            "resource": {"name": "Shelf", "resourceCharacteristic": [asked]}}  # fmt: skip
    simulated = shop.site.admin.post(f"{OWN}/simulate", sent(shop, item))
    assert [one["nodeKey"] for one in simulated.json["item"]] == ["1/Card", "1/Card#2", "1"]
    order = placed(shop, {**item, "quantity": 2})
    assert (order["state"], order["orderItem"][0]["state"]) == ("completed", "completed")
    cards = ("1/Card", "1/Card#2", "1#2/Card", "1#2/Card#2")
    assert shop.steps(order["id"]).keys() == {"1", "1#2", *cards, "end"}
    below = shop.site.admin.get(RESOURCE_ORDER, query_string=f"resourceOrder.id={order['id']}").json
    assert [one["state"] for one in below] == ["completed"] * 4
    ident = order["orderItem"][0]["resource"]["id"]
    held = shop.site.admin.get(f"{RESOURCE}/{ident}").json
    inside = [one["resource"]["id"] for one in held["resourceRelationship"]]
    assert (held["usageState"], len(inside)) == ("active", 2)
    placed(shop, {"id": "1", "action": "delete", "resource": {"id": ident}})
    for one in (ident, *inside):
        assert shop.site.admin.get(f"{RESOURCE}/{one}").json["usageState"] == "idle"
    for wrong in ({**item, "quantity": 0}, {**item, "quantity": 1001}):
        refused = shop.site.admin.post(RESOURCE_ORDER, sent(shop, wrong))
        assert codes(refused) == {("quantityInvalid", "orderItem[0].quantity")}


def test_each_item_counts_and_changes_only_what_the_customer_has(shop: Shop) -> None:
    """An item without an id is known by its number, which no other one has. What another customer
    has stays, and what is back in stock is free."""
    add = {"action": "add", "resourceSpecification": {"id": shelf(shop)},
           "resource": {"name": "Shelf"}}  # fmt: skip
    twice = sent(shop, add)
    twice["orderItem"].append({**add, "id": "1"})
    refused = shop.site.admin.post(RESOURCE_ORDER, twice)
    assert codes(refused) == {("duplicateItem", "orderItem[1].id")}
    ident = placed(shop, add)["orderItem"][0]["resource"]["id"]
    party = shop.site.admin.post(PARTY, {"givenName": "Bea", "familyName": "Potter"}).json["id"]
    role = {"name": "Bea", "status": "active", "engagedParty": {"id": party}}
    neighbour = shop.site.admin.post(CUSTOMER, role).json["id"]
    end = {"id": "1", "action": "delete", "resource": {"id": ident}}
    hers = {**sent(shop, end), "relatedParty": [{"id": neighbour, "role": "customer"}]}
    refused = shop.site.admin.post(RESOURCE_ORDER, hers)
    assert codes(refused) == {("resourceForeign", "orderItem[0].resource.id")}
    assert shop.site.admin.get(f"{RESOURCE}/{ident}").json["usageState"] == "active"
    assert placed(shop, end)["state"] == "completed"
    assert shop.site.admin.post(RESOURCE_ORDER, hers).status_code == 201


def test_a_resource_order_starts_after_another_order(shop: Shop) -> None:
    """It waits for the end of the one that it names, of whichever kind, and says so; without the
    link it begins at once, it starts not after itself, and after a canceled one not at all."""
    staff, rack = shop.site.admin, shelf(shop)
    item = {"id": "1", "action": "add", "resourceSpecification": {"id": rack},
            "resource": {"name": "Shelf"}}  # fmt: skip

    def order(after: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        link = {"relationshipType": "startsAfter", "@referredType": "ResourceOrder"}
        links = [{**link, "id": after["id"]}] if after is not None else []
        body = {**sent(shop, item), "orderRelationship": links, **more}
        made = staff.post(RESOURCE_ORDER, body)
        assert made.status_code == 201, made.json
        shop.site.work()
        return dict(made.json)

    def state(one: dict[str, Any]) -> str:
        return str(staff.get(f"{RESOURCE_ORDER}/{one['id']}").json["state"])

    def hurry() -> None:
        """Let whoever looks again from time to time do so now."""
        shop.site.rows("update work set run_at = now() returning id")
        shop.site.work()

    first = order(state="held")
    second = order(first)
    third = order(second)
    free = order(first)
    assert shop.steps(second["id"]) == {"wait": "waiting"}
    plan = staff.get(f"{OWN}/resourceOrder/{second['id']}/plan").json["item"]
    assert plan[0]["reason"] == f"starts after {first['key']} is completed"
    nobody = {**sent(shop, item), "orderRelationship": [
        {"id": "the first one", "relationshipType": "startsAfter"}]}  # fmt: skip
    assert codes(staff.post(RESOURCE_ORDER, nobody)) == {
        ("danglingReference", "orderRelationship[0].id")}  # fmt: skip
    back = {"orderRelationship": [{"id": third["id"], "relationshipType": "startsAfter"}]}
    assert codes(staff.patch(f"{RESOURCE_ORDER}/{first['id']}", back)) == {
        ("conflictOrderCircle", "orderRelationship[0].id")}  # fmt: skip
    assert (
        staff.patch(f"{RESOURCE_ORDER}/{free['id']}", {"orderRelationship": []}).status_code == 200
    )
    shop.site.work()
    assert (state(free), state(second)) == ("completed", "inProgress")
    released = staff.patch(f"{RESOURCE_ORDER}/{first['id']}", {"state": "inProgress"})
    assert released.status_code == 200, released.json
    for _ in range(3):
        hurry()
    assert [state(one) for one in (first, second, third)] == ["completed"] * 3

    given_up = order(state="held")
    stranded = order(given_up)
    cancel = f"{RESOURCE_ORDER.rpartition('/')[0]}/cancelResourceOrder"
    assert staff.post(cancel, {"resourceOrder": {"id": given_up["id"]}}).status_code == 201
    for _ in range(2):
        hurry()
    told = staff.get(f"{RESOURCE_ORDER}/{stranded['id']}").json
    assert told["state"] == "failed"
    assert given_up["key"] in told["note"][0]["text"]
