"""Orders from contracts: the same order and the same checks as on every other way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.ordering.ways import CONTRACT, QUOTE, SALES, acted, contract, party
from tests.support.program import Site
from trunkline.contract.service.later_order import follow_later_order
from trunkline.kernel.work import as_system
from trunkline.ordering.product_order import ProductOrder

ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    """A shop whose customer has a line already, which what is added shares."""
    made = Shop.open(site)
    made.order(made.fibre())
    site.work()
    return made


def test_what_a_contract_covers_is_suspended_resumed_and_ended_by_orders(shop: Shop) -> None:
    """Each act becomes an order of the line's product, which is what becomes of the product."""
    order = shop.order(shop.fibre())
    shop.site.work()
    product = shop.products(shop.read(order))[0]["id"]
    ident = contract(shop, product={"id": product})
    assert acted(shop, ident, "order").json["fault"][0]["path"] == "line"
    assert acted(shop, ident, "suspend", line=["7"]).json["fault"][0]["code"] == "lineUnknown"
    assert acted(shop, ident, "paint").json["fault"][0]["path"] == "action"
    for act, said, status in (
        ("suspend", {"reason": "customerRequest"}, "suspended"),
        ("resume", {}, "active"),
        ("end", {"reason": "movesAway"}, "terminated"),
    ):
        answer = acted(shop, ident, act, **said)
        assert answer.status_code == 200, answer.json
        shop.site.work()
        made = shop.site.admin.get(f"{ORDER}/{answer.json['id']}").json
        assert made["state"] == "completed", made
        assert shop.site.admin.get(f"{PRODUCT}/{product}").json["status"] == status
    changes = shop.site.admin.get(f"{CONTRACT}/{ident}").json["lineChange"]
    assert [one["kind"] for one in changes] == ["ended"]


def monthly(line: dict[str, Any]) -> float:
    """Return what a line costs in a month."""
    return sum(float(one["price"]["dutyFreeAmount"]["value"]) for one in line["price"]
               if one.get("recurringChargePeriod") == "month")  # fmt: skip


def once(order: dict[str, Any]) -> float:
    """Return what an order charges once."""
    items = list(order["productOrderItem"])
    for one in items:
        items += one.get("productOrderItem") or ()
    return sum(
        float(price["price"]["dutyFreeAmount"]["value"])
        for one in items
        for price in one.get("itemPrice") or ()
        if "recurringChargePeriod" not in price
    )


def test_a_contract_follows_what_later_orders_make_of_its_products(shop: Shop) -> None:
    """A change of plan changes the line with its price, an end ends it, and what is ordered into
    the contract is a new line. Value and history say it once, however often it is told."""
    site, admin = shop.site, shop.site.admin
    bought = shop.order(shop.fibre(speed=100), shop.voice())
    site.work()
    fibre, voice = shop.products(shop.read(bought))
    now = datetime.now(UTC)
    period = {"startDateTime": (now - timedelta(days=70)).isoformat(),
              "endDateTime": (now + timedelta(days=290)).isoformat()}  # fmt: skip
    made = admin.post(CONTRACT, {
        "name": "Both", "relatedParty": party(shop), "state": "active", "termMonths": 12,
        "validFor": period, "contractValue": {"unit": "EUR", "value": 1000},
        "contractLine": [
            {"id": ident, "product": {"id": one["id"]}, "productOffering": one["productOffering"],
             "price": one["productPrice"]}
            for ident, one in (("a", fibre), ("b", voice))
        ],
    }).json  # fmt: skip
    path, (first, second) = f"{CONTRACT}/{made['id']}", made["contractLine"]
    months, value = 10, 1000.0  # 290 days are nine months and a part of one

    def followed(order: str) -> dict[str, Any]:
        site.work()
        assert shop.read(order)["state"] == "completed"
        found: dict[str, Any] = admin.get(path).json
        with as_system(site.services, "test") as work:
            done = work.get(ProductOrder, order)
            assert done is not None
            follow_later_order(work, done)
        assert admin.get(path).json == found
        assert found["lineChange"][-1]["productOrder"]["id"] == order
        return found

    change = shop.order({"id": "1", "action": "modify", "product": {"id": fibre["id"]},
                         "productOffering": {"id": shop.offerings["Fibre 500M"]}})  # fmt: skip
    held = followed(change)
    line, other = held["contractLine"]
    assert line["productOffering"]["name"] == "Fibre 500M"
    assert monthly(line) != monthly(first)
    assert other == second
    value += (monthly(line) - monthly(first)) * months + once(shop.read(change))
    assert held["contractValue"]["value"] == pytest.approx(value)
    assert [(one["kind"], one["line"]) for one in held["lineChange"]] == [("changed", ["a"])]

    held = followed(shop.order({"id": "1", "action": "delete", "product": {"id": voice["id"]}}))
    ended = held["contractLine"][1]
    assert ended["state"] == "cancelled"
    assert period["startDateTime"][:19] < ended["validFor"]["endDateTime"] < period["endDateTime"]
    value -= monthly(second) * months
    assert held["contractValue"]["value"] == pytest.approx(value)

    added = shop.order(shop.voice("1"), contract={"id": held["id"]})
    held = followed(added)
    fresh = held["contractLine"][2]
    assert (fresh["state"], fresh["orderItem"]) == ("active", "1")
    assert fresh["product"]["id"] == shop.products(shop.read(added))[0]["id"]
    value += monthly(fresh) * months + once(shop.read(added))
    assert held["contractValue"]["value"] == pytest.approx(value)
    assert [one["kind"] for one in held["lineChange"]] == ["changed", "ended", "added"]


