"""What a customer had at a moment: products, services and resources, as they were."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.inventory.product import ENDED_PRODUCT
from trunkline.inventory.versions.as_of import KINDS, installed_base_at
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.references import UUID
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.inventory.moments import as_typed, typed_moment
from trunkline.web.record_page import head_of
from trunkline.web.records import record_of
from trunkline.web.values import EMPTY, cell, instant, state

TITLES = {"product": "Products", "service": "Services", "resource": "Resources"}
STATES = {"product": "status", "service": "state", "resource": "resourceStatus"}


class InstalledPage:
    """`/installed/customer/{ident}` and its panels, one for each kind."""

    needs = "Customer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the page; what there was comes on its own."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_panel(
        self, req: falcon.Request, resp: falcon.Response, ident: str, kind: str
    ) -> None:
        """Show what there was of a kind."""
        view = partial(self._panel, ident=ident, kind=kind)
        self._desk.answer(req, resp, view, is_use=False)

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        at = typed_moment(visit.req.get_param("at"), self._desk.zone)
        with self._desk.work(visit) as work:
            record = record_of(work, Customer.resource, ident)
            kinds = [
                one.resource.path
                for one in KINDS
                if work.actor.grant(one.resource, "read") is not None
            ]
        base = f"/installed/customer/{record.id}"
        moment = as_typed(at, self._desk.zone)
        values = head_of(self._desk, record) | {
            "base": f"/installed/customer/{record.key}",
            "customer_address": self._desk.addresses.of_record(record.resource, record.key),
            "at": moment,
            "moment": instant(at, self._desk.zone) if at is not None else None,
            "panels": [
                {"title": TITLES[one], "name": one, "address": f"{base}/panel/{one}?at={moment}"}
                for one in kinds
            ],
        }
        return Shown("installed_base.html", values)

    def _panel(self, visit: Visit, *, ident: str, kind: str) -> Answer:
        at = typed_moment(visit.req.get_param("at"), self._desk.zone)
        chosen = next((one for one in KINDS if one.resource.path == kind), None)
        if chosen is None or not UUID.fullmatch(ident):
            raise NotFound("notFound", "there is no such panel")
        with self._desk.work(visit) as work:
            hidden = hidden_paths(chosen.resource, work.actor.must(chosen.resource, "read").sees)
            work.actor.must(Customer.resource, "read")
            found = installed_base_at(work, ident, at or work.now, [chosen])
        held = found.get(chosen.resource.name, {})
        rows = [
            self._row(kind, one, mask(raw, hidden) if hidden is not None else raw)
            for one, raw in held.items()
        ]
        rows.sort(key=lambda one: (one["is_over"], str(one["name"])))
        return Shown("installed_panel.html", {"title": TITLES[kind], "rows": rows})

    def _row(self, kind: str, ident: str, raw: Mapping[str, Json]) -> dict[str, Any]:
        stands = str(raw.get(STATES[kind]) or "")
        started = raw.get("startDate") or raw.get("startOperatingDate")
        return {
            "name": raw.get("name") or ident,
            "address": f"/installed/{kind}/{ident}",
            "state": state(stands) if stands else None,
            "is_over": stands in ENDED_PRODUCT,
            "since": cell("startDate", started, self._desk.zone) if started else EMPTY,
            "value": raw.get("value") or "",
        }
