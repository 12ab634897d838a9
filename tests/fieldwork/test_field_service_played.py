"""A field service that the simulator plays, over HTTP: times are asked there, visits told back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tests.fieldwork.conftest import OWN, SEARCH, Field
from tests.support.plans import SYSTEM, TABLE, row
from trunkline.adapters.outside import OutsideSystems
from trunkline.hub.guard import AllowList
from trunkline.ordering.design.calling import use_outside
from trunkline.simulator.running import Running, start

HUB = "/tmf-api/workOrderManagement/v4/hub"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def played(visits: Field) -> Iterator[Running]:
    """A contractor's system in another process, which tells our interface what became."""
    site = visits.operator.site
    server = make_server("127.0.0.1", 0, site.app.app, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    with start() as network:
        use_outside(site.services, OutsideSystems(AllowList.parse(network.url.split("/")[2]), None))
        listener = f"http://127.0.0.1:{server.server_port}{OWN}"
        network.ask("POST", HUB, {"callback": listener})
        network.behave(result_token=visits.staff.token, delay_ms=1)
        body = {"code": "divers", "name": "Divers", "url": network.url}
        visits.operator.make(SYSTEM, body)
        yield network
    server.shutdown()
    server.server_close()


def test_a_visit_is_offered_made_and_told_by_an_outside_system(
    visits: Field, played: Running
) -> None:
    """Times come from the contractor's calendar; the work order goes there, and what was fitted
    comes back with the number of the device, by which the customer's order is completed. One that
    is refused there is fallout with its words."""
    visits.type("dive", outsideSystem="divers",
                part=[{"name": "Sea cable", "quantity": 1, "hasSerialNumber": True}])  # fmt: skip
    visits.sell("Landing")
    visits.operator.make(TABLE, {"name": "Dives", "purpose": "workOrder", "isOn": True,
                                 "row": [row("dive", specification="Landing Visit")]})  # fmt: skip
    kind = {"id": visits.types["dive"], "role": "workType", "@referredType": "WorkType"}
    asked = visits.operator.make(SEARCH, {"relatedEntity": [kind]})
    visits.operator.settle()
    found = visits.operator.read(SEARCH, asked["id"])
    assert found["status"] == "done", found
    assert len(found["availableTimeSlot"]) == 20

    _, order = visits.ordered("Landing")
    visits.operator.wait_until(lambda: order.state == "completed")
    work = visits.work(order)
    (device,) = work["result"]["device"]
    assert (work["state"], device["name"]) == ("completed", "Sea cable")
    assert device["serialNumber"]
    (theirs,) = played.ask("GET", "/tmf-api/workOrderManagement/v4/workOrder")
    assert (theirs["externalId"], work["externalId"]) == (work["id"], theirs["id"])

    played.behave(result_token=visits.staff.token, delay_ms=1, fail=[
        {"kind": "business", "specification": "Landing*", "message": "the sea is too rough"}
    ])  # fmt: skip
    _, late = visits.ordered("Landing")
    visits.operator.wait_until(lambda: visits.work(late)["state"] == "failed")
    assert visits.work(late)["result"]["remarks"] == "the sea is too rough"
