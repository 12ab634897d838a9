"""The beacon's page: how many lights there are, and a switch for each."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.page import Page
from trunkline_beacon.beacon import Beacon

PAGES = (
    Page(
        "/beacons", "Lights on masts", "Customers",
        lambda actor: actor.grant(Beacon.resource, "read") is not None,
    ),
)  # fmt: skip


class BeaconPage:
    """`/beacons`: the lights that the visitor may see."""

    needs = "Beacon:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Put one out."""
        self._desk.act(req, resp, self._put_out)

    def _view(self, visit: Visit) -> Answer:
        visit.actor.must(Beacon.resource, "read")
        with self._desk.work(visit) as work:
            beacons = [
                {"key": one.key, "name": one.name, "state": one.state}
                for one in work.find(Beacon, {})
            ]
        return Shown("beacon/beacons.html", {"beacons": beacons})

    def _put_out(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must(Beacon.resource, "update")
        with self._desk.work(visit) as work, work.edit(Beacon, form.text("key")) as beacon:
            beacon.state = "dark"
        return Moved("/beacons")


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add the page's address."""
    app.add_route("/beacons", BeaconPage(desk))
