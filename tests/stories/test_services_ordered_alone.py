"""Services that others order by themselves (TMF641) are broken down as those of products are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.test_broken_down import LIVE
from tests.support.operator import (
    OWN,
    RESOURCE,
    RESOURCE_ORDER,
    SERVICE,
    SERVICE_ORDER,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Record,
    codes,
    linked,
    values,
)
from tests.support.outside import ScriptedOutside
from tests.support.plans import item, picked, published, report, row
from tests.support.sql_counter import counted
from tests.web.browser import Browser

RESOURCE_SPECIFICATION = "/tmf-api/resourceCatalog/v4/resourceSpecification"
CANCEL = "/tmf-api/serviceOrdering/v4/cancelServiceOrder"
BRANCHES = {"Filter": "Appliance", "Inspection": "Engine", "Reporting": "Storage"}
CALLED = {"kind": "callout", "durationMinutes": 30}


def free(*names: str) -> list[Record]:
    return [{"name": one, "valueType": "string", "configurable": True} for one in names]


@pytest.fixture(scope="module")
def firewall(opened: Operator) -> str:
    """A service that three others realize, one of them where reports are asked for; each of these
    requires a resource."""
    links = []
    for name, resource in BRANCHES.items():
        made = opened.make(RESOURCE_SPECIFICATION, {"name": resource, **LIVE})
        needs = [{"id": made["id"], "name": resource, "relationshipType": "requires"}]
        below = opened.make(
            SERVICE_SPECIFICATION,
            {"name": name, **LIVE, "resourceSpecification": needs, "fulfilment": CALLED,
             "specCharacteristic": free("level")},
        )  # fmt: skip
        mapping = [{"target": "level", "source": "level"}]
        links.append({"id": below["id"], "name": name, "relationshipType": "realisedAs",
                      "mapping": mapping})  # fmt: skip
    links[-1]["condition"] = "source.reports == 'on'"
    made = opened.make(
        SERVICE_SPECIFICATION,
        {"name": "Firewall", **LIVE, "serviceSpecRelationship": links,
         "specCharacteristic": free("level", "reports")},
    )  # fmt: skip
    return str(made["id"])


def line(specification: str, **said: str) -> Record:
    given = [{"name": name, "value": value} for name, value in said.items()]
    service = {"serviceSpecification": {"id": specification}, "serviceCharacteristic": given}
    return {"id": "1", "action": "add", "service": service}


def body(ada: Customer, *items: Record, **more: Any) -> Record:
    owner = [{"id": ada.id, "role": "customer"}]
    return {"relatedParty": owner, "serviceOrderItem": list(items), **more}


def placed(operator: Operator, ada: Customer, *items: Record, **more: Any) -> Record:
    made = operator.make(SERVICE_ORDER, body(ada, *items, **more))
    operator.settle()
    return operator.read(SERVICE_ORDER, made["id"])


def below(operator: Operator, order: Record) -> tuple[list[Record], list[Record]]:
    """Return the service and resource orders into which an order was broken down."""
    filters = {"serviceOrder__id": order["id"]}
    return operator.find(SERVICE_ORDER, **filters), operator.find(RESOURCE_ORDER, **filters)


def plan(operator: Operator, order: Record) -> dict[str, Record]:
    found = operator.read(f"{OWN}/serviceOrder/{order['id']}/plan")
    return {one["nodeKey"]: one for one in found["item"]}


def own_service(operator: Operator, order: Record) -> Record:
    return operator.read(SERVICE, order["serviceOrderItem"][0]["service"]["id"])


@pytest.mark.scenario(4)
def test_one_order_becomes_three_and_three(operator: Operator, firewall: str) -> None:
    """TMF641: a service that three realize, each with a resource, is 1 + 3 + 3 orders; all is
    active and linked, with the values that mappings give. One characteristic less is one branch
    less, and what was left out comes with the value later; the end takes everything along."""
    ada = operator.ada()
    order = placed(operator, ada, line(firewall, level="high", reports="on"))
    assert (order["state"], order["serviceOrderItem"][0]["state"]) == ("completed", "completed")
    services, resources = below(operator, order)
    assert {one["serviceOrderItem"][0]["service"]["name"] for one in services} == {*BRANCHES}
    assert {one["name"] for one in resources} == {*BRANCHES.values()}
    assert len(services) == len(resources) == 3
    assert {one["state"] for one in (*services, *resources)} == {"completed"}
    assert {one["serviceOrderItemId"] for one in (*services, *resources)} == {"1"}
    service = own_service(operator, order)
    assert service["state"] == "active"
    parts = [operator.read(SERVICE, one) for one in linked(service, "supportingService")]
    assert {(one["name"], one["state"]) for one in parts} == {(one, "active") for one in BRANCHES}
    for part in parts:
        (ident,) = linked(part, "supportingResource")
        held = operator.read(RESOURCE, ident)
        assert (held["name"], held["usageState"]) == (BRANCHES[part["name"]], "active")
        assert values(part)["level"] == "high"
    assert len(operator.commands()) == 3

    plain = placed(operator, ada, line(firewall, level="low"))
    assert [len(one) for one in below(operator, plain)] == [2, 2]
    assert plain["awaitedValue"][0]["makes"] == "Reporting"
    held = own_service(operator, plain)
    change = {"id": "1", "action": "modify", "service": {
        "id": held["id"], "serviceCharacteristic": [
            {"name": "level", "value": "high"}, {"name": "reports", "value": "on"}]}}  # fmt: skip
    changed = placed(operator, ada, change)
    assert changed["state"] == "completed"
    actions = {one["nodeKey"]: one["action"] for one in plan(operator, changed).values()
               if one["layer"] != "order"}  # fmt: skip
    assert actions == {
        "1": "modify", "1/Filter": "modify", "1/Inspection": "modify",
        "1/Reporting": "add", "1/Reporting/Storage": "add",
    }  # fmt: skip
    held = own_service(operator, changed)
    names = {operator.read(SERVICE, one)["name"] for one in linked(held, "supportingService")}
    assert names == {*BRANCHES}
    ended = placed(operator, ada, {"id": "1", "action": "delete", "service": {"id": held["id"]}})
    states = [operator.read(SERVICE, one)["state"] for one in linked(held, "supportingService")]
    assert (ended["state"], states) == ("completed", ["terminated"] * 3)
    assert len(plan(operator, ended)) == 8


def test_it_is_told_before_and_after_what_it_takes(
    operator: Operator, firewall: str, browser: Browser
) -> None:
    """Simulated, as it would be sent and as it waits for its day, it has the steps that it has in
    the end; each says why it is there, by which rule, and where its values come from, on its page
    as well."""
    ada = operator.ada()
    sent = body(ada, line(firewall, level="high"), requestedStartDate="2099-01-01T00:00:00Z")
    answer = operator.staff.post(f"{OWN}/simulate", sent)
    assert answer.status_code == 200, answer.json
    keys = {"1", "1/Filter", "1/Filter/Appliance", "1/Inspection", "1/Inspection/Engine"}
    assert {one["nodeKey"] for one in answer.json["item"]} == keys
    assert [one["name"] for one in answer.json["deferred"]] == ["Reporting"]
    assert answer.json["fault"] == []
    wrong = line(firewall, colour="red")
    refused = operator.staff.post(f"{OWN}/simulate", body(ada, wrong)).json
    assert {one["code"] for one in refused["fault"]} == {"characteristicUnknown"}
    order = placed(operator, ada, *sent["serviceOrderItem"],
                   requestedStartDate=sent["requestedStartDate"])  # fmt: skip
    assert order["serviceOrderItem"][0]["state"] == "acknowledged"
    path = f"{OWN}/serviceOrder/{order['id']}"
    waiting = operator.staff.post(f"{path}/simulate")
    assert {one["nodeKey"] for one in waiting.json["item"]} == keys, waiting.json
    patch = {"requestedStartDate": "2020-01-01T00:00:00Z"}
    assert operator.staff.patch(f"{SERVICE_ORDER}/{order['id']}", patch).status_code == 200
    operator.settle()
    steps = plan(operator, order)
    assert steps.keys() == {*keys, "end"}
    step = steps["1/Filter"]
    why = operator.read(f"{path}/explanation?step={step['id']}")
    told = {one.get("name") or one["about"]: one for one in why}
    assert told["part"]["text"] == "realisedAs of Firewall"
    assert told["part"]["rule"] == "specification Filter"
    assert told["level"]["text"] == "copied from level of Firewall"
    page = f"/service-order/{order['id']}/why"
    assert "copied from level of Firewall" in browser.get(f"{page}?step={step['id']}").text
    assert "6 of 6 steps are over" in browser.get(page).text
    whole = operator.read(f"{path}/explanation")
    assert {"state", "start", "end"} <= {one["about"] for one in whole}
    of_line = operator.read(f"{path}/explanation?line=1")
    assert any("5 of 5 steps are over" in one["text"] for one in of_line)
    assert operator.staff.post(f"{path}/simulate").status_code == 409


def test_it_goes_by_a_plan_that_a_table_picks(
    operator: Operator, firewall: str, outside: ScriptedOutside
) -> None:
    """What carries a part out is picked by table as for orders of products: people survey first,
    what does not hold is left out, and the values that come on the way are the service's."""
    form = [{"name": "level", "valueType": "string", "isRequired": True}]
    published(
        operator, "filtering",
        item("survey", "manual", role="survey", form=form),
        item("guards", "manual", condition="line.characteristic.level == 'none'"),
        item("switchOn", "activation", "survey", "guards"),
    )  # fmt: skip
    picked(operator, row("filtering", specification="Filter", action="add"))
    order = placed(operator, operator.ada(), line(firewall))
    steps = plan(operator, order)
    assert steps["1/Filter~survey"]["state"] == "ready"
    assert steps["1/Filter"]["origin"]["code"] == "filtering"
    assert (order["state"], steps["1/Inspection"]["state"]) == ("inProgress", "completed")
    assert report(operator, steps["1/Filter~survey"], level="seen").status_code == 200
    operator.settle()
    order = operator.read(SERVICE_ORDER, order["id"])
    assert (order["state"], order["serviceOrderItem"][0]["state"]) == ("completed", "completed")
    assert plan(operator, order)["1/Filter~guards"]["state"] == "skipped"
    parts = [operator.read(SERVICE, one)
             for one in linked(own_service(operator, order), "supportingService")]  # fmt: skip
    assert [values(one)["level"] for one in parts if one["name"] == "Filter"] == ["seen"]


