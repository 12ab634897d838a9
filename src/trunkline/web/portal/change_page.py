"""A product as its customer sees it, and what is done with it: change, move, pause, go on, end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import falcon

from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering
from trunkline.contract.agreement.usable import shown_to
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.select import array_of
from trunkline.kernel.work import FIND_MAX, Work
from trunkline.ordering.installed import customer_of
from trunkline.ordering.macd.operations import operations_of
from trunkline.ordering.macd.reasons import DISCONNECTION, SUSPENSION, chosen_reasons
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.sales.self_care.effect import Effect, effect_of_sent
from trunkline.sales.self_care.handing_over import lying_inside, may_offer, whole_sought
from trunkline.sales.self_care.judging import offerings_of, with_parts
from trunkline.sales.self_care.own_place import own_site, settling
from trunkline.sales.self_care.policy import SelfCareAction, policies_in_force
from trunkline.screens.read_ahead import held, keep, sought
from trunkline.web.capture.body import start_of, typed_values
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.named_inputs import called
from trunkline.web.editing.reading import flat_by_name
from trunkline.web.finding_ahead import Search, find_ahead
from trunkline.web.forms import Form, problems_of, query_form
from trunkline.web.offer_names import offer_names
from trunkline.web.portal.bundle_parts import optional_parts, part_changes
from trunkline.web.portal.configuring import (
    Held,
    alternatives,
    asked_of,
    carried,
    chosen,
    fields,
    takes_files,
    texts_of,
)
from trunkline.web.portal.moving import SITE, place_of_move, places_asked
from trunkline.web.portal.own import (
    PRODUCT_WORDS,
    buyer_of_product,
    effects_told,
    of_key,
    own_customers,
    own_sites,
    place_names,
    product_told,
    read_own,
)
from trunkline.web.portal.own_values import product_values
from trunkline.web.records import Branch, document_at
from trunkline.web.values import date, told_value
from trunkline.web.wording import words

DEEDS: dict[str, SelfCareAction] = {
    "change": "modify", "pause": "suspend", "go-on": "resume", "end": "delete", "move": "modify",
}  # fmt: skip
TITLES = {"change": "Change", "pause": "Pause", "go-on": "Go on", "end": "End", "move": "Move"}
STATES = {"change": ("active",), "move": ("active",), "pause": ("active",),
          "go-on": ("suspended",), "end": ("active", "suspended")}  # fmt: skip
BECOMES = {"pause": "Paused", "go-on": "Working", "end": "Ended"}
REASONS = {"pause": ("suspensionReason", SUSPENSION),
           "end": ("disconnectionReason", DISCONNECTION)}  # fmt: skip
NOT_ONES_OWN = ("nonPayment", "fraud", "technical", "transferred", "deceased")
"""Reasons that the operator has, not the customer."""
CHANNEL = {"id": "portal", "name": "Portal", "role": "orderedIn"}
TOLD = "emergencyNotTold"
ON_SALE = Search(ProductOffering, {"lifecycleStatus": list(LIVE)}, 400)


class PortalChange:
    """`/my/products/{ident}` and `/my/products/{ident}/{deed}`."""

    needs = "ProductOrder:create Product:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the product, and what may be done with it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_deed(
        self, req: falcon.Request, resp: falcon.Response, ident: str, deed: str
    ) -> None:
        """Ask how, or show what it comes to before it is sent."""

        def view(visit: Visit) -> Answer:
            return self._form(visit, ident, deed, query_form(req))

        self._desk.answer(req, resp, view)

    def on_get_form(
        self, req: falcon.Request, resp: falcon.Response, ident: str, deed: str
    ) -> None:
        """Lead to the form."""
        self._desk.answer(req, resp, lambda _visit: Moved(f"/my/products/{ident}/{deed}"))

    def on_post_form(
        self, req: falcon.Request, resp: falcon.Response, ident: str, deed: str
    ) -> None:
        """Ask anew after a step, or show what it comes to before it is sent."""

        def view(visit: Visit, form: Form) -> Answer:
            return self._form(visit, ident, deed, form)

        self._desk.act(req, resp, view, is_looking=True)

    def on_post_deed(
        self, req: falcon.Request, resp: falcon.Response, ident: str, deed: str
    ) -> None:
        """Send the order."""
        self._desk.act(req, resp, partial(self._send, ident=ident, deed=deed))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            read_own(work, GeographicSite, beside=of_key(Product, ident))
            product = _product(work, ident)
            sites = {one.id: one for one in own_sites(work)}
            where = place_names([product], sites).get(product.id, "")
            names = offer_names(work, [product])
            told = product_told(product, work.now, where, names)
            chosen_values = product_values(work, product)
            waiting = [
                {"key": one.order_key, "action": words(str(one.action)),
                 "date": date(one.at.astimezone(self._desk.zone)) if one.at else ""}
                for one in operations_of(work, [product.id], only_open=True).get(product.id, ())
            ] if work.actor.grant(ProductOrder.resource, "read") else []  # fmt: skip
            held = _parts_read(work, product)
            inside = [held[one.id] for one in product.product if one.id in held]
            deeds = [
                {"name": name, "title": TITLES[name]}
                for name in DEEDS
                if _may(work, product, name, held) and not waiting
            ]
            if not waiting and may_offer(work, product, held, lying_inside(work, [product.id])):
                deeds.append({"name": "hand-over", "title": "Hand over"})
        values: dict[str, Any] = {
            "product": told,
            "values": chosen_values,
            "parts": [{"key": one.key, "name": one.name or one.key} for one in inside
                      if one.is_customer_visible is not False],
            "terms": [one.name or one.description or "" for one in product.product_term],
            "waiting": waiting,
            "deeds": deeds,
        }  # fmt: skip
        return Shown("portal_product.html", values)

    def _form(
        self, visit: Visit, ident: str, deed: str, form: Form,
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            own = (Customer,) if deed == "change" else ()
            on_sale = [ON_SALE] if deed == "change" else []
            read_own(work, *own, beside=[*of_key(Product, ident), *on_sale])
            product = _deed_on(work, ident, deed)
            is_looked = bool(form.text("look")) and not form.text("step")
            effect = None
            try:
                if is_looked or refusal is not None:
                    effect = self._effect(work, product, deed, form)
            except Refusal as wrong:
                refusal = refusal or wrong
            found = refusal or effect
            values = self._asked(work, product, deed, form, found.faults if found else ())
        problems = problems_of(refusal)
        if effect is not None:
            values |= _effect_told(effect)
            problems = problems or [
                one.message for one in effect.faults if one.code != TOLD
            ]  # fmt: skip
        values |= {"problems": list(dict.fromkeys(problems)), "looked": effect is not None}
        values["ref"] = form.text("ref") or visit_reference(self._desk)
        return Shown("portal_change.html", values, refusal.status if refusal else 200)

    def _asked(
        self, work: Work, product: Product, deed: str, form: Form, faults: Iterable[Fault]
    ) -> dict[str, Any]:
        typed, zone, had = form.text, self._desk.zone, _held(product)
        present = product.product_offering
        offered: list[ProductOffering] = []
        if deed == "change" and work.actor.grant(ProductOffering.resource, "read") is not None:
            buyer = next(iter(own_customers(work)), None)
            on_sale = sought(work, ProductOffering, ON_SALE.wanted, limit=ON_SALE.limit)
            listed = shown_to(work, buyer, on_sale)
            keep(work, ProductOffering.resource.name, (), on_sale)
            own = held(work, ProductOffering, present.id) if present is not None else None
            if own is not None and own.id not in {one.id for one in listed}:
                listed.append(own)
            offered = alternatives(listed, own, work)
        wanted = typed("offering") or (present.id if present is not None else "")
        chosen_offering = next((one for one in offered if one.id == wanted), None)
        asked = asked_of(work, chosen_offering) if deed == "change" else []
        texts = texts_of(asked, had, form.fields, zone)
        parts: list[dict[str, Any]] = []
        if deed == "change":
            inside = with_parts(work, [product.id], {product.id: product})
            bundled = chosen_offering.bundled_product_offering if chosen_offering else ()
            parts = optional_parts(
                chosen_offering, product, inside, typed, offer_names(work, (), bundled)
            )
        register = REASONS.get(deed)
        reasons = chosen_reasons(work, register[1], spoken().code) if register else {}
        return {
            "key": product.key, "name": product.name or product.key, "deed": deed,
            "title": TITLES[deed], "offers": [{"id": one.id, "name": one.name_in(
            spoken().code, one.display_name), "chosen": one.id == wanted} for one in offered],
            "fields": fields(asked, texts, zone, faults), "carried": carried(texts),
            "files": takes_files(asked),
            "reason": typed("reason"),
            "reasons": [one for one in reasons.items() if one[0] not in NOT_ONES_OWN],
            "date": typed("date"), "is_told": typed("told"),
            "today": f"{work.now.astimezone(zone):%Y-%m-%d}",
            "values": [
                (called(one), told_value(had.get(one.name)), told_value(
                    typed_values(one, texts[one.name], zone, had.get(one.name, ()))))
                for one in asked if one.name in texts
            ],
            "parts": parts, "like": [], "state_after": BECOMES.get(deed, ""),
            "state_before": PRODUCT_WORDS.get(str(product.status), ("", ""))[0],
            "offer_before": present.name if present is not None else "",
            "offer_after": chosen_offering.name_in(spoken().code, chosen_offering.display_name)
            if chosen_offering is not None and present is not None
            and chosen_offering.id != present.id else "",
        } | (places_asked(work, product, typed) if deed == "move" else {})  # fmt: skip

    def _effect(self, work: Work, product: Product, deed: str, form: Form) -> Effect:
        return effect_of_sent(work, self._body(work, product, deed, form))

    def _body(self, work: Work, product: Product, deed: str, form: Form) -> dict[str, Json]:
        typed = form.text
        item: dict[str, Json] = {
            "id": "1", "action": DEEDS[deed],
            "product": {"id": product.id, "@referredType": "Product"},
        }  # fmt: skip
        if deed == "change":
            ident = typed("offering")
            offering = work.get(ProductOffering, ident) if ident else None
            present = product.product_offering
            if ident and offering is None:
                message = "is not on sale; choose one of those that are shown"
                raise Invalid.of([Fault("offering", "unknown", message)])
            if offering is not None and (present is None or offering.id != present.id):
                item["productOffering"] = {"id": offering.id}
            asked, zone, own = asked_of(work, offering), self._desk.zone, _held(product)
            values = chosen(asked, own, texts_of(asked, own, form.fields, zone), zone)
            if values:
                item["product"]["productCharacteristic"] = values
            held = with_parts(work, [product.id])
            inside = part_changes(optional_parts(offering, product, held, typed), product)
            if inside:
                item["productOrderItem"] = inside
        if deed == "move":
            item["operation"] = "move"
            item["product"]["place"] = [place_of_move(work, product, typed)]
        if deed in REASONS and typed("reason"):
            item[REASONS[deed][0]] = typed("reason")
        if typed("told"):
            item["emergencyTold"] = True
        body: dict[str, Json] = {
            "relatedParty": [{"id": customer_of(product.related_party) or "", "role": "customer"}],
            "productOrderItem": [item], "channel": [CHANNEL],
        }  # fmt: skip
        if product.billing_account is not None:
            body["billingAccount"] = {"id": product.billing_account.id}
        start = start_of(typed("date"), work.now, self._desk.zone)
        if start is not None:
            body["requestedStartDate"] = start
        return body

    def _send(self, visit: Visit, form: Form, *, ident: str, deed: str) -> Answer:
        reference = form.text("ref")[:80]
        try:
            sender = visit
            if deed == "move":
                sender = replace(visit, actor=settling(visit.actor))
            with self._desk.work(sender) as work:
                product = _deed_on(work, ident, deed)
                sent = sent_before(work, reference)
                if sent is None:
                    body = self._body(work, product, deed, form)
                    if deed == "move":
                        moved = body["productOrderItem"][0]["product"]["place"]
                        moved[0] = _site(work, product, moved[0])
                    body["costConfirmation"] = confirmed(form)
                    body["externalId"] = reference
                    sent = create(work, ProductOrder.resource, body).key
        except NotFound:
            raise
        except Refusal as refusal:
            return self._form(visit, ident, deed, form, refusal)
        return Moved(f"/my/orders/{sent}?done=sent")


def _site(work: Work, product: Product, place: dict[str, Json]) -> dict[str, Json]:
    """Return the site that a move goes to, made where the customer has typed an address."""
    customer = buyer_of_product(work, product)
    if place.get("id") or customer is None:
        return place
    ident = own_site(work, customer, place)
    return {"id": ident, "@referredType": SITE, "role": "installation"}


def visit_reference(desk: Desk) -> str:
    """Return a number by which a form that is sent twice is known."""
    return f"portal-{desk.services.chance.uuid()}"


def sent_before(work: Work, reference: str) -> str | None:
    """Return the key of the order that a form has made already, None for none."""
    found = work.find(ProductOrder, {"externalId": reference}, limit=1) if reference else []
    return found[0].key if found else None


def confirmed(form: Form) -> dict[str, Json]:
    """Return the costs that stood on the page that was sent."""
    unit = form.text("unit")
    names = ("monthlyBefore", "monthlyAfter", "once")
    return {name: {"unit": unit, "value": _amount(form.text(name))} for name in names}


def _amount(text: str) -> Decimal:
    """Return an amount that a form carries; what is none counts as nothing, and is refused then."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _effect_told(effect: Effect) -> dict[str, Any]:
    costs = effect.costs
    return {
        "effects": effects_told(effect.prices),
        "costs": {"unit": costs.unit, "monthlyBefore": f"{costs.before:f}",
                  "monthlyAfter": f"{costs.after:f}", "once": f"{costs.once:f}"},
        "shared": list(effect.shared),
        "must_tell": any(one.code == TOLD for one in effect.found.faults),
        "must_confirm": effect.must_confirm,
    }  # fmt: skip


