"""The simulator's own API: settings, effects, reset, release, token, health."""

from __future__ import annotations

import msgspec
from aiohttp import web

from .client_token import LIFETIME_S
from .exchange import SIMULATOR, json_answer, read_body
from .refusal import Fault, invalid, not_found
from .settings import parse_settings
from .simulator import Simulator


def control_routes() -> list[web.RouteDef]:
    """List the routes."""
    return [
        web.get("/control", read_settings),
        web.put("/control", put_settings),
        web.post("/control/reset", reset),
        web.get("/control/effects", effects),
        web.post("/control/release", release),
        web.post("/oauth/token", token),
        web.get("/health", health),
    ]


async def read_settings(request: web.Request) -> web.Response:
    """Answer the settings in force and what is left of their counts."""
    return json_answer(_settings(request.app[SIMULATOR]))


async def put_settings(request: web.Request) -> web.Response:
    """Replace the settings; what is not named goes back to its default."""
    simulator = request.app[SIMULATOR]
    body = await read_body(request)
    if isinstance(body, dict):
        body.pop("remaining", None)
    simulator.behave(parse_settings(body, seed=simulator.trouble.settings.seed))
    return json_answer(_settings(simulator))


async def reset(request: web.Request) -> web.Response:
    """Forget commands and services, empty the journal, go back to the first settings."""
    request.app[SIMULATOR].reset()
    return web.Response(status=204)


async def effects(request: web.Request) -> web.Response:
    """Answer every command key with its arrivals and effects, and every service."""
    return json_answer(request.app[SIMULATOR].network.effects_report())


async def release(request: web.Request) -> web.Response:
    """Release held answers, or carry out open orders at once, or both (`what`)."""
    simulator = request.app[SIMULATOR]
    body = await read_body(request)
    what = body.get("what", "answers") if isinstance(body, dict) else None
    if what not in ("answers", "orders", "all"):
        raise invalid([Fault("what", "whatUnknown", "send answers, orders or all")])
    orders = simulator.release_orders() if what != "answers" else 0
    answers = simulator.release_answers() if what != "orders" else 0
    return json_answer({"answers": answers, "orders": orders})


async def token(request: web.Request) -> web.Response:
    """Give a token for client credentials (RFC 6749, 4.4)."""
    simulator = request.app[SIMULATOR]
    if simulator.gate is None:
        raise not_found("token end-point", "while no client is configured")
    form = {name: str(value) for name, value in (await request.post()).items()}
    if form.get("grant_type") != "client_credentials":
        return json_answer({"error": "unsupported_grant_type"}, status=400)
    if not simulator.gate.is_client(request.headers.get("Authorization"), form):
        challenge = {"WWW-Authenticate": "Basic"}
        return json_answer({"error": "invalid_client"}, status=401, headers=challenge)
    return json_answer(
        {
            "access_token": simulator.gate.issue(now_s=simulator.clock().timestamp()),
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
        },
        headers={"Cache-Control": "no-store"},
    )


async def health(_request: web.Request) -> web.Response:
    """Answer that the simulator is up."""
    return json_answer({"status": "ready"})


def _settings(simulator: Simulator) -> dict[str, object]:
    written: dict[str, object] = msgspec.to_builtins(simulator.trouble.settings)
    return {**written, "remaining": simulator.trouble.remaining()}
