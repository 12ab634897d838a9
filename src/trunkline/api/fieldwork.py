"""Field work's own verbs: visits booked, moved, called off and reported; news from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import falcon

from trunkline.api.asking import Asked, answer_json, optional_text, sent_moment
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.fieldwork.api import FIELDWORK, REPORT
from trunkline.fieldwork.appointment import Appointment
from trunkline.fieldwork.moving import book, cancel, cancel_work, reschedule
from trunkline.fieldwork.news import take_news
from trunkline.fieldwork.reporting import STATES, Device, Report, report
from trunkline.fieldwork.work_order import Outcome, WorkOrder
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape, whole

SCHEMAS: Mapping[str, Object] = {
    "VisitReport": shape(
        "What came of a visit. `reason` is a code of the register visitFailure; a device is named "
        "by its resource specification, or by the id of the resource.",
        {"outcome": {"enum": list(STATES)}, "reason": "text", "remarks": "text",
         "device": "list FittedDeviceReport", "characteristic": "list object"}, "outcome",
    ),
    "FittedDeviceReport": shape(
        "A device that was fitted, and its serial number.",
        {"name": "text", "serialNumber": "text", "resource": "text"}, "name serialNumber",
    ),
    "VisitTime": shape(
        "When somebody comes, and which team, where that matters.",
        {"startDateTime": "instant", "endDateTime": "instant", "team": "text"},
        "startDateTime endDateTime",
    ),
    "NewVisitTime": shape(
        "When somebody comes instead, and why.",
        {"startDateTime": "instant", "endDateTime": "instant", "team": "text", "reason": "text"},
        "startDateTime endDateTime reason",
    ),
    "VisitReason": shape("Why a visit or its work is called off.", {"reason": "text"}, "reason"),
    "WorkOrderEvent": whole(shape(
        "A TMF697 event of an outside system: event.workOrder with its id there, or ours as "
        "externalId, its state, and what came of it.",
        {"eventType": "text", "event": "object"}, "event",
    )),
    "VisitStanding": shape(
        "A work order or an appointment as it stands.",
        {"id": "text", "key": "text", "state": "text"}, "id key state",
    ),
}  # fmt: skip
Act = Callable[[Work], Document]


class Visits(Asked):
    """`/workOrder/{id}/…`, `/appointment/{id}/…` and the listener for outside systems."""

    def on_post_report(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Report a visit."""
        said = report_of(self.sent(req))
        self._act(req, resp, lambda work: report(work, ident, said), permission=REPORT)

    def on_post_book(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Book a visit for a work order."""
        start, end, team = _time(self.sent(req))

        def act(work: Work) -> Document:
            work.actor.must(Appointment.resource, "create")
            order = work.get(WorkOrder, ident)
            if order is None:
                raise NotFound("notFound", f"there is no work order {ident}")
            resp.status = falcon.HTTP_201
            return book(work, order, start=start, end=end, team=team)

        self._act(req, resp, act)

    def on_post_cancel_work(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Cancel a work order and its visit."""
        reason = text_of(self.sent(req), "reason")
        self._act(req, resp, lambda work: cancel_work(work, ident, reason=reason), kind=WorkOrder)

    def on_post_reschedule(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move a visit."""
        sent = self.sent(req)
        start, end, team = _time(sent)
        reason = text_of(sent, "reason")

        def act(work: Work) -> Document:
            return reschedule(work, ident, start=start, end=end, reason=reason, team=team)

        self._act(req, resp, act, kind=Appointment)

    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Call a visit off."""
        reason = text_of(self.sent(req), "reason")
        self._act(req, resp, lambda work: cancel(work, ident, reason=reason), kind=Appointment)

    def on_post_news(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take in what an outside field system tells of a work order."""
        sent = self.sent(req)
        self._act(req, resp, lambda work: take_news(work, sent), permission=REPORT)

    def _act(
        self, req: falcon.Request, resp: falcon.Response, act: Act, *, permission: str = "",
        kind: type[Document] | None = None,
    ) -> None:  # fmt: skip
        def answer(known: Known) -> None:
            if permission:
                known.actor.must_have(permission)
            if kind is not None:
                known.actor.must(kind.resource, "update")
            with self.work(req, known) as work:
                self.once(req, resp, work, lambda: answer_json(resp, standing(act(work))))

        self.as_known(req, answer)


def standing(one: Document) -> dict[str, Json]:
    """Return a work order or an appointment as it stands."""
    state = one.state if isinstance(one, WorkOrder) else one.raw.get("status")
    return {"id": one.id, "key": one.key, "state": state}


def report_of(sent: Mapping[str, Json]) -> Report:
    """Return the report that was sent, or refuse with 400."""
    outcome = sent.get("outcome")
    if not isinstance(outcome, str) or outcome not in STATES:
        message = f"must be one of {', '.join(STATES)}"
        raise Invalid.of([Fault("outcome", "badValue", message)])
    return Report(
        outcome=cast(Outcome, outcome),
        reason=optional_text(sent, "reason"),
        remarks=optional_text(sent, "remarks"),
        devices=[
            Device(
                text_of(one, "name"),
                text_of(one, "serialNumber"),
                optional_text(one, "resource") or None,
            )
            for one in _objects(sent, "device")
        ],
        characteristics={
            text_of(one, "name"): one.get("value") for one in _objects(sent, "characteristic")
        },
    )


def _objects(sent: Mapping[str, Json], name: str) -> Sequence[dict[str, Json]]:
    found = sent.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Invalid.of([Fault(name, "badType", "must be a list of objects")])
    return found


def _time(sent: Mapping[str, Json]) -> tuple[datetime, datetime, str | None]:
    start, end = sent_moment(sent, "startDateTime"), sent_moment(sent, "endDateTime")
    if start is None or end is None:
        message = "say from when until when; search for times that are free"
        raise Invalid.of([Fault("startDateTime", "required", message)])
    return start, end, optional_text(sent, "team") or None


def verbs() -> Iterator[Verb]:
    """Yield what is told of these addresses."""
    told = (
        ("/workOrder/{id}/report", "reportVisit", "Report what came of a visit", "VisitReport",
         REPORT, "200"),
        ("/workOrder/{id}/book", "bookVisit", "Book a visit for a work order", "VisitTime",
         "TMF646:create", "201"),
        ("/workOrder/{id}/cancel", "cancelWork", "Cancel a work order and its visit",
         "VisitReason", "TMF697:update", "200"),
        ("/appointment/{id}/reschedule", "rescheduleVisit", "Move a visit to another time",
         "NewVisitTime", "TMF646:update", "200"),
        ("/appointment/{id}/cancel", "cancelVisit", "Call a visit off", "VisitReason",
         "TMF646:update", "200"),
        ("/listener/workOrderStateChangeEvent", "tellWorkOrderEvent",
         "Tell what became of a work order that was sent outside", "WorkOrderEvent", REPORT,
         "200"),
    )  # fmt: skip
    for path, name, summary, takes, scope, status in told:
        yield Verb(
            api=FIELDWORK, method="post", path=path, name=name, summary=summary, scope=scope,
            about="VisitStanding", takes=takes, answers="VisitStanding", status=status,
            parameters="Idempotency-Key", conflicts=True,
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    visits = Visits(services, doorman)
    order, appointment = (
        f"{FIELDWORK.base}/{one}/{{ident}}" for one in ("workOrder", "appointment")
    )
    app.add_route(f"{order}/report", visits, suffix="report")
    app.add_route(f"{order}/book", visits, suffix="book")
    app.add_route(f"{order}/cancel", visits, suffix="cancel_work")
    app.add_route(f"{appointment}/reschedule", visits, suffix="reschedule")
    app.add_route(f"{appointment}/cancel", visits, suffix="cancel")
    news = f"{FIELDWORK.base}/listener/workOrderStateChangeEvent"
    app.add_route(news, visits, suffix="news")
