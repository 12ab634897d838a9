"""Service and resource orders by themselves for a later day, and how pending ones begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ordering.scripted import Shop, pending
from tests.ordering.test_standalone import RESOURCE_ORDER, SERVICE_ORDER, line, specification
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.command import Answer

DAY_S = 86_400
LATER = "2099-01-01T00:00:00Z"
CANCEL = {
    SERVICE_ORDER: ("/tmf-api/serviceOrdering/v4/cancelServiceOrder", "serviceOrder"),
    RESOURCE_ORDER: (
        "/tmf-api/resourceOrderingManagement/v4/cancelResourceOrder",
        "resourceOrder",
    ),
}
KINDS = pytest.mark.parametrize("path", [SERVICE_ORDER, RESOURCE_ORDER])


def place(shop: Shop, path: str, **more: Any) -> str:
    """Place an order of one service, or of one resource, and let happen what happens at once."""
    if path == SERVICE_ORDER:
        items: dict[str, Any] = {"serviceOrderItem": [line(shop, "1", "Wholesale Line")]}
    else:
        wanted = {"id": specification(shop, "resource_specification", "Phone Number")}
        items = {"orderItem": [{"id": "1", "action": "add", "resourceSpecification": wanted}]}
    body = {"relatedParty": [{"id": shop.customer, "role": "customer"}], **items, **more}
    made = shop.site.admin.post(path, body)
    assert made.status_code == 201, made.json
    shop.site.work()
    return str(made.json["id"])


def read(shop: Shop, path: str, ident: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.site.admin.get(f"{path}/{ident}").json
    return found


def patch(shop: Shop, path: str, ident: str, **values: Any) -> None:
    answer = shop.site.admin.patch(f"{path}/{ident}", values)
    assert answer.status_code == 200, answer.json
    shop.site.work()


def items_of(order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = order.get("serviceOrderItem") or order["orderItem"]
    return found


def settle(shop: Shop) -> None:
    """Let timers look at the clock again."""
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where kind = 'plan.timer'")
    shop.site.work()


@KINDS
def test_it_waits_for_its_day_and_begins_by_itself(shop: Shop, path: str) -> None:
    """Until then it has one step, sends nothing and makes nothing."""
    day = (datetime.now(UTC) + timedelta(days=40)).isoformat()
    ident = place(shop, path, requestedStartDate=day)
    order = read(shop, path, ident)
    assert (order["state"], items_of(order)[0]["state"]) == ("inProgress", "acknowledged")
    assert "startDate" not in order
    assert shop.steps(ident) == {"wait": "waiting"}
    ((name, due),) = shop.site.rows(
        "select name, due_at::date::text from plan_item where root = %s", ident
    )
    assert (name, due) == ("Requested start", day[:10])
    shop.site.move_clock(39 * DAY_S)
    settle(shop)
    assert shop.steps(ident) == {"wait": "waiting"}
    assert shop.network.received == []
    shop.site.move_clock(2 * DAY_S)
    settle(shop)
    order = read(shop, path, ident)
    assert (order["state"], items_of(order)[0]["state"]) == ("completed", "completed")
    assert order["startDate"] >= day[:19]
    shop.site.move_clock(-41 * DAY_S)


@KINDS
def test_a_changed_day_is_followed_at_once(shop: Shop, path: str) -> None:
    ident = place(shop, path, requestedStartDate=LATER)
    other = "2098-01-01T00:00:00Z"
    patch(shop, path, ident, requestedStartDate=other)
    sql = "select due_at::date::text from plan_item where root = %s"
    assert shop.site.rows(sql, ident) == [("2098-01-01",)]
    timers = "select count(*) from work where kind = 'plan.timer'"
    assert shop.site.rows(timers) == [(1,)]
    patch(shop, path, ident, requestedStartDate=None)
    assert read(shop, path, ident)["state"] == "completed"
    assert shop.site.rows(timers) == [(0,)]


@KINDS
def test_it_is_taken_back_before_its_day(shop: Shop, path: str) -> None:
    ident = place(shop, path, requestedStartDate=LATER)
    address, name = CANCEL[path]
    task = shop.site.admin.post(address, {name: {"id": ident}})
    assert task.status_code == 201, task.json
    shop.site.work()
    assert read(shop, path, ident)["state"] == "cancelled"
    assert shop.site.admin.get(f"{address}/{task.json['id']}").json["state"] == "done"
    assert shop.site.rows("select 1 from work where kind = 'plan.timer'") == []
    assert shop.network.received == []


@KINDS
@pytest.mark.parametrize("release", ["inProgress", "acknowledged", "pending"])
def test_one_whose_day_comes_while_it_is_held_begins_when_it_is_released(
    shop: Shop, path: str, release: str
) -> None:
    ident = place(shop, path, requestedStartDate=LATER)
    patch(shop, path, ident, state="held")
    patch(shop, path, ident, requestedStartDate=None)
    assert shop.steps(ident) == {"wait": "waiting"}
    patch(shop, path, ident, state=release)
    assert read(shop, path, ident)["state"] == "completed"


def test_it_starts_after_others(shop: Shop) -> None:
    """After an order of products that is under way and a service order that is put aside; not after
    itself, and not after what has come to nothing."""
    shop.network.script = {"Voice Line": [pending]}
    product = shop.order(shop.voice("1"))
    aside = place(shop, SERVICE_ORDER, state="pending")
    links = [{"id": one, "relationshipType": "startsAfter", "@referredType": kind}
             for one, kind in ((product, "ProductOrder"), (aside, "ServiceOrder"))]  # fmt: skip
    ident = place(shop, SERVICE_ORDER, orderRelationship=links)
    assert shop.steps(ident) == {"wait": "waiting"}
    assert read(shop, SERVICE_ORDER, ident)["state"] == "inProgress"
    back = [{"id": ident, "relationshipType": "startsAfter", "@referredType": "ServiceOrder"}]
    circle = shop.site.admin.patch(f"{SERVICE_ORDER}/{aside}", {"orderRelationship": back})
    assert (circle.status_code, circle.json["code"]) == (409, "conflictOrderCircle")
    patch(shop, SERVICE_ORDER, aside, state="acknowledged")
    assert read(shop, SERVICE_ORDER, aside)["state"] == "completed"
    assert shop.steps(ident) == {"wait": "waiting"}
    (key,) = shop.site.rows(
        "select command_key::text from plan_item where root = %s and state = 'waiting'", product
    )
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, key[0], Answer("done"))
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now()")
    shop.site.work()
    assert read(shop, SERVICE_ORDER, ident)["state"] == "completed"
    gone = place(shop, SERVICE_ORDER, requestedStartDate=LATER)
    address, name = CANCEL[SERVICE_ORDER]
    assert shop.site.admin.post(address, {name: {"id": gone}}).status_code == 201
    shop.site.work()
    after = [{"id": gone, "relationshipType": "startsAfter", "@referredType": "ServiceOrder"}]
    given_up = read(shop, SERVICE_ORDER, place(shop, SERVICE_ORDER, orderRelationship=after))
    assert (given_up["state"], given_up["errorMessage"][0]["code"]) == (
        "rejected", "predecessorEnded"
    )  # fmt: skip


def test_what_it_asks_for_may_change_until_its_day(shop: Shop) -> None:
    """A second line comes to it while it waits; one that cannot be carried out shows at once."""
    ident = place(shop, SERVICE_ORDER, requestedStartDate=LATER)
    items = items_of(read(shop, SERVICE_ORDER, ident))
    second = line(shop, "2", "Voice Line")
    patch(shop, SERVICE_ORDER, ident, serviceOrderItem=[*items, second])
    patch(shop, SERVICE_ORDER, ident, requestedStartDate=None)
    assert read(shop, SERVICE_ORDER, ident)["state"] == "completed"
    assert sorted(one.name for one in shop.network.received) == ["Voice Line", "Wholesale Line"]
    begun = items_of(read(shop, SERVICE_ORDER, ident))
    answer = shop.site.admin.patch(f"{SERVICE_ORDER}/{ident}", {"serviceOrderItem": begun[:1]})
    assert answer.status_code == 409

    ident = place(shop, SERVICE_ORDER, requestedStartDate=LATER)
    items = items_of(read(shop, SERVICE_ORDER, ident))
    itself = [{"relationshipType": "reliesOn", "orderItem": {"itemId": "2"}}]
    endless = line(shop, "2", "Voice Line", serviceOrderItemRelationship=itself)
    refused = shop.site.admin.patch(
        f"{SERVICE_ORDER}/{ident}", {"serviceOrderItem": [*items, endless]}
    )
    assert refused.status_code == 400
    assert [one["code"] for one in refused.json["fault"]] == ["dependencyCycle"]
    shop.site.work()
    assert shop.steps(ident) == {"wait": "waiting"}

    ident = place(shop, RESOURCE_ORDER, requestedStartDate=LATER)
    items = items_of(read(shop, RESOURCE_ORDER, ident))
    wanted = items[0]["resourceSpecification"]
    endless = {"id": "2", "action": "add", "resourceSpecification": wanted,
               "orderItemRelationship": itself}  # fmt: skip
    refused = shop.site.admin.patch(f"{RESOURCE_ORDER}/{ident}", {"orderItem": [*items, endless]})
    assert refused.status_code == 400
    assert [one["code"] for one in refused.json["fault"]] == ["dependencyCycle"]
    shop.site.work()
    assert shop.steps(ident) == {"wait": "waiting"}


@KINDS
def test_a_pending_order_is_acknowledged_before_it_is_in_progress(shop: Shop, path: str) -> None:
    """It would stand still for ever: the refusal says what begins it."""
    ident = place(shop, path, state="pending")
    answer = shop.site.admin.patch(f"{path}/{ident}", {"state": "inProgress"})
    assert (answer.status_code, answer.json["code"]) == (409, "lifecycleMove")
    assert "allowed from here: acknowledged, held" in answer.json["message"]
    assert read(shop, path, ident)["state"] == "pending"
    patch(shop, path, ident, state="acknowledged")
    assert read(shop, path, ident)["state"] == "completed"


def test_a_resource_order_placed_on_hold_begins_when_it_is_released(shop: Shop) -> None:
    ident = place(shop, RESOURCE_ORDER, state="held")
    assert shop.steps(ident) == {}
    patch(shop, RESOURCE_ORDER, ident, state="inProgress")
    assert read(shop, RESOURCE_ORDER, ident)["state"] == "completed"


def test_an_order_that_has_begun_comes_back_from_pending(shop: Shop) -> None:
    """People put it off and on again; what is under way goes on."""
    ident = place(shop, SERVICE_ORDER, requestedStartDate=LATER)
    patch(shop, SERVICE_ORDER, ident, state="pending")
    patch(shop, SERVICE_ORDER, ident, state="inProgress")
    assert shop.steps(ident) == {"wait": "waiting"}
    patch(shop, SERVICE_ORDER, ident, requestedStartDate=None)
    assert read(shop, SERVICE_ORDER, ident)["state"] == "completed"
