"""TMF641 v4 service ordering, as the network offers it."""

from __future__ import annotations

from aiohttp import web

from .command import Api, order_command
from .document import part, text
from .exchange import (
    SIMULATOR,
    callback_address,
    check_filters,
    command_key,
    json_answer,
    list_answer,
    read_body,
    selected,
)
from .hub_routes import hub_routes
from .refusal import Fault, invalid, not_found
from .rendering import ORDERING_PATH, cancellation_task, service_order


def ordering_routes() -> list[web.RouteDef]:
    """List the routes of the API."""
    return [
        web.post(f"{ORDERING_PATH}/serviceOrder", create_order),
        web.get(f"{ORDERING_PATH}/serviceOrder", list_orders),
        web.get(f"{ORDERING_PATH}/serviceOrder/{{id}}", read_order),
        web.post(f"{ORDERING_PATH}/cancelServiceOrder", cancel_order),
        web.get(f"{ORDERING_PATH}/cancelServiceOrder", list_cancellations),
        web.get(f"{ORDERING_PATH}/cancelServiceOrder/{{id}}", read_cancellation),
        *hub_routes(ORDERING_PATH, Api.ORDERING),
    ]


async def create_order(request: web.Request) -> web.Response:
    """Take a service order in; a repeated key answers with the same order as it stands now."""
    simulator = request.app[SIMULATOR]
    body = await read_body(request)
    command = order_command(body, key=command_key(request, body))
    order = await simulator.submit(command, callback_address(request), request)
    document = service_order(order, base_url=simulator.base_url)
    return json_answer(document, status=201, headers={"Location": document["href"]})


async def list_orders(request: web.Request) -> web.Response:
    """List orders, by `externalId` (the body's or the command key) and by `state`."""
    simulator = request.app[SIMULATOR]
    check_filters(request, "externalId", "state")
    found = simulator.network.find_orders(
        Api.ORDERING,
        external_id=request.query.get("externalId"),
        state=request.query.get("state"),
    )
    return list_answer(request, [service_order(one, base_url=simulator.base_url) for one in found])


async def read_order(request: web.Request) -> web.Response:
    """Answer what became of an order."""
    simulator = request.app[SIMULATOR]
    order = simulator.network.order(request.match_info["id"])
    return json_answer(selected(request, service_order(order, base_url=simulator.base_url)))


async def cancel_order(request: web.Request) -> web.Response:
    """Cancel an order that is not carried out yet; too late is a task that ended with an error."""
    simulator = request.app[SIMULATOR]
    body = await read_body(request)
    reference = part(body, "serviceOrder") if isinstance(body, dict) else {}
    order_id = text(reference, "id")
    if order_id is None:
        fault = Fault("serviceOrder.id", "orderMissing", "say which service order to cancel")
        raise invalid([fault])
    order = simulator.network.orders.get(order_id)
    if order is None or order.command.api is not Api.ORDERING:
        message = f"no service order has the id {order_id}"
        raise invalid([Fault("serviceOrder.id", "orderUnknown", message)])
    task = await simulator.cancel(
        order,
        key=command_key(request, body),
        reason=text(body, "cancellationReason"),
        request=request,
    )
    document = cancellation_task(task, base_url=simulator.base_url)
    return json_answer(document, status=201, headers={"Location": document["href"]})


async def list_cancellations(request: web.Request) -> web.Response:
    """List all cancellations."""
    simulator = request.app[SIMULATOR]
    check_filters(request, "state")
    state = request.query.get("state")
    return list_answer(
        request,
        [
            cancellation_task(task, base_url=simulator.base_url)
            for task in simulator.network.cancellations.values()
            if state in (None, task.state.value)
        ],
    )


async def read_cancellation(request: web.Request) -> web.Response:
    """Answer what became of a cancellation."""
    simulator = request.app[SIMULATOR]
    identifier = request.match_info["id"]
    task = simulator.network.cancellations.get(identifier)
    if task is None:
        raise not_found("cancelServiceOrder", identifier)
    return json_answer(selected(request, cancellation_task(task, base_url=simulator.base_url)))
