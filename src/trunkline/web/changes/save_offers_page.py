"""Save offers: how often offers to stay were accepted and declined, by reason."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import falcon

from trunkline.documents.errors import Forbidden
from trunkline.ordering.macd.reasons import reason_names
from trunkline.ordering.macd.save_offer import SaveOffer
from trunkline.ordering.macd.saving import Answered, answers_between
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.web.desk import Answer, Desk, Shown, Visit

DAYS = (30, 90, 365)


class SaveOffersPage:
    """`/save-offers`."""

    needs = "ProductOrder:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the report of the last days."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        if visit.actor.must(ProductOrder.resource, "read").reach != "all":
            raise Forbidden("notAllowed", "the report is for those who read all orders")
        asked = visit.req.get_param("days") or ""
        days = int(asked) if asked.isdecimal() and int(asked) in DAYS else DAYS[0]
        with self._desk.work(visit) as work:
            found = answers_between(work, work.now - timedelta(days=days), work.now)
            names = reason_names(work, spoken().code)
        grouped: dict[str, list[Answered]] = defaultdict(list)
        for one in found:
            grouped[one.reason].append(one)
        may_edit = visit.actor.grant(SaveOffer.resource, "create") is not None
        groups = [
            {"reason": names.get(reason, reason), "rows": [_row(one) for one in own]}
            for reason, own in grouped.items()
        ]
        values: dict[str, Any] = {
            "groups": groups, "days": days, "all_days": DAYS,
            "list": self._desk.addresses.of_list(SaveOffer.resource) if may_edit else "",
        }  # fmt: skip
        return Shown("changes_saved.html", values)


def _row(one: Answered) -> dict[str, Any]:
    asked = one.accepted + one.declined
    return {
        "name": one.name, "key": one.offer, "accepted": one.accepted, "declined": one.declined,
        "share": round(100 * one.accepted / asked) if asked else 0,
    }  # fmt: skip
