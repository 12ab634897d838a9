"""The feed: events in the order of their transactions, for readers that come and ask.

A position is (transaction, number). A transaction that began earlier may commit later, so a
reader that asked for "what is after the last one" would miss it; here nothing is shown of
transactions that are not older than every open one. The order is not that of one record's
changes: sort by `resourceVersion` for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Invalid, NotFound
from trunkline.documents.limits import LIES_IN, Limit, query_of
from trunkline.hub.envelope import Seen, StoredEvent, load_events, open_documents, show
from trunkline.hub.event_filter import holds_for_kind, sql_of
from trunkline.hub.event_name import KINDS, event_type
from trunkline.hub.query import EventQuery
from trunkline.kernel.actor import Actor
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.reading import COUNT_CAP
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Registry
from trunkline.kernel.services import Services

POSITION = re.compile(r"([0-9]{1,19})\.([0-9]{1,18})")
START = "0.0"

SHOWN = f"""
select e.id::text, e.at, e.type, e.kind, e.subject::text, e.key, e.version, e.owner::text,
  e.partner::text, e.request, e.payload, {LIES_IN.format("e.owner")}, e.xid::text || '.' || e.seq
"""
IN_ORDER = "e.xid, e.seq"
REACHED = """
where (e.xid, e.seq) > (%(xid)s::xid8, %(seq)s::bigint)
  and e.xid < pg_snapshot_xmin(pg_current_snapshot())
  and (e.type || ' ' || e.kind = any(%(all)s)
    or (e.type || ' ' || e.kind = any(%(partner)s)
      and (e.partner = %(by_partner)s::uuid or e.owner = %(by_partner)s::uuid
        or e.owner = %(by_party)s::uuid))
    or (e.type || ' ' || e.kind = any(%(own)s) and e.owner = %(by_party)s::uuid)
    or (e.type || ' ' || e.kind = any(%(limited)s) and exists (select from owner_sphere s
      where s.owner = e.owner and s.lies_in @@ %(limits)s::tsquery)))
  and (e.owner is null or exists (select from owner_key k where k.owner = e.owner)
    or get_byte(e.payload, 0) = 0)
"""


@dataclass(frozen=True)
class FeedQuery:
    """What a reader asks for: from after a position on, by attributes and by a query.

    `is_counted` says that the reader wants to know how many there are, `exact` also of very many.
    """

    listed: ListQuery = ListQuery()
    query: EventQuery = EventQuery()
    is_counted: bool = False
    exact: bool = False

    @property
    def after(self) -> str:
        """The position after which it begins."""
        return self.listed.after or START

    @property
    def looks_inside(self) -> bool:
        """Tell whether events have to be opened to know which are wanted."""
        return self.query.conditions is not None


@dataclass(frozen=True)
class FeedPage:
    """What was found, and the position to go on from; fewer than asked for is not the end.

    `total` is None where it is not known.
    """

    events: Sequence[Seen]
    position: str
    has_more: bool = False
    total: int | None = None


def read_feed(services: Services, connection: Any, actor: Actor, asked: FeedQuery) -> FeedPage:
    """Return the next events that an actor may see, as it may see them now."""
    found = POSITION.fullmatch(asked.after)
    if found is None:
        raise Invalid("badCursor", "after= takes the position of a `next` Link only")
    listed = asked.listed
    sql = sql_of(services.registry, listed.conditions, listed.sorts)
    condition = "".join((REACHED, *(f"  and {one}\n" for one in sql.texts)))
    values: dict[str, Any] = {
        "xid": found[1], "seq": found[2], "limit": listed.limit + 1, "offset": listed.offset,
        "by_party": actor.party, "by_partner": actor.partner,
    }  # fmt: skip
    values |= sql.parameters | _reachable(services.registry, actor, asked)
    order = ", ".join((*sql.order, IN_ORDER))
    rows = connection.execute(
        f"{SHOWN} from {sql.source} {condition} order by {order} limit %(limit)s offset %(offset)s",
        values,
    ).fetchall()
    total, has_more = None, len(rows) > listed.limit
    if asked.is_counted:
        cap = "" if asked.exact else f"limit {COUNT_CAP + 1}"
        counted = f"select count(*) from (select from {sql.source} {condition} {cap}) c"  # noqa: S608
        total = connection.execute(counted, values).fetchone()[0]
        total = None if cap and total > COUNT_CAP else total
    rows = rows[: listed.limit]
    events = [StoredEvent(*row[:-1]) for row in rows]
    shown = _shown(services, connection, actor, events)
    wanted = [
        one
        for one in shown
        if asked.query.holds(one.resource, one.event.subject, one.event.key, one.document)
    ]
    return FeedPage(wanted, rows[-1][-1] if rows else asked.after, has_more, total)


def read_one(
    services: Services, connection: Any, actor: Actor, ident: str, query: EventQuery
) -> Seen:
    """Return one event, or refuse (404) alike where it is not there or not to be seen."""
    events = load_events(connection, [ident]) if UUID.match(ident) else {}
    for one in _shown(services, connection, actor, list(events.values())):
        event = one.event
        if query.wants(one.resource, event_type(one.resource, event.kind)) and query.holds(
            one.resource, event.subject, event.key, one.document
        ):
            return one
    raise NotFound("notFound", f"there is no event {ident}")


def _shown(
    services: Services, connection: Any, actor: Actor, events: Sequence[StoredEvent]
) -> list[Seen]:
    documents = open_documents(services, connection, events)
    seen = [show(services.registry, actor, one, documents.get(one.id)) for one in events]
    return [one for one in seen if isinstance(one, Seen)]


def _reachable(registry: Registry, actor: Actor, asked: FeedQuery) -> dict[str, Any]:
    """Return the kinds of events that an actor may read, by how far its grant reaches."""
    found: dict[str, Any] = {"all": [], "limited": [], "partner": [], "own": []}
    limits: set[Limit] = set()
    for resource in registry:
        grant = actor.grant(resource, "read")
        if grant is None:
            continue
        wanted = [
            f"{resource.name} {kind}"
            for kind in KINDS
            if asked.query.wants(resource, event_type(resource, kind))
            and holds_for_kind(resource, kind, asked.listed.conditions)
        ]
        found[grant.reach if is_scoped(resource) else "all"] += wanted
        if grant.beside is not None:
            found[grant.beside] += wanted
        limits |= grant.limits
    return found | {"limits": query_of(limits)}
