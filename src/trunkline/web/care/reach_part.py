"""How a customer is reached, corrected in the middle of whatever is being done for the customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import change
from trunkline.web.customer.gathering import party_of
from trunkline.web.customer.media import MEDIUM, reach_address
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.facts import pointed_at
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.records import Branch, Record, document_at, record_of, seen, select_among
from trunkline.web.shell.contact_data import has_customer
from trunkline.web.values import phone

MERGE = "application/merge-patch+json"
KINDS: Mapping[str, str] = {"phone": "phoneNumber", "email": "emailAddress"}
TITLES: Mapping[str, str] = {"phone": "Phone", "email": "E-mail"}


class ReachPart:
    """`/customer/{ident}/reach`: numbers and addresses, each to be corrected where it stands."""

    needs = "Customer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show them; a page asks on its own, which is no use of the session."""
        self._desk.answer(req, resp, partial(self._view, ident=ident), is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Correct one, or add one."""
        self._desk.act(req, resp, partial(self._correct, ident=ident))

    def _view(self, visit: Visit, *, ident: str, problem: str = "", said: str = "") -> Answer:
        with self._desk.work(visit) as work:
            records = _records(work, ident)
            may = {one.resource.name for one in records
                   if work.actor.grant(one.resource, "update") is not None}  # fmt: skip
        values = {
            "customer_key": records[0].key,
            "media": [each | {"may": one.resource.name in may}
                      for one in records for each in _media(work, one)],
            "may_add": records[-1].resource.name in may,
            "kinds": list(TITLES.items()),
            "problem": problem,
            "said": said,
        }  # fmt: skip
        return Shown("care_reach.html", values)

    def _correct(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        is_part = visit.req.get_header("HX-Request") == "true"
        try:
            with self._desk.work(visit) as work:
                records = _records(work, ident)
                named = form.text("record") or records[-1].id
                found = next((one for one in records if one.id == named), None)
                if found is None:
                    raise NotFound("notFound", "there is no such record of this customer")
                _write(work, found, form)
        except Refusal as refusal:
            if refusal.status not in {400, 409} or not is_part:
                raise
            messages = refusal.told
            return self._view(visit, ident=ident, problem=messages)
        if is_part:
            return self._view(visit, ident=ident, said="Corrected.")
        return Moved(f"/customer/{records[0].key}")


class RecordReach:
    """`/r/{segment}/{ident}/reach`: the same of the customers whom a record is about."""

    needs = "Customer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Name them; each brings its numbers and addresses."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def _view(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        resource = self._desk.addresses.resource(segment)
        if resource is None or not has_customer(resource):
            raise NotFound("notFound", f"there is no page {segment}")
        with self._desk.work(visit) as work:
            document = document_at(work, resource.type, ident)
            if document is None:
                raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")
            customers = [seen(work, one) for one in _customers(work, document)]
        values = {
            "customers": [
                {"id": one.id, "key": one.key, "label": one.label or one.key,
                 "address": self._desk.addresses.of_record(one.resource, one.key)}
                for one in customers
            ],
        }  # fmt: skip
        return Shown("care_reach_of.html", values)


def _customers(work: Work, document: Document) -> list[Document]:
    """Return the customer whose record it is, or those that a record of nobody names.

    A party that is several customers is the one that the record names, or all of them.
    """
    resource = document.resource
    owner = document.id if resource.owner_is_self else document.meta.owner
    named = pointed_at(work.services.registry, resource, document.raw).get("Customer", set())
    if resource.name == Customer.__name__:
        named, owner = {document.id}, None
    if owner is None and not named:
        return []
    text = "t.id = any(%s::uuid[])" if owner is None else "t.owner = %s"
    branch = Branch(Customer.resource, text, [array_of(sorted(named)) if owner is None else owner])
    found = select_among(work, [branch])
    return [one for one in found if one.id in named] or found


def _records(work: Work, ident: str) -> list[Record]:
    """Return the customer and, where the visitor may read it, the party that it is."""
    customer = record_of(work, Customer.resource, ident)
    party = party_of(work, customer)
    return [customer, *([party] if party is not None else [])]


def _media(work: Work, one: Record) -> Iterator[dict[str, Any]]:
    known = governed(work, one.resource)
    for each in one.document.get("contactMedium") or ():
        said = each.get("characteristic") if isinstance(each, dict) else None
        for kind, name in KINDS.items():
            value = said.get(name) if isinstance(said, dict) else None
            if isinstance(value, str) and value:
                text = phone(value) if kind == "phone" else value
                medium = str(each.get("mediumType") or kind)
                yield {"record": one.id, "kind": kind, "value": value, "text": text,
                       "title": known.named(MEDIUM, kind if medium in KINDS else medium),
                       "address": reach_address(kind, value),
                       "preferred": each.get("preferred") is True}  # fmt: skip


def _write(work: Work, record: Record, form: Form) -> None:
    """Write a value in place of the former one, or as a new one where there was none."""
    kind, former, value = form.text("kind"), form.text("former"), form.text("value")
    if kind not in KINDS:
        raise Invalid.of([Fault("kind", "badValue", "is phone or email")])
    if not value:
        raise Invalid.of([Fault("value", "required", "type the number or the address")])
    work.actor.must(record.resource, "update")
    document = work.lock(record.resource.type, record.id)
    held = document.raw.get("contactMedium")
    media = [dict(one) for one in held or () if isinstance(one, dict)]
    change(work, document, {"contactMedium": _changed(media, kind, former, value)}, MERGE)


def _changed(media: list[Json], kind: str, former: str, value: str) -> list[Json]:
    """Return the media with a value corrected; 409 where the former one is not there any more."""
    name = KINDS[kind]
    if not former:
        return [*media, {"mediumType": kind, "characteristic": {name: value}}]
    for one in media:
        said = one.get("characteristic")
        if isinstance(said, dict) and said.get(name) == former:
            one["characteristic"] = said | {name: value}
            return media
    raise Conflict("conflictChanged", "somebody changed it meanwhile; look again")
