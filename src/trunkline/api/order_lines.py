"""The lines of a product order by site, with their states, dates, old and new values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.shown_lines import OldAndNew, ShownLine, ShownSite, sites_shown
from trunkline.rest.http import Doorman, Known
from trunkline.sales.pricing import effects_told


class LinesOf(Asked):
    """`/productOrder/{id}/line`: the lines of an order by site."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer them as they stand; values are left out where personal ones are not seen."""

        def answer(known: Known) -> None:
            grant = known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                order = work.get(ProductOrder, ident)
                if order is None:
                    raise NotFound("notFound", f"there is no product order {ident}")
                sites = sites_shown(work, order)
            shows_personal = "personal" in grant.sees
            answer_json(
                resp,
                {
                    "order": {"id": order.id, "key": order.key, "state": order.state},
                    "site": [site_body(one, shows_personal=shows_personal) for one in sites],
                },
            )

        self.as_known(req, answer)


def site_body(site: ShownSite, *, shows_personal: bool) -> dict[str, Json]:
    """Return a site with its lines as JSON."""
    return _said(
        {
            "place": site.place,
            "state": site.state,
            "committedCompletionDate": _moment(site.committed_at),
            "completionDate": _moment(site.ended_at),
            "line": [_line_body(one, shows_personal=shows_personal) for one in site.lines],
        }
    )


def _line_body(shown: ShownLine, *, shows_personal: bool) -> dict[str, Json]:
    item = shown.line.item
    offering = item.product_offering
    return _said(
        {
            "itemId": item.id,
            "action": item.action,
            "state": item.state,
            "quantity": shown.line.quantity,
            "productOffering": offering.raw if offering is not None else None,
            "product": shown.line.product_id,
            "formerPlace": shown.former_place,
            "status": _old_and_new(shown.status),
            "offering": _old_and_new(shown.offering),
            "billingAccount": _old_and_new(shown.account) if shows_personal else None,
            "priceEffect": list(effects_told(shown.prices)) or None,
            "committedCompletionDate": _moment(item.committed_completion_date),
            "startedAt": _moment(shown.started_at),
            "endedAt": _moment(shown.ended_at),
            "characteristic": [one._asdict() for one in shown.characteristics]
            if shows_personal
            else None,
        }
    )


def _old_and_new(found: OldAndNew | None) -> dict[str, Json] | None:
    return {"old": found.old, "new": found.new} if found is not None else None


def _said(body: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in body.items() if value is not None}


def _moment(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment is not None else None


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the address of the lines of product orders."""
    app.add_route(f"{ORDERING.base}/productOrder/{{ident}}/line", LinesOf(services, doorman))
