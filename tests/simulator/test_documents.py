"""Answers and events checked against the published TMF641 and TMF640 v4 schemas."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.simulator.listener import (
    CANCELLATIONS,
    MONITORS,
    ORDERS,
    SERVICES,
    Listener,
    item,
    order,
)
from trunkline.simulator.running import Running

PUBLISHED = Path(__file__).parents[3] / "shared" / "tmf" / "v4"
ORDERING = "TMF641-ServiceOrdering-v4.1.0.swagger.json"
ACTIVATION = "TMF640_Service_Activation_Management_API_v4.0.0_swagger.json"

pytestmark = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published TM Forum files are not beside the checkout"
)


@cache
def schema(file: str, name: str) -> Any:
    definitions = json.loads((PUBLISHED / file).read_text())["definitions"]
    definitions["Any"] = {}  # the published file says object, and values are not
    root = {"$ref": f"#/definitions/{name}", "definitions": definitions}
    return jsonschema_rs.validator_for(root, validate_formats=True)


def check(file: str, name: str, document: object) -> None:
    assert [str(error) for error in schema(file, name).iter_errors(document)] == []


def test_orders_and_cancellations_fit(network: Running) -> None:
    completed = network.ask("POST", ORDERS, order())
    network.behave(fail=[{"kind": "business"}])
    failed = network.ask("POST", ORDERS, order(item("modify", service_id="svc-1")))
    for document in (completed, failed):
        check(ORDERING, "ServiceOrder", document)
    late = {"serviceOrder": {"id": completed["id"]}}
    check(ORDERING, "CancelServiceOrder", network.ask("POST", CANCELLATIONS, late))


def test_services_monitors_and_events_fit(network: Running, listener: Listener) -> None:
    network.behave(mode="callback")
    network.ask("POST", ORDERS, order(), X_Callback_Url=listener.url)
    check(ORDERING, "ServiceOrderStateChangeEvent", listener.wait(1)[0].event)
    body = {"state": "active", "serviceSpecification": {"id": "voice"}}
    monitor = network.ask("POST", SERVICES, body, X_Callback_Url=listener.url)
    check(ACTIVATION, "Monitor", monitor)
    check(ACTIVATION, "MonitorStateChangeEvent", listener.wait(2)[1].event)
    check(ACTIVATION, "Monitor", network.ask("GET", f"{MONITORS}/{monitor['id']}"))
    for service in network.ask("GET", SERVICES):
        check(ACTIVATION, "Service", service)
