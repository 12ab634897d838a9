"""Values that nobody knows when an order begins come later, and the rest of it is made then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.changing import items_of, revised, role_that_changes, with_values
from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import OWN, SERVICE_SPECIFICATION, Operator, Order, codes, values
from tests.support.outside import ScriptedOutside
from tests.support.plans import by_item, item, picked, published, report, row

UNKNOWN = ("routing", "wanOptimization")


def specification(operator: Operator, name: str, **said: Any) -> str:
    body = {"name": name, **LIVE, "@type": "ResourceFacingServiceSpecification", **said}
    return str(operator.make(SERVICE_SPECIFICATION, body)["id"])


def bronze(operator: Operator, called_service: str = "Bronze Service") -> str:
    """Put a plan on sale whose routing and WAN optimization depend on values that come later."""
    called = {"fulfilment": {"kind": "callout", "title": "Configure"}}
    parts = [
        {"id": specification(operator, name, **called), "name": name, "condition": condition,
         "relationshipType": "realisedAs"}
        for name, condition in (
            ("Routing", "source.routing == 'bgp'"),
            ("WAN Optimization", "source.wanOptimization == 'on'"),
        )
    ]  # fmt: skip
    line = specification(operator, "Bronze Line", **called)
    parts.append({"id": line, "name": "Bronze Line", "relationshipType": "realisedAs"})
    texts = [{"name": name, "valueType": "string"} for name in UNKNOWN]
    edge = operator.make(SERVICE_SPECIFICATION, {
        "name": called_service, **LIVE, "@type": "CustomerFacingServiceSpecification",
        "serviceSpecRelationship": parts, "specCharacteristic": texts,
    })["id"]  # fmt: skip
    copied = [{"target": name, "source": name} for name in UNKNOWN]
    return sell(
        operator, "Bronze Plan",
        serviceSpecification=[
            {"id": edge, "name": called_service, "relationshipType": "realisedAs",
             "mapping": copied},
        ],
        productSpecCharacteristic=[{**one, "configurable": True} for one in texts],
    )  # fmt: skip


def ordered(operator: Operator, offering: str) -> Order:
    ada = operator.ada()
    order = ada.orders({"id": "1", "action": "add", "productOffering": {"id": offering}})
    operator.settle()
    return order


def entered(operator: Operator, order: Order, **said: str) -> Any:
    listed = [{"itemId": "1", "name": name, "value": value} for name, value in said.items()]
    answer = operator.staff.post(f"{OWN}/productOrder/{order.id}/enterValues", {"value": listed})
    operator.settle()
    return answer


def made(order: Order, name: str) -> list[dict[str, Any]]:
    return [one for one in order.plan["item"]
            if one["name"] == name and one["direction"] == "do" and one.get("action")]  # fmt: skip


@pytest.mark.accepts("DEC-06")
@pytest.mark.scenario(3)
def test_the_rest_of_a_bronze_plan_comes_with_its_values(operator: Operator) -> None:
    """Routing and WAN optimization are unknown at first: no service order is made for them, and
    the order says what it waits for. A clerk enters one value after the other; each part comes
    once, before what is built on it, and the order says who brought it. Entered again, nothing
    comes anew; another value is refused."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    order = ordered(operator, bronze(operator))
    assert set(order.service_orders) == {"Bronze Service", "Bronze Line"}
    awaited = {one["name"]: one["makes"] for one in order.read()["awaitedValue"]}
    assert awaited == {"routing": "Routing", "wanOptimization": "WAN Optimization"}
    assert order.state == "inProgress"

    assert entered(operator, order, routing="bgp").json["orderVersion"] == 2
    assert set(order.service_orders) == {"Bronze Service", "Bronze Line", "Routing"}
    (routing,) = made(order, "Routing")
    users = {one["item"] for one in order.plan["dependency"] if one["needs"] == routing["id"]}
    assert users & {one["id"] for one in made(order, "Bronze Service")}
    (left,) = order.read()["awaitedValue"]
    assert left["name"] == "wanOptimization"
    (version,) = operator.find(f"{OWN}/orderRevision", productOrder__id=order.id)
    assert version["reason"].startswith("routing entered by")
    assert ("add", "Routing") in {(one["compensation"], one["step"].rpartition("/")[2])
                                  for one in version["compensation"]}  # fmt: skip

    assert entered(operator, order, routing="bgp").json == {}
    assert codes(entered(operator, order, routing="static")) == {
        ("conflictValueKnown", "value.routing")
    }
    assert entered(operator, order, wanOptimization="on").status_code == 200
    assert [len(made(order, name)) for name in ("Routing", "WAN Optimization")] == [1, 1]
    assert "awaitedValue" not in order.read()

    operator.network.behave(mode="now")
    operator.network.release("orders")
    operator.hurry()
    operator.hurry()
    assert order.state == "completed"
    assert {one["state"] for one in order.services.values()} == {"active"}
    assert values(order.product("1")) == {"routing": "bgp", "wanOptimization": "on"}
    assert [len(operator.in_network()[name]) for name in ("Routing", "WAN Optimization")] == [1, 1]


