"""Holding: what a principal is given, a role or a single permission, for ever or until a time.

Giving and taking is the same for both. Nobody gives for longer than they hold themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.database.connection import Connection
from trunkline.documents.errors import Forbidden
from trunkline.identity.change import log
from trunkline.identity.rights import must_administer
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services, bump_generation

NOT_ENDED = "(ends_at is null or ends_at > clock_timestamp())"


@dataclass(frozen=True)
class Holding:
    """One way to hold something: its table, the column that names what is held, and others."""

    table: str
    name: str
    others: Sequence[str] = ()

    @property
    def given(self) -> str:
        """The statement that gives; it changes no row where the same is held already."""
        columns = (*self.others, "ends_at")
        kept = ", ".join(f"h.{one}" for one in columns)
        new = ", ".join(f"excluded.{one}" for one in columns)
        written = ("granted_by", "granted_at", *columns)
        places = ", ".join(["%s"] * (2 + len(written)))
        changes = ", ".join(f"{one} = excluded.{one}" for one in written)
        return (
            f"insert into {self.table} as h "  # noqa: S608 - constant names
            f"(principal, {self.name}, {', '.join(written)}) "
            f"values ({places}) on conflict (principal, {self.name}) do update set {changes} "
            f"where ({kept}) is distinct from ({new})"
        )

    @property
    def taken(self) -> str:
        """The statement that takes it away."""
        return f"delete from {self.table} where principal = %s and {self.name} = %s"  # noqa: S608


def give(
    services: Services,
    connection: Connection,
    holding: Holding,
    *,
    by: Actor,
    principal: str,
    name: str,
    values: Sequence[Any] = (),
    ends_at: datetime | None,
) -> bool:
    """Let a principal hold something until a time; return False where it holds it like that."""
    given = [principal, name, by.id, services.machine_now(), *values, ends_at]
    return bool(connection.execute(holding.given, given).rowcount)


def take(
    services: Services,
    connection: Connection,
    holding: Holding,
    *,
    by: Actor,
    principal: str,
    name: str,
) -> bool:
    """Take something from a principal; return False where it does not hold it."""
    must_administer(services, connection, by=by, principal=principal)
    return bool(connection.execute(holding.taken, [principal, name]).rowcount)


def settled(
    services: Services,
    connection: Connection,
    *,
    by: Actor,
    action: str,
    principal: str,
    is_done: bool,
) -> bool:
    """Write down what was done about a principal and let it hold everywhere, if it was done."""
    if is_done:
        log(services, connection, by=by, action=action, subject=principal)
        bump_generation(connection)
    return is_done


def must_hold_until(
    services: Services, connection: Connection, *, by: Actor, ends_at: datetime | None
) -> None:
    """Refuse (403) to give rights until a time at which the giver's own have ended."""
    row = connection.execute(
        "select rights_end(%s, %s)", [by.id, services.machine_now()]
    ).fetchone()
    own_end = row[0] if row else None
    if own_end is not None and (ends_at is None or ends_at > own_end):
        raise Forbidden(
            "notHeld", f"{by.name} has rights until {own_end:%Y-%m-%d %H:%M} only; name such an end"
        )
