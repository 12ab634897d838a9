"""Orders as they are offered by each of TM Forum's interfaces of orders: created, read, canceled.

Service orders (TMF641) go to the network, resource orders (TMF652) to whoever has the devices,
product orders (TMF622) to another provider whose products an operator resells, work orders (TMF697)
to a field service. All of them are
carried out, fail and are called back alike. A partner's states may have names of its own
(`partner_states` of the settings).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from .command import Api, Command, order_command
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
from .field_routes import work_command
from .hub_routes import hub_routes
from .order_items import product_command, resource_command
from .record import Order
from .refusal import Fault, invalid, not_found
from .rendering import FORMS, cancellation_task

READERS: dict[Api, Callable[..., Command]] = {
    Api.ORDERING: order_command,
    Api.PARTNER: product_command,
    Api.RESOURCES: resource_command,
    Api.FIELD: work_command,
}


def order_routes() -> list[web.RouteDef]:
    """List the routes of all interfaces of orders."""
    return [route for api in READERS for route in _Orders(api).routes()]


class _Orders:
    """The addresses of one interface of orders."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._form = FORMS[api]

    def routes(self) -> list[web.RouteDef]:
        """List its routes."""
        orders = f"{self._form.path}/{self._form.name}"
        cancellations = f"{self._form.path}/{self._form.cancel}"
        return [
            web.post(orders, self.create),
            web.get(orders, self.find),
            web.get(f"{orders}/{{id}}", self.read),
            web.post(cancellations, self.cancel),
            web.get(cancellations, self.list_cancellations),
            web.get(f"{cancellations}/{{id}}", self.read_cancellation),
            *hub_routes(self._form.path, self._api),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Take an order in; a repeated key answers with the same order as it stands now."""
        body = await read_body(request)
        command = READERS[self._api](body, key=command_key(request, body))
        simulator = request.app[SIMULATOR]
        order = await simulator.submit(command, callback_address(request), request)
        document = self._form.write(order, base_url=simulator.base_url)
        return json_answer(document, status=201, headers={"Location": document["href"]})

    async def find(self, request: web.Request) -> web.Response:
        """List orders, by `externalId` (the body's or the command key) and by `state`."""
        check_filters(request, "externalId", "state")
        network, asked = request.app[SIMULATOR].network, request.query
        found = network.find_orders(
            self._api, external_id=asked.get("externalId"), state=asked.get("state")
        )
        return list_answer(request, [self._written(request, one) for one in found])

    async def read(self, request: web.Request) -> web.Response:
        """Answer what became of an order."""
        order = request.app[SIMULATOR].network.order(request.match_info["id"], self._api)
        return json_answer(selected(request, self._written(request, order)))

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel an order that is not carried out yet; too late is a task ended with an error."""
        simulator = request.app[SIMULATOR]
        body = await read_body(request)
        task = await simulator.cancel(
            self._named(request, body),
            key=command_key(request, body),
            reason=text(body, "cancellationReason"),
            request=request,
        )
        document = cancellation_task(task, self._form, base_url=simulator.base_url)
        return json_answer(document, status=201, headers={"Location": document["href"]})

    async def list_cancellations(self, request: web.Request) -> web.Response:
        """List all cancellations."""
        check_filters(request, "state")
        state, network = request.query.get("state"), request.app[SIMULATOR].network
        base_url = request.app[SIMULATOR].base_url
        return list_answer(
            request,
            [
                cancellation_task(task, self._form, base_url=base_url)
                for task in network.cancellations.values()
                if state in (None, task.state.value)
                and network.orders[task.order_id].command.api is self._api
            ],
        )

    async def read_cancellation(self, request: web.Request) -> web.Response:
        """Answer what became of a cancellation."""
        simulator, identifier = request.app[SIMULATOR], request.match_info["id"]
        task = simulator.network.cancellations.get(identifier)
        if task is None:
            raise not_found(self._form.cancel, identifier)
        document = cancellation_task(task, self._form, base_url=simulator.base_url)
        return json_answer(selected(request, document))

    def _named(self, request: web.Request, body: Any) -> Order:
        name = self._form.name
        reference = part(body, name) if isinstance(body, dict) else {}
        ident = text(reference, "id")
        if ident is None:
            raise invalid([Fault(f"{name}.id", "orderMissing", f"say which {name} to cancel")])
        order = request.app[SIMULATOR].network.orders.get(ident)
        if order is None or order.command.api is not self._api:
            message = f"no {name} has the id {ident}"
            raise invalid([Fault(f"{name}.id", "orderUnknown", message)])
        return order

    def _written(self, request: web.Request, order: Order) -> dict[str, Any]:
        return self._form.write(order, base_url=request.app[SIMULATOR].base_url)
