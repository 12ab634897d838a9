"""Fallout raised by hand, and fallout in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import falcon

from trunkline.api import explanations, fallout_calling_off, fallout_causes, plan_editing
from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.api.ordering import COMPLETE_TASK, text_of
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.repair.raising import raise_fallout
from trunkline.ordering.repair.report import (
    DAYS_MAX,
    GROUPINGS,
    FalloutReport,
    Figures,
    fallout_report,
)
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

DAYS_DEFAULT = 30
NAMES: Mapping[str, tuple[str, ...]] = {
    "cause": ("kind", "code", "system"), "type": ("falloutType",), "system": ("system",),
    "task": ("taskName",),
}  # fmt: skip


class Raise(Asked):
    """`/step/{id}/raiseFallout`: a task put aside by hand."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Raise it and answer its record."""
        sent = self.sent(req)
        kind, reason = text_of(sent, "falloutType"), text_of(sent, "reason")

        def answer(known: Known) -> None:
            known.actor.must_have(COMPLETE_TASK)

            def act() -> None:
                made = raise_fallout(work, ident, kind=kind, reason=reason)
                answer_json(
                    resp,
                    {"id": made.id, "key": made.key, "state": made.state,
                     "falloutType": made.fallout_type, "planItemId": made.plan_item_id},
                )  # fmt: skip

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class Report(Asked):
    """`/fallout/report`: how often, by what cause, and how long until it was put right."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the figures of a period."""
        only_parameters(req, "from", "to", "by", "timeZone")
        by = req.get_param("by") or "cause"
        if by not in GROUPINGS:
            raise Invalid.of([Fault("by", "badValue", f"is one of {', '.join(GROUPINGS)}")])
        zone = _zone(req.get_param("timeZone") or "UTC")
        now = datetime.now(UTC)
        end = _moment(req, "to") or now
        start = _moment(req, "from") or _days_before(end)

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                report = fallout_report(work, start=start, end=end, by=by, zone=zone)
            answer_json(resp, report_body(report, by))

        must_be_a_period(start, end)
        self.as_known(req, answer)


def must_be_a_period(start: datetime, end: datetime) -> None:
    """Refuse (400) a period that ends before it begins, or is too long."""
    if not timedelta() < end - start <= timedelta(days=DAYS_MAX):
        message = f"is to be after the start, by {DAYS_MAX} days at most"
        raise Invalid.of([Fault("to", "badPeriod", message)])


def report_body(report: FalloutReport, by: str) -> dict[str, Json]:
    """Return a report as JSON."""
    return {
        "from": format_instant(report.start),
        "to": format_instant(report.end),
        "orders": report.orders,
        "ordersInFallout": report.orders_in_fallout,
        **({} if report.rate is None else {"rate": round(report.rate, 2)}),
        **_figures(report.whole),
        "group": [
            {**dict(zip(NAMES[by], key, strict=True)), **_figures(one)}
            for key, one in report.groups.items()
        ],
        "day": [{"date": day.isoformat(), **_figures(one)} for day, one in report.days.items()],
    }


def _figures(one: Figures) -> dict[str, Json]:
    """What has no mean, as nothing was closed, says none."""
    counts: dict[str, Json] = {
        "opened": one.opened, "closed": one.closed, "open": one.still_open,
    }  # fmt: skip
    mean = {} if one.mean is None else {"meanSeconds": int(one.mean.total_seconds())}
    return {**counts, **mean}


def _moment(req: falcon.Request, name: str) -> datetime | None:
    text = req.get_param(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Invalid.of([Fault(name, "badInstant", "is an instant of RFC 3339")]) from error


def _days_before(end: datetime) -> datetime:
    try:
        return end - timedelta(days=DAYS_DEFAULT)
    except OverflowError as error:
        message = f"is {DAYS_DEFAULT} days after the first day there is, or later; else say `from`"
        raise Invalid.of([Fault("to", "badPeriod", message)]) from error


def _zone(name: str) -> ZoneInfo:
    """Return a time zone that the database knows as well: what is local there is another one."""
    if name == "localtime" or name not in available_timezones():
        message = "is no time zone; name one such as Europe/Berlin"
        raise Invalid.of([Fault("timeZone", "badValue", message)])
    return ZoneInfo(name)


FIGURES: Mapping[str, str | Object] = {
    "opened": "integer", "closed": "integer", "open": "integer", "meanSeconds": "integer",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    **fallout_calling_off.SCHEMAS,
    **fallout_causes.SCHEMAS,
    **plan_editing.SCHEMAS,
    **explanations.SCHEMAS,
    "FalloutToRaise": shape(
        "Which kind of trouble a task has (a code of the register falloutType), and what it is.",
        {"falloutType": "text", "reason": "text"}, "falloutType reason",
    ),
    "RaisedFallout": shape(
        "The record of it.",
        {"id": "text", "key": "text", "state": "text", "falloutType": "text",
         "planItemId": "text"}, "id key",
    ),
    "FalloutReport": shape(
        "Fallout that came up in a period: how much, by what, by day, of how many orders in a "
        "hundred, and how many seconds it took on average until it was closed.",
        {"from": "instant", "to": "instant", "orders": "integer", "ordersInFallout": "integer",
         "rate": "number", **FIGURES, "group": "list object", "day": "list object"}, "from to",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    yield from fallout_calling_off.verbs()
    yield from fallout_causes.verbs()
    yield from plan_editing.verbs()
    yield from explanations.verbs()
    yield Verb(
        api=ORDERING, method="post", path="/step/{id}/raiseFallout", name="raiseFallout",
        summary="Put a task aside for people to put right", scope=COMPLETE_TASK,
        takes="FalloutToRaise", about="RaisedFallout", answers="RaisedFallout",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/fallout/report", name="reportFallout",
        summary="Return fallout in figures", scope="ordering:read", about="FalloutReport",
        answers="FalloutReport",
        filters={
            "from": "From when on; 30 days before the end where it is left out.",
            "to": "Until when; now where it is left out.",
            "by": "What it is grouped by: cause, type, system or task.",
            "timeZone": "Where days begin at midnight, as Europe/Vienna.",
        },
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    fallout_calling_off.add_routes(app, services, doorman)
    fallout_causes.add_routes(app, services, doorman)
    plan_editing.add_routes(app, services, doorman)
    explanations.add_routes(app, services, doorman)
    base = ORDERING.base
    app.add_route(f"{base}/step/{{ident}}/raiseFallout", Raise(services, doorman))
    app.add_route(f"{base}/fallout/report", Report(services, doorman))
