"""Figures of care for programs: contacts by reason, channel and time, repeats, requests in time."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import falcon

from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    moment,
    only_parameters,
    whole_number,
)
from trunkline.care.api import CARE, WATCH
from trunkline.care.figures import contacts
from trunkline.care.figures.contacts import GROUPS, WITHIN_DAYS, Figure, contact_figures
from trunkline.care.figures.requests import RequestFigure, request_figures
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

LAST = timedelta(days=30)
SCHEMAS: Mapping[str, Object] = {
    "ContactFigures": shape(
        "Contacts that customers began, in all and by reason, channel, day and hour. A repeat had "
        "one for the same reason before it, within so many days; one that was settled at once was "
        "none, ended with a wrap-up that settles, and none followed it.",
        {"from": "instant", "to": "instant", "timeZone": "text", "withinDays": "integer",
         "total": "ContactFigure", **dict.fromkeys(GROUPS, "list ContactFigure")},
        f"from to timeZone withinDays total {' '.join(GROUPS)}",
    ),
    "ContactFigure": shape(
        "Contacts of one kind; the shares are percent: repeats of all, settled of the others.",
        {"value": "text", "count": "integer", "repeat": "integer", "repeatShare": "integer",
         "settledAtOnce": "integer", "firstContactResolution": "integer"},
        "count repeat repeatShare settledAtOnce firstContactResolution",
    ),
    "RequestFigure": shape(
        "Requests of one role: open, overdue and soon due now, done in the period and in time.",
        {"handledBy": "text", "open": "integer", "overdue": "integer", "soonDue": "integer",
         "done": "integer", "doneInTime": "integer", "inTimeShare": "integer"},
        "handledBy open overdue soonDue done doneInTime inTimeShare",
    ),
}  # fmt: skip


class CareFigures(Asked):
    """`/figures/contact` and `/figures/request`."""

    def on_get_contact(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the figures of contacts."""
        only_parameters(req, "from", "to", "timeZone", "withinDays")

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                asked = _asked(req, work)
                found = contact_figures(work, asked)
            body: dict[str, Json] = {
                "from": format_instant(asked.start), "to": format_instant(asked.end),
                "timeZone": asked.zone, "withinDays": asked.within_days,
                "total": _figure(found.whole),
            }  # fmt: skip
            groups = {name: [_figure(one) for one in each] for name, each in found.groups.items()}
            answer_json(resp, body | groups)

        self.as_known(req, answer)

    def on_get_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the figures of requests, by the role that handles them."""
        only_parameters(req, "from", "to")

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = request_figures(work, _asked(req, work))
            answer_list(resp, [_request(one) for one in found])

        self.as_known(req, answer)


def _asked(req: falcon.Request, work: Work) -> contacts.Asked:
    zone = req.get_param("timeZone", default="UTC")
    if zone not in zoneinfo.available_timezones():
        message = "is no time zone; name one such as Europe/Berlin"
        raise Invalid.of([Fault("timeZone", "badValue", message)])
    end = moment(req, "to") or work.now
    start = moment(req, "from") or end - LAST
    return contacts.Asked(start, end, zone, whole_number(req, "withinDays", WITHIN_DAYS))


def _figure(one: Figure) -> Json:
    told: dict[str, Json] = {"value": one.value} if one.value else {}
    return told | {
        "count": one.count, "repeat": one.repeats, "repeatShare": one.repeat_share,
        "settledAtOnce": one.settled, "firstContactResolution": one.settled_share,
    }  # fmt: skip


def _request(one: RequestFigure) -> Json:
    return {
        "handledBy": one.handled_by, "open": one.open, "overdue": one.overdue,
        "soonDue": one.soon, "done": one.done, "doneInTime": one.in_time,
        "inTimeShare": one.in_time_share,
    }  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    period = {"from": "The beginning; 30 days before the end where it is left out.",
              "to": "The end; now where it is left out."}  # fmt: skip
    yield Verb(
        api=CARE, method="get", path="/figures/contact", name="readContactFigures", scope=WATCH,
        about="ContactFigures", answers="ContactFigures",
        summary="Count contacts by reason, channel, time, repeats and first-contact resolution",
        filters={**period, "timeZone": "Whose days and hours, such as Europe/Berlin; else UTC.",
                 "withinDays": "Within how many days a contact is a repeat; 14 by default."},
    )  # fmt: skip
    yield Verb(
        api=CARE, method="get", path="/figures/request", name="listRequestFigure", scope=WATCH,
        about="RequestFigure", answers="RequestFigure", is_list=True, filters=period,
        summary="Count requests that wait, are late, and were done in time, by role",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    figures = CareFigures(services, doorman)
    app.add_route(f"{CARE.base}/figures/contact", figures, suffix="contact")
    app.add_route(f"{CARE.base}/figures/request", figures, suffix="request")
