"""A payment provider on TMF676 v4: amounts are reserved by a token, taken, and given back.

TMF676 has payments and refunds; that an amount is reserved first and taken later is an address of
its own (`…/capture`). What became of a request is asked for by its key (`correlatorId`). Tokens
with the word `decline` in them are declined.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .command import Action, Api, Command, Item, fingerprint
from .document import Document, part, text
from .exchange import SIMULATOR, check_filters, command_key, json_answer, list_answer, read_body
from .ledger import amount_of
from .record import Order, OrderState, made_id
from .refusal import Fault, invalid, not_found
from .rendering import failure_body, failure_status

PAYMENT_PATH = "/tmf-api/payment/v4"


def payment_routes() -> list[web.RouteDef]:
    """List the routes of the provider."""
    payment, refund = f"{PAYMENT_PATH}/payment", f"{PAYMENT_PATH}/refund"
    return [
        web.post(payment, reserve),
        web.get(payment, list_requests),
        web.get(f"{payment}/{{id}}", read_payment),
        web.post(f"{payment}/{{id}}/capture", capture),
        web.post(refund, give_back),
        web.get(refund, list_requests),
    ]


async def reserve(request: web.Request) -> web.Response:
    """Reserve an amount by a token."""
    body = await read_body(request)
    token = text(part(body, "paymentMethod"), "id") if isinstance(body, dict) else None
    faults = []
    if token is None:
        faults.append(Fault("paymentMethod.id", "tokenMissing", "send the token of the payer"))
    if not isinstance(body, dict) or amount_of(body) is None:
        faults.append(Fault("amount.value", "amountMissing", "send an amount above nothing"))
    if faults:
        raise invalid(faults)
    return await _submit(request, body, Action.ADD, {"id": token})


async def capture(request: web.Request) -> web.Response:
    """Take what is reserved, or less."""
    body = await read_body(request)
    return await _submit(request, body, Action.MODIFY, {"id": request.match_info["id"]})


async def give_back(request: web.Request) -> web.Response:
    """Give back what was taken, or a part; what is only reserved is let go."""
    body = await read_body(request)
    ident = text(part(body, "payment"), "id") if isinstance(body, dict) else None
    if ident is None:
        raise invalid([Fault("payment.id", "paymentMissing", "say which payment")])
    return await _submit(request, body, Action.DELETE, {"id": ident})


async def list_requests(request: web.Request) -> web.Response:
    """List what was asked for, by its key (`correlatorId`), and what became of it."""
    check_filters(request, "correlatorId")
    network, key = request.app[SIMULATOR].network, request.query.get("correlatorId")
    found = network.find_orders(Api.PAYMENT, external_id=key)
    return list_answer(request, [_told(one) for one in found])


async def read_payment(request: web.Request) -> web.Response:
    """Answer how a payment stands."""
    ident = request.match_info["id"]
    found = request.app[SIMULATOR].network.kept[Api.PAYMENT].get(ident)
    if found is None:
        raise not_found("payment", ident)
    return json_answer(found)


async def _submit(
    request: web.Request, body: Any, action: Action, about: Document
) -> web.Response:  # fmt: skip
    items = (Item("1", action, {**about, "amount": str(amount_of(body))}),)
    key = command_key(request, body)
    command = Command(key, Api.PAYMENT, items, body, fingerprint(items))
    order = await request.app[SIMULATOR].submit(command, None, request)
    if order.state is OrderState.FAILED:
        return json_answer(failure_body(order), status=failure_status(order))
    return json_answer(_told(order), status=202 if order.is_open else 201)


def _told(order: Order) -> Document:
    """Write what became of a request: the payment after it, or why there is none."""
    found: Document = {"correlatorId": order.command.key}
    if order.state is OrderState.COMPLETED:
        told = {**order.results["1"], **found}
        if order.command.items[0].action is Action.DELETE:
            told |= {"id": made_id(order.command.key, "refund"), "payment": {"id": told["id"]}}
        return told
    if order.state is OrderState.FAILED:
        return {**found, "status": "failed", "errorMessage": failure_body(order)}
    return {**found, "status": "pending"}
