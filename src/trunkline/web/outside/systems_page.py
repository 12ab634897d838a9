"""Outside systems: what waits for each, what went wrong there, its pace, and when it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.design.given import GivenSystem, given_systems
from trunkline.ordering.design.outside_system import Maintenance, OutsideSystem
from trunkline.ordering.design.trouble import Trouble, troubles
from trunkline.ordering.design.waiting_calls import Waiting, waiting_calls
from trunkline.rest.writing import change, create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.operations import unnarrowed
from trunkline.web.values import Cell, instant, number

ADDRESS = "/outside-systems"
MERGE = "application/merge-patch+json"
SYSTEMS_MAX = 500
PAUSES = {"15": "15 minutes", "60": "1 hour", "240": "4 hours", "1440": "1 day"}
DONE = {"pause": "It is not called until then.", "resume": "It is called again."}
FINE, CLOSED, BAD, NONE = (
    Cell("state", "Fine", "good"),
    Cell("state", "Paused", "warn"),
    Cell("state", "In trouble", "bad"),
    Cell("state", "Not connected", "idle"),
)


class SystemsPage:
    """`/outside-systems`, and pausing one."""

    needs = "OutsideSystem:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._desk.answer(req, resp, self._view)

    def on_post_pause(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """Call a system no more for a while."""
        self._desk.act(req, resp, partial(self._act, code=code, pauses=True))

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """End what keeps a system from being called."""
        self._desk.act(req, resp, partial(self._act, code=code, pauses=False))

    def _act(self, visit: Visit, form: Form, *, code: str, pauses: bool) -> Answer:
        try:
            with self._desk.work(visit) as work:
                if pauses:
                    _pause(work, code, form)
                else:
                    _resume(work, code)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, refusal)
        return Moved(f"{ADDRESS}?done={'pause' if pauses else 'resume'}")

    def _view(self, visit: Visit, problem: Refusal | None = None) -> Answer:
        resource = OutsideSystem.resource
        with self._desk.work(visit) as work:
            work.actor.must(resource, "read")
            held = {one.code: one for one in work.find(OutsideSystem, {}, limit=SYSTEMS_MAX)}
            may_make = work.actor.grant(resource, "create") is not None
            may_edit = work.actor.grant(resource, "update") is not None
            now = work.now
        with unnarrowed(self._desk, visit) as connection:
            bad, queued = troubles(connection), waiting_calls(connection)
        given = given_systems()
        codes = [*given, *(one for one in held if one not in given)]
        rows = [
            self._row(code, held.get(code), given.get(code), bad.get(code), queued.get(code), now)
            | {"may_pause": may_edit if code in held else may_make}
            for code in codes
        ]
        rows.sort(key=lambda one: one["title"].casefold())
        rows.sort(key=lambda one: one["rank"])
        list_address = self._desk.addresses.of_list(resource)
        values: dict[str, Any] = {
            "rows": rows, "address": ADDRESS, "list": list_address,
            "new_address": f"{list_address}/new" if may_make else "",
            "pauses": [{"value": one, "word": word} for one, word in PAUSES.items()],
            "done": DONE.get(visit.req.get_param("done") or ""),
            "problem": problem.message if problem is not None else "",
        }  # fmt: skip
        return Shown("outside_systems.html", values, problem.status if problem else 200)

    def _row(
        self, code: str, record: OutsideSystem | None, given: GivenSystem | None,
        trouble: Trouble | None, queued: Waiting | None, now: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        windows = list(record.maintenance) if record is not None else []
        until = _closed_until(windows, now)
        is_there = given is None or given.is_connected(self._desk.services)
        is_bad = trouble is not None and trouble.mended_at is None
        if not is_there:
            state, rank = NONE, 3
        elif until is not None:
            state, rank = CLOSED, 1
        else:
            state, rank = (BAD, 0) if is_bad else (FINE, 2)
        ahead = min(
            (one.start_date_time for one in windows if one.start_date_time > now), default=None
        )
        pace = record.calls_per_minute if record is not None else None
        facts = self._desk.addresses.of_facts
        zone = self._desk.zone
        return {
            "code": code,
            "title": record.name if record is not None else given.title if given else code,
            "is_named": record is not None,
            "facts": facts(OutsideSystem.resource, record.key) if record is not None else "",
            "state": state,
            "rank": rank,
            "until": instant(until, zone) if until is not None else None,
            "reason": next((one.reason for one in windows if _is_on(one, now)), None) or "",
            "ahead": instant(ahead, zone) if ahead is not None else None,
            "pace": number(pace) if pace is not None else "",
            "waiting": number(queued.count) if queued is not None else number(0),
            "oldest": instant(queued.since, zone) if queued is not None else None,
            "errors": number(trouble.errors) if trouble is not None else number(0),
            "is_bad": is_bad,
            "error": trouble.message if trouble is not None else "",
            "error_at": instant(trouble.last_at, zone) if trouble is not None else None,
        }


def _pause(work: Work, code: str, form: Form) -> None:
    """Close a system from now on; refuses (400) a time that is none of those offered."""
    minutes = form.text("minutes")
    if minutes not in PAUSES:
        raise Invalid("badValue", "choose for how long it is not to be called")
    window: dict[str, Json] = {
        "startDateTime": format_instant(work.now),
        "endDateTime": format_instant(work.now + timedelta(minutes=int(minutes))),
    }
    if form.text("reason"):
        window["reason"] = form.text("reason")
    record = _record(work, code)
    if record is not None:
        kept = [one.raw for one in record.maintenance if one.end_date_time > work.now]
        change(work, record, {"maintenance": [*kept, window]}, MERGE)
        return
    given = given_systems().get(code)
    if given is None:
        raise NotFound("notFound", f"there is no outside system {code}")
    work.actor.must(OutsideSystem.resource, "create")
    body: dict[str, Json] = {"code": code, "name": given.title, "maintenance": [window]}
    create(work, OutsideSystem.resource, body)


def _resume(work: Work, code: str) -> None:
    """Take away the times in which a system is closed just now; others stay."""
    record = _record(work, code)
    if record is None:
        raise NotFound("notFound", f"there is no outside system {code}")
    kept = [one.raw for one in record.maintenance if not _is_on(one, work.now)]
    change(work, record, {"maintenance": kept or None}, MERGE)


def _record(work: Work, code: str) -> OutsideSystem | None:
    found = work.find(OutsideSystem, {"code": code}, limit=1)
    return work.lock(OutsideSystem, found[0].id) if found else None


def _is_on(one: Maintenance, now: datetime) -> bool:
    return one.start_date_time <= now < one.end_date_time


def _closed_until(windows: Sequence[Maintenance], now: datetime) -> datetime | None:
    until = now
    for one in sorted(windows, key=lambda each: each.start_date_time):
        if one.start_date_time <= until < one.end_date_time:
            until = one.end_date_time
    return until if until > now else None
