"""Numbers of orders: reserved when the order begins, assigned with its service, rested after it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.inventory.pool_desk import POOLS, Keeper
from tests.ordering.scripted import Shop, pending, refused
from tests.support.program import Site
from tests.web.browser import Browser, source_of
from tests.web.filled_form import filled_form
from trunkline.inventory.pools.following import claim
from trunkline.ordering.pooled import claiming

RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"
SPECIFICATION = "/tmf-api/resourceCatalog/v4/resourceSpecification"
PRODUCT = "/tmf-api/productInventory/v4/product"
RESOURCE_ORDER = "/tmf-api/resourceOrderingManagement/v4/resourceOrder"
CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
CATALOG = "/tmf-api/productCatalogManagement/v4"
OWN = "/api/ordering/v1"
MERGE = {"Content-Type": "application/merge-patch+json"}
DAY_S = 86_400


@pytest.fixture
def shop(site: Site) -> Shop:
    with site.services.database.app.connection() as connection:
        connection.execute("delete from work where kind <> 'pools.timer'")
    return Shop.open(site)


@pytest.fixture
def numbers(site: Site, shop: Shop) -> Keeper:
    """Three numbers, and the catalog that takes phone numbers from them."""
    made = site.rows("select count(*) from resource_pool")[0][0]
    keeper = Keeper.opens(
        site, "Berlin", "geographicNumber", "voiceNumber", space=f"test-{made}", quarantineDays=20
    )
    keeper.load("49301001", "49301003")
    phones = site.admin.get(SPECIFICATION, params={"name": "Phone Number"}).json
    assert len(phones) == 1, phones
    change = {"resourcePool": {"id": keeper.id}}
    answer = site.admin.patch(f"{SPECIFICATION}/{phones[0]['id']}", change, headers=MERGE)

    assert answer.status_code == 200, answer.json
    return keeper


@pytest.fixture
def choosing(site: Site, shop: Shop, numbers: Keeper) -> Shop:
    """The same shop, where a customer may also buy a number of choice."""
    (phone,) = site.admin.get(SPECIFICATION, params={"name": "Phone Number"}).json
    mapping = [{"target": "voiceNumber", "source": "voiceNumber"}]
    link = {"id": phone["id"], "name": "Phone Number", "relationshipType": "requires",
            "mapping": mapping}  # fmt: skip
    named = {"name": "voiceNumber", "valueType": "string", "configurable": True,
             "minCardinality": 0, "maxCardinality": 1}  # fmt: skip
    product = site.admin.post(
        f"{CATALOG}/productSpecification",
        {"name": "Number of choice", "lifecycleStatus": "Active",
         "productSpecCharacteristic": [named], "resourceSpecification": [link]},
    )  # fmt: skip
    assert product.status_code == 201, product.json
    price = site.admin.post(
        f"{CATALOG}/productOfferingPrice",
        {"name": "Monthly", "lifecycleStatus": "Active", "priceType": "recurring",
         "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
         "price": {"unit": "EUR", "value": 2}},
    )  # fmt: skip
    sold = {"name": "Number of choice", "lifecycleStatus": "Active", "isSellable": True,
            "productSpecification": {"id": product.json["id"]},
            "productOfferingPrice": [{"id": price.json["id"]}]}  # fmt: skip
    offering = site.admin.post(f"{CATALOG}/productOffering", sold)
    assert offering.status_code == 201, offering.json
    shop.offerings["Number of choice"] = offering.json["id"]
    return shop


def phone_of(site: Site, shop: Shop) -> dict[str, Any]:
    wanted = {"name": "Phone Number", "relatedParty.id": shop.customer}
    found = site.admin.get(RESOURCE, params=wanted)
    body: dict[str, Any] = found.json[0]
    return body


def test_an_order_gets_a_number_and_its_customer_keeps_it(
    site: Site, shop: Shop, numbers: Keeper
) -> None:
    """The network is told the number that was reserved, and the resource has it from then on."""
    order = shop.order(shop.voice("1"))
    site.work()
    phone = phone_of(site, shop)
    held = numbers.value("49301001")
    assert (phone["value"], phone["resourcePool"]["id"]) == ("49301001", numbers.id)
    assert held["order"] == order
    (command,) = [one for one in shop.network.received if one.name == "Voice Line"]
    assert command.characteristics["voiceNumber"] == "49301001"
    assert held["state"] == "assigned"
    assert held["resource"] == phone["id"]
    assert numbers.level()["free"] == 2


def test_a_chosen_number_waits_for_whom_it_was_kept(
    site: Site, choosing: Shop, numbers: Keeper
) -> None:
    """The number that Ada picked waits for her order; another customer's order does not get it."""
    kept = numbers.reserves(value=["49301003"], customer=choosing.customer)
    assert kept.status_code == 201, kept.json
    stranger = Shop.open(site)
    stranger.offerings.update(choosing.offerings)
    picked = {"voiceNumber": "49301003"}
    unlucky = stranger.order(stranger.line("1", "Number of choice", **picked))
    site.work()
    assert site.rows(
        "select error_code from plan_item where root = %s and state = 'fallout'", unlucky
    ) == [("conflictTaken",)]
    order = choosing.order(choosing.line("1", "Number of choice", **picked))
    site.work()
    assert choosing.read(order)["state"] == "completed", choosing.steps(order)
    assert numbers.value("49301003")["state"] == "assigned"


