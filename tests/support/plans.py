"""Plans in stories: definitions, tables, and orders that go by them."""

from __future__ import annotations

from typing import Any

from tests.support.operator import (
    OWN,
    Customer,
    Operator,
    Order,
    Record,
)

DEFINITION, TABLE, SYSTEM = (
    f"{OWN}/{name}" for name in ("planDefinition", "decisionTable", "outsideSystem")
)
Body = dict[str, Any]


def item(ident: str, kind: str, *after: str, **more: Any) -> Body:
    """Return an item of a plan; its title is its name in words."""
    found: Body = {"id": ident, "title": ident.capitalize(), "kind": kind, **more}
    return found | ({"after": [{"item": one} for one in after]} if after else {})


ALARM = (
    item(
        "survey",
        "manual",
        role="survey",
        durationMinutes=60,
        form=[{"name": "doors", "title": "Doors", "valueType": "number", "isRequired": True}],
        compensation={"onCancel": "nothing"},
    ),
    item(
        "sensors",
        "callout",
        "survey",
        callout={
            "system": "warehouse",
            "request": {
                "path": "/reservation/${order.key}",
                "body": {"sensors": "${item.doors * 2}", "zone": "${line.characteristic.zone}"},
            },
            "undoRequest": {"method": "DELETE", "path": "/reservation/${order.key}"},
            "businessErrorWhen": "response.status == 200 && has(response.body.refused)",
            "errorCode": "response.body.refused",
            "mapping": [{"characteristic": "reservation", "expression": "response.body.number"}],
            "isRepeatable": True,
        },
    ),
    item("guards", "manual", "survey", condition="line.characteristic.zone == 'red'"),
    item(
        "connected",
        "event",
        "sensors",
        event={
            "type": "panelSeen",
            "correlation": "'panel-' + order.key",
            "mapping": [{"characteristic": "panel", "expression": "response.body.serial"}],
        },
    ),
    item("switchOn", "activation", "connected", "guards", pointOfNoReturn="soft"),
    item(
        "test",
        "callout",
        "switchOn",
        callout={
            "system": "probe",
            "request": {"method": "GET", "path": "/line/${record.id}"},
            "successWhen": "response.status == 200 && response.body.ok",
            "businessErrorWhen": "response.status == 200",
            "errorCode": "'testFailed'",
        },
    ),
)


def published(operator: Operator, code: str, *items: Body) -> Record:
    """Return a definition that was drafted and published."""
    made = operator.make(DEFINITION, {"code": code, "name": code.capitalize(), "item": list(items)})
    answer = operator.staff.patch(f"{DEFINITION}/{made['id']}", {"lifecycleStatus": "published"})
    assert answer.status_code == 200, answer.json
    found: Record = answer.json
    return found


def picked(operator: Operator, *rows: Body, **more: Any) -> Record:
    """Return a table that is on."""
    return operator.make(TABLE, {"name": "Plans", "isOn": True, "row": list(rows), **more})


def row(result: str | None, **cells: Any) -> Body:
    listed = {name: value if isinstance(value, list) else [value] for name, value in cells.items()}
    found: Body = {"cell": [{"input": name, "value": value} for name, value in listed.items()]}
    return found | ({"result": result} if result else {})


def ordered(operator: Operator, ada: Customer, offering: str, zone: str = "green") -> Order:
    product = {"productCharacteristic": [{"name": "zone", "value": zone}]}
    order = ada.orders(
        {"id": "1", "action": "add", "productOffering": {"id": offering}, "product": product}
    )
    operator.settle()
    return order


def by_item(order: Order) -> dict[str, Record]:
    """Return the steps of an order that come from items of plans."""
    return {
        one["origin"]["item"]: one for one in order.plan["item"] if "item" in one.get("origin", {})
    }


def states(order: Order) -> dict[str, str]:
    return {name: one["state"] for name, one in by_item(order).items()}


def report(operator: Operator, step: Record, **found: Any) -> Any:
    listed = [{"name": name, "value": value} for name, value in found.items()]
    body = {"evidence": "seen", "characteristic": listed}
    return operator.staff.post(f"{OWN}/task/{step['id']}/complete", body)


def tell(operator: Operator, ident: str, correlation: str, **body: Any) -> str:
    event = {"id": ident, "type": "panelSeen", "correlation": correlation, "body": body}
    answer = operator.staff.post(f"{OWN}/event", event)
    assert answer.status_code == 200, answer.json
    return str(answer.json["taken"])