def test_a_quotes_own_order_changes_nothing_of_its_contract(shop: Shop) -> None:
    """A product that a quote changes is what its contract says already: its order is no later one,
    and no change of the line."""
    site, admin = shop.site, shop.site.admin
    bought = shop.order(shop.fibre(speed=100))
    site.work()
    (fibre,) = shop.products(shop.read(bought))
    line = {"id": "1", "action": "modify", "product": {"id": fibre["id"]},
            "productOffering": {"id": shop.offerings["Fibre 500M"]}}  # fmt: skip
    quote = admin.post(QUOTE, {"relatedParty": party(shop), "quoteItem": [line],
                               "billingAccount": [{"id": shop.account}]}).json  # fmt: skip
    for verb in ("present", "accept", "complete"):
        assert admin.post(f"{SALES}/quote/{quote['id']}/{verb}", {}).status_code == 200
    site.work()
    (before,) = admin.get(f"{CONTRACT}?quote.id={quote['id']}").json
    assert before["contractLine"][0]["product"]["id"] == fibre["id"]
    assert admin.post(f"{SALES}/quote/{quote['id']}/order", {}).status_code < 300
    site.work()
    (order,) = admin.get(f"{QUOTE}/{quote['id']}").json["productOrder"]
    assert shop.read(order["id"])["state"] == "completed"
    after = admin.get(f"{CONTRACT}/{before['id']}").json
    assert after["contractValue"] == before["contractValue"]
    assert "lineChange" not in after


FITTING = {"name": "Fitting", "priceType": "oneTime",
           "price": {"dutyFreeAmount": {"unit": "EUR", "value": 50}}}  # fmt: skip


def by_the_month(amount: float) -> list[dict[str, Any]]:
    """Return a price by the month."""
    return [{"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": amount}}}]  # fmt: skip


def test_a_line_with_an_end_of_its_own_is_worth_what_is_left_until_then(shop: Shop) -> None:
    """When products end, the value falls by what their lines would have cost until their own end,
    and by nothing for what was over before."""
    site, admin = shop.site, shop.site.admin
    bought = shop.order(shop.fibre(), shop.voice(), shop.fibre("3"))
    site.work()
    kept, soon, over = (one["id"] for one in shop.products(shop.read(bought)))
    now = datetime.now(UTC)
    day = {days: (now + timedelta(days=days)).isoformat() for days in (-70, -10, 40, 720)}
    lines = [("a", kept, 10, None), ("b", soon, 100, 40), ("c", over, 100, -10)]
    made = admin.post(CONTRACT, {
        "name": "Ends", "relatedParty": party(shop), "state": "active", "termMonths": 24,
        "validFor": {"startDateTime": day[-70], "endDateTime": day[720]},
        "contractValue": {"unit": "EUR", "value": 440},
        "contractLine": [
            {"id": ident, "product": {"id": product}, "price": by_the_month(amount),
             **({"validFor": {"startDateTime": day[-70], "endDateTime": day[end]}} if end else {})}
            for ident, product, amount, end in lines
        ],
    }).json  # fmt: skip
    shop.order(*({"id": one, "action": "delete", "product": {"id": one}} for one in (soon, over)))
    site.work()
    held = admin.get(f"{CONTRACT}/{made['id']}").json
    states = [one["state"] for one in held["contractLine"]]
    assert states == ["active", "cancelled", "expired"]
    assert [one["line"] for one in held["lineChange"]] == [["b"]]
    assert held["contractValue"]["value"] == 240


def test_what_is_added_to_a_renewed_contract_goes_on_in_what_follows_it(shop: Shop) -> None:
    """An order into a contract that is renewed already is a line of both; what it charges once is
    in the value of the first alone."""
    site, admin = shop.site, shop.site.admin
    now = datetime.now(UTC)
    period = {"startDateTime": (now - timedelta(days=70)).isoformat(),
              "endDateTime": (now + timedelta(days=40)).isoformat()}  # fmt: skip
    line = {"id": "a", "productOffering": {"id": shop.offerings["Fibre 500M"]},
            "price": by_the_month(10)}  # fmt: skip
    held = admin.post(CONTRACT, {
        "name": "Goes on", "relatedParty": party(shop), "state": "active", "termMonths": 12,
        "validFor": period, "contractLine": [line], "contractValue": {"unit": "EUR", "value": 120},
    }).json  # fmt: skip
    made = admin.post(f"{CONTRACT}/{held['id']}/renew", {}).json
    line = {**shop.voice("1"), "itemPrice": [*by_the_month(20), FITTING]}
    order = shop.order(line, contract={"id": held["id"]})
    site.work()
    first, follower = (admin.get(f"{CONTRACT}/{one['id']}").json for one in (held, made))
    (_, fresh), (_, same) = first["contractLine"], follower["contractLine"]
    assert fresh["product"] == same["product"]
    assert fresh["product"]["id"] == shop.products(shop.read(order))[0]["id"]
    charged = once(shop.read(order))
    assert charged == 50
    assert first["contractValue"]["value"] == pytest.approx(120 + 2 * monthly(fresh) + charged)
    assert follower["contractValue"]["value"] == pytest.approx(12 * (10 + monthly(same)))


def test_an_order_goes_into_a_contract_of_its_customer_only(shop: Shop) -> None:
    """An order that names a contract of somebody else is refused where it names it."""
    stranger, ident = Shop.open(shop.site), contract(shop)
    refused = shop.site.admin.post(ORDER, {
        "relatedParty": party(stranger), "billingAccount": {"id": stranger.account},
        "productOrderItem": [stranger.voice("1")], "contract": {"id": ident},
    })  # fmt: skip
    assert refused.json["fault"][0]["path"] == "contract.id", refused.json
