"""The page on which an order is put together: `/order/new`, from the customer to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.decode import encode
from trunkline.documents.errors import Conflict, Fault, NotFound, Refusal, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.intake import submit
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.rest import idempotency
from trunkline.rest.writing import change, create
from trunkline.web.capture.cart import (
    Cart,
    added,
    dropped,
    fields_of,
    for_customer,
    read_cart,
    split,
    with_site,
)
from trunkline.web.capture.making import (
    CUSTOMER_FIELDS,
    SITE_FIELDS,
    Unclear,
    make_customer,
    make_site,
    typed,
    unknown_customer,
)
from trunkline.web.capture.opening import opened, place_of
from trunkline.web.capture.preview import faults_of, idle_faults
from trunkline.web.capture.slots import spread_parts
from trunkline.web.capture.telling import Asked, Counter, counter_of, grouped_offers, told
from trunkline.web.capture.who import drafts_of, who_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import record_of
from trunkline.web.values import instant
from trunkline.workspace.drafts import discard_draft, draft_of, keep_draft

ADDRESS = "/order/new"
MERGE = "application/merge-patch+json"
PLACE = "capture:"
NOTHING = Asked()


class CapturePage:
    """`/order/new`: opened empty, for a customer, about a product, or with a draft."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # --- requests ------------------------------------------------------------------------------

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the page that the address asks for, or what was typed there and not sent."""
        self._desk.answer(req, resp, self._open)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Send the order, keep it as a draft, or do another step."""
        self._desk.act(req, resp, self._step)

    def on_post_form(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the page anew with what was typed, after one of its steps."""
        self._desk.act(req, resp, self._step)

    def on_post_offers(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the offers that the search finds."""
        self._desk.act(req, resp, self._offers)

    def on_post_draft(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep what was typed, or discard it."""
        self._desk.act(req, resp, self._keep)

    # --- views ---------------------------------------------------------------------------------

    def _open(self, visit: Visit) -> Answer:
        visit.actor.must(ProductOrder.resource, "create")
        place = place_of(visit.req)
        kept = draft_of(self._desk.services, principal=visit.actor.id, place=place)
        with self._desk.work(visit) as work:
            cart = read_cart(kept.fields) if kept else opened(work, visit.req, self._desk.zone)
            cart = replace(cart, place=place, once=work.services.chance.uuid())
            counter = counter_of(work, cart, self._desk.zone)
            values = told(work, self._desk, counter, asked=NOTHING)
            drafts = drafts_of(work, counter.cart.customer) if counter.who else ()
        values["drafts"] = [
            {"key": one.key, "address": f"{ADDRESS}?draft={one.key}"}
            for one in drafts
            if one.id != cart.draft
        ]
        values["kept"] = instant(kept.saved_at, self._desk.zone) if kept else None
        values["focus"] = "customer" if counter.who is None else "offers"
        return self._shown(visit, values, "capture.html")

    def _offers(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must(ProductOrder.resource, "create")
        cart = read_cart(form.fields)
        with self._desk.work(visit) as work:
            values: dict[str, Any] = {"groups": grouped_offers(work, cart), "cart": vars(cart)}
        return Shown("capture_offers.html", values)

    def _keep(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must(ProductOrder.resource, "create")
        cart = self._cart(visit, form)
        if form.text("step") == "discard":
            self._discard(visit, cart)
            return Moved(self._back(cart))
        at = keep_draft(
            self._desk.services, principal=visit.actor.id, place=cart.place,
            fields=fields_of(cart), version=0,
        )  # fmt: skip
        return Shown("editing_kept.html", {"at": instant(at, self._desk.zone)})

    # --- steps ---------------------------------------------------------------------------------

    def _step(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must(ProductOrder.resource, "create")
        step = form.text("step")
        cart = self._cart(visit, form)
        match step:
            case "submit" | "save":
                return self._write(visit, cart, is_draft=step == "save")
            case "make-site" | "make-customer":
                return self._make(visit, cart, form, step.removeprefix("make-"))
        with self._desk.work(visit) as work:
            cart, focus, said = self._stepped(work, cart, step)
        if cart.customer and cart.customer != form.text("for"):
            focus = "q"
        return self._again(visit, cart, focus=focus, said=said)

    def _stepped(self, work: Work, cart: Cart, step: str) -> tuple[Cart, str, str]:
        """Return the cart after a step, what gets the focus, and what is announced."""
        verb, _, about = step.partition(":")
        number = int(about) if about.isdigit() else 0
        match verb:
            case "add":
                offering = record_of(work, ProductOffering.resource, about)
                cart = self._with_offering(work, cart, offering.id)
                return cart, f"line-{cart.lines[-1].number}", offering.label
            case "drop":
                return dropped(cart, number), "lines", ""
            case "split":
                return split(cart, number), f"line-{number}", ""
            case "all-sites":
                who = who_of(work, cart.customer) if cart.customer else None
                sites = [one.id for one in who.sites.values() if one.is_open] if who else []
                return replace(cart, sites=tuple(sites)), "", ""
            case "no-sites":
                return replace(cart, sites=()), "", ""
        return cart, "", ""

    def _with_offering(self, work: Work, cart: Cart, ident: str) -> Cart:
        """Return the cart with a line for an offering, its parts spread over the chosen sites."""
        offering = work.get(ProductOffering, ident)
        many = spread_parts(offering, len(cart.sites)) if offering is not None else []
        if not many or not cart.sites:
            return added(cart, ident, cart.sites)
        cart = added(cart, ident, ())
        *others, line = cart.lines
        line = replace(line, spread=dict.fromkeys(many, cart.sites))
        return replace(cart, lines=(*others, line))

    def _make(self, visit: Visit, cart: Cart, form: Form, about: str) -> Answer:
        """Make a customer or a site and go on with it."""
        said = typed(form, about, SITE_FIELDS if about == "site" else CUSTOMER_FIELDS)
        try:
            with self._desk.work(visit) as work:
                if about == "customer":
                    cart = for_customer(cart, make_customer(work, said))
                else:
                    who = who_of(work, cart.customer) if cart.customer else None
                    if who is None:
                        raise unknown_customer()
                    cart = with_site(cart, make_site(work, who, said))
        except Unclear as unclear:
            return self._again(visit, cart, asked=Asked(about, said, alike=unclear.alike))
        except Refusal as refusal:
            return self._again(visit, cart, asked=Asked(about, said, faults_of(refusal)))
        return self._again(visit, cart, focus="q" if about == "site" else "new-site-button")

    # --- writing -------------------------------------------------------------------------------

    def _write(self, visit: Visit, cart: Cart, *, is_draft: bool) -> Answer:
        try:
            with self._desk.work(visit) as work:
                counter = counter_of(work, cart, self._desk.zone)
                refuse([] if is_draft else list(idle_faults(counter.body)))
                order = self._written(work, counter, is_draft=is_draft)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._again(visit, cart, faults=faults_of(refusal), status=refusal.status)
        self._discard(visit, cart)
        if is_draft:
            return Moved(f"{ADDRESS}?draft={order}&done=saved")
        return Moved(f"/order/{order}?done=created")

    def _written(self, work: Work, counter: Counter, *, is_draft: bool) -> str:
        """Write the order once for each page, and return its key."""
        cart, document = counter.cart, counter.body.document
        if cart.draft:
            return self._changed(work, counter, is_draft=is_draft)
        body = document | ({"state": "pending"} if is_draft else {})
        key = f"{cart.place}:{cart.once}"[: idempotency.KEY_LENGTH_MAX] if cart.once else ""
        if key:
            mark = idempotency.fingerprint("POST", ADDRESS, encode(body))
            earlier = idempotency.claim(work, key, mark)
            if earlier is not None:
                return record_of(work, ProductOrder.resource, earlier.subject).key
        order = create(work, ProductOrder.resource, body)
        if key:
            idempotency.settle(work, key, order)
        return order.key

    def _changed(self, work: Work, counter: Counter, *, is_draft: bool) -> str:
        """Write a draft that is there already, and hand it in unless it stays one."""
        order = work.lock(ProductOrder, counter.cart.draft)
        if order.internal_state != "draft":
            raise Conflict("notADraft", f"{order.key} was sent in meanwhile; open it instead")
        document = counter.body.document
        patch: dict[str, Json] = {
            name: document.get(name)
            for name in ("productOrderItem", "billingAccount", "requestedStartDate")
        }
        others = [one.raw for one in order.related_party if (one.role or "") != "customer"]
        patch["relatedParty"] = [*document.get("relatedParty", []), *others]
        change(work, order, patch, MERGE)
        if not is_draft:
            submit(work, order.id)
        return order.key

    # --- inside --------------------------------------------------------------------------------

    def _cart(self, visit: Visit, form: Form) -> Cart:
        """Return the posted cart; another customer than the page was shown for takes its own."""
        cart = read_cart(form.fields)
        if not cart.place.startswith(PLACE):
            cart = replace(cart, place=PLACE)
        text, shown = form.text("customer.text"), form.text("customer.shown")
        customer = cart.customer
        if text != shown:
            customer = self._named(visit, text) if text else ""
        if customer != form.text("for"):
            cart = for_customer(cart, customer)
        return cart

    def _named(self, visit: Visit, text: str) -> str:
        """Return the customer of a key that was typed out, nothing for other texts."""
        try:
            with self._desk.work(visit) as work:
                return record_of(work, Customer.resource, text.upper()).id
        except Refusal:
            return ""

    def _again(
        self,
        visit: Visit,
        cart: Cart,
        *,
        faults: Sequence[Fault] = (),
        asked: Asked = NOTHING,
        focus: str = "",
        said: str = "",
        status: int = 200,
    ) -> Answer:
        with self._desk.work(visit) as work:
            counter = counter_of(work, cart, self._desk.zone)
            values = told(work, self._desk, counter, faults=faults, asked=asked)
        values |= {"kept": None, "drafts": [], "focus": focus, "said": said}
        is_part = visit.req.get_header("HX-Request") == "true"
        template = "capture_form.html" if is_part else "capture.html"
        return self._shown(visit, values, template, 200 if is_part else status)

    def _shown(
        self, visit: Visit, values: dict[str, Any], template: str, status: int = 200
    ) -> Shown:
        done = visit.req.get_param("done") or ""
        return Shown(template, {"said": "", "saved": done == "saved", "address": ADDRESS} | values,
                     status)  # fmt: skip

    def _discard(self, visit: Visit, cart: Cart) -> None:
        discard_draft(self._desk.services, principal=visit.actor.id, place=cart.place)

    def _back(self, cart: Cart) -> str:
        """Return the address that the page was opened with."""
        names = ("customer", "product", "do", "draft")
        values = cart.place.removeprefix(PLACE).split(":")
        query = urlencode({name: one for name, one in zip(names, values, strict=False) if one})
        return ADDRESS + (f"?{query}" if query else "")