def test_called_off_it_leaves_nothing_behind(operator: Operator, firewall: str) -> None:
    """While one part is refused by the network the order is canceled: what the others made is taken
    back in reverse, and the orders below go with it, never one of them alone."""
    refuses = {"kind": "business", "specification": "Inspection", "code": "noFreePort"}
    operator.network.behave(fail=[refuses])
    order = placed(operator, operator.ada(), line(firewall))
    steps = plan(operator, order)
    assert (steps["1/Filter"]["state"], steps["1/Inspection"]["state"]) == ("completed", "fallout")
    services, resources = below(operator, order)
    refused = operator.staff.post(CANCEL, {"serviceOrder": {"id": services[0]["id"]}})
    assert order["key"] in refused.json["fault"][0]["message"], refused.json
    operator.make(CANCEL, {"serviceOrder": {"id": order["id"]}})
    operator.settle()
    assert operator.read(SERVICE_ORDER, order["id"])["state"] == "cancelled"
    services, resources = below(operator, order)
    assert {one["state"] for one in (*services, *resources)} <= {"cancelled", "completed"}
    for one in resources:
        thing = operator.read(RESOURCE, one["orderItem"][0]["resource"]["id"])
        assert (thing["resourceStatus"], thing["usageState"]) == ("available", "idle")
    for one in (*services, order):
        held = operator.read(SERVICE, one["serviceOrderItem"][0]["service"]["id"])
        assert held["state"] == "terminated"
    undone = plan(operator, order)
    assert undone["undo/1/Filter"]["endedAt"] <= undone["undo/1/Filter/Appliance"]["startedAt"]


