"""Pending: what a transaction has yet to write, and the one statement that writes all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from trunkline.documents.errors import Conflict, Forbidden
from trunkline.documents.limits import Limits, query_of
from trunkline.kernel.actor import Actor
from trunkline.kernel.write import Change, write_statement
from trunkline.leases.queue import INSERT, NewWork, insert_parameters
from trunkline.leases.sealing import Keyring

BEYOND = (
    "select 1 from unnest(%s::uuid[], %s::text[]) as u(owner, limits) where not exists (select "
    "from owner_sphere s where s.owner = u.owner and s.lies_in @@ u.limits::tsquery) limit 1"
)


class Pending:
    """Changes and pieces of work of one transaction that are not written yet."""

    def __init__(
        self, connection: Any, keyring: Keyring, actor: Actor, request: str | None, now: datetime
    ) -> None:
        self._connection = connection
        self._keyring = keyring
        self._actor = actor
        self._request = request
        self._now = now
        self._changes: list[Change] = []
        self._work: list[NewWork] = []
        self._is_held = False
        self._limited: set[tuple[str, str]] = set()

    def must_lie(self, change: Change, limits: Limits) -> None:
        """Let what is written be refused (403) unless its owner lies within limits by then."""
        owner = str(change.owner)
        if owner == change.id and change.action == "create":
            self._connection.execute("select enter_owner(%s, %s)", [owner, self._actor.id])
        self._limited.add((owner, query_of(limits)))

    def take(self, actor: Actor, changes: Iterable[Change], work: Iterable[NewWork]) -> None:
        """Take in what an actor writes: at once, or at the end of a block that holds it."""
        if actor is not self._actor:
            self.write()
            self._actor = actor
        self._changes += changes
        self._work += work
        if not self._is_held:
            self.write()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold what a block writes until its end or `write`; a block that fails writes nothing."""
        if self._is_held:
            yield
            return
        self._is_held = True
        try:
            yield
        except BaseException:
            self._changes, self._work, self._limited = [], [], set()
            raise
        finally:
            self._is_held = False
        self.write()

    def write(self) -> None:
        """Write what waits; refuses (409) where a record was changed by another meanwhile."""
        changes, work, self._changes, self._work = self._changes, self._work, [], []
        if changes:
            self._seal(changes)
            sql, parameters, count = write_statement(
                changes, work, self._actor, self._request, self._now
            )
            keys = dict(self._connection.execute(sql, parameters).fetchall())
            if len(keys) < count:
                names = ", ".join(dict.fromkeys(c.meta.key for c in changes if c.id not in keys))
                raise Conflict("conflictGone", f"{names} was changed meanwhile; try again")
            for one in changes:
                one.meta.key = keys[one.id]
        elif work:
            self._connection.execute(INSERT, insert_parameters(work))
        if self._limited and not self._is_held:
            asked, self._limited = [*zip(*self._limited, strict=True)], set()
            if self._connection.execute(BEYOND, [list(one) for one in asked]).fetchone():
                message = "the record would be beyond the limits of your rights; ask somebody else"
                raise Forbidden("outOfReach", message)

    def _seal(self, changes: Iterable[Change]) -> None:
        keys = self._keyring.prepare(self._connection, [one.owner for one in changes if one.owner])
        for one in changes:
            one.payload = keys.seal(one.owner, f"event|{one.event_id}", one.body)
            one.changes = keys.seal(one.owner, f"audit|{one.audit_id}", one.changes)
