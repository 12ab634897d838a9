"""What is left out of an order: the record keeps what the network has, and the line says so."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, done, refused
from tests.ordering.test_change import values
from tests.stories.changing import with_values

OWN = "/api/ordering/v1"
SERVICE = "/tmf-api/serviceInventory/v4/service"


def fallouts(shop: Shop, order: str) -> dict[str, str]:
    """Return what fell out of an order and was not seen to, by the name of the step."""
    rows = shop.site.rows(
        "select p.name, p.fallout::text from plan_item p where p.root = %s and p.state = 'fallout'",
        order,
    )
    return dict(rows)


def act(shop: Shop, fallout: str, verb: str, body: Any = None) -> None:
    answer = shop.site.admin.post(f"{OWN}/fallout/{fallout}/{verb}", body or {})
    assert answer.status_code == 200, answer.json
    shop.site.work()


def revise(shop: Shop, order: str, line: str, **changed: Any) -> None:
    """Change the values of a line of an order that runs."""
    noted = ("state", "internalState", "serviceOrder", "resourceOrder")
    items = [{name: value for name, value in one.items() if name not in noted}
             for one in shop.read(order)["productOrderItem"]]  # fmt: skip
    items = [with_values(one, **changed) if one["id"] == line else one for one in items]
    made = shop.site.admin.post(
        f"{OWN}/productOrder/{order}/revision", {"productOrderItem": items}
    ).json
    answer = shop.site.admin.post(f"{OWN}/orderRevision/{made['id']}/submit", {})
    assert answer.status_code == 200, answer.json
    shop.site.work()


def test_a_new_product_keeps_what_was_handed_over_before_a_change_left_out(shop: Shop) -> None:
    """One line was told to the network; two were asked for while the order ran, and
    somebody left that out: service and product say one, and the line says what was left out."""
    shop.network.script = {"Fibre Access": [refused], "Voice Line": [done, refused]}
    order = shop.order(shop.fibre("1"), shop.voice("2"))
    shop.site.work()
    revise(shop, order, "2", lines=2)
    act(shop, fallouts(shop, order)["Voice Line"], "skip", {"reason": "no second number"})
    act(shop, fallouts(shop, order)["Fibre Access"], "retry")
    read = shop.read(order)
    assert read["state"] == "partial"
    fibre, voice = read["productOrderItem"]
    assert (voice["state"], voice["internalState"]) == ("completed", "completed")
    assert voice["stateReason"].startswith("left out: ")
    assert "voice line" in voice["stateReason"]
    assert "stateReason" not in fibre
    product = shop.products(read)[1]
    assert product["status"] == "active"
    assert values(product)["lines"] == 1
    for one in product["realizingService"]:
        found = shop.site.admin.get(f"{SERVICE}/{one['id']}").json
        assert values(found, "serviceCharacteristic")["lines"] == 1


def test_a_change_after_one_that_was_left_out_is_handed_over(shop: Shop) -> None:
    """Two lines were left out by hand, then one was asked for and two again: the network gets
    each of them, and product and services say two."""
    shop.network.script = {"Fibre Access": [refused], "Voice Line": [done, refused]}
    order = shop.order(shop.fibre("1"), shop.voice("2"))
    shop.site.work()
    revise(shop, order, "2", lines=2)
    act(shop, fallouts(shop, order)["Voice Line"], "skip", {"reason": "no second number"})
    revise(shop, order, "2", lines=1)
    revise(shop, order, "2", lines=2)
    act(shop, fallouts(shop, order)["Fibre Access"], "retry")
    read = shop.read(order)
    product = shop.products(read)[1]
    assert values(product)["lines"] == 2
    for one in product["realizingService"]:
        found = shop.site.admin.get(f"{SERVICE}/{one['id']}").json
        assert values(found, "serviceCharacteristic")["lines"] == 2
    told = [one.characteristics for one in shop.network.received if one.name == "Voice Line"]
    assert [one["lines"] for one in told] == [1, 2, 1, 2]


def test_a_line_of_two_with_one_left_out_is_partial(shop: Shop) -> None:
    """It is not completed while its order is partial: outside it has failed, and says how far."""
    shop.network.script = {"TV Stream": [done, refused]}
    order = shop.order(shop.line("1", "TV Sports", pack="sports") | {"quantity": 2})
    shop.site.work()
    act(shop, fallouts(shop, order)["TV Stream"], "skip", {"reason": "one screen is enough"})
    read = shop.read(order)
    (line,) = read["productOrderItem"]
    assert read["state"] == "partial"
    assert (line["internalState"], line["state"]) == ("partial", "failed")
    assert line["stateReason"].startswith("1 of 2 were done; left out: ")
    made = shop.site.rows(
        "select d.p_status from product d join plan_item p on p.product = d.id "
        "where p.root = %s order by 1", order,
    )  # fmt: skip
    assert made == [("active",), ("cancelled",)]
