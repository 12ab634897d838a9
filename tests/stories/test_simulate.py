"""Ada asks what an order would do: she is told, nothing is stored, and it then happens so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.operator import (
    ACCOUNT,
    CUSTOMER,
    OFFERING,
    OWN,
    PRODUCT,
    Operator,
    Record,
    values,
)
from tests.support.outside import ScriptedOutside
from tests.support.pages import browser_of
from tests.support.plans import ALARM, DEFINITION, item, picked, published, row, states
from tests.support.sql_counter import counted
from trunkline.kernel.work import as_system
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.rules import definition_warnings

SIMULATE = f"{OWN}/simulate"
COUNTS = (
    "select (select count(*) from record), (select count(*) from audit), "
    "(select count(*) from event), (select count(*) from work), "
    "(select count(*) from plan_item), (select count(*) from idempotency)"
)


def simulate(operator: Operator, body: Record) -> Record:
    answer = operator.staff.post(SIMULATE, body)
    assert answer.status_code == 200, answer.json
    found: Record = answer.json
    return found


def tree(steps: list[Record]) -> set[tuple[Any, ...]]:
    """Return what steps do, without ids and times."""
    return {
        (one["nodeKey"], one["layer"], one["action"], one["kind"])
        for one in steps
        if one["layer"] != "order"
    }


@pytest.mark.accepts("DEC-01", "BIC-01")
def test_the_preview_writes_nothing_and_is_what_happens(operator: Operator) -> None:
    """The tree shown beforehand is the tree of service and resource orders that the same order
    then gets; the preview leaves no record, audit line, event or piece of work."""
    ada = operator.ada()
    body = ada.body(ada.fibre("1", installation="technician"), ada.voice("2"))
    before = operator.site.rows(COUNTS)
    shown = simulate(operator, body)
    assert operator.site.rows(COUNTS) == before
    assert operator.commands() == []
    assert shown["fault"] == []

    order = ada.orders(*body["productOrderItem"])
    operator.settle()
    plan = order.plan["item"]
    assert tree(shown["item"]) == tree(plan)
    key = {one["id"]: one["nodeKey"] for one in plan}
    happened = {
        (key[one["item"]], key[one["needs"]])
        for one in order.plan["dependency"]
        if {key[one["item"]], key[one["needs"]]} <= {one["nodeKey"] for one in shown["item"]}
    }
    assert {(one["item"], one["needs"]) for one in shown["dependency"]} == happened
    names = {one["name"] for one in shown["item"] if one["layer"] == "service"}
    assert names == set(order.service_orders)
    assert {one["name"] for one in shown["item"] if one["layer"] == "resource"} == set(
        order.resource_orders
    )


def test_dates_and_prices_are_told_beforehand(operator: Operator) -> None:
    """The visit of two hours decides when it is done; the change of speed costs ten more."""
    ada = operator.ada()
    shown = simulate(operator, ada.body(ada.fibre("1", installation="technician")))
    ends = {one["name"]: one["plannedEnd"] for one in shown["item"]}
    assert shown["completionDate"] == ends["On-site Installation"] > ends["Fibre Access"]
    recurring = next(one for one in shown["price"] if one["priceType"] == "recurring")
    assert (recurring["unit"], recurring["new"]) == ("EUR", 49.9)

    product = ada.has(ada.fibre("1", 100)).product()["id"]
    changed = simulate(operator, ada.body(ada.faster(product, 500)))
    assert {one["name"] for one in changed["item"]} == {
        "Fibre Internet", "Internet Access", "Fibre Access",
    }  # fmt: skip
    recurring = next(one for one in changed["price"] if one["priceType"] == "recurring")
    assert (recurring["old"], recurring["new"], recurring["delta"]) == (29.9, 39.9, 10)
    assert values(operator.read(PRODUCT, product))["downloadSpeed"] == 100


def test_what_would_be_refused_is_said_and_not_refused(operator: Operator) -> None:
    ada = operator.ada()
    wrong = ada.fibre("1")
    wrong["product"]["productCharacteristic"][0]["value"] = 7
    shown = simulate(operator, ada.body(wrong))
    assert [one["path"] for one in shown["fault"]] == [
        "productOrderItem[0].product.productCharacteristic[0].value"
    ]
    refused = ada.refused(wrong)
    assert refused.json["fault"] == shown["fault"]


def test_records_are_named_as_in_an_order(operator: Operator) -> None:
    """Keys of customer, account and product serve as well as ids; what names nothing is said."""
    ada = operator.ada()
    product = ada.has(ada.fibre("1", 100)).product()["key"]
    keys = {
        "relatedParty": [{"id": operator.read(CUSTOMER, ada.id)["key"], "role": "customer"}],
        "billingAccount": {"id": operator.read(ACCOUNT, ada.account)["key"]},
    }
    offering = operator.read(OFFERING, operator.offerings["Fibre 500M"])["key"]
    body = ada.body(ada.faster(product, 500), **keys)
    body["productOrderItem"][0]["productOffering"]["id"] = offering
    shown = simulate(operator, body)
    assert shown["fault"] == []
    plain = simulate(operator, ada.body(ada.faster(operator.read(PRODUCT, product)["id"], 500)))
    assert [_timeless(one) for one in shown["item"]] == [_timeless(one) for one in plain["item"]]
    assert shown["price"] == plain["price"] != []

    nothing = ada.body(ada.faster("PRD999999", 500))
    told = simulate(operator, nothing)["fault"]
    assert told == ada.refused(*nothing["productOrderItem"]).json["fault"]
    assert [one["code"] for one in told] == ["danglingReference"]


def test_dates_items_and_external_ids_are_looked_at_as_in_an_order(operator: Operator) -> None:
    """Whatever an order is refused for, the preview says in the same words."""
    ada = operator.ada()
    ada.orders(ada.add("1", "TV Basic"), externalId="crm-7")
    wrong = {
        "externalId": "crm-7",
        "requestedStartDate": "2030-01-02T00:00:00Z",
        "requestedCompletionDate": "2030-01-01T00:00:00Z",
    }
    items = [ada.add("1", "TV Basic"), ada.add("1", "TV Basic")]
    told = simulate(operator, ada.body(*items, **wrong))["fault"]
    assert told == ada.refused(*items, **wrong).json["fault"]
    assert {one["code"] for one in told} == {
        "endsBeforeStart", "duplicateItem", "conflictExternalId",
    }  # fmt: skip
    nameless = ada.add(" ", "TV Basic"), ada.add("", "TV Basic")
    told = simulate(operator, ada.body(*nameless))["fault"]
    assert all(one in ada.refused(*nameless).json["fault"] for one in told)
    blank = {("missing", f"productOrderItem[{index}].id") for index in (0, 1)}
    assert {(one["code"], one["path"]) for one in told} == blank


@pytest.mark.accepts("DEC-04")
def test_each_value_says_where_it_comes_from(operator: Operator) -> None:
    """The speed goes from product to service to line by mapping, and each says so; the values
    are those that the services then have."""
    ada = operator.ada()
    shown = simulate(operator, ada.body(ada.fibre("1", 500)))
    told = {
        (item["name"], one["name"]): (one["value"], one["explanation"])
        for item in shown["item"]
        for one in item.get("characteristic", [])
    }
    assert told["Fibre Internet", "downloadSpeed"][0] == 500
    for name, above in (("Internet Access", "Fibre Internet"), ("Fibre Access", "Internet Access")):
        value, explanation = told[name, "downloadSpeed"]
        assert value == 500
        assert "downloadSpeed" in explanation
        assert above in explanation
    services = ada.has(ada.fibre("1", 500)).services
    for (name, characteristic), (value, _) in told.items():
        if name in services:
            assert values(services[name])[characteristic] == value


@pytest.mark.accepts("DEC-10")
def test_the_same_order_always_gives_the_same_tree(operator: Operator) -> None:
    """Asked twice, asked with its items the other way round, and carried out twice by a worker
    that comes back after a crash: one tree, and nothing doubled."""
    ada = operator.ada()
    items = [ada.fibre("1", installation="technician"), ada.voice("2"), ada.add("3", "TV Basic")]
    first = simulate(operator, ada.body(*items))
    again, turned = (simulate(operator, ada.body(*one)) for one in (items, items[::-1]))
    for one in (again, turned):
        assert one["dependency"] == first["dependency"]
        assert [_timeless(step) for step in one["item"]] == [
            _timeless(step) for step in first["item"]
        ]
    order = ada.orders(*items)
    work = "work where subject in (select id from event where subject = %s) or subject = %s"
    saved = operator.site.rows(
        f"select kind, subject, root, lane, once, payload::text, run_at from {work}",
        order.id, order.id,
    )  # fmt: skip
    assert saved
    operator.settle()
    steps, commands = order.plan["item"], operator.commands()
    with operator.site.services.database.app.connection() as connection:
        for row in saved:
            connection.execute(
                "insert into work (kind, subject, root, lane, once, payload, run_at) "
                "values (%s, %s, %s, %s, %s, %s::json, %s)",
                list(row),
            )
    operator.settle()
    assert order.plan["item"] == steps
    assert operator.commands() == commands
    assert len(operator.find(PRODUCT, relatedParty__id=ada.id)) == 3


def _timeless(step: Record) -> Record:
    return {name: one for name, one in step.items() if not name.startswith("planned")}


def test_a_plan_is_tried_before_anything_of_it_is_sold(
    operator: Operator, service: Callable[..., str]
) -> None:
    """Of an offering, named by its id or its name, a sample is made with its default values; that
    nobody orders it is not said against it. Without a sample, and for one that there is not, it
    is refused."""
    offering = service("Fence")
    plan = operator.make(DEFINITION, {"code": "fence", "name": "Fence", "item": list(ALARM)})
    ((called,),) = operator.site.rows(
        "select doc ->> 'name' from product_offering where id = %s", offering
    )
    address = f"{DEFINITION}/{plan['id']}/tryOut"
    before = operator.site.rows("select count(*) from record")
    for named in (offering, called):
        asked = {"specification": "Fence", "productOffering": named}
        answer = operator.staff.post(address, asked)
        assert answer.status_code == 200, answer.json
        assert answer.json["fault"] == []
        (part,) = [one for one in answer.json["item"] if "plan" in one]
        assert [one["id"] for one in part["plan"]] == [one["id"] for one in ALARM]
    assert operator.site.rows("select count(*) from record") == before
    nothing = {"specification": "Fence"}
    answers = [operator.staff.post(address, one)
               for one in (nothing, nothing | {"productOffering": "Moat"})]  # fmt: skip
    assert [one.status_code for one in answers] == [400, 404]


def test_a_plan_says_which_of_its_roles_nobody_holds(operator: Operator) -> None:
    """A role that there is not, and one that nobody has, are told at their items, by the check
    and on the page; the plan can be published all the same."""
    items = [item(role[:1], "manual", role=role) for role in ("crew", "retention", "administrator")]
    made = operator.make(DEFINITION, {"code": "roles", "name": "Roles", "item": items})
    operator.site.role("retention", {})
    assert operator.site.admin  # somebody is an administrator
    found = operator.staff.post(f"{DEFINITION}/{made['id']}/check").json
    waits = [(one["code"], one["path"]) for one in found["warning"]]
    assert found["fault"] == []
    assert waits == [("roleNotHeld", "item[0].role"), ("roleNotHeld", "item[1].role")]
    page = browser_of(operator.site, "admin").get(f"/plans/{made['id']}").text
    assert "there is no role crew, so nobody holds it" in page
    assert "nobody holds the role retention; give it to somebody" in page
    published = {"lifecycleStatus": "published"}
    assert operator.staff.patch(f"{DEFINITION}/{made['id']}", published).status_code == 200


def test_a_plan_says_which_specifications_there_are_not(
    operator: Operator, service: Callable[..., str]
) -> None:
    """What is waited for is looked up at once, however many steps of others are named."""
    service("Gate Post")
    names = [("Gate Post",), ("Gate Post", "Moat", "Drawbridge", "Tower")]
    counts = []
    for named in names:
        after = [{"scope": "order", "specification": one, "item": "dig"} for one in named]
        definition = PlanDefinition.wrap({"code": "x", "item": [{"id": "a", "after": after}]})
        with as_system(operator.site.services, "tests") as work, counted() as sent:
            found = [(one.code, one.path) for one in definition_warnings(work, definition)]
        counts.append(len(sent))
        missing = range(1, len(named))
        assert found == [("notFound", f"item[0].after[{at}].specification") for at in missing]
    assert counts[1] <= counts[0], sent


def test_a_plan_is_tried_out_with_a_sample_order(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Before it is published: what would be sent, what would be left out and why, what depends on
    a value that only comes later. Nothing is stored and nobody is called."""
    offering = service("Hedge")
    plan = operator.make(DEFINITION, {"code": "hedge", "name": "Hedge", "item": list(ALARM)})
    before = operator.site.rows("select count(*) from record")
    product = {"productCharacteristic": [{"name": "zone", "value": "red"}]}
    sample = operator.ada().body(
        {"id": "1", "action": "add", "productOffering": {"id": offering}, "product": product}
    )
    before = operator.site.rows("select count(*) from record")
    answer = operator.staff.post(
        f"{DEFINITION}/{plan['id']}/tryOut", {"specification": "Hedge", "order": sample}
    )
    assert answer.status_code == 200, answer.json
    (part,) = [one for one in answer.json["item"] if "plan" in one]
    items = {one["id"]: one for one in part["plan"]}
    assert part["origin"]["version"] == 1
    assert "skipped" not in items["guards"]
    assert "doors" in items["sensors"]["later"]
    assert items["switchOn"]["noReturn"] == "soft"
    assert items["test"]["request"]["path"] == "/line/NEW"
    assert (operator.site.rows("select count(*) from record"), outside.received) == (before, [])


def test_plans_that_wait_for_each_other_are_told_beforehand(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """A circle of two definitions, which neither of them shows by itself, is a fault of what the
    order would do, and fallout of the order: no step of it begins."""
    offerings = [service(one) for one in ("Hinge", "Leaf")]
    for code, other in (("hinge", "Leaf"), ("leaf", "Hinge")):
        after = [{"scope": "order", "specification": other, "item": "fit"}]
        published(operator, code, item("fit", "manual", after=after))
    picked(operator, row("hinge", specification="Hinge"), row("leaf", specification="Leaf"))
    ada = operator.ada()
    lines = [{"id": str(at), "action": "add", "productOffering": {"id": one}}
             for at, one in enumerate(offerings)]  # fmt: skip
    for asked, circles in ((lines[:1], []), (lines, ["planCircle"])):
        told = operator.staff.post(f"{OWN}/simulate", ada.body(*asked)).json["fault"]
        assert [one["code"] for one in told] == circles
        order = ada.orders(*asked)
        operator.settle()
        assert [one["cause"]["code"] for one in order.fallouts()] == circles
        assert list(states(order)) == ([] if circles else ["fit"])
