"""An operator's billing system, which is told what customers have: one message per change.

A message has the id of its product, a `sequence` that grows, and the product as it is by then.
The same key never counts twice; a message that comes late changes nothing.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .command import Action, Api, Command, Item, fingerprint
from .document import part, text
from .exchange import SIMULATOR, command_key, json_answer, list_answer, read_body
from .record import Order, OrderState
from .refusal import Fault, invalid, not_found
from .rendering import failure_body, failure_status

BILLING_PATH = "/billing/v1"
ACTIONS = {"started": Action.ADD, "ended": Action.DELETE}


def billing_routes() -> list[web.RouteDef]:
    """List the routes of the billing system."""
    return [
        web.post(f"{BILLING_PATH}/productMessage", take_message),
        web.get(f"{BILLING_PATH}/productMessage", list_messages),
        web.get(f"{BILLING_PATH}/product", list_products),
        web.get(f"{BILLING_PATH}/product/{{id}}", read_product),
    ]


async def take_message(request: web.Request) -> web.Response:
    """Take a message in: 201 when it is counted, 202 when that comes later, 409 refused."""
    body = await read_body(request)
    order = await request.app[SIMULATOR].submit(_command(request, body), None, request)
    if order.state is OrderState.FAILED:
        return json_answer(failure_body(order), status=failure_status(order))
    return json_answer(_told(order), status=202 if order.is_open else 201)


async def list_messages(request: web.Request) -> web.Response:
    """List the messages that came, in their sequence."""
    network = request.app[SIMULATOR].network
    return list_answer(request, [_told(one) for one in network.find_orders(Api.BILLING)])


async def list_products(request: web.Request) -> web.Response:
    """List the products that are billed, or were."""
    return list_answer(request, list(request.app[SIMULATOR].network.kept[Api.BILLING].values()))


async def read_product(request: web.Request) -> web.Response:
    """Answer what is known of a product."""
    ident = request.match_info["id"]
    found = request.app[SIMULATOR].network.kept[Api.BILLING].get(ident)
    if found is None:
        raise not_found("product", ident)
    return json_answer(found)


def _command(request: web.Request, body: Any) -> Command:
    product = part(body, "product") if isinstance(body, dict) else {}
    ident = text(product, "id")
    faults = []
    if ident is None:
        faults.append(Fault("product.id", "productMissing", "say which product"))
    if not isinstance(body, dict) or not isinstance(body.get("sequence"), int):
        faults.append(Fault("sequence", "sequenceMissing", "number the messages of a product"))
    if faults:
        raise invalid(faults)
    service = {"id": ident, "name": product.get("name"),
               "serviceSpecification": part(product, "productOffering")}  # fmt: skip
    action = ACTIONS.get(str(body.get("kind")), Action.MODIFY)
    items = (Item("1", action, service),)
    key = command_key(request, body)
    return Command(key, Api.BILLING, items, body, fingerprint(items))


def _told(order: Order) -> dict[str, Any]:
    return {**order.command.body, "id": order.id, "key": order.command.key, "state": order.state}