def _parts_read(work: Work, product: Product) -> dict[str, Product]:
    """Return a product with all inside it, read with that in which it lies itself."""
    parts = Branch(
        Product.resource,
        "t.id = any(%s::uuid[])",
        [array_of(one.id for one in product.product if one.id)],
    )
    wholes = Search(Product, whole_sought([product.id]), FIND_MAX)
    (found,) = find_ahead(work, [wholes], [parts])
    read = [product, *(one for one in found if isinstance(one, Product))]
    return with_parts(work, [product.id], {one.id: one for one in read})


def _product(work: Work, ident: str) -> Product:
    found = document_at(work, Product, ident)
    if found is None or found.is_customer_visible is False:
        raise NotFound("notFound", f"you have no product {ident}")
    return found


def _deed_on(work: Work, ident: str, deed: str) -> Product:
    product = _product(work, ident)
    if deed not in DEEDS:
        raise NotFound("notFound", "there is no such page")
    work.actor.must(ProductOrder.resource, "create")
    return product


def _may(work: Work, product: Product, deed: str, held: Mapping[str, Product]) -> bool:
    """Tell whether a customer may do something with a product now, as the policies have it."""
    if product.status not in STATES[deed] or (deed == "move" and not product.place):
        return False
    if work.actor.grant(ProductOrder.resource, "create") is None:
        return False
    offerings = offerings_of(DEEDS[deed], product.id, held)
    met = [one for one in policies_in_force(work) if one.is_about(DEEDS[deed], offerings)]
    return not any(one.is_allowed is False for one in met)


def _held(product: Product) -> Held:
    """Return the values that a product has, by their names."""
    return flat_by_name(one.raw for one in product.product_characteristic)
