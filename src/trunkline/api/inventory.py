"""The inventory's own verbs: configurations present, pending and former; the base at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.inventory.api import INVENTORY
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource as ResourceRecord
from trunkline.inventory.service import Service
from trunkline.inventory.versions.as_of import documents_at, installed_base_at
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.held.links import Links, links_of
from trunkline.ordering.held.pending import Pending, PendingValue, pending_of
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.reads import note_read
from trunkline.rest.verb import Object, Verb, shape

Kind = type[Product] | type[Service] | type[ResourceRecord]
KINDS: Mapping[str, Kind] = {"product": Product, "service": Service, "resource": ResourceRecord}
CHARACTERISTICS: Mapping[str, str] = {
    "Product": "productCharacteristic", "Service": "serviceCharacteristic",
    "Resource": "resourceCharacteristic",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    "PendingConfiguration": shape(
        "What a running order is about to make of a record.",
        {"order": "object", "orderItemId": "text", "action": "text", "state": "text",
         "characteristic": "list object", "attribute": "list object", "place": "any",
         "dueAt": "instant"},
        "order action state",
    ),
    "Configuration": shape(
        "A record as it is, or was at a moment, and beside it what is pending.",
        {"at": "instant", "current": "object", "pending": "list PendingConfiguration"},
        "current pending",
    ),
    "InstalledBase": shape(
        "What a customer had at a moment.",
        {"at": "instant", "product": "list object", "service": "list object",
         "resource": "list object"},
        "at",
    ),
    "InventoryLinks": shape(
        "What hangs on a record: running orders, configuration items, tickets, tests, mentions.",
        {"openOrder": "list object", "configurationItem": "list object", "ticket": "list object",
         "test": "list object", "other": "list object", "mention": "list object"},
        "openOrder configurationItem ticket test other mention",
    ),
}  # fmt: skip


class Configuration(Asked):
    """`/{kind}/{id}/configuration` and `/{kind}/{id}/link`."""

    def __init__(self, services: Services, doorman: Doorman, kind: Kind) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the record as it is, or was at a moment, and what is pending."""
        only_parameters(req, "at")
        at = moment_of(req)

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                body = self._told(work, ident, at)
            answer_json(resp, body)

        self.as_known(req, answer)

    def _told(self, work: Work, ident: str, at: datetime | None) -> dict[str, Json]:
        record = record_of(work, self._kind, ident)
        resource = record.resource
        note(work, resource, [record.id])
        raw = record.raw
        if at is not None:
            found = documents_at(work, {record.id: record}, (), at)
            if record.id not in found:
                when = format_instant(at)
                raise NotFound("notFound", f"{record.key} was not there at {when}, as far as told")
            raw = found[record.id]
        pending: Sequence[Pending] = ()
        if at is None:
            products = {record.id: record} if isinstance(record, Product) else {}
            pending = pending_of(work, [record.id], products=products).get(record.id, ())
        body: dict[str, Json] = {
            "current": {"id": record.id, "key": record.key, **shown(work, resource, raw)},
            "pending": [pending_body(work, resource, one) for one in pending],
        }
        return body if at is None else {"at": format_instant(at), **body}

    def on_get_link(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what hangs on the record."""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = links_of(work, record_of(work, self._kind, ident))
            answer_json(resp, links_body(found))

        self.as_known(req, answer)


class InstalledBase(Asked):
    """`/installedBase`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer what a customer had at a moment, now where none is named."""
        only_parameters(req, "customer", "at")
        ident, at = req.get_param("customer"), moment_of(req)
        if not ident:
            raise Invalid.of([Fault("customer", "required", "name a customer by id or key")])

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                work.actor.must(Customer.resource, "read")
                customer = work.get(Customer, ident)
                if customer is None:
                    raise NotFound("notFound", f"there is no customer {ident}")
                moment = at or work.now
                found = installed_base_at(work, customer.id, moment)
                body: dict[str, Json] = {"at": format_instant(moment)}
                for name, kind in KINDS.items():
                    held = found.get(kind.resource.name)
                    if held is not None:
                        note(work, kind.resource, held)
                        body[name] = [
                            {"id": one, **shown(work, kind.resource, raw)}
                            for one, raw in held.items()
                        ]
            answer_json(resp, body)

        self.as_known(req, answer)


def moment_of(req: falcon.Request) -> datetime | None:
    """Return the moment that is asked for, or refuse (400) what is none."""
    text = req.get_param("at")
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        message = "must be an instant such as 2026-11-30T12:00:00Z"
        raise Invalid.of([Fault("at", "badValue", message)]) from None


def record_of(work: Work, kind: Kind, ident: str) -> Product | Service | ResourceRecord:
    """Return a record that the asker may read, or refuse with 403 or 404."""
    work.actor.must(kind.resource, "read")
    found: Product | Service | ResourceRecord | None = work.get(kind, ident)
    if found is None:
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    return found


def note(work: Work, resource: Resource, idents: Iterable[str]) -> None:
    """Note that somebody has read records."""
    grant = work.actor.must(resource, "read")
    for ident in idents:
        note_read(work.services, work.actor, grant, resource, ident)


def shown(work: Work, resource: Resource, raw: dict[str, Json]) -> dict[str, Json]:
    """Return a document as far as the asker may see it."""
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    found: dict[str, Json] = mask(raw, hidden) if hidden is not None else raw
    return found


def pending_body(work: Work, resource: Resource, one: Pending) -> dict[str, Json]:
    """Return what is pending as JSON; what is hidden of the record is hidden here, too."""
    path = CHARACTERISTICS[resource.name]
    values = {value.name: value.former for value in one.values}
    listed = [{"name": value.name, "value": value.value} for value in one.values]
    seen = shown(work, resource, {path: listed})
    now = shown(work, resource, {path: [{"name": n, "value": v} for n, v in values.items()]})
    former = {each["name"]: each.get("value") for each in now.get(path, []) if "name" in each}
    body: dict[str, Json] = {
        "order": one.mention,
        "orderItemId": one.item,
        "action": one.action,
        "state": one.state,
        "characteristic": [
            {**each, "former": former.get(each.get("name"))} for each in seen.get(path, [])
        ],
        "attribute": [
            {"name": each.name, **part}
            for each in one.attributes
            if (part := _seen(work, resource, each))
        ],
        "place": shown(work, resource, {"place": one.place}).get("place") if one.place else None,
        "dueAt": format_instant(one.due_at) if one.due_at is not None else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _seen(work: Work, resource: Resource, one: PendingValue) -> dict[str, Json]:
    """Return what an attribute was and will be, as far as the asker may see it."""
    parts = {"former": one.former, "value": one.value}
    told = {name: shown(work, resource, {one.name: part}) for name, part in parts.items() if part}
    return {name: part[one.name] for name, part in told.items() if one.name in part}


def links_body(found: Links) -> dict[str, Json]:
    """Return what hangs on a record as JSON."""
    return {
        "openOrder": list(found.open_orders), "mention": list(found.mentions),
        **{name: list(found.outside.get(name, ())) for name in
           ("configurationItem", "ticket", "test", "other")},
    }  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    of: Callable[..., Verb] = partial(Verb, api=INVENTORY, method="get")
    numbers = {"product": "TMF637", "service": "TMF638", "resource": "TMF639"}
    for kind, number in numbers.items():
        yield of(
            path=f"/{kind}/{{id}}/configuration", name=f"configurationOf{kind.capitalize()}",
            summary=f"Return a {kind} as it is or was, and what is pending", scope=f"{number}:read",
            about="Configuration", answers="Configuration",
            filters={"at": "As it was at this instant."},
        )  # fmt: skip
        yield of(
            path=f"/{kind}/{{id}}/link", name=f"linksOf{kind.capitalize()}",
            summary=f"Return what hangs on a {kind}", scope=f"{number}:read",
            about="InventoryLinks", answers="InventoryLinks",
        )  # fmt: skip
    yield of(
        path="/installedBase", name="installedBaseOfCustomer", scope="TMF637:read",
        summary="Return what a customer had at a moment", about="InstalledBase",
        answers="InstalledBase",
        filters={"customer": "The id or key of a customer.", "at": "As it was at this instant."},
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    base = INVENTORY.base
    for name, kind in KINDS.items():
        held = Configuration(services, doorman, kind)
        app.add_route(f"{base}/{name}/{{ident}}/configuration", held)
        app.add_route(f"{base}/{name}/{{ident}}/link", held, suffix="link")
    app.add_route(f"{base}/installedBase", InstalledBase(services, doorman))
