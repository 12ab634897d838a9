"""Who asks: tokens and sessions become actors, from a cache that a moved generation outdates."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trunkline.database.connection import Connection
from trunkline.identity.refusals import unknown
from trunkline.identity.rights import WEB, actor_of
from trunkline.identity.sessions import IDLE
from trunkline.identity.tokens import ACCESS, PERSONAL, SESSION, digest, is_well_formed
from trunkline.identity.viewing import viewed
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.rest import http

TOUCH_EVERY = timedelta(minutes=1)
ENTRIES_MAX = 10_000


@dataclass(frozen=True)
class Known(http.Known):
    """Who asks, as of which generation; a session also has a CSRF token.

    `viewer` is the administrator who only looks at what the actor would see; `acting_for` the
    record of who the session is to act for, if the person may.
    """

    csrf: str | None = None
    viewer: Actor | None = None
    acting_for: str | None = None


@dataclass
class _Entry:
    """What is cached; `touch_at` is when the use has to be written down, None for never.

    After `known_until` it ends, or the first of the roles does, whatever its use.
    """

    known: Known
    good_until: datetime
    known_until: datetime
    touch_at: datetime | None


_Load = Callable[[bytes, datetime], _Entry]
_Touch = Callable[[bytes, _Entry, datetime], None]


class Authenticator:
    """Recognises tokens and sessions; a cached one costs no SQL.

    The caller compares `generation` with the one that its own statement read. Where it has
    moved, it calls `forget` and asks again.
    """

    def __init__(self, services: Services, *, entries_max: int = ENTRIES_MAX) -> None:
        self._services = services
        self._entries_max = entries_max
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.Lock()

    def by_bearer(self, token: str) -> Known:
        """Return whose access or personal token this is, or refuse with 401."""
        return self._known(token, (ACCESS, PERSONAL), self._load_token, self._touch_token)

    def by_session(self, token: str, *, is_use: bool = True) -> Known:
        """Return whose session this is, or refuse with 401; its use keeps it alive.

        What a page asks for on its own is no use: `is_use` is False then.
        """
        touch = self._touch_session if is_use else None
        return self._known(token, (SESSION,), self._load_session, touch)

    def forget(self, token: str) -> None:
        """Drop what is cached about a token or session."""
        with self._lock:
            self._entries.pop(digest(token), None)

    def _known(
        self, token: str, prefixes: tuple[str, ...], load: _Load, touch: _Touch | None
    ) -> Known:
        if not token.startswith(prefixes):
            raise unknown()
        key = digest(token)
        now = self._services.machine_now()
        entry = self._entries.get(key)
        if entry is None or now >= entry.good_until:
            if not is_well_formed(token, *prefixes):
                raise unknown()
            self._drop(key)
            entry = load(key, now)
            self._keep(key, entry)
        if touch is not None and entry.touch_at is not None and now >= entry.touch_at:
            touch(key, entry, now)
        return entry.known

    def _keep(self, key: bytes, entry: _Entry) -> None:
        with self._lock:
            while len(self._entries) >= self._entries_max:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = entry

    def _drop(self, key: bytes) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def _load_token(self, key: bytes, now: datetime) -> _Entry:
        with self._services.database.app.connection() as connection:
            row = connection.execute(
                "select g.number, t.kind, t.scopes, t.last_used_at, p.id::text, "
                "p.kind, p.name, p.party::text, p.partner::text, rights_of(p.id, %(now)s), "
                "least(t.expires_at, rights_end(p.id, %(now)s)) "
                "from token t join principal p on p.id = t.principal cross join generation g "
                "where t.hash = %(key)s and t.revoked_at is null and t.expires_at > %(now)s "
                "and p.active",
                {"key": key, "now": now},
            ).fetchone()
            if row is None:
                raise unknown()
            generation, kind, scopes, last_used_at, *who, good_until = row
            self._services.configuration(connection, generation)  # masks know what it classifies
        actor = actor_of(tuple(who), scopes=scopes, channel="api")
        touch_at = None
        if kind == "personal":
            touch_at = now if last_used_at is None else last_used_at + TOUCH_EVERY
        return _Entry(Known(actor, generation), good_until, good_until, touch_at)

    def _touch_token(self, key: bytes, entry: _Entry, now: datetime) -> None:
        entry.touch_at = now + TOUCH_EVERY
        with self._services.database.app.connection() as connection:
            connection.execute(
                "update token set last_used_at = greatest(last_used_at, %s) where hash = %s",
                [now, key],
            )

    def _load_session(self, key: bytes, now: datetime) -> _Entry:
        with self._services.database.app.connection() as connection:
            row = connection.execute(
                "select g.number, s.csrf, s.last_seen_at, s.viewing::text, s.acting_for::text, "
                "rights_end(s.viewing, %(now)s), p.id::text, "
                "p.kind, p.name, p.party::text, p.partner::text, rights_of(p.id, %(now)s, true), "
                "least(s.expires_at, rights_end(p.id, %(now)s)) "
                "from session s join principal p on p.id = s.principal cross join generation g "
                "where s.hash = %(key)s and s.expires_at > %(now)s and s.last_seen_at > %(idle)s "
                "and p.active",
                {"key": key, "now": now, "idle": now - IDLE},
            ).fetchone()
            if row is None:
                raise unknown()
            generation, csrf, last_seen_at, viewing, served, viewed_until, *who, known_until = row
            self._services.configuration(connection, generation)
            actor = actor_of(tuple(who), scopes=None, channel=WEB)
            known = Known(actor, generation, csrf, acting_for=served)
            if viewing is not None:
                known = self._through(connection, known, viewing, now)
                known_until = min(known_until, viewed_until or known_until)
        good_until = min(known_until, last_seen_at + IDLE)
        return _Entry(known, good_until, known_until, last_seen_at + TOUCH_EVERY)

    def _through(
        self, connection: Connection, known: Known, principal: str, now: datetime
    ) -> Known:
        """Return whom an administrator looks through; the administrator where it may not be."""
        actor = viewed(self._services, connection, by=known.actor, principal=principal, now=now)
        return (
            known
            if actor is None
            else replace(known, actor=actor, viewer=known.actor, acting_for=None)
        )

    def _touch_session(self, key: bytes, entry: _Entry, now: datetime) -> None:
        with self._services.database.app.connection() as connection:
            done = connection.execute(
                "update session set last_seen_at = greatest(last_seen_at, %s) "
                "where hash = %s and expires_at > %s and last_seen_at > %s",
                [now, key, now, now - IDLE],
            )
        if not done.rowcount:
            self._drop(key)
            raise unknown()
        entry.good_until = min(entry.known_until, now + IDLE)
        entry.touch_at = now + TOUCH_EVERY
