"""Drafts: what a person typed into a form and has not saved yet, kept per person and form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import TooLarge
from trunkline.kernel.services import Services

KEPT_FOR = timedelta(days=30)
DRAFTS_MAX = 200
BYTES_MAX = 512 * 1024


@dataclass(frozen=True)
class Typed:
    """The fields of one form as they were typed; `version` is that of the record, 0 for none."""

    fields: Mapping[str, Sequence[str]]
    version: int
    saved_at: datetime


def keep_draft(
    services: Services,
    *,
    principal: str,
    place: str,
    fields: Mapping[str, Sequence[str]],
    version: int,
    key: str = "",
) -> datetime:
    """Keep what was typed into a form in place of what was kept before; return when.

    The oldest of too many drafts go, and those that nobody has come back to for a month. Nothing is
    kept of a form that was sent by now: `key` is the Idempotency-Key that it is sent with.
    """
    body = encode({name: list(one) for name, one in fields.items()})
    if len(body) > BYTES_MAX:
        raise TooLarge("draftTooLarge", f"a draft may have {BYTES_MAX} bytes; save the form")
    now = services.machine_now()
    with services.database.app.connection() as connection, connection.transaction():
        keys = services.keyring.prepare(connection, [principal])
        connection.execute(
            "insert into draft (principal, place, version, typed, saved_at) "
            "select %s, %s, %s, %s, %s where not exists "
            "(select from idempotency where client = %s and key = %s) "
            "on conflict (principal, place) do update "
            "set version = excluded.version, typed = excluded.typed, saved_at = excluded.saved_at",
            [
                principal,
                place,
                version,
                keys.seal(principal, f"draft|{place}", body),
                now,
                principal,
                key,
            ],
        )
        connection.execute(
            "delete from draft where principal = %s and (saved_at < %s or place in "
            "(select place from draft where principal = %s order by saved_at desc offset %s))",
            [principal, now - KEPT_FOR, principal, DRAFTS_MAX],
        )
    return now


def draft_of(services: Services, *, principal: str, place: str) -> Typed | None:
    """Return what a person typed into a form and has not saved, or None."""
    with services.database.app.connection() as connection:
        row = connection.execute(
            "select version, typed, saved_at from draft where principal = %s and place = %s "
            "and saved_at >= %s",
            [principal, place, services.machine_now() - KEPT_FOR],
        ).fetchone()
        if row is None:
            return None
        version, typed, saved_at = row
        body = services.keyring.open(connection, principal, f"draft|{place}", bytes(typed))
    return Typed(load(body), version, saved_at) if body is not None else None


def discard_draft(services: Services, *, principal: str, place: str) -> None:
    """Forget what a person typed into a form."""
    with services.database.app.connection() as connection:
        connection.execute(
            "delete from draft where principal = %s and place = %s", [principal, place]
        )
