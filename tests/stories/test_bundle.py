"""Ada buys a bundle and changes its parts: what it must and may hold counts at every step."""

from __future__ import annotations

import json
from threading import Thread
from typing import Any

import pytest

from tests.stories.changing import items_of, previewed, revised, two_lines
from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import (
    OFFERING,
    ORDER,
    PRODUCT,
    RESOURCE,
    SERVICE,
    Customer,
    Operator,
    codes,
    linked,
)
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction
from trunkline.ordering.product_order import ProductOrder

PARTS = "productOrderItem[0].productOrderItem"
LATER = "2031-01-01T00:00:00.000Z"


def bundle(ada: Customer, *parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a bundle with these parts."""
    inside = [{"id": one["id"], "relationshipType": "bundles"} for one in parts]
    return [ada.add("1", "Fibre Home") | {"productOrderItemRelationship": inside}, *parts]


def counts(answer: Any) -> list[str]:
    return [one["message"] for one in answer.json["fault"] if one["code"] == "bundlePartCount"]


@pytest.mark.accepts("MAC-08")
def test_too_few_and_too_many_parts_are_refused_by_name(operator: Operator) -> None:
    """Without fibre, with fibre and with voice twice: refused, saying how many there may be."""
    ada = operator.ada()
    missing = ada.refused(*bundle(ada, ada.voice("2")))
    assert ("bundlePartCount", PARTS) in codes(missing)
    assert counts(missing) == ["Fibre Home takes 1 of Fibre 1G, not 0"]
    twice = ada.refused(*bundle(ada, ada.fibre("2"), ada.voice("3"), ada.voice("4")))
    assert counts(twice) == ["Fibre Home takes 0 to 1 of Voice Flat, not 2"]
    foreign = ada.refused(*bundle(ada, ada.fibre("2"), ada.add("3", "Mobile S")))
    assert "bundlePartUnknown" in {code for code, _ in codes(foreign)}
    assert operator.find(PRODUCT, relatedParty__id=ada.id) == []


def test_the_right_parts_become_one_bundle(operator: Operator) -> None:
    """The bundle is active with its parts inside, and each part is a product of its own."""
    ada = operator.ada()
    order = ada.has(*bundle(ada, ada.fibre("2"), ada.add("3", "TV Basic")))
    home = order.product("1")
    assert (home["isBundle"], home["status"]) == (True, "active")
    assert linked(home, "product") == {order.product("2")["id"], order.product("3")["id"]}
    assert order.product("3")["status"] == "active"
    needed = {(one["item"], one["needs"]) for one in order.plan["dependency"]}
    whole, part = order.step("product 1")["id"], order.step("product 3")["id"]
    assert (whole, part) in needed


@pytest.mark.accepts("MAC-08")
def test_parts_are_added_removed_and_swapped_within_the_limits(operator: Operator) -> None:
    """What is installed and what is ordered count together, for each change of the bundle."""
    ada = operator.ada()
    bought = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    home, fibre, voice = (bought.product(ident)["id"] for ident in "123")

    def change(*parts: dict[str, Any]) -> list[dict[str, Any]]:
        inside = [{"id": one["id"], "relationshipType": "bundles"} for one in parts]
        return [ada.change("1", "modify", home) | {"productOrderItemRelationship": inside}, *parts]

    second = ada.refused(*change(ada.voice("2")))
    assert counts(second) == ["Fibre Home takes 0 to 1 of Voice Flat, not 2"]
    mandatory = ada.refused(*change(ada.change("2", "delete", fibre)))
    assert counts(mandatory) == ["Fibre Home takes 1 of Fibre 1G, not 0"]

    added = ada.has(*change(ada.add("2", "TV Basic")))
    basic = added.product("2")["id"]
    assert linked(operator.read(PRODUCT, home), "product") == {fibre, voice, basic}
    ada.has(*change(ada.change("2", "delete", voice)))
    assert operator.read(PRODUCT, voice)["status"] == "terminated"
    swapped = ada.has(*change(ada.change("2", "delete", basic), ada.add("3", "TV Sports")))
    sports = swapped.product("3")["id"]
    assert operator.read(PRODUCT, basic)["status"] == "terminated"
    assert {operator.read(PRODUCT, one)["status"] for one in (home, fibre, sports)} == {"active"}
    assert sports in linked(operator.read(PRODUCT, home), "product")


def test_what_is_wrong_with_a_part_that_moves_along_is_told_of_what_was_sent(
    operator: Operator,
) -> None:
    """The move of a bundle names the bundle alone: where a part of it rests or is in another order,
    the item that moves it is refused, saying which part that is."""
    ada = operator.company("Old", "New")
    bought = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    voice = bought.product("3")
    at = {"id": ada.places[1], "@referredType": "GeographicSite", "role": "installation"}
    move = ada.change("7", "modify", bought.product("1")["id"])
    move["product"]["place"] = [at]
    other = ada.orders(ada.change("1", "modify", voice["id"], lines=2), requestedStartDate=LATER)
    busy = ada.refused(move)
    assert codes(busy) == {("conflictOpenOrder", "productOrderItem[0].product.id")}
    assert f"Voice Flat ({voice['key']})" in busy.json["message"]
    other.cancel()
    ada.has(ada.change("1", "suspend", voice["id"]))
    assert codes(ada.refused(move)) == {("productNotActive", "productOrderItem[0].product.id")}


@pytest.mark.accepts("MAC-08")
def test_a_part_is_not_taken_out_of_its_bundle_by_another_order(operator: Operator) -> None:
    """Ending the fibre line alone is refused, naming the bundle that needs it; the voice line,
    which the bundle may do without, goes; and line and bundle together go."""
    ada = operator.ada()
    bought = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    home, fibre, voice = (bought.product(ident)["id"] for ident in "123")
    refused = ada.refused(ada.change("1", "delete", fibre))
    assert codes(refused) == {("bundlePartCount", "productOrderItem[0].product.id")}
    assert bought.product("1")["key"] in counts(refused)[0]
    assert "Fibre Home takes 1 of Fibre 1G, not 0" in counts(refused)[0]
    ada.has(ada.change("1", "delete", voice))
    assert operator.read(PRODUCT, voice)["status"] == "terminated"
    ada.has(ada.change("1", "delete", fibre), ada.change("2", "delete", home))
    assert {operator.read(PRODUCT, one)["status"] for one in (home, fibre)} == {"terminated"}


@pytest.mark.accepts("MAC-08")
def test_a_part_put_into_what_is_not_changed_itself_counts_too(operator: Operator) -> None:
    """The item of the bundle may say noChange: a second telephone is refused all the same, and
    television is while the bundle rests; else it comes."""
    ada = operator.ada()
    bought = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    home = str(bought.product("1")["id"])

    def gets(part: dict[str, Any]) -> dict[str, Any]:
        return {**ada.change("1", "noChange", home), "productOrderItem": [part]}

    assert counts(ada.refused(gets(ada.voice("2")))) == [
        "Fibre Home takes 0 to 1 of Voice Flat, not 2"
    ]
    ada.has(ada.change("1", "suspend", home))
    rests = ada.refused(gets(ada.add("2", "TV Basic")))
    assert codes(rests) == {("productNotActive", "productOrderItem[0].product.id")}
    ada.has(ada.change("1", "resume", home))
    (whole,) = ada.has(gets(ada.add("2", "TV Basic"))).read()["productOrderItem"]
    added = whole["productOrderItem"][0]["product"]["id"]
    assert added in linked(operator.read(PRODUCT, home), "product")


def test_an_added_part_is_where_its_bundle_is_and_follows_it(operator: Operator) -> None:
    """A part that says by a relation that it lies in an installed bundle is where that one is. Of
    an older order it stays where it was, nowhere, when something else changes; sent back as it was
    read, with another place of the bundle, it goes there."""
    ada = operator.company("Old", "New")
    home = ada.has(*bundle(ada, ada.fibre("2"))).product("1")["id"]
    refused = {"kind": "business", "specification": "Voice Line", "code": "noPort"}
    operator.network.behave(fail=[{**refused, "count": 9}])
    inside = [{"id": "1", "relationshipType": "isPartOf"}]
    voice = ada.add("2", "Voice Flat", at=None, lines=1)
    order = ada.orders(
        ada.change("1", "modify", home), {**voice, "productOrderItemRelationship": inside}
    )
    operator.settle()
    whole, part = items_of(order)
    assert (order.state, "place" in whole["product"]) == ("inProgress", False)
    assert [one["id"] for one in part["product"]["place"]] == ada.places[:1]

    place = "'{productOrderItem,1,product,place}'"
    with operator.site.services.database.app.connection() as connection:
        of_older = f"update product_order set doc = doc::jsonb #- {place} where id = %s"
        connection.execute(of_older, [order.id])
    lines = previewed(operator, order, two_lines(order))["difference"]
    assert {one["attribute"] for one in lines} == {"product.productCharacteristic[lines]"}
    with operator.site.services.database.app.connection() as connection:
        newer = f"update product_order set doc = jsonb_set(doc::jsonb, {place}, %s) where id = %s"
        connection.execute(newer, [json.dumps(part["product"]["place"]), order.id])

    there = {"id": ada.places[1], "@referredType": "GeographicSite", "role": "installation"}
    revised(operator, order, [whole | {"product": whole["product"] | {"place": [there]}}, part])
    assert {one["place"]["id"] for one in order.plan["item"] if one["name"] == "Voice Line"} == {
        ada.places[1]
    }


def duo_of_two_extras(operator: Operator, ada: Customer) -> tuple[str, str]:
    """Return two products in a bundle which needs one of both."""
    offerings = [sell(operator, "Surf extra"), sell(operator, "Talk extra")]
    duo = operator.make(
        OFFERING,
        {"name": "Duo", "isBundle": True, "isSellable": True, **LIVE,
         "bundledGroup": [{"name": "Extras", "minimumOptions": 1}],
         "bundledProductOffering": [
             {"id": one, "mandatory": False, "group": "Extras"} for one in offerings]},
    )["id"]  # fmt: skip
    inside = [
        {"id": ident, "action": "add", "productOffering": {"id": one}}
        for ident, one in zip("23", offerings, strict=True)
    ]
    whole = {"id": "1", "action": "add", "productOffering": {"id": duo}}
    had = ada.has(whole | {"productOrderItem": inside})
    parts = sorted(linked(had.product(), "product"))
    return parts[0], parts[1]


@pytest.mark.accepts("MAC-08")
def test_two_orders_do_not_each_take_the_last_part_of_a_bundle(operator: Operator) -> None:
    """While the one extra is to end next year, the other one stays, until that is called off."""
    ada = operator.ada()
    first, second = duo_of_two_extras(operator, ada)
    ending = ada.orders(ada.change("1", "delete", first), requestedStartDate="2099-01-01T00:00:00Z")
    operator.settle()
    refused = ada.refused(ada.change("1", "delete", second))
    assert codes(refused) == {("bundleGroupCount", "productOrderItem[0].product.id")}
    assert ending.cancel()["cancellationResult"] == "canceled"
    ada.has(ada.change("1", "delete", second))


def test_nor_do_orders_that_come_at_the_same_moment(operator: Operator) -> None:
    """The one is checked and not stored yet when the other is sent in: that one is refused."""
    ada = operator.ada()
    first, second = duo_of_two_extras(operator, ada)
    answers: list[Any] = []
    body = ada.body(ada.change("1", "delete", second))
    posting = Thread(target=lambda: answers.append(operator.staff.post(ORDER, body)))
    with transaction(operator.site.services, system("tests")) as work:
        work.add(ProductOrder.wrap(ada.body(ada.change("1", "delete", first))))
        posting.start()
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and wait_event = 'advisory'"
        )
        operator.wait_until(lambda: operator.site.rows(waiting) == [(1,)])
    posting.join(10)
    (answer,) = answers
    assert answer.status_code == 400
    assert {code for code, _ in codes(answer)} == {"bundleGroupCount"}


def test_an_unknown_offering_is_the_only_fault(operator: Operator) -> None:
    """An offering that does not exist is named as that; nothing is said of its price, nor of the
    prices of the other items."""
    ada = operator.ada()
    wrong = ada.add("1", "TV Basic") | {"productOffering": {"id": "no-such-offering"}}
    refused = ada.refused(wrong, ada.add("2", "TV Basic"))
    assert codes(refused) == {("danglingReference", "productOrderItem[0].productOffering.id")}


@pytest.mark.accepts("MAC-02")
def test_a_bundle_moves_with_all_that_lies_in_it(operator: Operator) -> None:
    """Whoever moves the bundle moves its parts, without naming them. Until the line at the new
    place works all are where they were, and stay so when it is called off; a part that is elsewhere
    stays there. In the end the old line has ended and the number is the same."""
    firm = operator.company("Old", "New", "Elsewhere")
    tv = {**firm.add("4", "TV Basic"), "product": {"place": [site(firm, 2)]}}
    bought = firm.has(*bundle(firm, firm.fibre("2"), firm.voice("3"), tv))
    home, fibre, voice, screen = (bought.product(one)["id"] for one in "1234")
    number = bought.resources["Phone Number"]["value"]

    def places() -> list[str]:
        records = [operator.read(PRODUCT, one) for one in (home, fibre, voice, screen)]
        records += operator.find(SERVICE, relatedParty__id=firm.id, state="active")
        assert {one.get("status", "active") for one in records} == {"active"}
        return sorted(one["place"][0]["name"] for one in records)

    before = places()
    assert before.count("Elsewhere") > 1
    moves = {"id": "1", "action": "modify", "product": {"id": home, "place": [site(firm, 1)]}}
    refusal = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}
    operator.network.behave(fail=[refusal])
    order = firm.orders(moves)
    operator.settle()
    (whole,) = order.read()["productOrderItem"]
    assert [one["product"]["id"] for one in whole["productOrderItem"]] == [fibre, voice]
    assert (order.state, places()) == ("inProgress", before)
    assert order.cancel()["cancellationResult"] == "canceled"
    assert places() == before
    operator.network.behave()
    done = firm.has(moves)
    assert places() == [one.replace("Old", "New") for one in before]
    assert done.product()["place"][0]["id"] == firm.places[1]
    (kept,) = operator.find(RESOURCE, value=number.replace("+", "%2B"))
    assert (kept["usageState"], linked(kept, "relatedParty")) == ("active", {firm.id})


@pytest.mark.accepts("MAC-02")
def test_a_move_is_led_to_another_place_while_it_runs(operator: Operator) -> None:
    """A bundle that says no place is where all of its parts are. On the way she names another new
    place: what was made at the first one is given back, and all of it ends up at the second."""
    firm = operator.company("Old", "First", "Second")
    whole, *parts = bundle(firm, firm.fibre("2"), firm.voice("3"))
    del whole["product"]["place"]
    bought = firm.has(whole, *parts)
    products = [bought.product(one)["id"] for one in "123"]
    operator.network.behave(
        fail=[{"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}]
    )

    def moves(at: int) -> dict[str, Any]:
        product = {"id": products[0], "place": [site(firm, at)]}
        return {"id": "1", "action": "modify", "product": product}

    order = firm.orders(moves(1))
    operator.settle()
    assert [one["state"] for one in order.fallouts()] == ["open"]
    revised = operator.staff.patch(f"{ORDER}/{order.id}", {"productOrderItem": [moves(2)]})
    assert revised.status_code == 200, revised.json
    operator.network.behave()
    operator.hurry()
    assert order.state == "completed", order.steps
    at = [operator.read(PRODUCT, one)["place"][0]["name"] for one in products]
    at += [one["place"][0]["name"]
           for one in operator.find(SERVICE, relatedParty__id=firm.id, state="active")]  # fmt: skip
    assert (set(at), len(at)) == ({"Second"}, 7)


def site(customer: Customer, at: int) -> dict[str, Any]:
    return {"id": customer.places[at], "@referredType": "GeographicSite", "role": "installation"}