def test_a_changed_number_takes_the_new_and_rests_the_old(
    site: Site, choosing: Shop, numbers: Keeper
) -> None:
    """A change of the number by an order: the old one rests, and the inventory says the new one."""
    order = choosing.order(choosing.line("1", "Number of choice"))
    site.work()
    product = choosing.read(order)["productOrderItem"][0]["product"]["id"]
    assert numbers.states()["49301001"] == "assigned"
    values = [{"name": "voiceNumber", "value": "49301002"}]
    choosing.order(
        {"id": "1", "action": "modify", "product": {"id": product, "productCharacteristic": values}}
    )
    site.work()
    assert numbers.states() == {
        "49301001": "quarantined", "49301002": "assigned", "49301003": "free",
    }  # fmt: skip
    assert phone_of(site, choosing)["value"] == "49301002"


def test_a_number_that_an_order_asks_for_twice_is_given_once(
    site: Site, choosing: Shop, numbers: Keeper
) -> None:
    """By two lines, by a quantity or by two changes: nothing is made of it, and it is said which
    number that is. What one line names another line that names none does not take before it."""
    three = {"voiceNumber": "49301003"}

    def said_of(*items: dict[str, Any]) -> list[tuple[str, ...]]:
        order = choosing.order(*items)
        site.work()
        failed = "select error_code, split_part(error_message, ' in ', 1) from plan_item "
        return site.rows(f"{failed} where root = %s and state = 'fallout'", order)

    twice = [("conflictTaken", "49301003 is asked for twice")]
    lines = [choosing.line(one, "Number of choice", **three) for one in "12"]
    assert said_of(*lines) == twice
    assert said_of({**lines[0], "quantity": 2}) == twice
    assert numbers.level()["free"] == 3
    first = {"voiceNumber": "49301001"}
    order = choosing.order(
        choosing.line("1", "Number of choice"), choosing.line("2", "Number of choice", **first)
    )
    site.work()
    assert numbers.states() == {
        "49301001": "assigned", "49301002": "assigned", "49301003": "free",
    }  # fmt: skip
    changed = [{"name": "voiceNumber", "value": "49301003"}]
    assert said_of(*(
        {"id": one["id"], "action": "modify",
         "product": {"id": one["product"]["id"], "productCharacteristic": changed}}
        for one in choosing.read(order)["productOrderItem"]
    )) == twice  # fmt: skip
    assert numbers.level()["free"] == 1