def at_home(operator: Operator, ada: Customer, ident: str, name: str, **said: str) -> Record:
    """Return an item that adds a service of the demonstration catalog at a customer's place."""
    (found,) = operator.find(SERVICE_SPECIFICATION, name=name.replace(" ", "+"))
    home = [{"id": ada.places[0], "@referredType": "GeographicSite", "role": "installation"}]
    wanted = line(found["id"], **said)
    return {**wanted, "id": ident, "service": {**wanted["service"], "place": home}}


def test_what_a_customer_has_is_shared(operator: Operator) -> None:
    """Services at one place stand on one line, whether they are ordered together or one after the
    other; who goes leaves it to the others, and it ends with the last of them."""
    ada = operator.ada()
    speeds = [{"name": "downloadSpeed", "value": 500}, {"name": "uploadSpeed", "value": 250}]
    internet = at_home(operator, ada, "1", "Internet Access", installation="self")
    internet["service"]["serviceCharacteristic"] += speeds
    both = placed(operator, ada, internet, at_home(operator, ada, "2", "Telephony"))
    shared = f"shared/Fibre Access/{ada.places[0]}"
    assert plan(operator, both).keys() == {
        shared, f"{shared}/Fibre Port", f"{shared}/Optical Terminal", "1", "2/Voice Line",
        "2/Voice Line/Phone Number", "2", "end",
    }  # fmt: skip
    later = placed(operator, ada, at_home(operator, ada, "1", "Television", pack="basic"))
    assert plan(operator, later).keys() == {"1", "1/TV Stream", "end"}
    users = [one["service"]["id"] for order in (both, later) for one in order["serviceOrderItem"]]
    (line_id,) = linked(operator.read(SERVICE, users[0]), "supportingService")
    for ident, state in zip(users, ("active", "active", "terminated"), strict=True):
        assert line_id in linked(operator.read(SERVICE, ident), "supportingService")
        placed(operator, ada, {"id": "1", "action": "delete", "service": {"id": ident}})
        assert operator.read(SERVICE, line_id)["state"] == state


