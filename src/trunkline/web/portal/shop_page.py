"""The shop of the portal: first where, then what can be had there, then how it is to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import falcon

from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.snapshot import load as load_catalog
from trunkline.contract.agreement.agreed_prices import agreed_by
from trunkline.contract.agreement.usable import offerings_shown, usable_lists
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal, Unready
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.work import Work
from trunkline.ordering.branch import COUNT_MAX
from trunkline.ordering.list_price import list_price
from trunkline.ordering.order_currency import currency_of_buyer
from trunkline.ordering.price_effect import PriceKind, amounts_of
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.writing import change, create
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.self_care.own_place import alike, own_site, settling
from trunkline.shared.price import OrderPrice
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.offer_names import offer_names
from trunkline.web.portal.configuring import (
    asked_of,
    chosen,
    fields,
    must_fit,
    part_items,
    parts_told,
    takes_files,
    texts_of,
)
from trunkline.web.portal.moving import ADDRESS, wanted_place
from trunkline.web.portal.own import own_customers, own_sites, told_amount
from trunkline.web.postal import address_line
from trunkline.web.records import document_at
from trunkline.web.values import date

CHECK = ProductOfferingQualification.resource
ITEMS = "productOfferingQualificationItem"
MERGE = "application/merge-patch+json"
CHANNEL = {"id": "portal", "name": "Portal"}


class PortalShop:
    """`/my/shop`, `/my/shop/{check}` and `/my/shop/{check}/{offering}`."""

    needs = "ShoppingCart:create ShoppingCart:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask where something is wanted."""
        self._desk.answer(req, resp, self._where)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Check what can be had there."""
        self._desk.act(req, resp, self._check)

    def on_get_check(self, req: falcon.Request, resp: falcon.Response, check: str) -> None:
        """Show what can be had, and what else where something cannot."""
        self._desk.answer(req, resp, partial(self._offers, check=check))

    def on_get_offer(
        self, req: falcon.Request, resp: falcon.Response, check: str, offering: str
    ) -> None:
        """Ask how an offering is to be."""
        self._desk.answer(req, resp, partial(self._configure, check=check, offering=offering))

    def on_post_offer(
        self, req: falcon.Request, resp: falcon.Response, check: str, offering: str
    ) -> None:
        """Put it into the cart."""
        self._desk.act(req, resp, partial(self._put, check=check, offering=offering))

    def on_get_form(
        self, req: falcon.Request, resp: falcon.Response, check: str, offering: str
    ) -> None:
        """Lead to the form."""
        self._desk.answer(req, resp, lambda _visit: Moved(f"/my/shop/{check}/{offering}"))

    def on_post_form(
        self, req: falcon.Request, resp: falcon.Response, check: str, offering: str
    ) -> None:
        """Ask anew after a step: with one more of several values, or without one of them."""

        def anew(visit: Visit, form: Form) -> Answer:
            return self._configure(visit, check=check, offering=offering, form=form)

        self._desk.act(req, resp, anew, is_looking=True)

    # --- where ---------------------------------------------------------------------------------

    def _where(
        self, visit: Visit, typed: Mapping[str, str] | None = None,
        refusal: Refusal | None = None, like: Iterable[str] = (),
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            work.actor.must(CHECK, "create")
            must_be_buyer(work)
            sites = [{"id": one.id, "name": one.name or one.key} for one in own_sites(work)]
        values: dict[str, Any] = {
            "sites": sites, "typed": dict(typed or dict.fromkeys(ADDRESS, "")),
            "problems": problems_of(refusal), "like": list(like), "sure": "",
        }  # fmt: skip
        return Shown("portal_shop.html", values, refusal.status if refusal else 200)

    def _check(self, visit: Visit, form: Form) -> Answer:
        typed = {name: form.text(name) for name in ADDRESS}
        try:
            with self._desk.work(visit) as work:
                work.actor.must(CHECK, "create")
                customer = must_be_buyer(work)
                place = wanted_place(form.text("site"), typed)
                like = [] if place.get("id") or form.text("sure") else alike(work, place)
                if not like:
                    body: dict[str, Json] = {
                        "place": [{**place, "role": "installation"}],
                        "relatedParty": [{"id": customer.id, "role": "customer"}],
                        "channel": dict(CHANNEL),
                        "provideAlternative": True,
                    }
                    check = create(work, CHECK, body)
        except Refusal as refusal:
            if refusal.status != 400:
                raise
            return self._where(visit, typed, refusal)
        if like:
            return self._where(visit, typed, None, [address_line(one.raw) or "" for one in like])
        return Moved(f"/my/shop/{check.key}")

    # --- what ----------------------------------------------------------------------------------

    def _offers(self, visit: Visit, *, check: str) -> Answer:
        with self._desk.work(visit) as work:
            customer = must_be_buyer(work)
            found = _answer(work, check)
            items = [one for one in found.raw.get(ITEMS) or () if isinstance(one, dict)]
            offers = self._read(work, customer, items)
            values: dict[str, Any] = {
                "check": found.key,
                "waits": found.state not in ("done", "terminatedWithError"),
                "where": where_of(work, found),
                "offers": [offers[ident] for ident in _possible(items) if ident in offers],
                "others": list(_instead(items, offers)),
                "until": date(found.expiration_date.astimezone(self._desk.zone))
                if found.expiration_date
                else "",
                "expired": found.expiration_date is not None and found.expiration_date <= work.now,
            }
        return Shown("portal_offers.html", values)

    def _read(
        self, work: Work, customer: Customer, items: Iterable[Mapping[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        named = [str((one.get("productOffering") or {}).get("id")) for one in items]
        named += [
            str((each.get("alternateProductOffering") or {}).get("id"))
            for one in items
            for each in one.get("alternateProductOfferingProposal") or ()
        ]
        shown = offerings_shown(work, customer)
        wanted = [
            one for one in dict.fromkeys(named)
            if one != "None" and (shown is None or one in shown)
        ]  # fmt: skip
        catalog = replace(
            load_catalog(work, wanted),
            customer_type=customer.customer_type,
            agreed=agreed_by(usable_lists(work, customer)),
        )
        if len(catalog.currencies) > 1:
            catalog = replace(catalog, currency=currency_of_buyer(work, customer.id))
        found, language = {}, spoken().code
        for ident in wanted:
            one = catalog.offerings.get(ident)
            if one is not None and one.is_sellable is not False:
                prices = list_price(one, catalog, work.now).items()
                found[ident] = {
                    "id": one.id, "key": one.key, "name": one.name_in(language, one.display_name),
                    "description": one.description_in(language),
                    "prices": monthly_first(prices),
                }  # fmt: skip
        return found

    # --- how -----------------------------------------------------------------------------------

    def _configure(
        self, visit: Visit, *, check: str, offering: str, form: Form | None = None,
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        form, is_new = form or Form(), form is None
        with self._desk.work(visit) as work:
            customer = must_be_buyer(work)
            found = _answer(work, check)
            one = _had(work, found, offering)
            told = self._read(work, customer, [{"productOffering": {"id": one.id}}])
            asked = asked_of(work, one)
            texts = texts_of(asked, {}, form.fields, self._desk.zone)
            faults = refusal.faults if refusal is not None else ()
            names = offer_names(work, (), one.bundled_product_offering)
            values: dict[str, Any] = {
                "check": found.key, "offer": told.get(one.id, {"name": one.name, "prices": []}),
                "where": where_of(work, found), "offering": one.key,
                "fields": fields(asked, texts, self._desk.zone, faults),
                "files": takes_files(asked),
                "parts": parts_told(one, None if is_new else form.all("part"), names),
                "quantity": form.text("quantity") or "1", "most": COUNT_MAX,
                "problems": problems_of(refusal),
            }  # fmt: skip
        return Shown("portal_configure.html", values, refusal.status if refusal else 200)

    def _put(self, visit: Visit, form: Form, *, check: str, offering: str) -> Answer:
        try:
            with self._desk.work(replace(visit, actor=settling(visit.actor))) as work:
                customer = must_be_buyer(work)
                found = _answer(work, check)
                one = _had(work, found, offering)
                asked, zone = asked_of(work, one), self._desk.zone
                values = chosen(asked, {}, texts_of(asked, {}, form.fields, zone), zone)
                must_fit(work, one, values)
                place = _asked_place(found)
                site = str(place.get("id") or "") or own_site(work, customer, place)
                kind = str(place.get("@referredType") or "GeographicSite")
                where = {"id": site, "@referredType": kind, "role": "installation"}
                product: dict[str, Json] = {"place": [where]}
                if values:
                    product["productCharacteristic"] = values
                inside = part_items(one, form.all("part"), where)
                item: dict[str, Json] = {
                    "action": "add", "quantity": how_many(form.text("quantity")),
                    "productOffering": {"id": one.id}, "product": product,
                    "qualification": [{"id": found.id}],
                }  # fmt: skip
                if inside:
                    item["cartItem"] = inside
                put_into_cart(work, customer, item)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._configure(
                visit, check=check, offering=offering, form=form, refusal=refusal
            )
        return Moved("/my/cart?done=added")


def must_be_buyer(work: Work) -> Customer:
    """Return as whom the visitor buys; refuses (503) who is not known as a customer yet."""
    customers = [one for one in own_customers(work) if one.status != "suspended"]
    if not customers:
        raise Unready("noCustomer", "you are not set up as a customer yet; call us")
    return customers[0]


def how_many(text: str) -> int:
    """Return a number of things that was typed, one where nothing was; refuses (400) any other."""
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= COUNT_MAX):
        message = f"is {text}; order 1 to {COUNT_MAX} at once"
        raise Invalid.of([Fault("quantity", "quantityInvalid", message)])
    return int(text)


def open_cart(work: Work, customer: Customer) -> ShoppingCart | None:
    """Return the cart that a customer is filling, in whatever channel it was begun."""
    work.actor.must(ShoppingCart.resource, "read")
    wanted = {"relatedParty.id": customer.id, "status": "active"}
    found = [
        one
        for one in work.find(ShoppingCart, wanted, limit=20)
        if one.valid_for is None or one.valid_for.contains(work.now)
    ]
    return max(found, key=lambda one: one.id, default=None)


def put_into_cart(work: Work, customer: Customer, item: dict[str, Json]) -> ShoppingCart:
    """Put an item into the customer's cart, or begin one with it."""
    cart = open_cart(work, customer)
    if cart is None:
        work.actor.must(ShoppingCart.resource, "create")
        body: dict[str, Json] = {
            "relatedParty": [{"id": customer.id, "role": "customer", "@referredType": "Customer"}],
            "channel": [{**CHANNEL, "role": "startedIn"}],
            "cartItem": [item],
        }
        made = create(work, ShoppingCart.resource, body)
        assert isinstance(made, ShoppingCart)
        return made
    held = work.lock(ShoppingCart, cart.id)
    change(work, held, {"cartItem": [*(held.raw.get("cartItem") or ()), item]}, MERGE)
    return held


