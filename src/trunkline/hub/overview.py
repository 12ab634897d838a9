"""The overview: every listener, how it is doing, and how much waits for it or was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from trunkline.hub.subscription import COLUMNS, LANE, Subscription, subscription_from
from trunkline.kernel.references import UUID

Condition = Literal["works", "failing", "waiting", "paused", "off"]
COUNT_MAX = 1000
LOOKED_AT = 200
OVERVIEW = f"""
select {COLUMNS}, w.waiting, coalesce(d.dead, 0), w.next_at, l.at
from subscription s
cross join lateral (
  select count(*) as waiting, min(one.run_at) as next_at from (
    select run_at from work
    where lane = %(lane)s and kind = 'deliver:' || s.id::text and parked_at is null
    order by run_at limit {COUNT_MAX}) one
) w
left join (
  select split_part(kind, ':', 2) as id, count(*) as dead from work
  where lane = %(lane)s and parked_at is not null group by 1
) d on d.id = s.id::text
left join lateral (
  select newest.at from (
    select id, at, state from delivery where subscription = s.id
    order by id desc limit {LOOKED_AT}) newest
  where newest.state = 'delivered' order by newest.id desc limit 1
) l on true
where (%(principal)s::uuid is null or s.principal = %(principal)s::uuid)
  and (%(before)s::uuid is null or s.id < %(before)s::uuid)
  and (%(id)s::uuid is null or s.id = %(id)s::uuid)
order by s.id desc limit %(limit)s
"""  # noqa: S608 - constant texts


@dataclass(frozen=True)
class Listener:
    """A subscription and how its messages go.

    At most 1,000 that wait are counted; `delivered_at` is looked for among the last 200 attempts.
    """

    subscription: Subscription
    waiting: int
    dead: int
    next_try_at: datetime | None
    delivered_at: datetime | None

    def condition(self, now: datetime) -> Condition:
        """Return how it is doing: one that waits is not sent to before its next try."""
        if not self.subscription.active:
            return "off"
        if self.subscription.paused_at is not None:
            return "paused"
        if self.subscription.failing_since is None:
            return "works"
        is_waiting = self.next_try_at is not None and self.next_try_at > now
        return "waiting" if is_waiting else "failing"


def listeners(
    connection: Any, *, principal: str | None, before: str | None = None, limit: int
) -> list[Listener]:
    """Return the listeners of a principal, or all of them for None, the newest first."""
    return _read(connection, principal=principal, before=before, ident=None, limit=limit)


def listener(connection: Any, ident: str, *, principal: str | None) -> Listener | None:
    """Return one listener, of a principal or anybody's; None where there is none."""
    if not UUID.fullmatch(ident):
        return None
    found = _read(connection, principal=principal, before=None, ident=ident, limit=1)
    return found[0] if found else None


def _read(
    connection: Any, *, principal: str | None, before: str | None, ident: str | None, limit: int
) -> list[Listener]:
    rows = connection.execute(
        OVERVIEW,
        {"lane": LANE, "principal": principal, "before": before, "id": ident, "limit": limit},
    ).fetchall()
    return [Listener(subscription_from(row[:-4]), *row[-4:]) for row in rows]
