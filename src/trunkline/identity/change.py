"""A change of identities: one transaction, a line in the access log for each thing done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from trunkline.database.connection import Connection
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services


@contextmanager
def changing(services: Services, connection: Connection | None = None) -> Iterator[Connection]:
    """Yield a connection in a transaction: a new one, or a part of the caller's."""
    if connection is not None:
        with connection.transaction():
            yield connection
        return
    with services.database.app.connection() as own, own.transaction():
        yield own


def log(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    action: str,
    subject: str | None,
    kind: str = "principal",
    outcome: str = "done",
) -> None:
    """Write who did what to whom into the access log; never a secret, never a login."""
    connection.execute(
        "insert into access_log (at, actor, actor_name, channel, action, type, subject, outcome) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [services.machine_now(), by.id, by.name, by.channel, action, kind, subject, outcome],
    )