@pytest.mark.scenario(3)
def test_later_edits_of_other_values_make_nothing_anew(operator: Operator) -> None:
    """Where a value says that a part is not wanted, it does not come; a change of an order that
    has its parts touches them and makes none twice."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    order = ordered(operator, bronze(operator))
    entered(operator, order, routing="bgp", wanOptimization="off")
    assert set(order.service_orders) == {"Bronze Service", "Bronze Line", "Routing"}
    (line,) = items_of(order)
    revised(operator, order, [with_values(line, wanOptimization="on")])
    assert [len(made(order, name)) for name in ("Routing", "WAN Optimization")] == [1, 1]


@pytest.mark.accepts("DEC-06")
def test_the_report_of_a_task_brings_the_value(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """A survey is part of the plan, and its form asks for the routing. What is built on the rest
    waits for the report; with it the routing is made, once, and the order ends with all of it."""
    offering = bronze(operator, "Silver Service")
    published(operator, "bronze", item(
        "survey", "manual", role="survey",
        form=[{"name": "routing", "title": "Routing", "valueType": "string"}],
    ))  # fmt: skip
    picked(operator, row("bronze", specification="Silver Service", action="add"))
    order = ordered(operator, offering)
    survey = by_item(order)["survey"]
    gate = next(one for one in order.plan["item"] if one.get("title") == "Wait for routing")
    assert (survey["state"], gate["state"], order.state) == ("ready", "pending", "inProgress")
    assert made(order, "Routing") == []
    assert report(operator, survey, routing="bgp").status_code == 200
    operator.hurry()
    assert order.state == "completed"
    (routing,) = made(order, "Routing")
    assert routing["state"] == "completed"
    assert values(order.product("1"))["routing"] == "bgp"
    gate = next(one for one in order.plan["item"] if one.get("title") == "Wait for routing")
    assert gate["state"] == "completed"
    (service,) = made(order, "Silver Service")
    assert routing["endedAt"] <= service["endedAt"]


@pytest.mark.accepts("DEC-06")
def test_lines_that_wait_for_a_value_come_and_go_while_the_order_runs(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """A second and a third line are added, whose surveys bring the routing, too: each has what its
    own report says, made before what is built on it. The third goes again before it is surveyed,
    and nothing waits for its value any more: the order ends."""
    offering = bronze(operator, "Late Service")
    form = [{"name": "routing", "title": "Routing", "valueType": "string"}]
    published(operator, "late", item("survey", "manual", form=form))
    picked(operator, row("late", specification="Late Service", action="add"))
    order = ordered(operator, offering)
    more = [{"id": one, "action": "add", "productOffering": {"id": offering}} for one in "23"]
    revised(operator, order, [*items_of(order), *more])

    def wanted() -> list[dict[str, Any]]:
        return [one for one in items_of(order) if one["id"] != "3"]

    revised(operator, order, wanted())

    def gates() -> dict[str, str]:
        return {one["itemId"]: one["state"] for one in order.plan["item"]
                if one.get("title") == "Wait for routing"}  # fmt: skip

    assert gates() == {"1": "pending", "2": "pending", "3": "canceled"}
    line, other = wanted()
    revised(operator, order, [with_values(line, wanOptimization="off"), other])
    surveys = {one["itemId"]: one for one in order.plan["item"]
               if one.get("origin", {}).get("item") == "survey"}  # fmt: skip
    for ident in "12":
        assert report(operator, surveys[ident], routing="bgp").status_code == 200
        operator.hurry()
    operator.hurry()
    assert (order.state, order.items) == (
        "completed", {"1": "completed", "2": "completed", "3": "cancelled"},
    )  # fmt: skip
    assert gates() == {"1": "completed", "2": "completed", "3": "canceled"}
    entries = operator.find(f"{OWN}/orderRevision", productOrder__id=order.id, isEntry="true")
    assert len(entries) == 2
    assert "Wait for routing" not in {one["name"] for each in entries
                                      for one in each["compensation"]}  # fmt: skip
    done = {one["itemId"]: one["endedAt"] for one in made(order, "Routing")}
    served = {one["itemId"]: one["endedAt"] for one in made(order, "Late Service")
              if one["state"] == "completed"}  # fmt: skip
    assert done.keys() == served.keys() == {"1", "2"}
    assert all(done[one] <= served[one] for one in done)


def test_a_task_that_brings_no_value_ends_the_waiting(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """Nobody finds out how the routing is to be: the order ends without it."""
    offering = bronze(operator, "Gold Service")
    form = [{"name": "routing", "title": "Routing", "valueType": "string"}]
    published(operator, "plain", item("survey", "manual", form=form))
    picked(operator, row("plain", specification="Gold Service", action="add"))
    order = ordered(operator, offering)
    assert report(operator, by_item(order)["survey"], remark="none").status_code == 200
    operator.hurry()
    assert order.state == "completed"
    assert made(order, "Routing") == []
    late = entered(operator, order, routing="bgp")
    assert (late.status_code, late.json["code"]) == (409, "conflictNotInProgress")
    assert "order a change of the product" in late.json["message"]


def test_another_offering_ends_the_waiting(operator: Operator, outside: ScriptedOutside) -> None:
    """Before the survey reports, its line gets an offering without that service: the order ends."""
    offering = bronze(operator, "Iron Service")
    form = [{"name": "routing", "title": "Routing", "valueType": "string"}]
    published(operator, "iron", item("survey", "manual", form=form))
    picked(operator, row("iron", specification="Iron Service", action="add"))
    order = ordered(operator, offering)
    other = {"id": "1", "action": "add", "productOffering": {"id": sell(operator, "Plain Plan")}}
    revised(operator, order, [other])
    operator.hurry()
    gate = next(one for one in order.plan["item"] if one.get("title") == "Wait for routing")
    assert (gate["state"], order.state) == ("canceled", "completed")


def test_who_may_not_change_orders_enters_and_chooses_nothing(operator: Operator) -> None:
    order = ordered(operator, bronze(operator, "Tin Service"))
    role = role_that_changes(operator, "looks-only", "read")
    reader = operator.site.user("tin", roles=[role], scopes=("*:read",))
    path = f"{OWN}/productOrder/{order.id}"
    said = {"value": [{"itemId": "1", "name": "routing", "value": "bgp"}]}
    assert reader.post(f"{path}/enterValues", said).status_code == 403
    chosen = {"choice": [{"itemId": "1", "leftOut": ["1/product"]}]}
    assert reader.post(f"{path}/copyChoice", chosen).status_code == 403
    assert reader.get(f"{path}/copyChoice").status_code == 403
    assert operator.staff.post(f"{path}/copyChoice", chosen).status_code == 409
    assert operator.staff.post(f"{path}/enterValues", {"value": []}).status_code == 400
    missing = "00000000-0000-7000-8000-000000000000"
    answer = operator.staff.post(f"{OWN}/productOrder/{missing}/enterValues", said)
    assert answer.status_code == 404
