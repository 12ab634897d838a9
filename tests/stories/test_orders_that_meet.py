"""Ada's orders meet: the second one comes after what the first is still doing to their line."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import (
    CANCEL,
    FALLOUT,
    OWN,
    PRODUCT,
    SERVICE,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Order,
    Record,
    linked,
)
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction
from trunkline.web.orders.plan import read_plan
from trunkline.web.orders.rows import rows_of
from trunkline.web.orders.timeline import Timeline

NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}


def retry(operator: Operator, order: Order) -> None:
    (fallout,) = order.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()


def waiting_for_line(operator: Operator, ada: Customer) -> tuple[Order, Order]:
    """Return an order for internet whose line fell out, and one for voice that came after it."""
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.fibre("1"))
    operator.settle()
    assert first.steps["Fibre Access"] == "fallout"
    operator.network.behave()
    second = ada.orders(ada.voice("1"))
    operator.settle()
    return first, second


def test_an_order_waits_for_the_line_that_another_one_builds(operator: Operator) -> None:
    """Voice is ordered while the line is in fallout: it waits, says for what, and has nothing in
    the network or the inventory. When the line is there both orders complete, in sequence."""
    ada = operator.ada()
    first, second = waiting_for_line(operator, ada)
    assert (second.state, second.items) == ("inProgress", {"1": "acknowledged"})
    assert second.read()["productOrderItem"][0]["internalState"] == "scheduled"
    assert len(operator.find(PRODUCT, relatedParty__id=ada.id)) == 1
    (wait,) = second.plan["item"]
    line = first.step("Fibre Access")
    assert (wait["kind"], wait["state"]) == ("wait", "waiting")
    assert wait["name"] == f"Wait for order {first.key}"
    (awaited,) = wait["awaits"]
    assert awaited["order"] == {"id": first.id, "key": first.key}
    assert (awaited["step"], awaited["record"]["name"]) == (line["id"], "Fibre Access")
    assert awaited["record"]["id"] == first.services["Fibre Access"]["id"]
    assert f"is being made by {first.key}" in wait["reason"]
    assert line["awaitedBy"] == [{"id": second.id, "key": second.key}]
    told = operator.staff.post(f"{OWN}/simulate", ada.body(ada.add("1", "TV Basic"))).json
    assert [one["order"]["key"] for one in told["awaits"]] == [first.key]

    retry(operator, first)
    assert (first.state, second.state) == ("completed", "completed")
    assert second.read()["completionDate"] >= first.read()["completionDate"]
    made = {one["name"]: one for one in second.plan["item"]}
    assert "Fibre Access" not in made
    telephony = second.services["Telephony"]
    assert awaited["record"]["id"] in linked(telephony, "supportingService")
    assert second.product()["startDate"] >= first.services["Fibre Access"]["startDate"]
    assert operator.in_network() == {"Fibre Access": ["active"], "Voice Line": ["active"]}
    assert "awaitedBy" not in first.step("Fibre Access")


def test_it_builds_its_own_line_when_the_other_order_is_canceled(operator: Operator) -> None:
    ada = operator.ada()
    first, second = waiting_for_line(operator, ada)
    former = first.services["Fibre Access"]["id"]
    assert first.cancel()["cancellationResult"] == "canceled"
    assert (first.state, second.state) == ("cancelled", "completed")
    line = second.services["Fibre Access"]
    assert (line["id"] != former, line["state"]) == (True, "active")
    assert operator.read(SERVICE, former)["state"] == "terminated"
    assert linked(second.services["Telephony"], "supportingService") >= {line["id"]}
    assert former not in linked(second.services["Telephony"], "supportingService")
    assert operator.in_network()["Fibre Access"] == ["active"]


def test_it_builds_a_new_line_when_the_old_one_is_about_to_end(operator: Operator) -> None:
    """Internet, the last product on the line, is being disconnected when voice is ordered."""
    ada = operator.ada()
    had = ada.has(ada.fibre("1"))
    former = had.services["Fibre Access"]["id"]
    operator.network.behave(mode="callback", delay_ms=600_000)
    ending = ada.orders(ada.change("1", "delete", had.product()["id"]))
    operator.settle()
    assert ending.steps["Fibre Access"] == "waiting"
    after = ada.orders(ada.voice("1"))
    operator.settle()
    assert after.steps == {"Wait for order " + ending.key: "waiting"}
    (wait,) = after.plan["item"]
    assert f"is being ended by {ending.key}" in wait["reason"]
    operator.network.behave()
    operator.network.release("orders")
    operator.hurry()
    assert (ending.state, after.state) == ("completed", "completed")
    line = after.services["Fibre Access"]
    assert (line["id"] != former, line["state"]) == (True, "active")
    assert sorted(operator.in_network()["Fibre Access"]) == ["active", "terminated"]


def shop_with_an_open_line(operator: Operator) -> tuple[str, str]:
    """Put two products on sale that share a line which can be given back, the first with a
    service of its own that the network may refuse; return their offerings."""
    line = operator.make(
        SERVICE_SPECIFICATION,
        {"name": "Copper line", **LIVE, "fulfilment": {"kind": "callout"}},
    )["id"]
    shared = {"id": line, "name": "Copper line", "relationshipType": "realisedAs",
              "shared": True, "sharedBy": ["place"]}  # fmt: skip
    own = operator.make(
        SERVICE_SPECIFICATION, {"name": "Filter", **LIVE, "fulfilment": {"kind": "callout"}}
    )["id"]
    found = []
    for name, more in (("Surf", [{"id": own, "name": "Filter", "relationshipType": "realisedAs"}]),
                       ("Talk", [])):  # fmt: skip
        service = operator.make(
            SERVICE_SPECIFICATION,
            {"name": f"{name} service", **LIVE, "fulfilment": {"kind": "automatic"},
             "serviceSpecRelationship": [shared, *more]},
        )["id"]  # fmt: skip
        relation = {"id": service, "name": f"{name} service", "relationshipType": "realisedAs"}
        found.append(sell(operator, name, serviceSpecification=[relation]))
    return found[0], found[1]


def test_a_line_that_others_use_stays_when_its_order_is_canceled(operator: Operator) -> None:
    """Surf made the line and hangs on its filter; Talk runs on the line since. Surf is canceled:
    the line stays, says so, and ends with Talk."""
    surf, talk = shop_with_an_open_line(operator)
    ada = operator.ada()
    place = [{"id": ada.places[0], "@referredType": "GeographicSite", "role": "installation"}]

    def item(offering: str) -> Record:
        return {"id": "1", "action": "add", "productOffering": {"id": offering},
                "product": {"place": place}}  # fmt: skip

    operator.network.behave(fail=[{"kind": "business", "specification": "Filter", "code": "no"}])
    first = ada.orders(item(surf))
    operator.settle()
    assert (first.steps["Copper line"], first.steps["Filter"]) == ("completed", "fallout")
    second = ada.has(item(talk))
    line = first.services["Copper line"]
    assert line["id"] in linked(second.services["Talk service"], "supportingService")

    assert first.cancel()["cancellationResult"] == "canceled"
    assert first.state == "cancelled"
    assert operator.read(SERVICE, line["id"])["state"] == "active"
    assert operator.in_network()["Copper line"] == ["active"]
    assert first.services["Surf service"]["state"] == "terminated"
    undo = first.step("Undo: Copper line")
    assert undo["state"] == "skipped"
    service = second.services["Talk service"]
    assert undo["reason"] == f"kept: still used by Talk service {service['key']}"
    assert second.product()["status"] == "active"

    ended = ada.has(ada.change("1", "delete", second.product()["id"]))
    assert ended.steps["Copper line"] == "completed"
    assert operator.in_network()["Copper line"] == ["terminated"]


def values(record: Record) -> Record:
    return {one["name"]: one["value"] for one in record["serviceCharacteristic"]}


def shop_with_a_line_of_two_values(operator: Operator) -> dict[str, str]:
    """Put two products on sale that share a line and say one value of it each, the first with a
    filter of its own that has the same value; return their offerings by name."""
    names = ("rate", "quality")
    texts = [{"name": name, "valueType": "string"} for name in names]
    line = operator.make(
        SERVICE_SPECIFICATION,
        {"name": "Two-value line", **LIVE, "fulfilment": {"kind": "callout"},
         "specCharacteristic": texts},
    )["id"]  # fmt: skip
    own = operator.make(
        SERVICE_SPECIFICATION,
        {"name": "Rate filter", **LIVE, "fulfilment": {"kind": "callout"},
         "specCharacteristic": texts[:1]},
    )["id"]  # fmt: skip
    found = {}
    for name in names:
        mapping = [{"target": name, "source": name}]
        link = {"relationshipType": "realisedAs", "mapping": mapping}
        shared = {"id": line, "name": "Two-value line", "shared": True, "sharedBy": ["place"]}
        filters = [{"id": own, "name": "Rate filter", **link}] if name == "rate" else []
        service = operator.make(
            SERVICE_SPECIFICATION,
            {"name": f"{name} service", **LIVE, "fulfilment": {"kind": "automatic"},
             "specCharacteristic": [{"name": name, "valueType": "string"}],
             "serviceSpecRelationship": [{**shared, **link}, *filters]},
        )["id"]  # fmt: skip
        found[name] = sell(
            operator, f"Sold by {name}",
            productSpecCharacteristic=[{"name": name, "valueType": "string", "configurable": True}],
            serviceSpecification=[{"id": service, "name": f"{name} service", **link}],
        )  # fmt: skip
    return found


@pytest.mark.parametrize("end", ["cancel", "retry"])
def test_a_change_waits_for_an_earlier_one_that_may_still_be_undone(
    operator: Operator, end: str
) -> None:
    """Another rate is on the line already, but its order hangs on the filter. A change of quality
    comes after the end of that order, and what an undone order sets back is what it changed."""
    sold = shop_with_a_line_of_two_values(operator)
    ada = operator.ada()
    place = [{"id": ada.places[0], "@referredType": "GeographicSite", "role": "installation"}]
    items = [
        {"id": ident, "action": "add", "productOffering": {"id": sold[name]},
         "product": {"place": place, "productCharacteristic": [{"name": name, "value": "low"}]}}
        for ident, name in (("1", "rate"), ("2", "quality"))
    ]  # fmt: skip
    had = ada.has(*items)
    line = had.services["Two-value line"]["id"]
    operator.network.behave(fail=[{"kind": "business", "specification": "Rate filter"}])
    first = ada.orders(ada.change("1", "modify", had.product("1")["id"], rate="high"))
    operator.settle()
    assert (first.steps["Two-value line"], first.steps["Rate filter"]) == ("completed", "fallout")
    operator.network.behave()
    second = ada.orders(ada.change("1", "modify", had.product("2")["id"], quality="high"))
    operator.settle()
    assert second.steps == {"Wait for order " + first.key: "waiting"}
    if end == "cancel":
        assert first.cancel()["cancellationResult"] == "canceled"
    else:
        retry(operator, first)
    assert second.state == "completed"
    rate = "low" if end == "cancel" else "high"
    now = values(operator.read(SERVICE, line))
    assert (now["rate"], now["quality"]) == (rate, "high")


def test_a_line_that_nobody_else_uses_ends_with_its_order(operator: Operator) -> None:
    surf, _ = shop_with_an_open_line(operator)
    ada = operator.ada()
    place = [{"id": ada.places[0], "@referredType": "GeographicSite", "role": "installation"}]
    operator.network.behave(fail=[{"kind": "business", "specification": "Filter", "code": "no"}])
    order = ada.orders({"id": "1", "action": "add", "productOffering": {"id": surf},
                        "product": {"place": place}})  # fmt: skip
    operator.settle()
    order.cancel()
    assert order.steps["Undo: Copper line"] == "completed"
    assert operator.in_network()["Copper line"] == ["terminated"]


def test_an_order_that_waits_is_held_and_goes_on_when_released(operator: Operator) -> None:
    """What it waits for ends while it is on hold: it stays so, and looks again afterwards."""
    ada = operator.ada()
    first, second = waiting_for_line(operator, ada)
    address = f"/tmf-api/productOrderingManagement/v4/productOrder/{second.id}"
    assert operator.staff.patch(address, {"state": "held"}).status_code == 200
    retry(operator, first)
    assert (first.state, second.state) == ("completed", "held")
    assert set(second.steps.values()) == {"waiting"}
    assert operator.staff.patch(address, {"state": "inProgress"}).status_code == 200
    operator.settle()
    assert second.state == "completed"


def test_an_order_that_waits_is_canceled_at_once(operator: Operator) -> None:
    ada = operator.ada()
    first, second = waiting_for_line(operator, ada)
    task = second.cancel()
    assert (task["state"], task["cancellationResult"]) == ("done", "canceled")
    assert (second.state, second.items) == ("cancelled", {"1": "cancelled"})
    assert "awaitedBy" not in first.step("Fibre Access")
    retry(operator, first)
    assert (first.state, second.state) == ("completed", "cancelled")
    assert operator.in_network() == {"Fibre Access": ["active"]}
    assert operator.read(CANCEL, task["id"])["state"] == "done"


@pytest.mark.parametrize("verb", ["skip", "completeByHand"])
def test_it_goes_on_when_people_settle_what_it_waits_for(operator: Operator, verb: str) -> None:
    ada = operator.ada()
    first, second = waiting_for_line(operator, ada)
    (fallout,) = first.fallouts()
    words = {"skip": {"reason": "no port"}, "completeByHand": {"evidence": "photo 12"}}
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/{verb}", words[verb]).status_code == 200
    operator.settle()
    assert second.state == "completed"
    assert ("Fibre Access" in second.services) == (verb == "skip")


def test_both_orders_link_to_each_other_on_their_pages(operator: Operator) -> None:
    ada = operator.ada()
    first, second = waiting_for_line(operator, ada)
    with transaction(operator.site.services, system("tests")) as work:
        for order, other, words in (
            (second, first, f"is being made by {first.key}"), (first, second, "Awaited by"),
        ):  # fmt: skip
            plan = read_plan(work, order.id)
            zone = ZoneInfo("UTC")
            groups = rows_of(plan, Timeline(plan, zone), zone, "/order/X", view="list")
            (row,) = [one for group in groups for one in group["rows"] if one["reason"]]
            assert words in "".join(part["text"] for part in row["reason"])
            assert [one["text"] for one in row["reason"] if one["address"]] == [other.key]
