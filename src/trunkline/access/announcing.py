"""Announcing: changes of user roles and permissions as events, in the transaction of the change.

Identity keeps both in tables of its own, so the kernel writes no events of them. These are of the
same form, in the same table and for the same listeners; nothing in the program reacts to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.database.connection import Connection
from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.resource import EventKind, Resource
from trunkline.kernel.services import MOVED, Happening, Services
from trunkline.leases.queue import INSERT, insert_parameters

EVENT = (
    "insert into event (id, at, type, kind, subject, key, version, root, owner, partner, payload) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True)
class Announced:
    """What is told: of which record, the how-manieth change of it, and whose it is.

    `document` holds the published `id` where that is not the `subject`.
    """

    resource: Resource
    kind: EventKind
    subject: str
    key: str
    version: int
    document: Mapping[str, Json]
    owner: str | None = None
    partner: str | None = None


def announce(services: Services, connection: Connection, told: Announced) -> None:
    """Write an event and the work of those who listen; their rights are looked at on sending."""
    (offset_s,) = connection.execute("select offset_s from clock").fetchone() or (0,)
    ident, owner = services.chance.uuid(), told.owner
    keys = services.keyring.prepare(connection, [owner] if owner else [])
    payload = keys.seal(owner, f"event|{ident}", encode(dict(told.document)))
    connection.execute(
        EVENT,
        [ident, services.now(offset_s), told.resource.name, told.kind, told.subject, told.key,
         told.version, told.subject, owner, told.partner, payload],
    )  # fmt: skip
    it = Happening(told.resource, told.kind, ident, told.subject, told.version)
    rows = [row for fanout in services.fanout for row in fanout(connection, MOVED, it)]
    if rows:
        connection.execute(INSERT, insert_parameters(rows))
