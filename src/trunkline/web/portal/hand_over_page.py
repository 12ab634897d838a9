"""Handing over at the portal: a customer offers a product to another one, who takes it or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import parse_instant
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.sales.self_care.handing_over import (
    OwnTransfer,
    lying_inside,
    may_offer,
    offer,
    reply,
    take_back,
    transfer_of,
)
from trunkline.sales.self_care.judging import with_parts
from trunkline.shared.period import is_moment
from trunkline.web.capture.body import start_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.portal.own import (
    buyer_of_product,
    own_products,
    parts_of,
    product_told,
    read_own,
)
from trunkline.web.records import document_at
from trunkline.web.values import date

ALSO = "also."
FIELDS = ("number", "name", "date", "reason")
WORDS = {
    "requested": ("Waits for an answer", "busy"),
    "inProgress": ("Is being handed over", "busy"),
    "completed": ("Handed over", "good"),
    "refused": ("Refused", "idle"),
    "expired": ("Nobody answered in time", "idle"),
    "withdrawn": ("Taken back", "idle"),
}


class PortalHandOver:
    """`/my/products/{ident}/hand-over` and `/my/hand-overs/{ident}`."""

    needs = "ProductOrder:create OwnershipTransfer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask who takes it over, and show what changes before it is offered."""

        def view(visit: Visit) -> Answer:
            def typed(name: str) -> str:
                return (req.get_param(name) or "").replace("\x00", "").strip()

            return self._form(visit, ident, typed)

        self._desk.answer(req, resp, view)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Offer it."""
        self._desk.act(req, resp, partial(self._offer, ident=ident))

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how a hand-over stands."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take it over, refuse it, or take it back."""
        self._desk.act(req, resp, partial(self._say, ident=ident))

    def _form(
        self, visit: Visit, ident: str, typed: Callable[[str], str],
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            held, product, inside, within = _all_own(work, ident)
            told = product_told(product, work.now)
            customer = buyer_of_product(work, product)
            giver = (customer.name if customer is not None else None) or visit.actor.name
            others = [
                {"field": f"{ALSO}{one.id}", "name": one.name or one.key, "key": one.key,
                 "chosen": bool(typed(f"{ALSO}{one.id}"))}
                for one in held
                if one.id != product.id and may_offer(work, one, within, inside)
            ]  # fmt: skip
            today = f"{work.now.astimezone(self._desk.zone):%Y-%m-%d}"
        said = {name: typed(name) for name in FIELDS}
        values: dict[str, Any] = {
            "key": product.key, "product": told, "typed": said, "today": today, "others": others,
            "looked": bool(typed("look")) and bool(said["number"]) and bool(said["name"]),
            "problems": problems_of(refusal), "me": giver,
        }  # fmt: skip
        return Shown("portal_hand_over.html", values, refusal.status if refusal else 200)

    def _offer(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                _, product, _, _ = _all_own(work, ident)
                also = [one.id for one in own_products(work) if form.text(f"{ALSO}{one.id}")]
                start = start_of(form.text("date"), work.now, self._desk.zone)
            if start is not None and not is_moment(start):
                message = "is no day; write it as 2026-12-31"
                raise Invalid.of([Fault("date", "badValue", message)])
            made = offer(
                self._desk.services, visit.actor, product.id, number=form.text("number"),
                name=form.text("name"), also=also, start=parse_instant(start) if start else None,
                reason=form.text("reason")[:300],
            )  # fmt: skip
        except NotFound:
            raise
        except Refusal as refusal:
            return self._form(visit, ident, form.text, refusal)
        return Moved(f"/my/hand-overs/{made.key}")

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        found = transfer_of(self._desk.services, visit.actor, ident)
        with self._desk.work(visit) as work:
            values = transfer_told(self._desk, found, work.now)
        values["problems"] = problems_of(refusal)
        return Shown("portal_transfer.html", values, refusal.status if refusal else 200)

    def _say(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        word = form.text("word")
        if word not in ("take", "refuse", "back"):
            raise NotFound("notFound", "there is no such page")
        try:
            if word == "back":
                take_back(self._desk.services, visit.actor, ident)
            else:
                reply(self._desk.services, visit.actor, ident, is_given=word == "take")
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"/my/hand-overs/{ident}")


def transfer_told(desk: Desk, found: OwnTransfer, now: datetime) -> dict[str, Any]:
    """Return what a page shows of a hand-over to one of its sides."""
    transfer = found.transfer
    word, tone = WORDS.get(str(transfer.state), WORDS["requested"])
    until, begins = transfer.valid_until, transfer.requested_start_date
    return {
        "key": transfer.key, "state": word, "tone": tone, "side": found.side,
        "other": found.other, "account": found.account,
        "products": [product_told(one, now) for one in found.products],
        "may_answer": found.may_answer, "may_take_back": found.may_take_back,
        "until": date(until.astimezone(desk.zone)) if until and transfer.state == "requested"
        else "",
        "begins": date(begins.astimezone(desk.zone)) if begins else "",
        "reason": transfer.reason or "",
    }  # fmt: skip


def _all_own(work: Work, ident: str) -> tuple[list[Product], Product, set[str], dict[str, Product]]:
    """Return what the visitor has, the product that is to be handed over, which of them lie in
    others, and all of them with their parts; refuses (404) what may not be handed over."""
    work.actor.must(ProductOrder.resource, "create")
    read_own(work, Product, Customer)
    held = own_products(work)
    found = next((one for one in held if ident in (one.key, one.id)), None)
    found = found or document_at(work, Product, ident)
    listed = {one.id: one for one in (*held, *([found] if found is not None else []))}
    inside = lying_inside(work, listed) | parts_of(held)
    within = with_parts(work, listed, listed)
    hidden = found is None or found.is_customer_visible is False
    if found is None or hidden or not may_offer(work, found, within, inside):
        raise NotFound("notFound", f"you have no product {ident} to hand over")
    return held, found, inside, within
