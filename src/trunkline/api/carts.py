"""Verbs around carts and answers: checking out, prices told anew, availability, taking over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, optional_text
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.sales.api import SALES
from trunkline.sales.cart.check_out import Wishes, cart_of, check_out, checked
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.cart.told_prices import tell_anew
from trunkline.sales.qualified import recheck
from trunkline.sales.qualified_asking import ask_from, record_asked_from
from trunkline.sales.qualified_taking import take_into

SCHEMAS: Mapping[str, Object] = {
    "CartCheckOut": shape(
        "What is said as a cart is ordered; all of it may stand in the cart already.",
        {"billingAccount": "text", "requestedStartDate": "instant", "channel": "text",
         "acceptedTerms": "list object", "costConfirmation": "object"},
    ),
    "CartOrder": shape(
        "The order that a cart became.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "CartStanding": shape(
        "A cart as it stands: what it comes to, what would keep it from being ordered, and which "
        "prices are others by now than were told.",
        {"id": "text", "key": "text", "status": "text", "cartTotalPrice": "list object",
         "fault": "list object", "priceChange": "list CartPriceChange"},
        "id key status fault priceChange",
    ),
    "CartPriceChange": shape(
        "An item that the catalog asks something else for by now.",
        {"path": "text", "item": "text", "told": "list object", "now": "list object"},
        "path item told now",
    ),
    "AvailabilityQuestion": shape(
        "The lead, opportunity, quote, cart or order that is asked from, and another place than it "
        "names, where that is wanted.",
        {"checkedFor": "object", "place": "object", "reserve": "flag"}, "checkedFor",
    ),
    "AvailabilityStanding": shape(
        "An answer as it stands.",
        {"id": "text", "key": "text", "state": "text", "qualificationResult": "text",
         "expirationDate": "instant"}, "id key state",
    ),
    "AvailabilityTaken": shape(
        "What of an answer goes into which quote or cart: an item, or the proposal that replaces "
        "it; without a record into the one that was asked from.",
        {"productOfferingQualification": "text", "item": "text", "alternate": "text",
         "into": "object"}, "productOfferingQualification item",
    ),
    "AvailabilityHolder": shape(
        "The quote or cart that something was taken over into.",
        {"id": "text", "key": "text", "@referredType": "text"}, "id key",
    ),
}  # fmt: skip
Act = Callable[[Work], Json]


class Carts(Asked):
    """`/shoppingCart/{id}/…`."""

    def on_post_check_out(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Order what is in the cart."""
        sent = self.sent(req)
        wishes = Wishes(
            account=optional_text(sent, "billingAccount") or "",
            start=optional_text(sent, "requestedStartDate") or "",
            channel=optional_text(sent, "channel") or "",
            terms=_objects(sent, "acceptedTerms"),
            costs=sent.get("costConfirmation") and _object(sent, "costConfirmation"),
        )

        def act(work: Work) -> Json:
            order = check_out(work, ident, wishes)
            resp.status = falcon.HTTP_201
            return {"id": order.id, "key": order.key, "state": order.state}

        self._act(req, resp, act)

    def on_post_prices(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take the prices over as they are now."""

        def act(work: Work) -> Json:
            return cart_standing(work, tell_anew(work, ident))

        self._act(req, resp, act)

    def on_get_check(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Tell what would become of a check-out now."""

        def act(work: Work) -> Json:
            return cart_standing(work, cart_of(work, ident))

        self._act(req, resp, act, writes=False)

    def on_post_availability(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Check what a record is about."""
        sent = self.sent(req)
        about, place = _object(sent, "checkedFor"), sent.get("place")
        if place is not None and not isinstance(place, dict):
            raise Invalid.of([Fault("place", "badType", "must be an object")])

        def act(work: Work) -> Json:
            found = record_asked_from(work, text_of(about, "@referredType"), text_of(about, "id"))
            check = ask_from(work, found, place=place, reserve=sent.get("reserve") is True)
            resp.status = falcon.HTTP_201
            return answer_standing(check)

        self._act(req, resp, act)

    def on_post_recheck(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask anew what a record relies on and does not hold any more."""
        about = _object(self.sent(req), "checkedFor")

        def act(work: Work) -> Json:
            found = record_asked_from(work, text_of(about, "@referredType"), text_of(about, "id"))
            return [answer_standing(one) for one in recheck(work, found)]

        self._act(req, resp, act)

    def on_post_take(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take what can be had over into a quote or a cart."""
        sent = self.sent(req)
        into = sent.get("into") or {}
        if not isinstance(into, dict):
            raise Invalid.of([Fault("into", "badType", "must be an object")])

        def act(work: Work) -> Json:
            work.actor.must(ProductOfferingQualification.resource, "read")
            ident = text_of(sent, "productOfferingQualification")
            check = work.get(ProductOfferingQualification, ident)
            if check is None:
                raise NotFound("notFound", f"there is no qualification {ident}")
            alternate = optional_text(sent, "alternate") or ""
            held = take_into(
                work, check, text_of(sent, "item"), alternate=alternate,
                kind=str(into.get("@referredType") or ""), ident=str(into.get("id") or ""),
            )  # fmt: skip
            return {"id": held.id, "key": held.key, "@referredType": held.resource.type_name}

        self._act(req, resp, act)

    def _act(
        self, req: falcon.Request, resp: falcon.Response, act: Act, *, writes: bool = True
    ) -> None:
        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                if writes:
                    self.once(req, resp, work, lambda: answer_json(resp, act(work)))
                else:
                    answer_json(resp, act(work))

        self.as_known(req, answer)


def cart_standing(work: Work, cart: ShoppingCart) -> dict[str, Json]:
    """Return a cart as it stands."""
    found = checked(work, cart)
    return {
        "id": cart.id,
        "key": cart.key,
        "status": cart.status,
        "cartTotalPrice": cart.raw.get("cartTotalPrice") or [],
        "fault": [
            {"path": one.path, "code": one.code, "message": one.message} for one in found.faults
        ],
        "priceChange": [
            {
                "path": one.path,
                "item": one.item.id,
                "told": [each.raw for each in one.told],
                "now": [each.raw for each in one.now],
            }
            for one in found.changes
        ],
    }


def answer_standing(check: ProductOfferingQualification) -> dict[str, Json]:
    """Return an answer as it stands."""
    ends = check.expiration_date
    found: dict[str, Json] = {
        "id": check.id,
        "key": check.key,
        "state": check.state,
        "qualificationResult": check.qualification_result,
        "expirationDate": format_instant(ends) if ends is not None else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _object(sent: Mapping[str, Json], name: str) -> dict[str, Any]:
    found = sent.get(name)
    if not isinstance(found, dict):
        message = "name the record by its id and @referredType"
        if name == "costConfirmation":
            message = "must be an object with monthlyBefore, monthlyAfter and once"
        raise Invalid.of([Fault(name, "required", message)])
    return found


def _objects(sent: Mapping[str, Json], name: str) -> list[dict[str, Any]]:
    found = sent.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        message = "must be a list of objects, each with the id and the version that was read"
        raise Invalid.of([Fault(name, "badType", message)])
    return found


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the verbs."""
    carts, base = Carts(services, doorman), SALES.base
    app.add_route(f"{base}/shoppingCart/{{ident}}/checkOut", carts, suffix="check_out")
    app.add_route(f"{base}/shoppingCart/{{ident}}/takePrices", carts, suffix="prices")
    app.add_route(f"{base}/shoppingCart/{{ident}}/check", carts, suffix="check")
    app.add_route(f"{base}/availability", carts, suffix="availability")
    app.add_route(f"{base}/availability/recheck", carts, suffix="recheck")
    app.add_route(f"{base}/availability/takeOver", carts, suffix="take")


def verbs() -> Iterator[Verb]:
    """Yield what OpenAPI tells of them."""
    update, read = "TMF663:update", "TMF663:read"
    yield Verb(
        api=SALES, method="post", path="/shoppingCart/{id}/checkOut", name="checkOutCart",
        summary="Order what is in a cart, at the prices that were told", scope=update,
        about="CartStanding", takes="CartCheckOut", answers="CartOrder", status="201",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=SALES, method="post", path="/shoppingCart/{id}/takePrices", name="takeCartPrices",
        summary="Take the prices of the catalog over into a cart as they are now", scope=update,
        about="CartStanding", answers="CartStanding", parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=SALES, method="get", path="/shoppingCart/{id}/check", name="checkCart",
        summary="Tell what would keep a cart from being ordered", scope=read,
        about="CartStanding", answers="CartStanding",
    )  # fmt: skip
    yield Verb(
        api=SALES, method="post", path="/availability", name="checkAvailability",
        summary="Check what a lead, an opportunity, a quote, a cart or an order is about",
        scope="TMF679:create", about="AvailabilityStanding",
        takes="AvailabilityQuestion", answers="AvailabilityStanding", status="201",
        parameters="Idempotency-Key",
    )  # fmt: skip
    yield Verb(
        api=SALES, method="post", path="/availability/recheck", name="recheckAvailability",
        summary="Ask anew what a record relies on and does not hold any more",
        scope="TMF679:update", about="AvailabilityStanding",
        takes="AvailabilityQuestion", answers="AvailabilityStanding", is_list=True,
        parameters="Idempotency-Key",
    )  # fmt: skip
    yield Verb(
        api=SALES, method="post", path="/availability/takeOver", name="takeAvailable",
        summary="Take what can be had over into a quote or a cart", scope=update,
        about="AvailabilityStanding", takes="AvailabilityTaken", answers="AvailabilityHolder",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