def test_orders_take_the_same_numbers_one_after_the_other(
    choosing: Shop, numbers: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order of their lines: two that name the same ones never wait for each other."""
    taken = []

    def claimed(*of: Any, value: str | None, **more: Any) -> Any:
        taken.append(value)
        return claim(*of, value=value, **more)

    monkeypatch.setattr(claiming, "claim", claimed)
    named = [choosing.line(one, "Number of choice", voiceNumber=f"4930100{one}") for one in "31"]
    choosing.order(choosing.line("2", "Number of choice"), *named)
    choosing.site.work()
    assert taken == ["49301001", "49301003", None]
    assert set(numbers.states().values()) == {"assigned"}


def test_an_order_that_is_changed_takes_another_number(
    site: Site, choosing: Shop, numbers: Keeper
) -> None:
    """While it runs its line asks for another number: that is its own from then on and the former
    one rests. Without the line none is left with it; one that is taken is refused."""
    choosing.network.script["Fibre Access"] = [pending]
    order = choosing.order(
        choosing.line("1", "Number of choice", voiceNumber="49301001"), choosing.fibre("2")
    )
    site.work()

    def changed(*items: dict[str, Any]) -> str:
        opened = site.admin.post(f"{OWN}/productOrder/{order}/revision",
                                 {"productOrderItem": [*items, choosing.fibre("2")]})  # fmt: skip
        assert opened.status_code == 201, opened.json
        one = f"{OWN}/orderRevision/{opened.json['id']}"
        assert site.admin.post(f"{one}/submit", {}).status_code == 200
        site.work()
        return str(site.admin.get(one).json["state"])

    assert numbers.reserves(value=["49301003"]).status_code == 201
    with_card = {"value": [{"value": "49301009", "companion": {"imsi": "262990"}}]}
    assert site.admin.post(f"{POOLS}/{numbers.id}/range", with_card).status_code == 201
    lines = [choosing.line("1", "Number of choice", voiceNumber=f"4930100{one}") for one in (9, 3)]
    assert changed(lines[0]) == "applied"
    assert numbers.states() == {
        "49301001": "quarantined", "49301002": "free", "49301003": "reserved",
        "49301009": "assigned",
    }  # fmt: skip
    phone = phone_of(site, choosing)
    assert numbers.value("49301009")["resource"] == phone["id"]
    held = {one["name"]: one["value"] for one in phone["resourceCharacteristic"]}
    assert held == {"voiceNumber": "49301009", "imsi": "262990"}
    assert changed(lines[1]) == "refused"
    address = f"{RESOURCE}/{phone['id']}"  # staff corrects it, which no other change takes back
    site.admin.patch(address, {"value": "49301002"}, headers=MERGE)
    later = {**lines[0], "requestedCompletionDate": "2040-01-01T00:00:00Z"}
    assert (changed(later), site.admin.get(address).json["value"]) == ("applied", "49301002")
    site.admin.patch(address, {"value": "49301009"}, headers=MERGE)
    assert changed() == "applied"
    assert numbers.states() == {
        "49301001": "quarantined", "49301002": "free", "49301003": "reserved", "49301009": "free",
    }  # fmt: skip


def test_a_number_that_was_loaded_with_its_customer_is_not_given_away(
    site: Site, shop: Shop, numbers: Keeper
) -> None:
    """A resource in use that no order has made has its number: an order gets the next one, who
    asks for it is refused, and so is a second resource in use with the same."""
    held = {"name": "Phone Number", "value": "49301001", "resourcePool": {"id": numbers.id},
            "usageState": "active"}  # fmt: skip
    assert site.admin.post(RESOURCE, held).status_code == 201
    shop.order(shop.voice("1"))
    site.work()
    assert phone_of(site, shop)["value"] == "49301002"
    assert numbers.reserves(value=["49301001"]).json["code"] == "conflictTaken"
    for value in ("49301001", "49301002"):
        again = site.admin.post(RESOURCE, {**held, "value": value})
        assert (again.status_code, again.json["code"]) == (409, "conflictTaken")
    assert site.admin.post(RESOURCE, {**held, "value": "49301003"}).status_code == 201


def test_a_canceled_order_gives_its_number_back(site: Site, shop: Shop, numbers: Keeper) -> None:
    """What was never used is free at once; while the order is under way nobody takes it away."""
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.voice("1"))
    site.work()
    assert numbers.value("49301001")["order"] == order
    for verb in ("quarantine", "portOut"):
        kept = numbers.does(verb, "49301001")
        assert (kept.status_code, kept.json["code"]) == (409, "conflictOrdered")
        assert shop.read(order)["key"] in kept.json["message"]
    site.admin.post(CANCEL, {"productOrder": {"id": order}})
    site.work()
    assert shop.read(order)["state"] == "cancelled", shop.steps(order)
    assert numbers.level()["free"] == 3


def test_a_disconnected_number_rests_and_is_free_in_time(
    site: Site, shop: Shop, numbers: Keeper
) -> None:
    """For twenty days nobody gets the number of somebody who left."""
    order = shop.order(shop.voice("1"))
    site.work()
    product = shop.read(order)["productOrderItem"][0]["product"]["id"]
    end = {"id": "1", "action": "delete", "product": {"id": product}}
    shop.order(end)
    site.work()
    rested = numbers.value("49301001")
    assert rested["state"] == "quarantined"
    assert numbers.level() == {
        "free": 2, "reserved": 0, "assigned": 0, "quarantined": 1, "ported": 0, "total": 3,
    }  # fmt: skip
    site.move_clock(21 * DAY_S)
    assert numbers.reserves(count=3).status_code == 201


def test_an_order_without_a_free_number_says_so_and_goes_on_when_there_is_one(
    site: Site, shop: Shop, numbers: Keeper
) -> None:
    """Nothing is made halfway: after loading, the fallout is tried again and all is there."""
    assert numbers.reserves(count=3).status_code == 201
    order = shop.order(shop.voice("1"))
    site.work()
    ((fallout,),) = site.rows("select fallout::text from plan_item where root = %s", order)
    numbers.load("49301004", "49301004")
    done = site.admin.post(f"/api/ordering/v1/fallout/{fallout}/retry")
    assert done.status_code == 200, done.json
    site.work()
    assert shop.read(order)["state"] == "completed"
    assert numbers.value("49301004")["state"] == "assigned"


def test_an_agent_chooses_a_number_on_the_page(
    site: Site, choosing: Shop, numbers: Keeper, browser: Browser
) -> None:
    """Free numbers that look like what was typed are offered; the chosen one is kept, another
    choice lets it go, one that is gone is said so, and the order takes what was chosen."""
    opened = filled_form(browser.get(f"/order/new?customer={choosing.customer}"))

    def step(fields: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
        answer = browser.post("/order/new/form", fields | {"step": name}, **{"HX-Request": "true"})
        assert answer.status_code == 200, answer.text[:400]
        return filled_form(answer), source_of(answer)

    fields, html = step(opened, f"add:{choosing.offerings['Number of choice']}")
    found = re.search(r'hx-get="(/order/new/numbers/[^"]+)"', html)
    assert found is not None
    address = found.group(1)
    assert "49301001" in browser.get(address).text
    listed = source_of(browser.get(f"{address}&like=*3"))
    steps = re.findall(r'value="(pick:[^"]+)"', listed)
    assert [one.rpartition("|")[2] for one in steps] == ["49301003"]
    (pick,) = steps
    fields, html = step(fields, pick)
    assert "49301003" in html
    held = numbers.value("49301003")
    assert (held["state"], held["customer"]) == ("reserved", choosing.customer)
    assert numbers.reserves(value=["49301002"]).status_code == 201
    _, html = step(fields, pick.replace("49301003", "49301002"))
    assert "49301002 is not free" in html
    assert numbers.value("49301003")["state"] == "reserved"
    fields, _ = step(fields, pick.replace("49301003", "49301001"))
    assert numbers.value("49301003")["state"] == "free"
    assert browser.post("/order/new", fields | {"step": "submit"}).status_code == 303
    site.work()
    assert numbers.value("49301001")["state"] == "assigned"


def test_a_resource_order_by_itself_takes_changes_and_gives_back(
    site: Site, shop: Shop, numbers: Keeper
) -> None:
    """TMF652: the next number or the one that is named, another one later, and rest at its end;
    what is taken already ends the order with a word about it, and keeps none of its values."""
    (phone,) = site.admin.get(SPECIFICATION, params={"name": "Phone Number"}).json
    party = [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}]

    def orders(*items: dict[str, Any]) -> dict[str, Any]:
        made = site.admin.post(RESOURCE_ORDER, {"relatedParty": party, "orderItem": list(items)})
        assert made.status_code == 201, made.json
        site.work()
        found: dict[str, Any] = site.admin.get(f"{RESOURCE_ORDER}/{made.json['id']}").json
        return found

    def new(ident: str, **said: Any) -> dict[str, Any]:
        return {"id": ident, "action": "add", "resource": {"name": "Phone Number", **said},
                "resourceSpecification": {"id": phone["id"]}}  # fmt: skip

    done = orders(new("1"), new("2", value="49301003"))
    assert done["state"] == "completed", done
    first, second = (one["resource"]["id"] for one in done["orderItem"])
    assert [site.admin.get(f"{RESOURCE}/{one}").json["value"] for one in (first, second)] == [
        "49301001", "49301003"]  # fmt: skip
    assert numbers.value("49301003")["resource"] == second
    taken = orders(new("1"), new("2", value="49301003"))
    assert taken["state"] == "rejected"
    assert "49301003 is not free" in taken["note"][0]["text"]
    assert numbers.states()["49301002"] == "free"
    values = [{"name": "voiceNumber", "value": "49301002"}]
    changed = {"id": "1", "action": "modify",
               "resource": {"id": first, "resourceCharacteristic": values}}  # fmt: skip
    assert orders(changed)["state"] == "completed"
    assert numbers.states() == {
        "49301001": "quarantined", "49301002": "assigned", "49301003": "assigned",
    }  # fmt: skip
    end = {"id": "1", "action": "delete", "resource": {"id": second}}
    assert orders(end)["state"] == "completed"
    assert numbers.states()["49301003"] == "quarantined"
    numbers.load("49301004", "49301004")
    off = {"id": "1", "action": "suspend", "resource": {"id": first}}
    values[0]["value"] = "49301004"
    for item in (off, changed):
        assert orders(item)["state"] == "completed", item
    assert site.admin.get(f"{RESOURCE}/{first}").json["usageState"] == "idle"
    assert [numbers.states()[f"4930100{one}"] for one in "24"] == ["quarantined", "assigned"]