def where_of(work: Work, check: ProductOfferingQualification) -> str:
    """Return the place that was asked about, as people write it."""
    place = _asked_place(check)
    sites = {one.id: one for one in own_sites(work)}
    held = sites.get(str(place.get("id")))
    return (held.name if held is not None else None) or address_line(dict(place)) or ""


def told_prices(prices: Iterable[OrderPrice]) -> list[dict[str, str]]:
    """Return the prices of an item or a cart, those that come each month first."""
    return monthly_first(amounts_of(prices))


def monthly_first(prices: Iterable[tuple[PriceKind, Decimal]]) -> list[dict[str, str]]:
    """Return amounts by kind as they are shown, those that come each month first."""
    found = [told_amount(kind, amount) for kind, amount in prices if amount]
    return sorted(found, key=lambda one: not one["period"])


def _answer(work: Work, ident: str) -> ProductOfferingQualification:
    work.actor.must(CHECK, "read")
    found = document_at(work, ProductOfferingQualification, ident)
    if found is None:
        raise NotFound("notFound", f"there is no answer {ident}; check the address again")
    return found


def _asked_place(check: ProductOfferingQualification) -> Mapping[str, Any]:
    return next((one.raw for one in check.place), {})


def _possible(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the offerings that can be had, what was found and what stands in for it."""
    found = []
    for one in items:
        if one.get("qualificationItemResult") == "qualified":
            found.append(str((one.get("productOffering") or {}).get("id")))
    return list(dict.fromkeys(found))


def _instead(
    items: Iterable[Mapping[str, Any]], offers: Mapping[str, dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    """Yield what cannot be had as it is, with what can be had instead and from when on."""
    for one in items:
        wanted = offers.get(str((one.get("productOffering") or {}).get("id")))
        if one.get("qualificationItemResult") != "alternate" or wanted is None:
            continue
        yield {
            "name": wanted["name"],
            "others": [
                {
                    **offers[ident],
                    "from": date(parse_instant(str(each["alternateActivationDate"])))
                    if each.get("alternateActivationDate")
                    else "",
                }
                for each in one.get("alternateProductOfferingProposal") or ()
                if (ident := str((each.get("alternateProductOffering") or {}).get("id"))) in offers
            ],
        }


def _had(work: Work, check: ProductOfferingQualification, offering: str) -> ProductOffering:
    """Return an offering that an answer says can be had; refuses (404) any other."""
    found = document_at(work, ProductOffering, offering)
    items = [one for one in check.raw.get(ITEMS) or () if isinstance(one, dict)]
    known = set(_possible(items)) | {
        str((each.get("alternateProductOffering") or {}).get("id"))
        for one in items
        if one.get("qualificationItemResult") == "alternate"
        for each in one.get("alternateProductOfferingProposal") or ()
        if not each.get("alternateActivationDate")
    }
    if found is None or found.id not in known:
        raise NotFound("notFound", "that cannot be had there; choose one of the offers")
    return found
