"""A product, service or resource: what it is, what is pending, what it was, what hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.versions.as_of import KINDS, InventoryKind, documents_at
from trunkline.kernel.masks import is_hidden, mask
from trunkline.kernel.work import Work
from trunkline.ordering.held.links import TICKET, outside_of, tickets_of
from trunkline.ordering.held.pending import Pending, pending_of
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.history import history_of
from trunkline.web.inventory.moments import as_typed, typed_moment
from trunkline.web.record_page import head_of, users_of, uses_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import EMPTY, Cell, cell, instant, price, state
from trunkline.web.wording import words

BY_SEGMENT: Mapping[str, InventoryKind] = {one.resource.path: one for one in KINDS}
CHARACTERISTICS = {
    "Product": "productCharacteristic", "Service": "serviceCharacteristic",
    "Resource": "resourceCharacteristic",
}  # fmt: skip
STANDING = ("status", "state", "resourceStatus", "usageState", "value", "serialNumber",
            "startDate", "terminationDate", "endDate")  # fmt: skip
ACTIONS = {"add": "Is being added", "modify": "Is being changed", "delete": "Is being ended",
           "suspend": "Is being suspended", "resume": "Is being resumed"}  # fmt: skip


class VersionsPage:
    """`/installed/{kind}/{ident}` and its panels."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Show the configuration, now or at a moment."""
        self._desk.answer(req, resp, partial(self._view, kind=kind, ident=ident))

    def on_get_versions(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Show when it was changed."""
        view = partial(self._versions, kind=kind, ident=ident)
        self._desk.answer(req, resp, view, is_use=False)

    def on_get_links(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Show what hangs on it."""
        view = partial(self._links, kind=kind, ident=ident)
        self._desk.answer(req, resp, view, is_use=False)

    # --- inside --------------------------------------------------------------------------------

    def _view(self, visit: Visit, *, kind: str, ident: str) -> Answer:
        at = typed_moment(visit.req.get_param("at"), self._desk.zone)
        with self._desk.work(visit) as work:
            record = self._record(work, kind, ident)
            pending: Sequence[Pending] = ()
            document: dict[str, Json] | None = dict(record.document)
            if at is None:
                present = Product.wrap(dict(record.document))
                products = {record.id: present} if kind == "product" else {}
                pending = pending_of(work, [record.id], products=products).get(record.id, ())
            else:
                document = self._former(work, record, at)
        values = head_of(self._desk, record)
        values |= {
            "base": f"/installed/{kind}/{record.key}",
            "at": as_typed(at, self._desk.zone),
            "moment": instant(at, self._desk.zone) if at is not None else None,
            "was_there": document is not None,
            "standing": self._standing(document or {}),
            "rows": [*self._rows(record, document or {}, pending), *self._coming(record, pending)],
            "orders": [self._order(one) for one in pending],
            "identifiers": [self._identifier(one)
                            for one in (document or {}).get("externalIdentifier") or ()],
        }  # fmt: skip
        return Shown("installed_record.html", values)

    def _former(self, work: Work, record: Record, at: datetime) -> dict[str, Json] | None:
        present = work.many(BY_SEGMENT[record.resource.path], [record.id])
        found = documents_at(work, present, (), at).get(record.id)
        return mask(found, record.hidden) if found and record.hidden is not None else found

    def _standing(self, document: Mapping[str, Json]) -> list[dict[str, Any]]:
        zone = self._desk.zone
        return [
            {"label": words(name), "cell": cell(name, document[name], zone)}
            for name in STANDING
            if document.get(name) not in (None, "")
        ]

    def _values(self, document: Mapping[str, Json]) -> dict[str, Json]:
        """Return the characteristics by name."""
        return {
            str(one.get("name")): one.get("value")
            for path in CHARACTERISTICS.values()
            for one in document.get(path) or ()
        }

    def _rows(
        self, record: Record, document: Mapping[str, Json], pending: Sequence[Pending]
    ) -> list[dict[str, Any]]:
        """Return each characteristic with what it is and what it will be."""
        path = CHARACTERISTICS[record.resource.name]
        if record.hidden is not None and is_hidden(record.hidden, f"{path}.value"):
            return []
        now = self._values(document)
        coming = {value.name: value.value for one in pending for value in one.values}
        return [
            {
                "name": words(name),
                "now": self._cell(name, now.get(name)),
                "coming": self._cell(name, coming[name]) if name in coming else None,
            }
            for name in dict.fromkeys([*now, *coming])
            if name
        ]

    def _coming(self, record: Record, pending: Sequence[Pending]) -> list[dict[str, Any]]:
        """Return what else of it will be otherwise: its status, offering, place and prices."""
        return [
            {
                "name": words(one.name),
                "now": self._cell(one.name, _told(one.former)),
                "coming": self._cell(one.name, _told(one.value)),
            }
            for each in pending
            for one in each.attributes
            if record.hidden is None or not is_hidden(record.hidden, one.name)
        ]

    def _cell(self, name: str, value: Json) -> Cell:
        if isinstance(value, (dict, list)):
            return Cell("text", str(value)) if value else EMPTY
        return cell(name, value, self._desk.zone)

    def _order(self, one: Pending) -> dict[str, Any]:
        pages = {"ProductOrder": "/order/", "ServiceOrder": "/service-order/",
                 "ResourceOrder": "/resource-order/"}  # fmt: skip
        page = pages.get(one.order_kind)
        return {
            "action": ACTIONS[one.action],
            "key": one.order_key,
            "address": f"{page}{one.order_key}" if page and one.order_key else "",
            "state": state(one.state),
            "due": instant(one.due_at, self._desk.zone) if one.due_at is not None else None,
        }

    def _identifier(self, one: Mapping[str, Json]) -> dict[str, Any]:
        checked = one.get("checkedAt")
        return {
            "id": one.get("id"), "owner": one.get("owner"), "reason": one.get("reason") or "",
            "is_valid": one.get("isValid") is not False,
            "checked": instant(str(checked), self._desk.zone) if checked else None,
        }  # fmt: skip

    def _versions(self, visit: Visit, *, kind: str, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            record = self._record(work, kind, ident)
            lines, _ = history_of(work, record, self._desk.zone, None)
        base = f"/installed/{kind}/{record.key}"
        shown = [
            {"at": one.at, "actor": one.actor, "action": one.action, "version": one.version,
             "paths": list(dict.fromkeys(words(change.path.partition("[")[0].partition(".")[0])
                                         for change in one.changes)),
             "address": f"{base}?at={one.at.iso.replace('+', '%2B')}"}
            for one in lines
        ]  # fmt: skip
        return Shown("installed_versions.html", {"lines": shown})

    def _links(self, visit: Visit, *, kind: str, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            record = self._record(work, kind, ident)
            uses = uses_of(work, record)
            users = users_of(self._desk, work, uses)
            among = {source for kind, source, _ in uses if kind == TICKET}
            tickets = [{**one, "id": one["key"]} for one in tickets_of(work, record.id, among)]
        outside = dict(outside_of(record.document))
        outside["ticket"] = [*tickets, *outside.get("ticket", ())]
        groups = [
            {"title": title, "rows": [_called(one) for one in outside.get(name, ())]}
            for name, title in (("configurationItem", "Configuration items"),
                                ("ticket", "Tickets"), ("test", "Tests"), ("other", "Others"))
        ]  # fmt: skip
        return Shown("installed_links.html", {"groups": groups, "users": users})

    def _record(self, work: Work, kind: str, ident: str) -> Record:
        found = BY_SEGMENT.get(kind)
        if found is None:
            raise NotFound("notFound", f"there is no page {kind}")
        return record_of(work, found.resource, ident)


def _told(value: Json) -> Json:
    """Return what an attribute holds in words: names of what it names, prices with their sum."""
    if isinstance(value, list):
        return ", ".join(str(_told(one)) for one in value if one)
    if not isinstance(value, dict):
        return value
    sum_of = (value.get("price") or {}).get("dutyFreeAmount") or {}
    unit = str(sum_of.get("unit") or "")
    amount = price(Decimal(sum_of.get("value") or 0), unit) if sum_of else ""
    name = str(value.get("name") or value.get("id") or "")
    return f"{name} {amount}".strip()


def _called(one: Mapping[str, Json]) -> dict[str, str]:
    """Return what a thing in another system is called, and its id where that is another text."""
    ident, name = str(one.get("id") or ""), str(one.get("name") or "")
    return {"name": name or ident, "id": ident if name else ""}
