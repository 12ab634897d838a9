"""Whom to turn to: the person whom the roles of a customer name for a purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.documents.decode import load
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.governance.bindings import must_be_said
from trunkline.kernel.reading import Reader, body_of, retrieve
from trunkline.kernel.resource import Api, Document, Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import find_account
from trunkline.party.contacts import Picked, Sought, pick
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.role import PartyRole
from trunkline.rest.http import Doorman, Known
from trunkline.rest.reads import note_read
from trunkline.rest.verb import Object, Verb, shape

CONTACTS = Api("contacts", "Whom to turn to", "1.0.0", "/api/contacts/v1")
SCHEMAS: Mapping[str, Object] = {
    "PickedContact": shape(
        "The person to turn to, as the asker may see it, and the role that says so; no role where "
        "the customer is that person.",
        {"person": "object", "partyRole": "object"},
        "person",
    ),
}  # fmt: skip
ABOUT = ("customer", "billingAccount", "productOrder")


class Contact(Asked):
    """`/api/contacts/v1/contact`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the person for a role type and what it is about."""
        only_parameters(req, "roleType", *ABOUT)
        role_type = req.get_param("roleType")
        if not role_type or not any(req.get_param(one) for one in ABOUT):
            message = f"say which role type, and one of: {', '.join(ABOUT)}"
            raise Invalid.of([Fault("roleType", "missing", message)])

        def answer(known: Known) -> None:
            for kind in (PartyRole, Individual):
                known.actor.must(kind.resource, "read")
            with self.work(req, known) as work:
                must_be_said(work, PartyRole, "roleType", str(role_type))
                found = pick(work, _sought(work, req, str(role_type)))
                if found is None:
                    raise NotFound("notFound", f"nobody is named as {role_type} contact for that")
                body = _body(work, found, req.prefix)
            answer_json(resp, body)

        self.as_known(req, answer)


def _sought(work: Work, req: falcon.Request, role_type: str) -> Sought:
    """Return what is sought; an order says whose it is and who is billed, an account whose."""
    order = _named(work, ProductOrder.resource, req.get_param("productOrder"))
    customer = _named(work, Customer.resource, req.get_param("customer"))
    named = req.get_param("billingAccount")
    if named is None and isinstance(order, ProductOrder) and order.billing_account:
        named = order.billing_account.id
    account = find_account(work, named) if named else None
    if named and account is None:
        raise NotFound("notFound", f"there is no account {named[:80]}")
    ident = customer.id if customer else None
    for one in (order, account):
        if ident is None and one is not None:
            ident = next(
                (p["id"] for p in one.raw.get("relatedParty", ())
                 if str(p.get("role") or "").lower() == "customer"), None,
            )  # fmt: skip
    return Sought(role_type, ident, account.id if account else None, order.id if order else None)


def _named(work: Work, kind: Resource, ident: str | None) -> Document | None:
    if ident is None:
        return None
    work.actor.must(kind, "read")
    found: Document | None = work.get(kind.type, ident)
    if found is None:
        raise NotFound("notFound", f"there is no {kind.title.lower()} {ident[:80]}")
    return found


def _body(work: Work, found: Picked, prefix: str) -> dict[str, Json]:
    shown: dict[str, Json] = {"person": _shown(work, found.person, prefix)}
    if found.role is not None:
        shown["partyRole"] = _shown(work, found.role, prefix)
    return shown


def _shown(work: Work, document: Document, prefix: str) -> Json:
    resource = document.resource
    grant = work.actor.must(resource, "read")
    note_read(work.services, work.actor, grant, resource, document.id)
    found = retrieve(
        work.services, work.connection, work.actor, grant, resource, document.id, work.generation
    )
    return load(body_of(Reader(resource, grant, prefix), found))


def verbs() -> Iterator[Verb]:
    """Yield the operation."""
    yield Verb(
        api=CONTACTS, method="get", path="/contact", name="pickContact", about="PickedContact",
        answers="PickedContact", scope="TMF669:read",
        summary="Tell whom to turn to for a purpose, by the roles of a customer",
        filters={"roleType": "The purpose, such as technical or billing.",
                 "customer": "A customer, by id or key.",
                 "billingAccount": "An account, by id or key; its roles come first.",
                 "productOrder": "An order, by id or key; its roles come before all."},
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the address."""
    app.add_route(f"{CONTACTS.base}/contact", Contact(services, doorman))
