"""Two orders of which the second is to begin when the first is done."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.support.operator import (
    CANCEL,
    FALLOUT,
    ORDER,
    OWN,
    PRODUCT,
    SERVICE_ORDER,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Order,
    Record,
    codes,
    values,
)
from tests.support.outside import ScriptedOutside
from tests.support.plans import item, picked, published, report, row
from tests.support.sql_counter import counted

NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort", "count": 1}


def after(ada: Customer, first: Order, *items: Any, **more: Any) -> Order:
    link = {"id": first.id, "relationshipType": "startsAfter"}
    return ada.orders(*items, orderRelationship=[link], **more)


@pytest.mark.accepts("ORD-18")
def test_an_order_begins_when_the_one_before_is_done(operator: Operator) -> None:
    """The second waits while the first stands still, says for what, and begins by itself at the
    end; one behind a draft waits as well, until that is submitted and done; a third waits for
    both. Where the first is canceled, the one behind it says so and waits for people."""
    operator.network.behave(fail=[NO_PORT])
    ada = operator.ada()
    first = ada.orders(ada.fibre("1"))
    second = after(ada, first, ada.add("1", "TV Basic"))
    third = after(ada, second, ada.add("1", "TV Basic"))
    operator.settle()
    assert (first.state, second.state) == ("inProgress", "inProgress")
    (wait,) = second.plan["item"]
    assert (wait["kind"], wait["state"]) == ("wait", "waiting")
    assert wait["reason"] == f"starts after {first.key} is completed"
    assert set(second.items.values()) == {"acknowledged"}
    (stopped,) = first.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    assert (first.state, second.state) == ("completed", "completed")
    assert first.read()["completionDate"] <= second.read()["completionDate"]
    operator.hurry()
    assert third.state == "completed"

    draft = ada.orders(ada.add("1", "TV Basic"), state="pending")
    behind = after(ada, draft, ada.add("1", "TV Basic"))
    operator.hurry()
    assert behind.state == "inProgress"
    circle = {"orderRelationship": [{"id": behind.id, "relationshipType": "startsAfter"}]}
    refused = operator.staff.patch(f"{ORDER}/{draft.id}", circle)
    assert codes(refused) == {("conflictOrderCircle", "orderRelationship[0].id")}
    assert operator.staff.post(f"{OWN}/productOrder/{draft.id}/submit", {}).status_code == 200
    operator.settle()
    operator.hurry()
    assert (draft.state, behind.state) == ("completed", "completed")

    given_up = ada.orders(ada.add("1", "TV Basic"), state="pending")
    stranded = after(ada, given_up, ada.add("1", "TV Basic"))
    operator.settle()
    operator.make(CANCEL, {"productOrder": {"id": given_up.id}})
    operator.settle()
    operator.hurry()
    (told,) = stranded.fallouts(state="open")
    assert told["cause"]["code"] == "predecessorEnded"


@pytest.mark.accepts("MAC-05")
def test_a_second_order_for_one_product_is_put_behind_the_first(operator: Operator) -> None:
    """While the first stands still, orders for its product are taken that start after it, one
    behind the other; each is looked at and begins when the one before is done. One beside them is
    refused and told which one is there, and the link stays on while it keeps them apart."""
    ada = operator.ada()
    product = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(product))
    operator.settle()
    second = after(ada, first, ada.change("1", "suspend", product))
    third = after(ada, second, ada.change("1", "resume", product))  # nothing is suspended yet
    for before in (first, second):
        link = [{"id": before.id, "relationshipType": "startsAfter"}]
        refused = ada.refused(ada.change("1", "delete", product), orderRelationship=link)
        assert codes(refused) == {("conflictOpenOrder", "productOrderItem[0].product.id")}
        named = second.key if before is first else third.key
        assert named in refused.json["fault"][0]["message"]
    operator.settle()
    assert (first.state, second.state, third.state) == ("inProgress",) * 3
    (wait,) = third.plan["item"]
    assert wait["reason"] == f"starts after {second.key} is completed"
    loose = operator.staff.patch(f"{ORDER}/{second.id}", {"orderRelationship": []})
    assert codes(loose) == {("conflictOpenOrder", "productOrderItem[0].product.id")}
    (stopped,) = first.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    operator.hurry()
    operator.hurry()
    assert (first.state, second.state, third.state) == ("completed",) * 3
    now = operator.read(PRODUCT, product)
    assert (now["status"], values(now)["downloadSpeed"]) == ("active", 500)
    begun = [one.read()["completionDate"] for one in (first, second, third)]
    assert begun == sorted(begun)


def test_an_order_that_is_let_go_begins_at_once(operator: Operator) -> None:
    """Without its link it waits no more, though the other one still stands still."""
    ada = operator.ada()
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.fibre("1", 100))
    operator.settle()
    bob = operator.ada()
    second = after(bob, first, bob.add("1", "TV Basic"))
    line = operator.find(SERVICE_SPECIFICATION, name="Voice%20Line")[0]["id"]
    asked = {"id": "1", "action": "add", "service": {"serviceSpecification": {"id": line}}}
    link = {"id": first.id, "relationshipType": "startsAfter", "@referredType": "ProductOrder"}
    alone = operator.make(SERVICE_ORDER, {
        "relatedParty": [{"id": ada.id, "role": "customer"}], "serviceOrderItem": [asked],
        "orderRelationship": [link],
    })["id"]  # fmt: skip
    operator.settle()
    plan = operator.read(f"{OWN}/serviceOrder/{alone}/plan")
    assert [one["kind"] for one in (*second.plan["item"], *plan["item"])] == ["wait", "wait"]
    for path, ident in ((ORDER, second.id), (SERVICE_ORDER, alone)):
        assert operator.staff.patch(f"{path}/{ident}", {"orderRelationship": []}).status_code == 200
    operator.settle()
    assert (first.state, second.state) == ("inProgress", "completed")
    assert operator.read(f"{OWN}/serviceOrder/{alone}/plan")["item"][0]["kind"] != "wait"


def test_an_order_behind_another_tells_when_there_is_nothing_left_for_it(
    operator: Operator,
) -> None:
    """What is still being made may be changed next. Behind an order that ends the product, and
    behind one that is canceled, it becomes a fallout; without the link it is carried out then."""
    ada = operator.ada()
    operator.network.behave(fail=[NO_PORT])
    bought = ada.orders(ada.fibre("1", 100))
    operator.settle()
    product = bought.product("1")["id"]
    faster = after(ada, bought, ada.faster(product))
    operator.settle()
    (stopped,) = bought.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    operator.hurry()
    assert (bought.state, faster.state) == ("completed", "completed")

    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(product, 1000))
    operator.settle()
    second = after(ada, first, ada.change("1", "suspend", product))
    operator.settle()
    assert first.cancel()["state"] == "done"
    operator.hurry()
    (told,) = second.fallouts(state="open")
    assert told["cause"]["code"] == "predecessorEnded"
    free = operator.staff.patch(f"{ORDER}/{second.id}", {"orderRelationship": []})
    assert free.status_code == 200, free.json
    assert operator.staff.post(f"{FALLOUT}/{told['id']}/retry").status_code == 200
    operator.settle()
    assert second.state == "completed"

    ending = ada.orders(ada.change("1", "delete", product))
    pointless = after(ada, ending, ada.change("1", "resume", product))
    operator.settle()
    operator.hurry()
    assert (ending.state, pointless.state) == ("completed", "inProgress")
    (told,) = pointless.fallouts(state="open")
    assert told["cause"]["code"] == "productNotActive"


def test_a_second_order_for_one_service_is_put_behind_the_first(operator: Operator) -> None:
    """The same holds for service orders by themselves, behind one that a product order made too."""
    ada = operator.ada()
    operator.network.behave(fail=[NO_PORT])
    bought = ada.orders(ada.fibre("1", 100))
    operator.settle()
    service = bought.services["Fibre Access"]["id"]
    (made,) = [one for name, one in bought.service_orders.items() if name == "Fibre Access"]
    item = {"id": "1", "action": "modify", "service": {"id": service, "serviceCharacteristic": []}}
    body = {"relatedParty": [{"id": ada.id, "role": "customer"}], "serviceOrderItem": [item]}
    path = {("conflictOpenOrder", "serviceOrderItem[0].service.id")}
    refused = operator.staff.post(SERVICE_ORDER, body)
    assert codes(refused) == path
    assert made["key"] in refused.json["fault"][0]["message"]
    link = {"id": bought.id, "relationshipType": "startsAfter", "@referredType": "ProductOrder"}
    behind = operator.make(SERVICE_ORDER, {**body, "orderRelationship": [link]})
    operator.settle()
    second = {"id": behind["id"], "relationshipType": "startsAfter",
              "@referredType": "ServiceOrder"}  # fmt: skip
    assert codes(operator.staff.post(SERVICE_ORDER, {**body, "orderRelationship": [link]})) == path
    last = operator.make(SERVICE_ORDER, {**body, "orderRelationship": [second]})
    loose = operator.staff.patch(f"{SERVICE_ORDER}/{behind['id']}", {"orderRelationship": []})
    assert codes(loose) == path
    (stopped,) = bought.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    operator.hurry()
    operator.hurry()
    states = [operator.read(SERVICE_ORDER, one["id"])["state"] for one in (behind, last)]
    assert (bought.state, states) == ("completed", ["completed", "completed"])


def test_the_first_may_be_changed_while_another_starts_after_it(operator: Operator) -> None:
    """An order that runs is revised although the next one about its product waits for it."""
    ada = operator.ada()
    product = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(product))
    operator.settle()
    second = after(ada, first, ada.change("1", "suspend", product))
    operator.settle()
    items = [ada.faster(product, 1000)]
    seen = operator.staff.post(f"{OWN}/productOrder/{first.id}/revision/preview",
                               {"productOrderItem": items})  # fmt: skip
    assert seen.status_code == 200, seen.json
    assert "conflictOpenOrder" not in {one["code"] for one in seen.json.get("fault", [])}
    theirs = operator.staff.post(f"{OWN}/simulate", ada.body(*items))
    assert "conflictOpenOrder" in str(theirs.json)
    assert second.state == "inProgress"


def test_an_order_names_those_before_it_by_their_ids(operator: Operator) -> None:
    """What is no id is refused as one that there is not, of orders of services as well."""
    ada = operator.ada()
    line = operator.find(SERVICE_SPECIFICATION, name="Voice%20Line")[0]["id"]
    asked = {"id": "1", "action": "add", "service": {"serviceSpecification": {"id": line}}}
    alone = {"relatedParty": [{"id": ada.id, "role": "customer"}], "serviceOrderItem": [asked]}
    link = {"orderRelationship": [{"id": "the first one", "relationshipType": "startsAfter"}]}
    for path, body in ((ORDER, ada.body(ada.add("1", "TV Basic"))), (SERVICE_ORDER, alone)):
        refused = operator.staff.post(path, {**body, **link})
        assert codes(refused) == {("danglingReference", "orderRelationship[0].id")}


def test_two_links_at_the_same_moment_make_no_circle(operator: Operator) -> None:
    """Each alone is sound; whichever comes second is refused, round after round."""
    ada = operator.ada()
    pair = [ada.orders(ada.add("1", "TV Basic"), state="pending") for _ in range(2)]
    first, second = (f"{ORDER}/{one.id}" for one in pair)
    staff = operator.staff
    for _ in range(4):
        answers: list[Any] = []
        gate = Barrier(2)

        def link(path: str, other: Order, told: list[Any] = answers, ready: Barrier = gate) -> None:
            ready.wait()
            named = {"id": other.id, "relationshipType": "startsAfter"}
            told.append(staff.patch(path, {"orderRelationship": [named]}))

        sent = ((first, pair[1]), (second, pair[0]))
        threads = [Thread(target=link, args=one) for one in sent]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(one.status_code for one in answers) == [200, 409]
        (refused,) = [one for one in answers if one.status_code == 409]
        assert codes(refused) == {("conflictOrderCircle", "orderRelationship[0].id")}
        for path in (first, second):
            assert staff.patch(path, {"orderRelationship": []}).status_code == 200


def test_a_long_line_of_orders_is_read_at_once(operator: Operator) -> None:
    """How many orders wait before one does not decide how often the database is asked."""
    ada = operator.ada()
    line = [ada.orders(ada.add("1", "TV Basic"), state="pending")]
    asked = []
    for _ in range(6):
        with counted() as statements:
            line.append(after(ada, line[-1], ada.add("1", "TV Basic"), state="pending"))
            ends = {"orderRelationship": [{"id": line[-1].id, "relationshipType": "startsAfter"}]}
            assert operator.staff.patch(f"{ORDER}/{line[0].id}", ends).status_code == 409
        asked.append(len(statements))
    assert asked[-1] == asked[1], asked


@pytest.mark.accepts("ORC-07")
def test_a_step_of_a_service_order_waits_for_another_service_order(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """The same holds for orders of services that stand by themselves."""
    live = {"serviceType": "RFS", "lifecycleStatus": "Active"}
    dish, feed = (
        operator.make(SERVICE_SPECIFICATION, {"name": one, **live})["id"]
        for one in ("Dish", "Feed")
    )
    published(operator, "dish", item("erect", "manual"), item("paint", "manual", "erect"))
    after = [{"scope": "relatedOrder", "specification": "Dish", "item": "erect"}]
    published(operator, "feed", item("align", "manual", after=after))
    picked(operator, row("dish", specification="Dish"), row("feed", specification="Feed"))
    parties = [{"id": operator.ada().id, "role": "customer"}]

    def ordered_alone(specification: str, **more: Any) -> Callable[[], dict[str, Record]]:
        line = {"id": "1", "action": "add",
                "service": {"serviceSpecification": {"id": specification}}}  # fmt: skip
        made = operator.make(
            SERVICE_ORDER, {"relatedParty": parties, "serviceOrderItem": [line], **more}
        )
        operator.settle()

        def steps() -> dict[str, Record]:
            plan = operator.read(f"{OWN}/serviceOrder/{made['id']}/plan")["item"]
            return {one["origin"]["item"]: one for one in plan if "item" in one.get("origin", {})}

        steps.__doc__ = made["id"]
        return steps

    first = ordered_alone(dish)
    related = [{"id": first.__doc__, "relationshipType": "relatesTo"}]
    second = ordered_alone(feed, orderRelationship=related)
    operator.hurry()
    assert (first()["erect"]["state"], second()["align"]["state"]) == ("ready", "pending")
    assert report(operator, first()["erect"]).status_code == 200
    operator.settle()
    assert (first()["paint"]["state"], second()["align"]["state"]) == ("ready", "ready")
