"""Figures of requests: what waits and what is late now, and what was done in time, by role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.care.figures.contacts import Asked, must_watch
from trunkline.care.request import OPEN, CustomerRequest
from trunkline.kernel.work import Work

SQL = f"""
select coalesce(p_handled_by, ''), count(*) filter (where open),
  count(*) filter (where open and p_due_date <= %(now)s),
  count(*) filter (where open and p_due_date > %(now)s and warns <= %(now)s),
  count(*) filter (where ended), count(*) filter (where ended and (p_due_date is null
    or done <= p_due_date))
from (
  select p_handled_by, p_due_date, p_status = any(%(open)s) as open,
    (doc->>'warningDate')::timestamptz as warns, (doc->>'completionDate')::timestamptz as done,
    p_status = 'completed' and (doc->>'completionDate')::timestamptz >= %(from)s
      and (doc->>'completionDate')::timestamptz < %(to)s as ended
  from {CustomerRequest.resource.table}
  where p_status = any(%(open)s) or p_request_date >= %(from)s::timestamptz - interval '1 year'
) r where open or ended group by 1 order by 3 desc, 2 desc, 1
"""  # noqa: S608 - our own table


@dataclass(frozen=True)
class RequestFigure:
    """Requests of one role: open, late and soon due now; done in the period, and in time."""

    handled_by: str
    open: int
    overdue: int
    soon: int
    done: int
    in_time: int

    @property
    def in_time_share(self) -> int:
        """How many of a hundred that were done were done in time."""
        return round(100 * self.in_time / self.done) if self.done else 0


def request_figures(work: Work, asked: Asked) -> Sequence[RequestFigure]:
    """Return the figures of each role that handles requests, the one with most late ones first."""
    must_watch(work.actor)
    rows = work.connection.execute(
        SQL, {"now": work.now, "open": list(OPEN), "from": asked.start, "to": asked.end}
    ).fetchall()
    return [RequestFigure(*row) for row in rows]
