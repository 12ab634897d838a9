"""Asking what can be had: for whom, where, and which offers; one form, one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon

from trunkline.catalog.category import Category
from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.qualification.api import BULK
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.many import begin_many
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import Branch, naming, seen, select_among
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.workspace.import_file import FILE_BYTES_MAX

CHECK = ProductOfferingQualification.resource
SITES_MAX, OFFERS_MAX = 100, 300
LINES = {"street": "streetName", "number": "streetNr", "postcode": "postcode", "city": "city"}
FIELDS = (*LINES, "customer", "customer.text", "site", "reserve", "product")


class FormPage:
    """`/qualify` and `/qualify/file`."""

    needs = "ProductOfferingQualification:create qualification:checkMany"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = reader(FILE_BYTES_MAX)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form, for what the address names."""
        self._desk.answer(req, resp, lambda visit: self._form(visit, _asked(req)))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask, and show the answer."""
        self._desk.act(req, resp, self._check)

    def on_get_file(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form for a file of addresses."""
        self._desk.answer(req, resp, self._file)

    def on_post_file(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to check the addresses of a file, and show the job."""
        self._desk.act(req, resp, self._many, read=self._read)

    # --- one place -----------------------------------------------------------------------------

    def _form(
        self, visit: Visit, typed: Mapping[str, str], chosen: frozenset[str] = frozenset(),
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        visit.actor.must(CHECK, "create")
        with self._desk.work(visit) as work:
            read = _read(work, typed)
            values = _told(work, read, typed, chosen)
        values["problems"] = problems_of(refusal)
        values["may_many"] = visit.actor.may(BULK) is not None
        return Shown("qualification_form.html", values, refusal.status if refusal else 200)

    def _check(self, visit: Visit, form: Form) -> Answer:
        typed = {name: form.text(name) for name in FIELDS}
        chosen = frozenset(form.all("offering"))
        try:
            with self._desk.work(visit) as work:
                visit.actor.must(CHECK, "create")
                body = _body(typed, chosen)
                check = create(work, CHECK, body)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status != 400:
                raise
            return self._form(visit, typed, chosen, refusal)
        return Moved(f"/qualify/{check.key}")

    # --- many ----------------------------------------------------------------------------------

    def _file(
        self, visit: Visit, chosen: frozenset[str] = frozenset(), refusal: Refusal | None = None
    ) -> Answer:
        visit.actor.must_have(BULK)
        with self._desk.work(visit) as work:
            values = _told(work, _read(work, {}), {}, chosen)
        values["problem"] = refusal.message if refusal else ""
        values["largest"] = FILE_BYTES_MAX >> 20
        return Shown("qualification_file.html", values, refusal.status if refusal else 200)

    def _many(self, visit: Visit, form: Form) -> Answer:
        files = form.files if isinstance(form, UploadForm) else []
        chosen = form.all("offering")
        try:
            if not files:
                raise Invalid("fileMissing", "choose a file first")
            job = begin_many(
                self._desk.services, visit.actor, name=files[0].name, content=files[0].content,
                offerings=chosen,
            )  # fmt: skip
        except Refusal as refusal:
            return self._file(visit, frozenset(chosen), refusal)
        return Moved(f"/jobs/{job}")


def _asked(req: falcon.Request) -> dict[str, str]:
    names = ("customer", "site", "product", "order")
    return {name: req.get_param(name) or "" for name in names}


def _read(work: Work, typed: Mapping[str, str]) -> list[Document]:
    """Read the offers, and whom and what the form is about, in two statements at most."""
    offers = [
        Branch(ProductOffering.resource, "t.p_lifecycle_status = any(%s)", [list(LIVE)],
               f"order by t.p_name limit {OFFERS_MAX}"),
    ]  # fmt: skip
    if work.actor.grant(Category.resource, "read") is not None:
        offers.append(Branch(Category.resource, "true", [], "limit 200"))
    found: list[Document] = []
    wanted: dict[type[Document], str | None] = {
        Customer: typed.get("customer"), GeographicSite: typed.get("site"),
        Product: typed.get("product"), ProductOrder: typed.get("order"),
    }  # fmt: skip
    about = [
        Branch(
            kind.resource,
            "(t.key = %s or t.id = any(%s::uuid[]))",
            [ident.upper(), array_of([ident] if UUID.match(ident) else [])],
        )  # fmt: skip
        for kind, ident in wanted.items()
        if ident and work.actor.grant(kind.resource, "read") is not None
    ]
    if about:
        found = select_among(work, about)
    people = [one.id for one in found if isinstance(one, Customer)] or [
        party["id"]
        for one in found
        for party in one.raw.get("relatedParty") or ()
        if str(party.get("role") or "").lower() == "customer"
    ]
    if people and not any(isinstance(one, Customer) for one in found):
        offers.append(Branch(Customer.resource, "t.id = any(%s::uuid[])", [people]))
    sites = naming(work, GeographicSite.resource, "relatedParty", people, SITES_MAX)
    if people and sites is not None:
        offers.append(sites)
    return [*found, *select_among(work, offers)]


def _told(
    work: Work, read: list[Document], typed: Mapping[str, str], chosen: frozenset[str]
) -> dict[str, Any]:
    customer = next((one for one in read if isinstance(one, Customer)), None)
    sites = {one.id: seen(work, one) for one in read if isinstance(one, GeographicSite)}
    site = next((one for one in sites.values() if typed.get("site") in (one.id, one.key)), None)
    orders = [one for one in read if isinstance(one, ProductOrder)]
    for order in orders:
        chosen |= {
            one.product_offering.id for one in order.product_order_item if one.product_offering
        }
    names = {one.id: one.name for one in read if isinstance(one, Category)}
    groups: dict[str, list[dict[str, Json]]] = {}
    for one in read:
        if isinstance(one, ProductOffering) and is_on_sale(one, work.now):
            group = names.get(one.category[0].id, "") if one.category else ""
            offer = {"id": one.id, "name": one.name, "chosen": one.id in chosen}
            groups.setdefault(group, []).append(offer)
    shown = seen(work, customer) if customer is not None else None
    return {
        "customer": {"id": shown.id, "key": shown.key, "label": shown.label} if shown else None,
        "sites": [
            {"id": one.id, "label": one.label, "chosen": one is site or len(sites) == 1}
            for one in sites.values()
        ],
        "groups": sorted(groups.items()),
        "typed": {name: typed.get(name, "") for name in FIELDS},
        "about": orders[0].key if orders else "",
    }  # fmt: skip


def _body(typed: Mapping[str, str], chosen: frozenset[str]) -> dict[str, Json]:
    """Return what was asked as the interface writes it; refuses a form that says no place."""
    lines: dict[str, Json] = {
        path: typed[name] for name, path in LINES.items() if typed.get(name)
    }  # fmt: skip
    place = {"id": typed["site"], "@referredType": "GeographicSite"} if typed["site"] else lines
    if not typed["site"] and not (typed["city"] or typed["postcode"]):
        message = "say where: choose a site, or type the town or the postcode"
        raise Invalid.of([Fault("place", "placeMissing", message)])
    body: dict[str, Json] = {"place": [place | {"role": "installation"}]}
    if typed["customer"]:
        body["relatedParty"] = [{"id": typed["customer"], "role": "customer"}]
    if chosen:
        body["productOfferingQualificationItem"] = [
            {"id": str(number), "action": "add", "productOffering": {"id": one}}
            for number, one in enumerate(sorted(chosen), 1)
        ]
    if typed["reserve"]:
        body["reserve"] = True
    return body
