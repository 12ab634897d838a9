"""`/figures/lead`: how many leads were converted, and how long that took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, moment, only_parameters
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.sales.api import SALES
from trunkline.sales.lead.figures import GROUPS, LeadFigure, lead_figures

LAST = timedelta(days=90)
SCHEMAS: Mapping[str, Object] = {
    "LeadFigures": shape(
        "Leads that came in a period, in all and by what they are told apart by.",
        {"from": "instant", "to": "instant", "by": "text", "total": "LeadFigure",
         "group": "list LeadFigure"},
        "from to by total group",
    ),
    "LeadFigure": shape(
        "How many came, were converted, given up or are open, the percentage that was converted, "
        "and after how many days, on average and in the middle.",
        {"value": "text", "name": "text", "count": "integer", "converted": "integer",
         "givenUp": "integer", "open": "integer", "conversionRate": "number",
         "meanDays": "number", "medianDays": "number"},
        "value count converted givenUp open conversionRate",
    ),
}  # fmt: skip


class LeadFigures(Asked):
    """`/figures/lead`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the figures."""
        only_parameters(req, "by", "from", "to")
        by = req.get_param("by", default="source")

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                end = moment(req, "to") or work.now
                start = moment(req, "from") or _before(end)
                whole, groups = lead_figures(work, by=by, start=start, end=end)
            answer_json(resp, {
                "from": format_instant(start), "to": format_instant(end), "by": by,
                "total": _figure(whole), "group": [_figure(one) for one in groups],
            })  # fmt: skip

        self.as_known(req, answer)


def _before(end: datetime) -> datetime:
    """Return the beginning of the last days before an end, or refuse (400) one without any."""
    try:
        return end - LAST
    except OverflowError:
        message = "lies at the beginning of all time; say from when on, too"
        raise Invalid.of([Fault("to", "badValue", message)]) from None


def _figure(one: LeadFigure) -> Json:
    told: dict[str, Json] = {
        "value": one.value, "count": one.count, "converted": one.converted,
        "givenUp": one.given_up, "open": one.open, "conversionRate": one.rate,
    }  # fmt: skip
    more = {"name": one.name or None, "meanDays": one.mean_days, "medianDays": one.median_days}
    return told | {name: value for name, value in more.items() if value is not None}


def verbs() -> Iterator[Verb]:
    """Yield the operation, as OpenAPI tells of it."""
    yield Verb(
        api=SALES, method="get", path="/figures/lead", name="readLeadFigures",
        scope="SalesLead:read", about="LeadFigures", answers="LeadFigures",
        summary="Tell how many leads were converted, and how long that took",
        filters={"by": f"What they are told apart by: {', '.join(GROUPS)}.",
                 "from": "The beginning; 90 days before the end where it is left out.",
                 "to": "The end; now where it is left out."},
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add its address."""
    app.add_route(f"{SALES.base}/figures/lead", LeadFigures(services, doorman))
