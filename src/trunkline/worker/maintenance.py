"""Upkeep at start and hourly: partitions made ahead and dropped by age, what is over removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from trunkline.identity.expiry import remove_expired
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.leases import troubles
from trunkline.rest.idempotency import forget_old
from trunkline.settings import Settings
from trunkline.worker.repeating import Repeating
from trunkline.workspace.jobs import discard_old
from trunkline.workspace.notifications import forget_read

log = structlog.get_logger("trunkline.upkeep")
PASS = "upkeep"
EVERY_S = 3600.0
AGAIN_S = 60.0
FAILED = "failed"
STATEMENT_TIMEOUT_S = 60
ADVISORY_LOCK = 7_240_015_122

# How long each partitioned table is kept; None for ever.
RETENTION: Mapping[str, timedelta | None] = {
    "event": timedelta(days=400),
    "audit": timedelta(days=3_660),
    "access_log": timedelta(days=400),
    "delivery": timedelta(days=100),
}


def retention_of(settings: Settings) -> Mapping[str, timedelta | None]:
    """Return how long this installation keeps each partitioned table."""
    return {
        "event": timedelta(days=settings.keep_events_days),
        "audit": timedelta(days=settings.keep_audit_days),
        "access_log": timedelta(days=settings.keep_access_log_days),
        "delivery": timedelta(days=settings.keep_deliveries_days),
    }


class Maintenance(Repeating):
    """Does the upkeep from a thread of its own until it is stopped."""

    def __init__(
        self,
        services: Services,
        *,
        retention: Mapping[str, timedelta | None] = RETENTION,
        every_s: float = EVERY_S,
    ) -> None:
        """Keep what to do how often."""
        super().__init__(services, name=PASS, log=log, trouble="upkeep failed", again_s=AGAIN_S)
        self._retention = retention
        self._every_s = every_s

    def step(self) -> float:
        """Do all upkeep once, unless another process is at it."""
        done = keep_up(self._services, retention=self._retention)
        if done is None:
            return self._every_s
        log.info("upkeep", **{name: number for name, number in done.items() if number})
        return AGAIN_S if done.get(FAILED) else self._every_s


def keep_up(
    services: Services, *, retention: Mapping[str, timedelta | None] = RETENTION
) -> dict[str, int] | None:
    """Do all upkeep once and return how much there was; None where another process is at it.

    A part that fails is noted, counted under `failed`, and keeps no other from being done.
    """
    with services.database.app.connection() as connection, _only_one(connection) as is_ours:
        if not is_ours:
            return None
        done: dict[str, int] = {}
        noted = troubles.noted(connection, PASS)
        for name, part in _parts(services, connection, retention).items():
            try:
                done.update(part())
                if name in noted:
                    troubles.over(connection, PASS, [name])
            except Exception as error:  # the worker's edge: of one part of the upkeep
                if troubles.is_away(error):
                    raise
                log.error("upkeep failed", part=name, exc_info=error)
                troubles.note(connection, PASS, name, error)
                done[FAILED] = done.get(FAILED, 0) + 1
    return done


def _parts(
    services: Services, connection: Any, retention: Mapping[str, timedelta | None]
) -> dict[str, Callable[[], Mapping[str, int]]]:
    """Return the parts of the upkeep by name; each returns how much it has done of what."""

    def dropped(table: str, kept: timedelta) -> Mapping[str, int]:
        return {f"{table}_dropped": _partitions_dropped(connection, table, kept)}

    def keys() -> Mapping[str, int]:
        with as_system(services, PASS) as work:
            return {"idempotency": forget_old(work)}

    return {
        "partitions": lambda: {"partitions_made": _partitions_made(connection)},
        **{table: partial(dropped, table, kept) for table, kept in retention.items() if kept},
        "idempotency": keys,
        "notifications": lambda: {"notifications": forget_read(services, connection)},
        "jobs": lambda: {"jobs": discard_old(services)},
        "expired": lambda: remove_expired(services),
    }


@contextmanager
def _only_one(connection: Any) -> Iterator[bool]:
    """Take the lock of the upkeep where it is free; the server frees it if this process dies."""
    is_ours = connection.execute("select pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours and not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def _partitions_made(connection: Any) -> int:
    return _patiently(connection, "select ensure_partitions()", [])


def _partitions_dropped(connection: Any, table: str, kept: timedelta) -> int:
    if connection.execute("select to_regclass(%s)", [table]).fetchone()[0] is None:
        return 0
    return _patiently(connection, "select drop_partitions(%s, %s)", [table, kept])


def _patiently(connection: Any, statement: str, parameters: list[Any]) -> int:
    """Run a statement that may take longer than a request may."""
    with connection.transaction():
        connection.execute(f"set local statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
        return int(connection.execute(statement, parameters).fetchone()[0])
