"""Counts: how much waits in each queue of the menu and under the bell, asked for now and then."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import falcon

from trunkline.assurance.ticket.ticket import OPEN as OPEN_TICKETS
from trunkline.care.request import OPEN as OPEN_REQUESTS
from trunkline.documents.decode import encode
from trunkline.documents.errors import Unknown
from trunkline.ordering.fallout import CLOSED, FALLOUT_LIFECYCLE
from trunkline.rest.http import JSON_TYPE
from trunkline.web.desk import Desk, Visit
from trunkline.web.navigation import MY_TASKS, WORKLISTS, is_customer, may_see

COUNT_MAX = 1000
BELL = "/notifications"
QUEUES: Mapping[str, str] = {
    "/tasks": "select 1 from plan_item where kind = 'manual' and state = 'ready'",
    "/to-decide": "select 1 from header_task where p_state in ('open', 'waiting')",
    "/quotes-in-review": "select 1 from quote where p_internal_state = 'inReview'",
    "/jeopardy": "select 1 from plan_outlook where level > 0 and kind = 'ProductOrder'",
    "/fallout": "select 1 from fallout where p_state = any(%(open)s)",
    "/requests": "select 1 from customer_request where p_status = any(%(asked)s)",
    "/tickets": "select 1 from trouble_ticket where p_status = any(%(troubled)s)",
    "/duplicates": "select 1 from duplicate_pair where p_state = 'open'",
    "/parked": "select 1 from work where parked_at is not null",
    "/undelivered": "select 1 from work where parked_at is not null and lane = 'delivery'",
    MY_TASKS: "select 1 from staff_task where assignee = %(person)s::uuid and done_at is null",
    BELL: "select 1 from notification where principal = %(person)s::uuid and read_at is null",
}
OPEN_FALLOUT = [one for one in FALLOUT_LIFECYCLE.moves if one not in CLOSED]


class Counts:
    """`/shell/counts`: how many wait, by the address of the queue; 304 where nothing moved."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Count; a page asks on its own, so that keeps nobody signed in."""
        try:
            visit = self._desk.visit(req, is_use=False)
        except Unknown:
            resp.status = falcon.HTTP_204
            return
        body = encode(self._counted(visit))
        mark = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        resp.set_header("ETag", mark)
        resp.set_header("Cache-Control", "private, no-cache")
        if req.get_header("If-None-Match") == mark:
            resp.status = falcon.HTTP_304
            return
        resp.data = body
        resp.content_type = JSON_TYPE

    def _counted(self, visit: Visit) -> dict[str, int]:
        """Return the counts of what the visitor may see, in one statement."""
        registry, actor = self._desk.services.registry, visit.actor
        wanted = [BELL]
        if not is_customer(actor):
            wanted.append(MY_TASKS)
            wanted += [
                one.address
                for one in WORKLISTS
                if one.count and may_see(registry, actor, *one.permissions)
            ]
        columns = ", ".join(
            f"(select count(*) from ({QUEUES[one]} limit {COUNT_MAX}) c)"  # noqa: S608 - constant
            for one in wanted
        )
        with self._desk.services.database.app.connection() as connection:
            row = connection.execute(
                f"select (select number from generation), {columns}",  # noqa: S608 - constant
                {
                    "open": OPEN_FALLOUT,
                    "asked": list(OPEN_REQUESTS),
                    "troubled": list(OPEN_TICKETS),
                    "person": actor.id,
                },
            ).fetchone()
        if row[0] != visit.generation:  # the next page is asked for as of the present rights
            self._desk.authenticator.forget(self._desk.cookies.session(visit.req) or "")
        return dict(zip(wanted, row[1:], strict=True))
