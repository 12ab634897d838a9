"""Messages that no listener took, as a worklist: by listener and by what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.documents.errors import Conflict
from trunkline.hub.subscription import LANE
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import Sql, array_of
from trunkline.kernel.work import Work
from trunkline.leases.queue import try_again
from trunkline.web.desk import Desk, must_operate
from trunkline.web.navigation import OPERATIONS_READ
from trunkline.web.values import EMPTY, Cell
from trunkline.web.wording import words
from trunkline.web.worklist.worklist import (
    Deed,
    Found,
    Grouping,
    Look,
    Row,
    Said,
    Seen,
    WholeSource,
    Worklist,
)
from trunkline.workspace.notes import Told

ADMINISTER = "hub:administer"
COLUMNS = {
    "listener": "coalesce(substring(s.callback from '^[a-z]+://(?:[^/@]*@)?([^/?#]+)'), '')",
    "error": "coalesce(left(w.error, 120), '')",
    "event": "coalesce(e.type || ' ' || e.kind, '')",
}
SEEN = """
select w.id::text as id, w.parked_at as since, null::timestamptz as due, null::text as owner_name,
  false as in_late, true as in_all, {value} as g0
from work w left join subscription s on s.id::text = split_part(w.kind, ':', 2)
left join event e on e.id = (w.payload ->> 'event')::uuid
where w.lane = %s and w.parked_at is not null
"""
ROWS = """
select w.id::text, e.type, e.kind, e.key, w.attempt, w.error, s.id::text,
  substring(s.callback from '^[a-z]+://(?:[^/@]*@)?([^/?#]+)'), s.active
from work w left join subscription s on s.id::text = split_part(w.kind, ':', 2)
left join event e on e.id = (w.payload ->> 'event')::uuid
where w.id = any(%s::bigint[]) and w.lane = %s and w.parked_at is not null
"""
OF_LISTENER = """
select s.active from work w join subscription s on s.id::text = split_part(w.kind, ':', 2)
where w.id = %s and w.lane = %s
"""


class DeliverySource(WholeSource):
    """The messages that were given up, of the whole installation; only who operates is let in."""

    def seen(self, _desk: Desk, _work: Work, look: Look) -> Seen:
        """Return what was given up."""
        value = COLUMNS[look.grouping.paths[0] if look.grouping is not None else "listener"]
        return Seen(Sql(SEEN.replace("{value}", value), [LANE]), ("all",))

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the messages as rows."""
        ids = array_of(one.id for one in found)
        with self.reading(work) as connection:
            held = connection.execute(ROWS, [ids, LANE]).fetchall() if found else []
        by_id = {row[0]: row for row in held}
        return [_row(desk, one, by_id[one.id]) for one in found if one.id in by_id]


def _row(desk: Desk, found: Found, held: Sequence[Any]) -> Row:
    ident, kind, happened, key, attempt, error, listener, host, active = held
    resource = desk.services.registry.resources.get(kind or "")
    about = EMPTY
    if resource is not None and key and desk.addresses.has(resource):
        about = Cell("link", key, address=desk.addresses.of_record(resource, key))
    log = f"/deliveries?subscription={listener}" if listener else "/deliveries?state=dead"
    return Row(
        ident=ident, key="", address=log, what=words(f"{kind or 'Event'} {happened or ''}".strip()),
        under=host or "", said=error or "", about=about, since=found.since, number=attempt,
        state=Cell("state", "Switched off", tone="idle") if active is False else EMPTY,
    )  # fmt: skip


def _again(work: Work, idents: Sequence[str], _said: Said) -> Sequence[Told]:
    must_operate(work.actor, ADMINISTER)
    with work.services.database.app.connection() as connection:
        for one in idents:
            number = int(one) if one.isascii() and one.isdigit() else -1
            row = connection.execute(OF_LISTENER, [number, LANE]).fetchone()
            if row is not None and not row[0]:
                raise Conflict(
                    "conflictDisabled",
                    "the subscription is switched off; register the listener again",
                )
            if row is None or not try_again(connection, number):
                raise Conflict("conflictNotParked", f"message {one} does not wait any more")
    return ()


def _may_send(actor: Actor) -> bool:
    grant = actor.may(ADMINISTER)
    return grant is not None and grant.reach == "all"


def _must_see(_desk: Desk, actor: Actor) -> None:
    must_operate(actor, OPERATIONS_READ)


UNDELIVERED = Worklist(
    name="undelivered",
    title="Failed deliveries",
    under="Messages that no listener took, however often they were sent. Have the listener mended, "
    "then deliver them again; every attempt stands in the log of deliveries.",
    empty=("Every listener gets its messages.",
           "What is given up after many tries stands here, with what the listener answered."),
    may_see=_must_see,
    source=DeliverySource(),
    groupings=(
        Grouping("listener", "Listener", ("listener",)),
        Grouping("error", "Error", ("error",)),
        Grouping("event", "Event", ("event",), as_words=True),
    ),
    deeds=(
        Deed("retry", "Deliver again", "%(count)s to be delivered again.", _may_send, _again, (),
             "Each message goes out once more, as it was then. A listener that acts on every "
             "message acts a second time.", "list.retry", is_first=True),
    ),
    tabs=("all",),
    what="Event",
    about="Record",
    shows=("said", "state", "since"),
)  # fmt: skip
