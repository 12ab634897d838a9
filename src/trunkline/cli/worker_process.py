"""The worker process: reactions, calls, deliveries and upkeep; started by `trunkline serve`."""

from __future__ import annotations

import os
import signal
import threading

import structlog

from trunkline import settings as settings_file
from trunkline.program.logging import configure
from trunkline.program.serve import stop_with_parent
from trunkline.program.start import open_program
from trunkline.program.telemetry import start_tracing
from trunkline.worker.dates_thread import DatesFollower
from trunkline.worker.delivery_thread import make_dispatcher
from trunkline.worker.loop import Worker
from trunkline.worker.maintenance import Maintenance, retention_of
from trunkline.worker.search_thread import SearchFollower
from trunkline.workspace import jobs

log = structlog.get_logger("trunkline.worker")
CALLS_PER_THREAD = 2
CONNECTIONS_BESIDE = 9
UPKEEP_STOP_S = 1.0


def main() -> None:
    """Work until told to stop, then finish what is at hand and put the rest back."""
    settings = settings_file.load(os.environ)
    configure(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    stop_with_parent()
    tracing = start_tracing(settings, service="trunkline-worker")
    lanes = {
        "reaction": settings.worker_threads,
        "call": settings.worker_threads * CALLS_PER_THREAD,
        jobs.LANE: 1,
    }
    program = open_program(
        settings,
        with_migrations=False,
        is_worker=True,
        connections_max=sum(lanes.values()) + CONNECTIONS_BESIDE,
    )
    try:
        worker = Worker(program.services, lanes=lanes, around=tracing.around_work)
        upkeep = Maintenance(program.services, retention=retention_of(settings))
        deliveries = make_dispatcher(program.services, settings)
        search = SearchFollower(program.services)
        dates = DatesFollower(program.services)
        worker.also_wake(deliveries.wake)
        worker.start()
        upkeep.start()
        deliveries.start()
        search.start()
        dates.start()
        log.info("worker started", **lanes)
        stopping.wait()
        if not worker.stop():
            log.warning("work did not end in time; its leases end by themselves")
        deliveries.stop()
        upkeep.stop(timeout_s=UPKEEP_STOP_S)
        search.stop(timeout_s=UPKEEP_STOP_S)
        dates.stop(timeout_s=UPKEEP_STOP_S)
    finally:
        program.close()
        tracing.stop()


if __name__ == "__main__":
    main()
