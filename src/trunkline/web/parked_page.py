"""Parked work: what failed too often and waits to be tried again; and indexes being filled."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline import attributes
from trunkline.kernel.work import Work
from trunkline.leases.queue import try_again
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.navigation import OPERATIONS_READ, OPERATIONS_RETRY
from trunkline.web.operations import operated
from trunkline.web.records import mentions_of
from trunkline.web.values import instant
from trunkline.web.wording import words

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
        with operated(self._desk, visit, OPERATIONS_READ) as connection:
            rows = connection.execute(PARKED, [ROWS_MAX + 1]).fetchall()
            fillings = attributes.fillings(connection, self._desk.services.registry)
        with self._desk.work(visit) as work:
            idents: dict[str, set[str]] = {}
            for row in rows:
                if row[7] is not None:
                    idents.setdefault(row[7], set()).add(row[2])
            mentions = mentions_of(work, self._desk.addresses, idents)
            shown = [self._row(row) | {"mention": mentions.get(row[2])} for row in rows[:ROWS_MAX]]
        grant = visit.actor.may(OPERATIONS_RETRY)
        may_retry = grant is not None and grant.reach == "all"
        values = {
            "rows": shown,
            "may_retry": may_retry,
            "more": len(rows) > ROWS_MAX,
            "fillings": [
                {"type": words(one.type), "name": one.name, "told": one.told,
                 "done": one.records, "total": max(one.total, 1), "parked": one.parked}
                for one in fillings
            ],
        }  # fmt: skip
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
        chosen = [int(one) for one in form.all("chosen") if one.isascii() and one.isdigit()]
        with operated(self._desk, visit, OPERATIONS_RETRY) as connection:
            done = sum(try_again(connection, one) for one in chosen[:ROWS_MAX])
        return Moved(f"/parked?done=again-{done}")


def parked_count(work: Work) -> int:
    """Return how many pieces of work are parked."""
    row = work.connection.execute(
        "select count(*) from work where parked_at is not null"
    ).fetchone()
    return int(row[0])
