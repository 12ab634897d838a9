"""Linking: a new product that is built on a service or resource which is there already."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import relations
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.installed import is_live
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.orders.order_items import PRODUCT_ORDER
from trunkline.web.orders.values_panel import typed_as
from trunkline.web.records import Record, matching, record_of
from trunkline.web.wording import words

KINDS: Mapping[str, tuple[type[Service | Resource], str, str]] = {
    "service": (Service, "serviceSpecification", "realizingService"),
    "resource": (Resource, "resourceSpecification", "realizingResource"),
}
"""By the word of the address: the kind, what names its specification, and where it is named."""
CHARACTERISTICS = ("serviceCharacteristic", "resourceCharacteristic")
VALUE = "value-"
ACCOUNTS_MAX = 20
# What is on sale whose specification has a certain other one.
FITTING = """
select o.id::text, o.doc ->> 'name' from catalog_reference s
join catalog_reference f on f.target = s.source and f.type = 'ProductOffering'
  and f.path = 'productSpecification'
join product_offering o on o.id = f.source
where s.target = %s::uuid and s.type = 'ProductSpecification' and s.path = %s
  and o.doc ->> 'lifecycleStatus' = any(%s)
order by 2, 1 limit 50
"""


class LinkPage:
    """`/link/{kind}/{ident}`: sells something on a service or resource that is there."""

    needs = "ProductOrder:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Show what can be built on the record."""
        self._desk.answer(req, resp, partial(self._view, kind=kind, ident=ident))

    def on_get_values(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Show what the chosen offering asks for, with what the record says of it."""
        self._desk.answer(req, resp, partial(self._view_values, kind=kind, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Order the product."""
        self._desk.act(req, resp, partial(self._order, kind=kind, ident=ident))

    def _view(
        self, visit: Visit, *, kind: str, ident: str, problem: str = "", form: Form | None = None
    ) -> Answer:
        said = form or Form()
        with self._desk.work(visit) as work:
            work.actor.must(ProductOrder.resource, "create")
            work.actor.must(ProductOffering.resource, "read")
            record, customer = _found(work, kind, ident)
            specification = record.document.get(KINDS[kind][1]) or {}
            asked = [specification.get("id"), KINDS[kind][1], list(LIVE)]
            rows = work.connection.execute(FITTING, asked).fetchall() if asked[0] else []
            wanted = {"relatedParty.id": [customer]}
            accounts = matching(work, BillingAccount.resource, wanted, limit=ACCOUNTS_MAX)
        chosen = said.text("offering") or (rows[0][0] if rows else "")
        values = {
            "csrf": visit.csrf, "problem": problem, "address": f"/link/{kind}/{record.key}",
            "name": record.document.get("name") or record.key, "key": record.key,
            "record_address": self._desk.addresses.of_record(record.resource, record.key),
            "kind": words(kind), "offering": chosen, "account": said.text("account"),
            "offerings": [{"id": one, "name": name} for one, name in rows],
            "accounts": [
                {"id": one.id, "name": one.document.get("name") or one.key}
                for one in (accounts.records if accounts is not None else ())
            ],
            "is_busy": not is_live(_typed(kind, record)),
        }  # fmt: skip
        return Shown("orders_link.html", values, 409 if problem else 200)

    def _view_values(self, visit: Visit, *, kind: str, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(ProductOffering.resource, "read")
            record, _ = _found(work, kind, ident)
            specification = _specification(work, visit.req.get_param("offering") or "")
        fields = _fields(kind, record, specification) if specification is not None else []
        return Fragment(self._desk.renderer.html("orders_link_values.html", {"fields": fields}))

    def _order(self, visit: Visit, form: Form, *, kind: str, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                record, customer = _found(work, kind, ident)
                body = _body(work, form, kind, record, customer)
                order = create(work, ProductOrder.resource, body)
        except NotFound:
            raise
        except Refusal as refusal:
            problem = "; ".join(one.message for one in refusal.faults) or refusal.message
            return self._view(visit, kind=kind, ident=ident, problem=problem, form=form)
        return Moved(f"{PRODUCT_ORDER.base}{order.key}?done=saved")


def _found(work: Work, kind: str, ident: str) -> tuple[Record, str]:
    """Return the record of an address and the customer whose it is; refuses what is nobody's."""
    if kind not in KINDS:
        raise NotFound("notFound", f"nothing is built on a {kind}")
    record = record_of(work, KINDS[kind][0].resource, ident)
    for one in record.document.get("relatedParty") or ():
        if isinstance(one, dict) and str(one.get("role") or "").lower() == "customer":
            return record, str(one.get("id") or "")
    raise Conflict("conflictNobodys", f"{record.key} names no customer; nothing can be sold on it")


def _typed(kind: str, record: Record) -> Service | Resource:
    return KINDS[kind][0].wrap(record.document)


def _specification(work: Work, offering: str) -> ProductSpecification | None:
    """Return what an offering is made of, as an order of it would find it."""
    item: dict[str, Json] = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    order = ProductOrder.wrap({"productOrderItem": [item]})
    catalog = order_catalog.load(work, order)
    found = catalog.offerings.get(offering)
    named = found.product_specification if found is not None else None
    specification = catalog.product_specifications.get(named.id or "") if named else None
    return specification if isinstance(specification, ProductSpecification) else None


def _fields(kind: str, record: Record, specification: ProductSpecification) -> list[dict[str, Any]]:
    """Return what may be chosen of a product, with what the record says: mapped, or by its name."""
    own = record.document.get(KINDS[kind][1]) or {}
    held = {str(one.get("name")): one.get("value")
            for name in CHARACTERISTICS for one in record.document.get(name) or ()}  # fmt: skip
    told = dict(held)
    for relation in relations(specification):
        if relation.target_id == own.get("id"):
            told |= {str(one.source): held[one.target] for one in relation.link.mapping
                     if one.source and one.target in held}  # fmt: skip
    return [
        {
            "name": one.name, "label": words(str(one.name)), "kind": one.value_type,
            "value": "" if told.get(str(one.name)) is None else str(told[str(one.name)]),
            "choices": [str(each.value) for each in one.options if each.value is not None],
        }
        for one in specification.characteristics
        if one.name and one.configurable
    ]  # fmt: skip


def _body(work: Work, form: Form, kind: str, record: Record, customer: str) -> dict[str, Json]:
    """Return the order of a product that is built on the record, as a client would send it."""
    offering = form.text("offering")
    if not offering:
        raise Invalid.of([Fault("offering", "required", "choose what is to be sold")])
    specification = _specification(work, offering)
    product: dict[str, Json] = {KINDS[kind][2]: [{"id": record.id}]}
    fields = _fields(kind, record, specification) if specification is not None else []
    product["productCharacteristic"] = [
        {"name": one["name"], "value": typed_as(text, one["kind"])}
        for one in fields
        if (text := form.text(f"{VALUE}{one['name']}"))
    ]
    places = record.document.get("place")
    if places:
        product["place"] = places if isinstance(places, list) else [places]
    item = {"id": "1", "action": "add", "operation": "link",
            "productOffering": {"id": offering}, "product": product}  # fmt: skip
    party = {"id": customer, "role": "customer", "@referredType": "Customer"}
    body: dict[str, Json] = {"relatedParty": [party], "productOrderItem": [item]}
    if form.text("account"):
        body["billingAccount"] = {"id": form.text("account")}
    return body
