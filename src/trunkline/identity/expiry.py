"""Expiry: what is over is removed after a while, a few thousand rows at a time."""

from __future__ import annotations

from datetime import timedelta

from trunkline.identity.sessions import IDLE
from trunkline.kernel.services import Services

ROWS_AT_ONCE = 5_000
TOKENS_KEPT = timedelta(days=1)  # and roles and privileges that have ended
FAILURES_KEPT = timedelta(days=1)
FAMILIAR_KEPT = timedelta(days=90)

_STATEMENTS = {
    "session": (
        "delete from session where hash in (select hash from session "
        "where last_seen_at < %(idle)s or expires_at < %(now)s limit %(limit)s)"
    ),
    "token": (
        "delete from token where hash in (select hash from token "
        "where expires_at < %(tokens)s limit %(limit)s)"
    ),
    "password_link": (
        "delete from password_link where principal in (select principal from password_link "
        "where expires_at < %(now)s limit %(limit)s)"
    ),
    "principal_role": (
        "delete from principal_role where (principal, role) in (select principal, role "
        "from principal_role where ends_at < %(tokens)s limit %(limit)s)"
    ),
    "principal_permission": (
        "delete from principal_permission where (principal, permission) in (select principal, "
        "permission from principal_permission where ends_at < %(tokens)s limit %(limit)s)"
    ),
    "sign_in_attempt": (
        "delete from sign_in_attempt where id in (select id from sign_in_attempt "
        "where at < %(familiar)s or (not ok and at < %(failures)s) limit %(limit)s)"
    ),
}


def remove_expired(services: Services) -> dict[str, int]:
    """Remove sessions, tokens and links that are over and old sign-in attempts; rows per table."""
    now = services.machine_now()
    moments = {
        "now": now,
        "idle": now - IDLE,
        "tokens": now - TOKENS_KEPT,
        "failures": now - FAILURES_KEPT,
        "familiar": now - FAMILIAR_KEPT,
        "limit": ROWS_AT_ONCE,
    }
    removed = dict.fromkeys(_STATEMENTS, 0)
    with services.database.app.connection() as connection:
        for table, statement in _STATEMENTS.items():
            while True:
                count = connection.execute(statement, moments).rowcount
                removed[table] += count
                if count < ROWS_AT_ONCE:
                    break
    return removed
