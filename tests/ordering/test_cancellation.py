"""Orders called off: before anything, in the middle, too late, and alone."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, lost_before, pending, refused
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.command import Answer

CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
FALLOUT = "/api/ordering/v1/fallout"
TRIES = 20
SERVICE_ORDERING = "/tmf-api/serviceOrdering/v4"


def cancel(shop: Shop, order: str) -> dict[str, Any]:
    """Ask for an order's cancellation and return the task as it is after the work."""
    body = {"productOrder": {"id": order}, "cancellationReason": "changed my mind"}
    made = shop.site.admin.post(CANCEL, body)
    assert made.status_code == 201, made.json
    shop.site.work()
    found: dict[str, Any] = shop.site.admin.get(f"{CANCEL}/{made.json['id']}").json
    return found


def test_an_order_that_did_not_begin_is_canceled_at_once(shop: Shop) -> None:
    order = shop.order(shop.voice("1"))
    body = {"productOrder": {"id": order}}
    with shop.site.services.database.app.connection() as connection:
        connection.execute("delete from work where subject = %s", [order])
    assert shop.site.admin.post(CANCEL, body).status_code == 201
    shop.site.work()
    read = shop.read(order)
    assert (read["state"], read["productOrderItem"][0]["state"]) == ("cancelled", "cancelled")
    assert not shop.network.received


def test_what_was_done_is_undone_in_reverse_and_the_records_end(shop: Shop) -> None:
    """Mobile is not past its point of no return while the network still refuses it."""
    shop.network.script = {"Fibre Access": [refused]}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    assert shop.network.effects_of("Voice Line") == [("add", "active")]
    task = cancel(shop, order)
    assert (task["state"], task["cancellationResult"]) == ("done", "canceled")
    assert task["effectiveCancellationDate"]
    read = shop.read(order)
    assert read["state"] == "cancelled"
    assert {one["state"] for one in read["productOrderItem"]} == {"cancelled"}
    assert shop.network.effects_of("Voice Line") == [("add", "active"), ("delete", "terminated")]
    assert {one["status"] for one in shop.products(read)} == {"cancelled"}
    states = shop.site.rows(
        "select s.p_state from service s join plan_item p on p.service = s.id where p.root = %s",
        order,
    )
    assert {state for (state,) in states} == {"terminated"}
    open_orders = shop.site.rows(
        "select 1 from service_order s join plan_item p on p.service_order = s.id "
        "where p.root = %s and s.p_state not in ('cancelled', 'completed')",
        order,
    )
    assert not open_orders
    (fallout,) = shop.site.rows(
        "select f.p_state from fallout f join plan_item p on p.fallout = f.id where p.root = %s",
        order,
    )
    assert fallout == ("canceled",)


def test_past_the_point_of_no_return_the_order_goes_on(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [pending]}
    order = shop.order(shop.fibre())
    shop.site.work()
    task = cancel(shop, order)
    assert (task["state"], task["cancellationResult"]) == ("done", "refused")
    assert "Light up the fibre line" in task["cancellationResultReason"]
    asked = "cancellationResult=refused&cancellationResultReason.regex=fibre&productOrder.id="
    assert [one["id"] for one in shop.site.admin.get(f"{CANCEL}?{asked}{order}").json] == [
        task["id"]
    ]
    body = {"productOrder": {"id": order}, "cancellationResult": "canceled"}
    assert shop.site.admin.post(CANCEL, body).json["fault"][0]["code"] == "notWritable"
    assert shop.read(order)["state"] == "inProgress"
    key = next(one.key for one in shop.network.received if one.name == "Fibre Access")
    with as_system(shop.site.services, "network") as work:
        activation.take_answer(work, key, Answer("done"))
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert "order the end of its products" in cancel(shop, order)["cancellationResultReason"]


def test_what_is_under_way_is_awaited_and_then_undone(shop: Shop) -> None:
    shop.network.script = {"Voice Line": [pending], "Fibre Access": [refused]}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    task = cancel(shop, order)
    assert task["state"] == "inProgress"
    assert shop.read(order)["state"] == "pendingCancellation"
    command = next(one for one in shop.network.received if one.name == "Voice Line")
    shop.network.take_effect(command)
    with as_system(shop.site.services, "network") as work:
        activation.take_answer(work, command.key, Answer("done"))
    shop.site.work()
    assert shop.read(order)["state"] == "cancelled"
    assert shop.network.effects_of("Voice Line")[-1] == ("delete", "terminated")


def test_an_undo_that_fails_is_fallout_and_the_order_is_canceled_after_it(shop: Shop) -> None:
    shop.network.script = {"Fibre Access": [refused], "Voice Line": [_done, refused]}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    assert cancel(shop, order)["state"] == "inProgress"
    (undo,) = [one for one in fallouts(shop, order) if one["taskName"].startswith("Undo")]
    answer = shop.site.admin.post(f"{FALLOUT}/{undo['id']}/retry")
    assert answer.status_code == 200, answer.json
    shop.site.work()
    assert shop.read(order)["state"] == "cancelled"


def test_what_is_taken_back_is_not_tried_again(shop: Shop) -> None:
    """Nobody knows whether it had happened: after its undoing it would happen for good."""
    shop.network.script = {"Fibre Access": [refused], "Voice Line": [lost_before] * TRIES}
    order = shop.order(shop.fibre(), shop.voice())
    shop.site.work()
    (lost,) = [one for one in fallouts(shop, order) if one["cause"]["kind"] == "unknown"]
    shop.network.script["Voice Line"] = [refused]
    assert cancel(shop, order)["state"] == "inProgress"
    (undo,) = [one for one in fallouts(shop, order) if one["taskName"].startswith("Undo")]
    sent = len(shop.network.received)
    answer = shop.site.admin.post(f"{FALLOUT}/{lost['id']}/retry")
    assert (answer.status_code, answer.json["code"]) == (409, "conflictBeingUndone")
    assert undo["taskName"] in answer.json["message"]
    assert shop.site.admin.post(f"{FALLOUT}/{undo['id']}/retry").status_code == 200
    shop.site.work()
    assert shop.read(order)["state"] == "cancelled"
    assert [one.action for one in shop.network.received[sent:]] == ["delete"]
    assert shop.site.admin.get(f"{FALLOUT}/{lost['id']}").json["state"] == "canceled"


def fallouts(shop: Shop, order: str) -> list[dict[str, Any]]:
    """Return the open fallout of an order."""
    found: list[dict[str, Any]] = shop.site.admin.get(
        FALLOUT, query_string=f"productOrder.id={order}&state=open"
    ).json
    return found


def _done(network: Any, command: Any) -> Answer:
    network.take_effect(command)
    return Answer("done")


def test_a_service_order_of_a_product_order_is_not_canceled_alone(shop: Shop) -> None:
    order = shop.order(shop.fibre())
    shop.site.work()
    part = shop.read(order)["productOrderItem"][0]["serviceOrder"][0]["id"]
    answer = shop.site.admin.post(
        f"{SERVICE_ORDERING}/cancelServiceOrder", {"serviceOrder": {"id": part}}
    )
    assert answer.status_code == 409
    assert shop.read(order)["key"] in answer.json["message"]
