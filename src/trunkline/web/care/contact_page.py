"""A contact with a customer, logged: what was said and about what, how it ended, what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.assurance.registers import severities
from trunkline.assurance.ticket.opening import TICKET, types_chosen
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.care.codes import CHANNELS, DIRECTIONS
from trunkline.care.contact import LONGEST, Contact, Logged, log_contact
from trunkline.care.interaction import PartyInteraction
from trunkline.care.registers import REASON, WRAP_UP, chosen_among
from trunkline.care.request import CustomerRequest
from trunkline.care.request_type import RequestType
from trunkline.care.verification import IdentityVerification
from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.shape import format_instant, parse_instant
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import say, spoken
from trunkline.party.customer import Customer, names_of
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import Record, matching, record_of
from trunkline.web.timeline.timeline_page import day_of
from trunkline.web.values import state
from trunkline.workspace.notes import pass_on
from trunkline.workspace.tasks import ME, TaskText

RECENT_MAX = 5
TYPES_MAX, PRODUCTS_MAX = 100, 50
FAULT, TAKEN = "fault", "requestTaken"
"""The reason of a contact in which trouble is told, and how it ends with a ticket."""
FIELDS = ("channel", "direction", "reason", "note", "wrap_up", "wrap_up_note", "promise", "due",
          "assignee", "type", "asked", "other", "started", "interaction", "ticket", "severity",
          "trouble", "troubled")  # fmt: skip
PATHS = {
    "wrapUpCode": "wrap_up", "wrapUpNote": "wrap_up_note", "requestType.id": "type",
    "requestType": "type", "ticketType": "ticket", "relatedEntity[0].id": "troubled",
    "title": "promise", "description": "asked", "channel": "type",
}  # fmt: skip
"""The fields at which a fault of these paths stands."""
Typed = Mapping[str, str]


class ContactPage:
    """`/customer/{ident}/contact`: the form, and what it logs."""

    needs = "PartyInteraction:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the form; the contact counts from now."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Log the contact and go on to where the visitor wants."""
        self._desk.act(req, resp, partial(self._log, ident=ident))

    def _view(
        self, visit: Visit, *, ident: str, typed: Typed | None = None, chosen: frozenset[str]
        = frozenset(), refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        visit.actor.must(PartyInteraction.resource, "create")
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            values = self._choices(work, customer, chosen)
            now = format_instant(work.now)
        asked = {name: visit.req.get_param(name) or "" for name in FIELDS}
        first = {"channel": "phone", "direction": "inbound", "started": now}
        asked = {**_trouble(values, asked["troubled"]), **{k: v for k, v in asked.items() if v}}
        said = typed if typed is not None else {**first, **asked}
        problems = problems_of(refusal) if refusal is not None else {}
        values |= {
            "typed": {name: said.get(name, "") for name in FIELDS},
            "problems": problems,
            "address": f"/customer/{customer.key}/contact",
            "back": f"/customer/{customer.key}",
        }
        return Shown("care_contact.html", values, refusal.status if refusal is not None else 200)

    def _choices(self, work: Work, customer: Record, chosen: frozenset[str]) -> dict[str, Any]:
        """Return what the form offers: the codes, the customer's newest records, the types."""
        kinds = (ProductOrder.resource, CustomerRequest.resource, TroubleTicket.resource)
        wanted = [*((one, RECENT_MAX) for one in kinds), (Product.resource, PRODUCTS_MAX)]
        found = gathered(work, wanted, names_of(customer.id, customer.document))
        may_ask = work.actor.grant(CustomerRequest.resource, "create") is not None
        types = (
            matching(work, RequestType.resource, {"lifecycleStatus": ["active"]}, limit=TYPES_MAX)
            if may_ask
            else None
        )
        return {
            "customer": {"label": customer.label, "key": customer.key},
            "channels": list(CHANNELS.items()),
            "directions": list(DIRECTIONS.items()),
            "reasons": list(chosen_among(work, REASON, spoken().code).items()),
            "wrap_ups": list(chosen_among(work, WRAP_UP, spoken().code).items()),
            "records": [_shown(one, chosen) for kind in kinds for one in found.get(kind.name, ())],
            "types": [(one.id, one.label) for one in types.records] if types is not None else [],
            "may_verify": work.actor.grant(IdentityVerification.resource, "read") is not None,
            "ticket_types": types_chosen(work)
            if work.actor.grant(TroubleTicket.resource, "create") is not None
            else [],
            "severities": severities(work, spoken().code),
            "products": _products(found.get(Product.resource.name, ())),
            "may_order": work.actor.grant(ProductOrder.resource, "create") is not None,
        }

    def _log(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        visit.actor.must(PartyInteraction.resource, "create")
        typed = {name: form.text(name) for name in FIELDS}
        chosen = frozenset(form.all("about"))
        then = form.text("then")
        try:
            with self._desk.work(visit) as work:
                if then == "close" and not typed["wrap_up"]:
                    raise _no_wrap_up()
                logged = log_contact(work, contact_of(work, ident, typed, chosen, then))
                key = record_of(work, Customer.resource, ident).key
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, typed=typed, chosen=chosen, refusal=refusal)
        pass_on(self._desk.services, logged.told)
        return Moved(_next(then, key, logged))


def contact_of(
    work: Work, customer: str, typed: Typed, chosen: frozenset[str], then: str
) -> Contact:
    """Return the contact that a form says; what it is about is named by ids and keys."""
    about = [*sorted(chosen), *typed["other"].upper().replace(",", " ").split()]
    follow_up = None
    if typed["promise"] or typed["due"]:
        follow_up = TaskText(typed["promise"], day_of(typed["due"]), typed["assignee"] or ME)
    request: dict[str, Any] = {}
    if typed["type"]:
        request = {"requestType": {"id": typed["type"]}}
        if typed["asked"]:
            request["description"] = typed["asked"]
    opened: dict[str, Any] = {}
    if typed["ticket"]:
        opened[TICKET] = {
            "ticketType": typed["ticket"],
            "severity": typed["severity"] or "minor",
            "description": typed["trouble"] or typed["note"],
        }
        if typed["troubled"]:
            subject = {"id": typed["troubled"], "role": "subject", "@referredType": "Product"}
            opened[TICKET]["relatedEntity"] = [subject]
    return Contact(
        customer=customer,
        reason=typed["reason"],
        channel=typed["channel"] or "phone",
        direction=typed["direction"] or "inbound",
        note=typed["note"],
        wrap_up=typed["wrap_up"] if then == "close" else "",
        wrap_up_note=typed["wrap_up_note"],
        begun=typed["interaction"],
        related=[{"id": one} for one in about],
        follow_up=follow_up,
        request=request,
        opened=opened,
        started_at=_moment(typed["started"], work.now),
    )


def _trouble(values: Mapping[str, Any], product: str) -> dict[str, str]:
    """Return what the form says already where it is opened about a product that does not work."""
    label = dict(values["products"]).get(product)
    if label is None or not values["ticket_types"]:
        return {}
    kind, _ = values["ticket_types"][0]
    codes = {"reason": (FAULT, values["reasons"]), "wrap_up": (TAKEN, values["wrap_ups"])}
    known = {name: code for name, (code, offered) in codes.items() if code in dict(offered)}
    return {"ticket": kind, "trouble": say("%(name)s does not work", name=label), **known}


def _products(found: Sequence[Record]) -> list[tuple[str, str]]:
    """Return what a customer still has, as choices."""
    return [
        (one.id, f"{one.label} {one.key}")
        for one in found
        if one.document.get("status") not in ENDED_PRODUCT
    ]


def _moment(text: str, now: datetime) -> datetime | None:
    """Return when the form was opened; None where that is no use as a beginning any more."""
    try:
        moment = parse_instant(text)
    except ValueError:
        return None
    return moment if now - LONGEST <= moment <= now else None


def _no_wrap_up() -> Conflict:
    return Conflict("wrapUpMissing", "say how the contact ended, or save it and go on")


def _next(then: str, key: str, logged: Logged) -> str:
    """Return where to go after a contact was logged."""
    contact = logged.interaction.key
    if then == "order":
        return "/order/new?" + urlencode({"customer": key, "interaction": contact})
    return f"/customer/{key}?done=contact-{contact}"


def _shown(one: Record, chosen: frozenset[str]) -> dict[str, Any]:
    name = str(one.document.get("name") or "")
    status = one.document.get("state") or one.document.get("status")
    return {
        "id": one.id,
        "key": one.key,
        "kind": one.resource.title,
        "name": name,
        "state": state(str(status)) if status else None,
        "chosen": one.id in chosen,
    }


def problems_of(refusal: Refusal) -> dict[str, str]:
    """Return what is wrong by the field that it is about, "" for the whole."""
    if refusal.code == "wrapUpMissing":
        return {"wrap_up": refusal.message}
    found: dict[str, str] = {}
    for one in refusal.faults:
        name = PATHS.get(one.path, one.path)
        if one.path.startswith("interactionItem"):
            name = "other"
        found.setdefault(name if name in FIELDS else "", one.message)
    return found or {"": refusal.message}
