"""Reactions at work: one leased row, carried out in one transaction, finished with fencing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkline.kernel.behaviour import Reaction
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row

BUSY_PAUSE_S = 0.05
ERROR_LENGTH_MAX = 2000


class LeaseLost(Exception):
    """Another worker has taken the row over; what was done here is rolled back."""


def run_row(services: Services, row: Row) -> None:
    """Carry out one claimed row by the handler of its kind, or by the reaction it names."""
    handler: Callable[[Services, Row], None] | None = services.registry.handlers.get(
        row.kind.partition(":")[0]
    )
    if handler is not None:
        handler(services, row)
        return
    reaction = next((one for one in services.registry.reactions if one.name == row.kind), None)
    if reaction is None:
        raise LookupError(f"no module of this release carries out work of kind {row.kind}")
    run_reaction(services, row, reaction)


def run_reaction(services: Services, row: Row, reaction: Reaction) -> None:
    """Call a reaction with the record as it is now; a record that is gone is passed over."""
    resource = reaction.events[0].resource
    with as_system(services, reaction.name) as work:
        if not queue.hold(work.connection, row):
            queue.put_back(work.connection, row, pause_s=BUSY_PAUSE_S, free=True)
            return
        for event in reaction.events:
            if event.resource is not resource:
                resource = _resource_of(work.connection, services, row.subject, resource)
                break
        work.cause = row.payload
        record = work.get(resource.type, row.subject)
        if record is not None or (row.payload or {}).get("kind") == "deleted":
            reaction.run(work, record)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)


def _resource_of(connection: Any, services: Services, subject: str, default: Any) -> Any:
    found = connection.execute("select type from record where id = %s", [subject]).fetchone()
    return services.registry[found[0]] if found else default


def settle_failure(services: Services, row: Row, error: Exception) -> bool:
    """Put a failed row back, or park it after the last try; return whether it was parked."""
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX].replace("\0", "")
    with services.database.app.connection() as connection:
        return queue.failed(connection, row, text)
