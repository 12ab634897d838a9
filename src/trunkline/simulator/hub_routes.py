"""The hubs of both APIs, where a call-back address is registered (TMF630)."""

from __future__ import annotations

from aiohttp import web

from .command import Api
from .document import text
from .exchange import SIMULATOR, json_answer, read_body
from .notification import checked_callback, checked_query
from .refusal import Fault, invalid


def hub_routes(path: str, api: Api) -> list[web.RouteDef]:
    """List the routes of the hub of one API."""

    async def subscribe(request: web.Request) -> web.Response:
        body = await read_body(request)
        callback = text(body, "callback") if isinstance(body, dict) else None
        if callback is None:
            raise invalid([Fault("callback", "callbackMissing", "send the address to call back")])
        subscription = request.app[SIMULATOR].network.subscribe(
            api, checked_callback(callback, "callback"), checked_query(text(body, "query"))
        )
        href = f"{request.app[SIMULATOR].base_url}{path}/hub/{subscription.id}"
        return json_answer(subscription, status=201, headers={"Location": href})

    async def unsubscribe(request: web.Request) -> web.Response:
        request.app[SIMULATOR].network.unsubscribe(api, request.match_info["id"])
        return web.Response(status=204)

    return [web.post(f"{path}/hub", subscribe), web.delete(f"{path}/hub/{{id}}", unsubscribe)]
