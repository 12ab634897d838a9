"""Parked work: what failed too often and waits for somebody to say "try again"."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.kernel.work import Work
from trunkline.leases.queue import try_again
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, must_operate
from trunkline.web.forms import Form
from trunkline.web.navigation import OPERATIONS_READ, OPERATIONS_RETRY
from trunkline.web.records import mentions_of
from trunkline.web.values import instant

ROWS_MAX = 200
PARKED = (
    "select w.id, w.kind, coalesce(p.root, w.subject)::text, w.attempt, w.error, w.parked_at, "
    "w.created_at, r.type, p.name from work w left join plan_item p on p.id = w.subject "
    "left join record r on r.id = coalesce(p.root, w.subject) "
    "where w.parked_at is not null order by w.parked_at desc limit %s"
)


class ParkedPage:
    """`/parked`: parked work, to be tried again one by one or all that is chosen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what is parked."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make the chosen pieces of work due now."""
        self._desk.act(req, resp, self._try_again)

    def _view(self, visit: Visit) -> Answer:
        must_operate(visit.actor, OPERATIONS_READ)
        with self._desk.work(visit) as work:
            rows = work.connection.execute(PARKED, [ROWS_MAX + 1]).fetchall()
            idents: dict[str, set[str]] = {}
            for row in rows:
                if row[7] is not None:
                    idents.setdefault(row[7], set()).add(row[2])
            mentions = mentions_of(work, self._desk.addresses, idents)
            shown = [self._row(row) | {"mention": mentions.get(row[2])} for row in rows[:ROWS_MAX]]
        may_retry = visit.actor.may(OPERATIONS_RETRY) is not None
        values = {"rows": shown, "may_retry": may_retry, "more": len(rows) > ROWS_MAX}
        return Shown("parked.html", values)

    def _row(self, row: tuple[Any, ...]) -> dict[str, Any]:
        ident, kind, subject, attempt, error, parked_at, created_at, _, step = row
        return {
            "id": ident,
            "kind": kind,
            "subject": subject,
            "step": step or "",
            "attempt": attempt,
            "error": error or "",
            "parked_at": instant(parked_at, self._desk.zone),
            "created_at": instant(created_at, self._desk.zone),
        }

    def _try_again(self, visit: Visit, form: Form) -> Answer:
        must_operate(visit.actor, OPERATIONS_RETRY)
        chosen = [int(one) for one in form.all("chosen") if one.isascii() and one.isdigit()]
        with self._desk.work(visit) as work:
            done = sum(try_again(work.connection, one) for one in chosen[:ROWS_MAX])
        return Moved(f"/parked?done=again-{done}")


def parked_count(work: Work) -> int:
    """Return how many pieces of work are parked."""
    row = work.connection.execute(
        "select count(*) from work where parked_at is not null"
    ).fetchone()
    return int(row[0])
