"""TMF640 v4 service activation, as the network offers it, and its inventory by TMF638 v4.

The inventory has the same services at an address of its own; what is changed there takes effect
like an activation.
"""

from __future__ import annotations

from aiohttp import web

from .command import Action, Api, service_command
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
from .record import Order, OrderState
from .rendering import (
    ACTIVATION_PATH,
    failure_body,
    failure_status,
    monitor,
    simulated_service,
)

INVENTORY_PATH = "/tmf-api/serviceInventory/v4"


def activation_routes() -> list[web.RouteDef]:
    """List the routes of the API."""
    monitors = f"{ACTIVATION_PATH}/monitor"
    return [
        *_service_routes(f"{ACTIVATION_PATH}/service"),
        *_service_routes(f"{INVENTORY_PATH}/service"),
        web.get(monitors, list_monitors),
        web.get(f"{monitors}/{{id}}", read_monitor),
        *hub_routes(ACTIVATION_PATH, Api.ACTIVATION),
    ]


def _service_routes(service: str) -> list[web.RouteDef]:
    return [
        web.post(service, create_service),
        web.get(service, list_services),
        web.get(f"{service}/{{id}}", read_service),
        web.patch(f"{service}/{{id}}", change_service),
        web.delete(f"{service}/{{id}}", remove_service),
    ]


async def create_service(request: web.Request) -> web.Response:
    """Add a service: 201 with the service, or 202 with a monitor."""
    return await _submit(request, Action.ADD, done=201)


async def change_service(request: web.Request) -> web.Response:
    """Change a service by merge: characteristics of the same name are replaced."""
    return await _submit(request, Action.MODIFY, done=200)


async def remove_service(request: web.Request) -> web.Response:
    """End a service; it stays readable as terminated."""
    return await _submit(request, Action.DELETE, done=204)


async def list_services(request: web.Request) -> web.Response:
    """List the simulated services, by `state`."""
    simulator = request.app[SIMULATOR]
    check_filters(request, "state")
    state = request.query.get("state")
    return list_answer(
        request,
        [
            simulated_service(service, base_url=simulator.base_url)
            for service in simulator.network.services.values()
            if state in (None, service["state"])
        ],
    )


async def read_service(request: web.Request) -> web.Response:
    """Answer the present state of a service."""
    simulator = request.app[SIMULATOR]
    service = simulator.network.service(request.match_info["id"])
    return json_answer(selected(request, simulated_service(service, base_url=simulator.base_url)))


async def list_monitors(request: web.Request) -> web.Response:
    """List monitors, by `externalId` (the command key)."""
    simulator = request.app[SIMULATOR]
    check_filters(request, "externalId")
    found = simulator.network.find_orders(
        Api.ACTIVATION, external_id=request.query.get("externalId")
    )
    return list_answer(request, [monitor(one, base_url=simulator.base_url) for one in found])


async def read_monitor(request: web.Request) -> web.Response:
    """Answer what became of a command."""
    simulator = request.app[SIMULATOR]
    order = simulator.network.order(request.match_info["id"], Api.ACTIVATION)
    return json_answer(selected(request, monitor(order, base_url=simulator.base_url)))


async def _submit(request: web.Request, action: Action, *, done: int) -> web.Response:
    simulator = request.app[SIMULATOR]
    body = await read_body(request)
    command = service_command(
        body,
        key=command_key(request, body),
        action=action,
        service_id=request.match_info.get("id"),
    )
    order = await simulator.submit(command, callback_address(request), request)
    return _answer(order, done, simulator.base_url)


def _answer(order: Order, done: int, base_url: str) -> web.Response:
    if order.state is OrderState.FAILED:
        return json_answer(failure_body(order), status=failure_status(order))
    if order.state is not OrderState.COMPLETED:
        document = monitor(order, base_url=base_url)
        return json_answer(document, status=202, headers={"Location": document["href"]})
    if done == 204:
        return web.Response(status=204)
    service = simulated_service(order.results["1"], base_url=base_url)
    headers = {"Location": service["href"]} if done == 201 else None
    return json_answer(service, status=done, headers=headers)
