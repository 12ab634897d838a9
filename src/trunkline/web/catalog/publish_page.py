"""The page on which an entry is published: what goes live with it, and from when."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import falcon

from trunkline.catalog.entry import DRAFT, CatalogEntry
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.publishing import publish, take_back, with_drafts
from trunkline.documents.errors import Fault, Invalid, Refusal
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.catalog.kinds import address_of, entry_kind, short_name
from trunkline.web.catalog.price_lines import day_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.records import documents_of, record_of
from trunkline.web.values import Cell, instant, price, state

OVER_A_MONTH = timedelta(days=32)


class PublishPage:
    """`/catalog/{segment}/{ident}/publish`, and `…/back` before it goes live."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show what goes live, and ask from when."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Publish it: now, or from a day on."""
        self._desk.act(req, resp, partial(self._publish, segment=segment, ident=ident))

    def on_post_back(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Make a draft of it again, before it goes live."""
        self._desk.act(req, resp, partial(self._back, segment=segment, ident=ident))

    # --- inside --------------------------------------------------------------------------------

    def _view(
        self, visit: Visit, *, segment: str, ident: str, refusal: Refusal | None = None,
        typed: str = "",
    ) -> Answer:  # fmt: skip
        resource = entry_kind(self._desk.addresses, segment)
        with self._desk.work(visit) as work:
            work.actor.must(resource, "update")
            entry = self._entry(work, resource, ident)
            if entry.lifecycle_status not in DRAFT:
                return Moved(address_of(self._desk.addresses, resource, entry.key))
            values = {
                "label": entry.name or entry.key,
                "address": address_of(self._desk.addresses, resource, entry.key),
                "near": address_of(self._desk.addresses, resource, entry.id),
                "drafts": [self._row(one) for one in reversed(with_drafts(work, entry))],
                "own": self._own_start(entry, work.now),
                "first": self._first(work.now),
                "today": f"{self._first_day(work.now, days=1):%Y-%m-%d}",
                "typed": typed,
                "has_versions": entry.meta.version > 1,
                "problems": _told(refusal),
            }
        return Shown("catalog_publish.html", values, refusal.status if refusal else 200)

    def _entry(self, work: Work, resource: Resource, ident: str) -> CatalogEntry:
        record = record_of(work, resource, ident)
        found = documents_of(work, {resource.name: [record.id]})
        if not found or not isinstance(found[0], CatalogEntry):
            raise Invalid("notFound", "the entry is gone")
        return found[0]

    def _row(self, entry: CatalogEntry) -> dict[str, Any]:
        amount = entry.price if isinstance(entry, ProductOfferingPrice) else None
        has_amount = amount is not None and amount.value is not None
        return {
            "label": entry.name or entry.key,
            "short": short_name(entry.resource, entry.raw),
            "address": address_of(self._desk.addresses, entry.resource, entry.key),
            "state": state(str(entry.lifecycle_status)),
            "amount": price(amount.value, amount.unit or "")
            if has_amount and amount is not None and amount.value is not None else "",
        }  # fmt: skip

    def _own_start(self, entry: CatalogEntry, now: datetime) -> Cell | None:
        """Return when the entry's own validity begins, where that is still to come."""
        start = entry.valid_for.start_date_time if entry.valid_for is not None else None
        return instant(start, self._desk.zone) if start is not None and start > now else None

    def _first(self, now: datetime) -> dict[str, Any]:
        """Return the first day of the next month: the day on which most things change."""
        first = self._first_day(now.astimezone(self._desk.zone).replace(day=1) + OVER_A_MONTH)
        first = first.replace(day=1)
        return {"value": f"{first:%Y-%m-%d}", "cell": instant(first, self._desk.zone)}

    def _first_day(self, moment: datetime, *, days: int = 0) -> datetime:
        local = moment.astimezone(self._desk.zone) + timedelta(days=days)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def _publish(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        typed = form.text("first") if form.text("do") == "first" else form.text("date")
        try:
            with self._desk.work(visit) as work:
                at = self._moment(typed, work.now) if form.text("do") != "now" else None
                kind: Any = resource.type
                entry = publish(work, kind, ident, at=at)[-1]
                begins = self._own_start(entry, work.now)
        except Refusal as refusal:
            if refusal.status in {401, 403, 404}:
                raise
            return self._view(visit, segment=segment, ident=ident, refusal=refusal, typed=typed)
        done = "scheduled" if begins is not None else "published"
        return Moved(f"{address_of(self._desk.addresses, resource, entry.key)}?done={done}")

    def _moment(self, typed: str, now: datetime) -> datetime:
        try:
            return day_of(typed, self._desk.zone, now)
        except ValueError as error:
            fault = Fault("date", "missing", "say from which day on")
            raise Invalid("badBody", fault.message, faults=[fault]) from error

    def _back(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        kind: Any = resource.type
        with self._desk.work(visit) as work:
            key = take_back(work, kind, ident)[0].key
        return Moved(f"{address_of(self._desk.addresses, resource, key)}?done=back")


def _told(refusal: Refusal | None) -> list[dict[str, str]]:
    if refusal is None:
        return []
    return [{"label": label_of_path(one.path) if one.path != "date" else "",
             "message": one.message} for one in refusal.faults] or [
        {"label": "", "message": refusal.message}]  # fmt: skip
