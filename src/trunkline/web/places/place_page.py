"""A site or an address: where it is, on a map, and what is there, under way and around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import falcon

from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal, Stale
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.geography.location import GeographicLocation
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.writing import change
from trunkline.settings import Settings
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.edit_page import MERGE
from trunkline.web.forms import Form
from trunkline.web.places.near import (
    SITES_MAX,
    addresses_around,
    nearby,
    page_of,
    place_ids,
    seen_position,
)
from trunkline.web.places.position import Position, position_of, typed_position
from trunkline.web.postal import address_lines
from trunkline.web.record_page import head_of
from trunkline.web.records import (
    Branch,
    Record,
    documents_of,
    mentions_of,
    naming,
    record_of,
    seen,
    sees,
    select_among,
)
from trunkline.web.values import instant, state
from trunkline.web.wording import words

KINDS = {"site": GeographicSite.resource, "address": GeographicAddress.resource}
ADDRESS, LOCATION = GeographicAddress.resource, GeographicLocation.resource
PANELS = (
    ("installed", "Products and services here", (Product.resource, Service.resource)),
    ("orders", "Orders here", (ProductOrder.resource,)),
    ("contacts", "Who", ()),
    ("nearby", "Sites around", (GeographicSite.resource, ADDRESS)),
)
ROWS_MAX = 50
ORDER_PLACE = "productOrderItem.product.place"


class PlacePage:
    """`/places/site/{ident}` and `/places/address/{ident}`, their panels, and the location."""

    needs = "byRecord"

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk = desk
        self._tiles = settings.map_tiles or ""
        self._credit = settings.map_credit or ""
        parts = urlsplit(self._tiles)
        self._tiles_host = f"{parts.scheme}://{parts.netloc}" if self._tiles else ""
        self._panels = {
            "installed": self._installed,
            "orders": self._orders,
            "contacts": self._contacts,
            "nearby": self._nearby,
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Show where it is; the panels come on their own."""
        self._desk.answer(req, resp, lambda visit: self._page(visit, kind, ident))

    def on_get_panel(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str, name: str
    ) -> None:
        """Show one panel. A page asks for it on its own, which is no use of the session."""
        view = partial(self._panel, kind=kind, ident=ident, name=name)
        self._desk.answer(req, resp, view, is_use=False)

    def on_post_location(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Write where the address is, or show what is wrong with it."""
        self._desk.act(req, resp, partial(self._locate, kind=kind, ident=ident))

    def _record(self, work: Work, kind: str, ident: str) -> Record:
        if kind not in KINDS:
            raise NotFound("notFound", "there is no page at this address")
        return record_of(work, KINDS[kind], ident)

    def _where(self, work: Work, record: Record) -> tuple[Record | None, Position | None]:
        """Return the address of a site, or the record itself where it is one, and where that is.

        Where the address does not tell, a location that the record names itself does.
        """
        named = {one: [*place_ids(record.document, one)] for one in (ADDRESS.name, LOCATION.name)}
        places = [seen(work, one) for one in documents_of(work, named)]
        address = record if record.resource is ADDRESS else _first(places, ADDRESS)
        position = seen_position(work, address) if address is not None else None
        location = _first(places, LOCATION)
        if position is None and location is not None:
            position = position_of(location.document)
        return address, position

    def _page(
        self, visit: Visit, kind: str, ident: str, typed: Form | None = None,
        wrong: str = "", status: int = 200,
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            record = self._record(work, kind, ident)
            address, position = self._where(work, record)
            around = nearby(self._desk, work, address, position, [record.id])
            grant = work.actor.grant
            panels = [
                {"name": name, "title": title}
                for name, title, kinds in PANELS
                if not kinds or any(grant(one, "read") is not None for one in kinds)
            ]
            may_edit = grant(record.resource, "update") is not None
            checks = ProductOfferingQualification.resource
            may_check = kind == "site" and grant(checks, "create") is not None
            may_locate = address is not None and grant(ADDRESS, "update") is not None
        document = record.document
        values: dict[str, Json] = head_of(self._desk, record) | {
            "place": kind,
            "base": f"/places/{kind}/{record.key}",
            "lines": address_lines(address.document, spoken().code) if address else [],
            "address_key": address.key if address else "",
            "address_version": address.version if address else 0,
            "address_page": f"/places/address/{address.key}" if address else "",
            "facts": [
                {"label": words(name), "text": str(document[name])}
                for name in ("code", "description", "name")
                if document.get(name) and document[name] != record.label
            ],
            "panels": panels,
            "may_edit": may_edit,
            "may_locate": may_locate,
            "may_check": may_check,
            "latitude": typed.text("latitude") if typed else _text(position, "latitude"),
            "longitude": typed.text("longitude") if typed else _text(position, "longitude"),
            "wrong": wrong,
            "map": {
                "latitude": _text(position, "latitude"),
                "longitude": _text(position, "longitude"),
                "tiles": self._tiles,
                "credit": self._credit,
                "points": encode([one for one in around if one["latitude"]]).decode(),
            },
        }
        return Shown("places_page.html", values, status, images=self._tiles_host)

    def _panel(self, visit: Visit, *, kind: str, ident: str, name: str) -> Answer:
        make = self._panels.get(name)
        if make is None:
            raise NotFound("notFound", f"there is no panel {name}")
        with self._desk.work(visit) as work:
            record = self._record(work, kind, ident)
            values = make(work, record)
        if name == "nearby":
            asked = visit.req.get_param("from") or ""
            first = min(int(asked[:9]), SITES_MAX) if asked.isdecimal() else 0
            base = f"/places/{kind}/{record.key}/panel/nearby"
            values |= page_of(values["sites"], first, base)
        return Shown("places_panel.html", values | {"name": name})

    def _installed(self, work: Work, record: Record) -> dict[str, Any]:
        found = _at(work, record, (Product.resource, "place"), (Service.resource, "place"))
        rows = [
            self._row(one, one.document.get("status") or one.document.get("state"), "startDate")
            for one in found
        ]
        return {"rows": rows}

    def _orders(self, work: Work, record: Record) -> dict[str, Any]:
        found = _at(work, record, (ProductOrder.resource, ORDER_PLACE))
        return {"rows": [self._row(one, one.document.get("state"), "orderDate") for one in found]}

    def _row(self, one: Record, status: Json, dated: str) -> dict[str, Any]:
        moment = one.document.get(dated)
        return {
            "label": one.label,
            "key": one.key,
            "kind": one.resource.title,
            "address": self._desk.addresses.of_record(one.resource, one.key),
            "state": state(str(status)) if status else None,
            "date": instant(str(moment), self._desk.zone) if moment else None,
        }

    def _contacts(self, work: Work, record: Record) -> dict[str, Any]:
        related = _parties_at(work, record)
        idents: dict[str, set[str]] = {}
        for one in related:
            for name in _party_kinds(one):
                idents.setdefault(name, set()).add(str(one.get("id")))
        mentions = mentions_of(work, self._desk.addresses, idents)
        people = []
        for one in related:
            known = mentions.get(str(one.get("id")))
            people.append(
                {
                    "label": known.label if known else str(one.get("name") or one.get("id") or ""),
                    "address": known.address if known else "",
                    "role": words(str(one.get("role") or "")),
                }
            )
        return {"people": people}

    def _nearby(self, work: Work, record: Record) -> dict[str, Any]:
        address, position = self._where(work, record)
        sites = nearby(self._desk, work, address, position, [record.id])
        whole = len(sites) >= SITES_MAX - 1 and address is not None
        return {"sites": sites, "rest": addresses_around(self._desk, address) if whole else ""}

    def _locate(self, visit: Visit, form: Form, *, kind: str, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                record = self._record(work, kind, ident)
                address, _ = self._where(work, record)
                if address is None:
                    raise NotFound("notFound", "this site has no address to be put on the map")
                document = work.lock(GeographicAddress, address.id)
                if form.text("version") != str(address.version):
                    raise Stale("stale", "it was changed since you read it; read it again")
                change(work, document, {"geographicLocation": _location(form)}, MERGE)
        except Refusal as refusal:
            if refusal.status not in {400, 403, 412}:
                raise
            said = refusal.faults[0].message if refusal.faults else refusal.message
            return self._page(visit, kind, ident, form, said, refusal.status)
        return Moved(f"/places/{kind}/{record.key}?done=located")


def _at(work: Work, place: Record, *kinds: tuple[Resource, str]) -> list[Record]:
    """Return the newest records of kinds that name a place at a path, in one statement.

    What names a site is at the address of the site, too.
    """
    branches = [naming(work, one, path, [place.id], ROWS_MAX) for one, path in kinds]
    found = [one for one in branches if one is not None]
    if place.resource is ADDRESS and sees(work, GeographicSite.resource, "place.id"):
        found = [replace(one, text=_at_its_sites(one)) for one in found]
    return [seen(work, one) for one in select_among(work, found)]


def _at_its_sites(branch: Branch) -> str:
    """Return the condition on what names one of some places, or a site that lies at one."""
    sites = (
        "f.target in (with place(id) as (select unnest(%s::uuid[])) select id from place "  # noqa: S608
        f"union select s.source from place p join {GeographicSite.resource.reference_table} s "
        "on s.target = p.id and (s.type, s.path) = ('GeographicSite', 'place'))"
    )
    return branch.text.replace("f.target = any(%s::uuid[])", sites)


def _parties_at(work: Work, place: Record) -> list[dict[str, Any]]:
    """Return the parties that a place names, and those of the sites at an address."""
    holders = [place]
    at = naming(work, GeographicSite.resource, "place", [place.id], ROWS_MAX)
    if place.resource is ADDRESS and at is not None:
        holders += [seen(work, one) for one in select_among(work, [at])]
    listed = [one for each in holders for one in each.document.get("relatedParty") or ()]
    named = {(one.get("id"), one.get("role")): one for one in listed if isinstance(one, dict)}
    return list(named.values())


def _first(records: Sequence[Record], resource: Resource) -> Record | None:
    return next((one for one in records if one.resource is resource), None)


def _location(form: Form) -> Json:
    latitude, longitude = form.text("latitude"), form.text("longitude")
    if not latitude and not longitude:
        return None
    position = typed_position(latitude, longitude)
    if position is None:
        message = "write degrees: latitude from -90 to 90, longitude from -180 to 180"
        raise Invalid.of([Fault("geographicLocation", "badGeometry", message)])
    return position.location()


def _text(position: Position | None, name: str) -> str:
    return str(getattr(position, name)) if position is not None else ""


def _party_kinds(one: dict[str, Any]) -> Sequence[str]:
    named = one.get("@referredType")
    return [str(named)] if named else ("Customer", "Individual", "Organization")
