"""What happens to installed products: operations of orders, and hand-overs to other customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import falcon

from trunkline.api.asking import Act, Asked, RecordVerb, answer_list, only_parameters
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.governance.bindings import chosen_faults
from trunkline.governance.registers import registers
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.macd.consenting import TRANSFER, consent, withdraw
from trunkline.ordering.macd.operations import Operation, operations_of
from trunkline.ordering.macd.ownership_transfer import SIDES, OwnershipTransfer
from trunkline.ordering.macd.reasons import DISCONNECTION
from trunkline.ordering.macd.save_offer import SaveOffer
from trunkline.ordering.macd.saving import (
    Answered,
    answers_between,
    instead_of_ending,
    offers_for,
)
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape


class OperationsOf(Asked):
    """`/product/{id}/operation`: what orders do and did to a product, by date."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer them; those of orders that the asker does not reach are left out."""

        def answer(known: Known) -> None:
            known.actor.must(Product.resource, "read")
            known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                product = work.get(Product, ident)
                if product is None:
                    raise NotFound("notFound", f"there is no product {ident}")
                found = operations_of(work, [product.id]).get(product.id, [])
            answer_list(resp, [operation_body(one) for one in found])

        self.as_known(req, answer)


class SaveOffersOf(Asked):
    """`/product/{id}/saveOffer` and `/saveOffer/report`: offers to stay, and how they were met."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the offers for whoever wants to end a product for a reason."""
        only_parameters(req, "reason")
        reason = req.get_param("reason")

        def answer(known: Known) -> None:
            known.actor.must(ProductOrder.resource, "create")
            with self.work(req, known) as work:
                product = work.get(Product, ident)
                if product is None:
                    raise NotFound("notFound", f"there is no product {ident}")
                register = registers(work).get(DISCONNECTION)
                if reason and register is not None:
                    refuse(list(chosen_faults(work, register, "reason", reason)))
                owner = next((one.id for one in product.related_party), "")
                customer = work.get(Customer, owner) if owner else None
                found = offers_for(work, product, customer, reason)
                body = [
                    save_offer_body(one, instead_of_ending(one, product, reason, work.now))
                    for one in found
                ]
            answer_list(resp, body)

        self.as_known(req, answer)

    def on_get_report(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer how often offers were accepted and declined, by reason."""
        only_parameters(req, "from", "to")
        start, end = _moment(req, "from"), _moment(req, "to")

        def answer(known: Known) -> None:
            grant = known.actor.must(ProductOrder.resource, "read")
            if grant.reach != "all":
                raise Forbidden("notAllowed", "TMF622:read over everything is needed here")
            with self.work(req, known) as work:
                until = end or work.now
                found = answers_between(work, start or until - timedelta(days=30), until)
            answer_list(resp, [answered_body(one) for one in found])

        self.as_known(req, answer)


def _moment(req: falcon.Request, name: str) -> datetime | None:
    text = req.get_param(name)
    try:
        return parse_instant(text) if text else None
    except ValueError:
        raise Invalid.of([Fault(name, "badValue", "is a date and time")]) from None


def save_offer_body(offer: SaveOffer, item: dict[str, Json]) -> dict[str, Json]:
    """Return an offer to stay with the item that is ordered where it is accepted."""
    body: dict[str, Json] = {"id": offer.id, "key": offer.key, "name": offer.name, "item": item}
    for name in ("text", "instead", "discountPercent", "discountMonths"):
        if offer.raw.get(name) is not None:
            body[name] = offer.raw[name]
    return body


def answered_body(answered: Answered) -> dict[str, Json]:
    """Return how often an offer was accepted and declined as JSON."""
    return {
        "reason": answered.reason,
        "saveOffer": {"id": answered.offer, "name": answered.name},
        "accepted": answered.accepted,
        "declined": answered.declined,
    }


def transfer_body(transfer: OwnershipTransfer) -> dict[str, Json]:
    """Return how a transfer stands as JSON."""
    order = transfer.product_order
    body: dict[str, Json] = {"id": transfer.id, "key": transfer.key, "state": transfer.state}
    return body | ({"productOrder": {"id": order.id}} if order is not None else {})


def _said(is_given: bool) -> Act:
    def act(work: Work, ident: str, sent: dict[str, Json]) -> Json:
        side = next((one for one in SIDES if one == sent.get("side")), None)
        if side is None:
            raise Invalid.of([Fault("side", "badValue", f"is one of {', '.join(SIDES)}")])
        transfer = consent(
            work, ident, side, is_given=is_given, name=text_of(sent, "name"),
            channel=text_of(sent, "channel"), text=text_of(sent, "text"),
        )  # fmt: skip
        return transfer_body(transfer)

    return act


def operation_body(operation: Operation) -> dict[str, Json]:
    """Return an operation as JSON."""
    body: dict[str, Json] = {
        "action": operation.action,
        "state": operation.state,
        "date": format_instant(operation.at) if operation.at is not None else None,
        "endedAt": format_instant(operation.ended_at) if operation.ended_at is not None else None,
        "reason": operation.reason,
        "cancellationReason": operation.note,
        "orderItemId": operation.item,
        "productOrder": {"id": operation.order, "key": operation.order_key},
    }
    return {name: value for name, value in body.items() if value is not None}


TRANSFER_VERBS: Mapping[str, Act] = {
    "consent": _said(True),
    "refuse": _said(False),
    "withdraw": lambda work, ident, sent: transfer_body(
        withdraw(work, ident, text_of(sent, "reason"))
    ),
}
SCHEMAS: Mapping[str, Object] = {
    "OfferToStay": shape(
        "An offer to stay, and the item that is ordered where it is accepted.",
        {"id": "text", "key": "text", "name": "text", "text": "text", "instead": "object",
         "discountPercent": "number", "discountMonths": "integer", "item": "object"},
        "id key name item",
    ),
    "OffersAnswered": shape(
        "How often customers of one reason accepted and declined an offer to stay.",
        {"reason": "text", "saveOffer": "object", "accepted": "integer", "declined": "integer"},
        "reason saveOffer accepted declined",
    ),
    "TransferStanding": shape(
        "How a transfer stands, and the order of the taking customer once it is made.",
        {"id": "text", "key": "text", "state": "text", "productOrder": "object"}, "id key state",
    ),
    "TransferSaying": shape(
        "What one side says: who, by which channel, in which words.",
        {"side": {"enum": list(SIDES)}, "name": "text", "channel": "text", "text": "text"},
        "side name channel text",
    ),
    "TransferWithdrawal": shape("Why the wish is taken back.", {"reason": "text"}, "reason"),
    "ProductOperation": shape(
        "What an order does to a product: suspends, resumes, ends or changes it, on which day.",
        {"action": "text", "state": "text", "date": "instant", "endedAt": "instant",
         "reason": "text", "cancellationReason": "text", "orderItemId": "text",
         "productOrder": "object"},
        "action state orderItemId productOrder",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    yield Verb(
        api=ORDERING, method="get", path="/product/{id}/operation", name="operationsOfProduct",
        about="ProductOperation", answers="ProductOperation", scope="TMF622:read", is_list=True,
        summary="Return what orders do and did to a product: scheduled, done and canceled",
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/product/{id}/saveOffer", name="saveOffersForProduct",
        about="OfferToStay", answers="OfferToStay", scope="TMF622:create", is_list=True,
        filters={"reason": "Why the customer wants to end it"},
        summary="Return the offers to stay for whoever wants to end a product",
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/saveOffer/report", name="reportOfSaveOffers",
        about="OffersAnswered", answers="OffersAnswered", scope="TMF622:read", is_list=True,
        filters={"from": "Orders from then on", "to": "Orders before that"},
        summary="Return how often offers to stay were accepted and declined, by reason",
    )  # fmt: skip
    for name, takes, summary in (
        ("consent", "TransferSaying", "Write down the consent of a side; both make the order"),
        ("refuse", "TransferSaying", "Write down that a side refuses, which ends the transfer"),
        ("withdraw", "TransferWithdrawal", "Take a transfer back; its order is canceled"),
    ):
        yield Verb(
            api=ORDERING, method="post", path=f"/ownershipTransfer/{{id}}/{name}",
            name=f"{name}OwnershipTransfer", about="TransferStanding", answers="TransferStanding",
            takes=takes, scope=TRANSFER, conflicts=True, parameters="Idempotency-Key",
            summary=summary,
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    app.add_route(f"{ORDERING.base}/product/{{ident}}/operation", OperationsOf(services, doorman))
    saving = SaveOffersOf(services, doorman)
    app.add_route(f"{ORDERING.base}/product/{{ident}}/saveOffer", saving)
    app.add_route(f"{ORDERING.base}/saveOffer/report", saving, suffix="report")
    for name, act in TRANSFER_VERBS.items():
        verb = RecordVerb(services, doorman, act, reads=OwnershipTransfer.resource)
        app.add_route(f"{ORDERING.base}/ownershipTransfer/{{ident}}/{name}", verb)
