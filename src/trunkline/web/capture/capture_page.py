"""The page on which an order is put together: `/order/new`, from the customer to the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.documents.errors import Conflict, Fault, Forbidden, NotFound, Refusal, refuse
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.capture.basket import filled, ordered
from trunkline.web.capture.begun import PLACE, Begun, begun, wanted_of
from trunkline.web.capture.cart import Cart, fields_of, fitting, read_cart, with_site
from trunkline.web.capture.leaving import unanswered
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.making import (
    CUSTOMER_FIELDS,
    SITE_FIELDS,
    Unclear,
    make_customer,
    make_site,
    typed,
    unknown_customer,
)
from trunkline.web.capture.offering_it import may_offer, quoted
from trunkline.web.capture.opening import opened, place_of
from trunkline.web.capture.preview import faults_of, idle_faults
from trunkline.web.capture.sending import ADDRESS, key_of, written
from trunkline.web.capture.steps import Step, stepped
from trunkline.web.capture.telling import (
    Asked,
    Counter,
    counter_of,
    grouped_offers,
    settled,
    told,
    told_frame,
)
from trunkline.web.capture.who import customer_among, drafts_of, read_at_once, who_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.values import instant
from trunkline.workspace.drafts import Typed, discard_draft, draft_of, keep_draft

NOTHING = Asked()
WRITING = frozenset(
    {"submit", "save", "quote", "basket", "make-site", "make-customer", "pick", "time"}
)


class CapturePage:
    """`/order/new`: opened empty, for a customer, about a product, or with a draft."""

    needs = "ProductOrder:create"

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
        self._desk.act(req, resp, self._step, is_looking=True)

    def on_post_offers(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the offers that the search finds."""
        self._desk.act(req, resp, self._offers, is_looking=True)

    def on_post_draft(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep what was typed, or discard it."""
        self._desk.act(req, resp, self._keep)

    # --- views ---------------------------------------------------------------------------------

    def _open(self, visit: Visit) -> Answer:
        """Show who orders and where; offers and the lines of the order follow by themselves."""
        must_order(visit.actor)
        place = place_of(visit.req)
        kept = draft_of(self._desk.services, principal=visit.actor.id, place=place)
        with self._desk.work(visit) as work:
            looking = Looking(work)
            cart, customer = self._begin(looking, visit.req, kept)
            who = who_of(looking, customer) if customer else None
            if who is None and visit.req.get_param("customer") and kept is None:
                raise NotFound("notFound", f"there is no customer {customer}")
            cart = replace(settled(cart, who), place=place, once=work.services.chance.uuid())
            values = told_frame(self._desk, cart, who, work.now)
            drafts = drafts_of(looking) if who is not None else []
        values["drafts"] = [
            {"key": one.key, "address": f"{ADDRESS}?draft={one.key}"}
            for one in drafts
            if one.id != cart.draft
        ]
        values["kept"] = instant(kept.saved_at, self._desk.zone) if kept else None
        values["focus"] = "customer" if who is None else "q"
        return self._shown(visit, values, "capture.html")

    def _begin(self, looking: Looking, req: falcon.Request, kept: Typed | None) -> tuple[Cart, str]:
        """Return the cart of an address or of what was kept, and the customer's id or key."""
        parties: Sequence[str] = ()
        if kept is not None:
            cart = read_cart(kept.fields)
            customer = cart.customer
        else:
            opening = opened(looking, req, self._desk.zone)
            cart, customer, parties = fitting(opening.cart), opening.customer, opening.parties
        wanted = replace(
            wanted_of(cart, customer), parties=parties, products=(), changed=(), with_drafts=True
        )
        read_at_once(looking, wanted)
        return cart, customer or customer_among(looking, parties)

    def _offers(self, visit: Visit, form: Form) -> Answer:
        must_order(visit.actor)
        cart = read_cart(form.fields)
        with self._desk.work(visit) as work:
            groups = grouped_offers(Looking(work), cart)
        return Shown("capture_offers.html", {"groups": groups, "cart": vars(cart)})

    def _keep(self, visit: Visit, form: Form) -> Answer:
        must_order(visit.actor)
        cart = read_cart(form.fields)
        place = cart.place if cart.place.startswith(PLACE) else PLACE
        if form.text("step") == "discard":
            self._discard(visit, place)
            return Moved(_back(place))
        at = keep_draft(
            self._desk.services, principal=visit.actor.id, place=place, fields=fields_of(cart),
            version=0, key=key_of(cart),
        )  # fmt: skip
        return Shown("editing_kept.html", {"at": instant(at, self._desk.zone)})

    # --- steps ---------------------------------------------------------------------------------

    def _step(self, visit: Visit, form: Form) -> Answer:
        must_order(visit.actor)
        step = form.text("step")
        if visit.viewer is not None and step.partition(":")[0] in WRITING:
            message = "you only look at this as another user; end that to order something yourself"
            raise Forbidden("onlyLooking", message)
        match step:
            case "submit" | "save":
                return self._write(visit, form, is_draft=step == "save")
            case "quote":
                return self._quote(visit, form)
            case "basket":
                return self._basket(visit, form)
            case "make-site" | "make-customer":
                return self._make(visit, form, step.removeprefix("make-"))
        try:
            return self._stepped(visit, form, step)
        except Conflict as refusal:
            return self._again(visit, form, faults=faults_of(refusal))

    def _stepped(self, visit: Visit, form: Form, step: str) -> Answer:
        with self._desk.work(visit) as work:
            start = begun(work, form)
            done = stepped(start, step)
            fitting(done.cart)
            if done.cart.customer and done.cart.customer != form.text("for"):
                done = replace(done, focus="q")
            values = self._told(start.looking, done)
        return self._formed(visit, values)

    def _make(self, visit: Visit, form: Form, about: str) -> Answer:
        """Make a customer or a site and go on with it."""
        said = typed(form, about, SITE_FIELDS if about == "site" else CUSTOMER_FIELDS)
        try:
            with self._desk.work(visit) as work:
                made = self._made(work, form, about, said)
        except Unclear as unclear:
            return self._again(visit, form, asked=Asked(about, said, alike=unclear.alike))
        except Refusal as refusal:
            return self._again(visit, form, asked=Asked(about, said, faults_of(refusal)))
        if about == "site":
            return self._again(visit, form, focus="q", site=made)
        return self._again(visit, form, focus="new-site-button", customer=made)

    def _made(self, work: Work, form: Form, about: str, said: dict[str, str]) -> str:
        if about == "customer":
            return make_customer(work, said)
        start = begun(work, form)
        who = who_of(start.looking, start.cart.customer) if start.cart.customer else None
        if who is None:
            raise unknown_customer()
        return make_site(work, who, said)

    def _write(self, visit: Visit, form: Form, *, is_draft: bool) -> Answer:
        try:
            with self._desk.work(visit) as work:
                start = begun(work, form)
                counter = counter_of(start.looking, start.cart, self._desk.zone)
                refuse([] if is_draft else list(_unsaid(start, counter)))
                put = ordered if counter.cart.basket and not is_draft else None
                order = put(work, counter) if put else written(work, counter, is_draft=is_draft)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._again(visit, form, faults=faults_of(refusal), status=refusal.status)
        self._discard(visit, start.cart.place)
        if is_draft:
            return Moved(f"{ADDRESS}?draft={order}&done=saved")
        return Moved(f"/order/{order}?done=created")

    def _quote(self, visit: Visit, form: Form) -> Answer:
        """Keep what is on the page as a quote, or as the lines of the one that it came from."""
        return self._put(visit, form, quoted, "/quote/{}?done=saved")

    def _basket(self, visit: Visit, form: Form) -> Answer:
        """Keep what is on the page in the shopping cart that it came from."""
        return self._put(visit, form, filled, "/cart/{}?done=changed")

    def _put(
        self, visit: Visit, form: Form, put: Callable[[Work, Counter], str], address: str
    ) -> Answer:
        """Keep what is on the page elsewhere than in an order, and go there."""
        try:
            with self._desk.work(visit) as work:
                start = begun(work, form)
                counter = counter_of(start.looking, start.cart, self._desk.zone)
                refuse(list(idle_faults(counter.body)))
                key = put(work, counter)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._again(visit, form, faults=faults_of(refusal), status=refusal.status)
        self._discard(visit, start.cart.place)
        return Moved(address.format(key))

    # --- inside --------------------------------------------------------------------------------

    def _again(
        self,
        visit: Visit,
        form: Form,
        *,
        faults: Sequence[Fault] = (),
        asked: Asked = NOTHING,
        focus: str = "",
        status: int = 200,
        customer: str = "",
        site: str = "",
    ) -> Answer:
        """Show the page of a posted cart, with the customer or site that was made meanwhile."""
        with self._desk.work(visit) as work:
            start = begun(work, form, customer=customer, keeps=True)
            done = Step(with_site(start.cart, site) if site else start.cart, focus)
            values = self._told(start.looking, done, faults=faults, asked=asked)
        return self._formed(visit, values, status)

    def _told(
        self,
        looking: Looking,
        done: Step,
        *,
        faults: Sequence[Fault] = (),
        asked: Asked = NOTHING,
    ) -> dict[str, Any]:
        counter = counter_of(looking, done.cart, self._desk.zone)
        values = told(looking, self._desk, counter, faults=faults, asked=asked)
        return values | {
            "kept": None, "drafts": [], "focus": done.focus, "said": done.added,
            "found_sites": done.found,
        }  # fmt: skip

    def _formed(self, visit: Visit, values: dict[str, Any], status: int = 200) -> Shown:
        is_part = visit.req.get_header("HX-Request") == "true"
        template = "capture_form.html" if is_part else "capture.html"
        return self._shown(visit, values, template, 200 if is_part else status)

    def _shown(
        self, visit: Visit, values: dict[str, Any], template: str, status: int = 200
    ) -> Shown:
        done = visit.req.get_param("done") or ""
        always = {
            "said": "",
            "found_sites": None,
            "saved": done == "saved",
            "address": ADDRESS,
            "may_quote": may_offer(visit.actor),
        }
        return Shown(template, always | values, status)

    def _discard(self, visit: Visit, place: str) -> None:
        discard_draft(self._desk.services, principal=visit.actor.id, place=place)


def must_order(actor: Actor) -> None:
    """Refuse (403) who may place no orders."""
    actor.must(ProductOrder.resource, "create")


def _unsaid(start: Begun, counter: Counter) -> Iterator[Fault]:
    """Yield what has to be said before the order can be sent."""
    yield from idle_faults(counter.body)
    yield from unanswered(start.looking, counter.cart, counter.known, counter.body)


def _back(place: str) -> str:
    """Return the address that a page was opened with."""
    names = ("customer", "product", "do", "draft")
    values = place.removeprefix(PLACE).split(":")
    if values[0] == "quote":
        names, values = ("quote", "customer", "", ""), values[1:]
    if values[0] == "cart":
        names, values = ("cart", "", "", ""), values[1:]
    query = urlencode({name: one for name, one in zip(names, values, strict=False) if one})
    return ADDRESS + (f"?{query}" if query else "")
