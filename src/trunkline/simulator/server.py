"""The simulator's web server.

aiohttp rather than Falcon with granian: an answer is lost by ending the connection before a
single byte of it, which WSGI cannot do, held answers cost no thread, and the same loop times
and sends the call-backs. Measured: 2,300 orders a second with a journal, 365 µs each.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from .activation_routes import activation_routes
from .address_routes import ADDRESS_PATH, address_routes
from .billing_routes import BILLING_PATH, billing_routes
from .client_token import Gate
from .company_routes import COMPANY_PATH, company_routes
from .control_routes import control_routes
from .exchange import SIMULATOR, bearer_demanded, errors_as_tmf
from .field_routes import field_routes
from .journal import Journal
from .network import Network
from .notification import secret_bytes
from .order_routes import order_routes
from .payment_routes import PAYMENT_PATH, payment_routes
from .qualification_routes import QUALIFICATION_PATH, qualification_routes
from .rendering import ACTIVATION_PATH, ORDERING_PATH
from .settings import Settings
from .simulator import Simulator

DEFAULT_PORT = 8641


def serve(
    host: str,
    port: int,
    *,
    journal: Path | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    token: str | None = None,
    callback_secret: str | None = None,
    seed: int = 1,
    settings: Settings | None = None,
    stop: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until interrupted, or until `stop` returns. Port 0 takes a free one and says which.

    Errors: `OSError` when the port is taken, `JournalDamaged`, `ValueError` for half a client.
    """
    if (client_id is None) is not (client_secret is None):
        raise ValueError("give both a client id and a client secret, or neither")
    gate = Gate(client_id, client_secret, token) if client_id and client_secret else None
    secret = secret_bytes(callback_secret) if callback_secret else None
    first = settings or Settings(seed=seed)

    async def run() -> None:
        book = Journal(journal) if journal else None
        network = Network(seed=seed, clock=_now, journal=book)
        simulator = Simulator(network, first, clock=_now, gate=gate, callback_secret=secret)
        try:
            await _run(simulator, host, port, stop or _interrupted)
        finally:
            if book is not None:
                book.close()

    asyncio.run(run())


def application(simulator: Simulator) -> web.Application:
    """Put the routes together."""
    app = web.Application(middlewares=[errors_as_tmf, bearer_demanded])
    app[SIMULATOR] = simulator
    app.add_routes([*order_routes(), *activation_routes(), *qualification_routes()])
    app.add_routes([*address_routes(), *company_routes(), *billing_routes(), *payment_routes()])
    app.add_routes([*field_routes(), *control_routes()])
    return app


async def _run(
    simulator: Simulator, host: str, port: int, stop: Callable[[], Awaitable[None]]
) -> None:
    runner = web.AppRunner(application(simulator), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        real_port = runner.addresses[0][1]
        shown_host = f"[{host}]" if ":" in host else host
        await simulator.start(f"http://{shown_host}:{real_port}")
        print(_welcome(simulator), flush=True)
        await stop()
    finally:
        await simulator.stop()
        await runner.cleanup()


def _welcome(simulator: Simulator) -> str:
    url, network = simulator.base_url, simulator.network
    kept = f"{len(network.orders)} commands, {len(network.services)} services"
    return "\n".join(
        [
            f"Trunkline network simulator ready at {url}",
            f"  TMF641 orders    {url}{ORDERING_PATH}/serviceOrder",
            f"  TMF640 services  {url}{ACTIVATION_PATH}/service",
            f"  TMF673 addresses {url}{ADDRESS_PATH}",
            f"  TMF645 coverage  {url}{QUALIFICATION_PATH}",
            f"  companies        {url}{COMPANY_PATH}",
            f"  billing          {url}{BILLING_PATH}",
            f"  TMF676 payments  {url}{PAYMENT_PATH}",
            f"  settings         {url}/control   what happened  {url}/control/effects",
            f"  bearer token     {'demanded' if simulator.gate else 'not demanded'}",
            f"  remembered       {kept}",
        ]
    )


async def _interrupted() -> None:
    """Wait for an interrupt or a termination signal."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows: the interrupt ends the loop by itself.
            break
    await stopped.wait()


def _now() -> datetime:
    return datetime.now(UTC)