def test_what_another_order_still_makes_is_waited_for(operator: Operator) -> None:
    """Two orders that need the same line do not make two: the second waits until it works."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    ada = operator.ada()
    first = placed(operator, ada, at_home(operator, ada, "1", "Telephony"))
    operator.network.behave()
    second = placed(operator, ada, at_home(operator, ada, "1", "Television", pack="basic"))
    assert plan(operator, second).keys() == {"wait"}
    assert first["key"] in plan(operator, second)["wait"]["reason"]
    operator.network.release("orders")
    operator.hurry()
    for order in (first, second):
        assert operator.read(SERVICE_ORDER, order["id"])["state"] == "completed"
    held = operator.find(SERVICE, name="Fibre+Access", relatedParty__id=ada.id)
    assert [one["state"] for one in held] == ["active"]


def test_what_is_at_a_place_further_down_is_not_ordered_without_one(operator: Operator) -> None:
    """A service says itself nothing of a place, but stands on one that shares a line by place."""
    (below,) = operator.find(SERVICE_SPECIFICATION, name="Telephony")
    link = {"id": below["id"], "name": "Telephony", "relationshipType": "realisedAs"}
    made = operator.make(
        SERVICE_SPECIFICATION, {"name": "Office", **LIVE, "serviceSpecRelationship": [link]}
    )
    refused = operator.staff.post(SERVICE_ORDER, body(operator.ada(), line(made["id"])))
    assert codes(refused) == {("placeMissing", "serviceOrderItem[0].service.place")}


def test_it_is_not_built_on_what_is_not_the_customers(operator: Operator, firewall: str) -> None:
    """Neither what a service shall run on nor what it is put into is a neighbour's, or has ended:
    what the neighbour has stays as it is."""
    ada, bea = operator.ada(), operator.ada()
    hers = own_service(operator, placed(operator, ada, line(firewall, level="high")))
    part = next(iter(linked(hers, "supportingService")))
    before = operator.read(SERVICE, part)
    on_it, (resource,) = line(firewall, level="low"), linked(before, "supportingResource")
    on_it["service"] |= {"supportingService": [{"id": part}],
                         "supportingResource": [{"id": resource}]}  # fmt: skip
    into = {"id": "2", "action": "noChange", "service": {"id": hers["id"]},
            "serviceOrderItem": [{**line(firewall), "id": "3"}]}  # fmt: skip
    refused = operator.staff.post(SERVICE_ORDER, body(bea, on_it, into))
    assert codes(refused) == {
        ("linkForeign", "serviceOrderItem[0].service.supportingService[0].id"),
        ("linkForeign", "serviceOrderItem[0].service.supportingResource[0].id"),
        ("linkForeign", "serviceOrderItem[1].service.id"),
    }
    assert operator.read(SERVICE, part) == before
    placed(operator, ada, {"id": "1", "action": "delete", "service": {"id": hers["id"]}})
    again = operator.staff.post(SERVICE_ORDER, body(ada, on_it))
    path = "serviceOrderItem[0].service.supportingService[0].id"
    assert codes(again) == {("linkEnded", path)}


def test_many_lines_are_read_about_together(operator: Operator, firewall: str) -> None:
    """What thirty lines ask for is looked at with as few statements as what one asks for."""
    ada, taken = operator.ada(), []
    for number in (1, 30):
        lines = [{**line(firewall), "id": str(at)} for at in range(number)]
        with counted() as statements:
            operator.make(SERVICE_ORDER, body(ada, *lines))
        taken.append(len(statements))
    assert taken[1] <= taken[0] + 5, taken


def test_no_item_is_lost_behind_one_that_is_called_alike(operator: Operator, firewall: str) -> None:
    """The second of item 1 is 1#2: an item that is called so would be overwritten, and is told."""
    lines = [{**line(firewall), "quantity": 2}, {**line(firewall), "id": "1#2"}]
    order = placed(operator, operator.ada(), *lines)
    assert (order["state"], order["errorMessage"][0]["code"]) == ("rejected", "itemNameTaken")
    assert "item 1#2" in order["errorMessage"][0]["message"]


def test_what_is_said_several_times_stays_so(operator: Operator) -> None:
    """A characteristic with several values has each of them once, when it comes and when it is
    changed: to as many, to more and to fewer of them."""
    several = {"name": "band", "valueType": "string", "configurable": True, "maxCardinality": 3}
    made = operator.make(
        SERVICE_SPECIFICATION, {"name": "Radio", **LIVE, "specCharacteristic": [several]}
    )
    ada, asked = operator.ada(), {**line(made["id"]), "id": "1"}
    for bands in (["low", "high"], ["high", "mid"], ["low", "mid", "high"], ["mid", "low"]):
        given = [{"name": "band", "value": one} for one in bands]
        asked["service"]["serviceCharacteristic"] = given
        order = placed(operator, ada, asked)
        held = own_service(operator, order)
        found = [one["value"] for one in held["serviceCharacteristic"] if one["name"] == "band"]
        assert found == bands
        asked = {"id": "1", "action": "modify", "service": {"id": held["id"]}}
