"""The delivery log: which events went to whom, and what came back."""

from __future__ import annotations

from typing import Any

import falcon
from psycopg.rows import dict_row

from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.navigation import OPERATIONS_READ
from trunkline.web.values import EMPTY, Cell, instant, state
from trunkline.web.wording import is_state, words

ROWS_MAX = 100
KEPT_BACK = frozenset({"payload", "body", "secret", "request_body", "response_body"})
IS_THERE = "select to_regclass('delivery') is not null"
NEWEST = "select * from delivery order by at desc limit %s"


class DeliveryPage:
    """`/deliveries`: the newest deliveries of events to subscribers, without their content."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the log."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        visit.actor.must_have(OPERATIONS_READ)
        with self._desk.work(visit) as work:
            found: list[dict[str, Any]] = []
            if work.connection.execute(IS_THERE).fetchone()[0]:
                cursor = work.connection.cursor(row_factory=dict_row)
                found = cursor.execute(NEWEST, [ROWS_MAX]).fetchall()
        names = [one for one in found[0] if one not in KEPT_BACK] if found else []
        values = {
            "heads": [words(_camel(one)) for one in names],
            "rows": [[self._cell(name, row[name]) for name in names] for row in found],
            "limit": ROWS_MAX,
        }
        return Shown("deliveries.html", values)

    def _cell(self, name: str, value: Any) -> Cell:
        if value is None or value == "":
            return EMPTY
        if hasattr(value, "tzinfo"):
            return instant(value, self._desk.zone)
        if isinstance(value, bytes):
            return Cell("text", f"{len(value)} bytes")
        return state(str(value)) if is_state(name) and not str(value).isdigit() else Cell(
            "text", str(value)
        )  # fmt: skip


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(one[:1].upper() + one[1:] for one in rest)
