"""What stories do with orders that are changed while they run."""

from __future__ import annotations

from typing import Any

from tests.stories.test_broken_down import sell
from tests.support.operator import (
    OWN,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Order,
    values,
)
from trunkline.kernel.actor import Grant

REVISION = f"{OWN}/orderRevision"
POLICY = f"{OWN}/changePolicy"
NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}


def half_done(operator: Operator, *more: dict[str, Any], ada: Customer | None = None) -> Order:
    """Return an order whose voice line works while the fibre line was refused."""
    operator.network.behave(fail=[{**NO_PORT, "count": 1}])
    ada = ada or operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"), *more)
    operator.settle()
    assert (order.steps["Voice Line"], order.steps["Fibre Access"]) == ("completed", "fallout")
    return order


def items_of(order: Order) -> list[dict[str, Any]]:
    """Return an order's items as a client would send them back."""
    noted = ("state", "internalState", "serviceOrder", "resourceOrder")
    return [{name: one[name] for name in one if name not in noted}
            for one in order.read()["productOrderItem"]]  # fmt: skip


def with_values(item: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return an item that asks for other values."""
    listed = [{"name": name, "value": value} for name, value in
              {**values(item["product"]), **changed}.items()]  # fmt: skip
    return {**item, "product": {**item["product"], "productCharacteristic": listed}}


def two_lines(order: Order) -> list[dict[str, Any]]:
    """Return the items of an order with two telephone lines instead of one."""
    return [with_values(one, lines=2) if one["id"] == "2" else one for one in items_of(order)]


def opened(operator: Operator, order: Order, items: Any = None, **more: Any) -> dict[str, Any]:
    """Begin to change an order."""
    body = {**more, **({"productOrderItem": items} if items is not None else {})}
    return operator.make(f"{OWN}/productOrder/{order.id}/revision", body)


def act(operator: Operator, revision: dict[str, Any], verb: str, *, by: Any = None) -> Any:
    """Hand a revision in, approve or withdraw it, and let happen what follows."""
    answer = (by or operator.staff).post(f"{REVISION}/{revision['id']}/{verb}", {})
    operator.settle()
    return answer


def revised(operator: Operator, order: Order, items: Any, **more: Any) -> dict[str, Any]:
    """Change an order at once; return the revision as it is kept."""
    made = opened(operator, order, items, **more)
    answer = act(operator, made, "submit")
    assert answer.status_code == 200, answer.json
    found = operator.read(REVISION, made["id"])
    assert found["state"] == "applied", found
    return found


def previewed(operator: Operator, order: Order, items: Any) -> dict[str, Any]:
    answer = operator.staff.post(
        f"{OWN}/productOrder/{order.id}/revision/preview", {"productOrderItem": items}
    )
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def told(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what becomes of which step, in order."""
    return [(one["compensation"], one["name"]) for one in found["compensation"]]


def role_that_changes(operator: Operator, name: str = "changes", *verbs: str) -> str:
    """Define a role that changes orders, or just reads them, and return its name."""
    named = {"ordering:revise": Grant()} if not verbs else {}
    return operator.site.role(
        name, {f"*:{verb}": Grant() for verb in verbs or ("read", "create", "update")} | named
    )


def alarm(operator: Operator, **said: Any) -> str:
    """Put an alarm on sale whose line says something about its step; return its offering."""
    line = operator.make(SERVICE_SPECIFICATION, {
        "name": "Alarm Line", "lifecycleStatus": "Active",
        "@type": "ResourceFacingServiceSpecification",
        "specCharacteristic": [{"name": "sensors", "valueType": "integer"}],
        "fulfilment": {"kind": "callout", "title": "Connect the alarm", **said},
    })["id"]  # fmt: skip
    link = {"id": line, "name": "Alarm Line", "relationshipType": "realisedAs",
            "mapping": [{"target": "sensors", "source": "sensors"}]}  # fmt: skip
    sensors = {"name": "sensors", "valueType": "integer", "configurable": True}
    return sell(operator, "Alarm", serviceSpecification=[link],
                productSpecCharacteristic=[sensors])  # fmt: skip


def with_alarm(operator: Operator, offering: str, *ids: str, inside: str | None = None) -> Order:
    """Return an order of alarms that work, each with four sensors, beside fibre that does not.

    `inside` names the line that holds the others.
    """
    operator.network.behave(fail=[{**NO_PORT, "count": 1}])
    ada = operator.ada()
    items: list[dict[str, Any]] = [
        {"id": one, "action": "add", "productOffering": {"id": offering},
         "product": {"productCharacteristic": [{"name": "sensors", "value": 4}]}}
        for one in ids
    ]  # fmt: skip
    for one in items:
        if one["id"] == inside:
            one["productOrderItemRelationship"] = [
                {"id": other, "relationshipType": "hasChild"} for other in ids if other != inside
            ]
    order = ada.orders(ada.fibre("1"), *items)
    operator.settle()
    assert (order.steps["Alarm Line"], order.steps["Fibre Access"]) == ("completed", "fallout")
    return order


def with_sensors(order: Order, line: str, count: int) -> list[dict[str, Any]]:
    """Return the items of an order with another number of sensors in one of them."""
    return [
        with_values(one, sensors=count) if one["id"] == line else one for one in items_of(order)
    ]
