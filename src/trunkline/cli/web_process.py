"""The web processes: granian over our WSGI program; started by `trunkline serve`."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from multiprocessing.util import Finalize
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from trunkline import settings as settings_file
from trunkline.database.launcher import EmbeddedServer
from trunkline.program.logging import configure
from trunkline.program.serve import listening_address, stop_with_parent
from trunkline.program.telemetry import WsgiProgram, start_tracing

DRAIN_S = 15
CONNECTIONS_BESIDE = 2
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Granian's own log goes the way of all others, which is set up in every process.
GRANIAN_LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "WARNING"}, "granian.access": {"level": "WARNING"}},
}


def main() -> None:
    """Serve until told to stop; granian starts the processes and replaces one that dies."""
    settings = settings_file.load(os.environ)
    configure(settings)
    stop_with_parent()
    # Forked processes would share what this one has opened; new ones open their own.
    multiprocessing.set_start_method("spawn")
    server = Server(
        "trunkline",
        address=listening_address(settings.host),
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=settings.web_threads,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=GRANIAN_LOG,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_S,
    )
    held = None
    if settings.database_url is None:
        held = EmbeddedServer.start(settings.data, bindir=settings.pg_bindir)
    try:
        server.serve(target_loader=load_app, wrap_loader=False)
    finally:
        if held is not None:
            held.leave()


def load_app() -> WsgiProgram:
    """Open a program in this web process and return what answers its requests.

    The program is loaded here: the process that starts these ones needs nothing of it, and would
    let each of them wait until it had loaded all itself.
    """
    from trunkline.api.app import make_app
    from trunkline.identity.authenticate import Authenticator
    from trunkline.program.proxies import behind_proxies
    from trunkline.program.start import open_program
    from trunkline.web.app import add_routes as add_pages
    from trunkline.worker.loop import Waker
    from trunkline.worker.read_thread import ReadWriter

    settings = settings_file.load(os.environ)
    configure(settings)
    _stop_with_parent_process()
    tracing = start_tracing(settings, service="trunkline-web")
    program = open_program(
        settings,
        with_migrations=False,
        connections_max=settings.web_threads + CONNECTIONS_BESIDE,
    )
    Finalize(None, program.close, exitpriority=1)
    Finalize(None, tracing.stop, exitpriority=2)
    writer = ReadWriter(program.services)
    Finalize(None, writer.end, exitpriority=3)
    writer.start()
    _forget_environment()
    authenticator = Authenticator(program.services)
    app = make_app(program.services, authenticator, settings)
    add_pages(app, program.services, authenticator, settings)
    awake = waking(app, Waker(program.services).wake)
    return behind_proxies(tracing.around_requests(awake), settings.trusted_proxies)


def waking(app: WsgiProgram, wake: Callable[[], None]) -> WsgiProgram:
    """Return the program that wakes the workers after each request that may have written."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answered = app(environ, start_response)
        if environ["REQUEST_METHOD"] not in READING:
            wake()
        return answered

    return answer


def _forget_environment() -> None:
    """Take our variables away: granian hands the environment on with every request."""
    for name in [one for one in os.environ if one.startswith(settings_file.PREFIX)]:
        del os.environ[name]


def _stop_with_parent_process() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


if __name__ == "__main__":
    main()
