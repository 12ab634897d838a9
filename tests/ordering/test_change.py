"""What Ada has is changed, paused and ended; what people do is reported."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop

PRODUCT = "/tmf-api/productInventory/v4/product"
TASK = "/api/ordering/v1/task"


def bought(shop: Shop, *items: dict[str, Any]) -> list[dict[str, Any]]:
    order = shop.order(*items)
    shop.site.work()
    read = shop.read(order)
    assert read["state"] == "completed"
    return shop.products(read)


def change(shop: Shop, ident: str, action: str, **more: Any) -> dict[str, Any]:
    """Order a change of a product and return the order as it is after the work."""
    product = {**more.pop("product", {}), "id": ident}
    order = shop.order({"id": "1", "action": action, "product": product, **more})
    shop.site.work()
    return shop.read(order)


def values(record: dict[str, Any], name: str = "productCharacteristic") -> dict[str, Any]:
    return {one["name"]: one["value"] for one in record.get(name, [])}


def test_a_new_speed_reaches_product_service_and_network(shop: Shop) -> None:
    (product,) = bought(shop, shop.fibre(speed=100))
    faster = [
        {"name": "downloadSpeed", "value": 500},
        {"name": "uploadSpeed", "value": 250},
    ]
    order = change(
        shop,
        product["id"],
        "modify",
        productOffering={"id": shop.offerings["Fibre 500M"]},
        product={"productCharacteristic": faster},
    )
    assert order["state"] == "completed", shop.steps(order["id"])
    after = shop.site.admin.get(f"{PRODUCT}/{product['id']}").json
    assert values(after)["downloadSpeed"] == 500
    assert after["productOffering"]["name"] == "Fibre 500M"
    assert [one["orderItemAction"] for one in after["productOrderItem"]] == ["add", "modify"]
    command = shop.network.received[-1]
    assert (command.name, command.action) == ("Fibre Access", "modify")
    assert command.characteristics["downloadSpeed"] == 500


def test_the_end_of_a_product_ends_its_services_but_not_the_shared_line(shop: Shop) -> None:
    internet, voice = bought(shop, shop.fibre(), shop.voice())
    order = change(shop, voice["id"], "delete")
    assert order["state"] == "completed", shop.steps(order["id"])
    assert shop.site.admin.get(f"{PRODUCT}/{voice['id']}").json["status"] == "terminated"
    assert shop.network.effects_of("Voice Line")[-1] == ("delete", "terminated")
    assert shop.network.effects_of("Fibre Access") == [("add", "active")]
    order = change(shop, internet["id"], "delete")
    assert order["state"] == "completed", shop.steps(order["id"])
    assert shop.network.effects_of("Fibre Access")[-1] == ("delete", "terminated")


def test_a_product_is_suspended_and_resumed(shop: Shop) -> None:
    (product,) = bought(shop, shop.fibre())
    for action, status, state in (
        ("suspend", "suspended", "inactive"),
        ("resume", "active", "active"),
    ):
        order = change(shop, product["id"], action)
        assert order["state"] == "completed", shop.steps(order["id"])
        assert shop.site.admin.get(f"{PRODUCT}/{product['id']}").json["status"] == status
        assert shop.network.effects_of("Fibre Access")[-1] == ("modify", state)


def test_a_manual_task_is_reported_with_evidence(shop: Shop) -> None:
    order = shop.order(
        shop.line("1", "Fibre 1G", downloadSpeed=1000, uploadSpeed=500, installation="technician")
    )
    shop.site.work()
    (task,) = shop.site.rows(
        "select id::text, role, state, due_at > started_at from plan_item "
        "where root = %s and kind = 'manual'",
        order,
    )
    assert task[1:] == ("field", "ready", True)
    path = f"{TASK}/{task[0]}/complete"
    assert shop.site.admin.post(path, {}).json["code"] == "resultMissing"
    report = {"evidence": "photo 12", "characteristic": [{"name": "socket", "value": "left wall"}]}
    for _ in range(2):  # the same once more, as where the first answer was lost
        answer = shop.site.admin.post(path, report)
        assert (answer.status_code, answer.json["state"]) == (200, "completed")
    assert shop.site.admin.post(path, {"evidence": "again"}).status_code == 409
    shop.site.work()
    assert shop.read(order)["state"] == "completed"


def test_only_those_with_the_permission_put_fallout_right(shop: Shop) -> None:
    auditor = shop.site.user("auditor", roles=["auditor"], scopes=("*:read",))
    answer = auditor.post("/api/ordering/v1/fallout/retry", {"fallout": ["FO000001"]})
    assert (answer.status_code, answer.json["code"]) == (403, "notAllowed")
    answer = auditor.post(f"{TASK}/{shop.customer}/complete", {"evidence": "none"})
    assert answer.status_code == 403


def test_an_order_is_simulated_without_a_trace(shop: Shop) -> None:
    before = shop.site.rows("select count(*) from record")
    answer = shop.site.admin.post(
        "/api/ordering/v1/simulate",
        {
            "relatedParty": [{"id": shop.customer, "role": "customer"}],
            "billingAccount": {"id": shop.account},
            "productOrderItem": [shop.fibre(), shop.voice()],
        },
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["fault"] == []
    assert {one["name"] for one in answer.json["item"]} >= {"Fibre Access", "Voice Line"}
    assert shop.site.rows("select count(*) from record") == before
