"""Availability asked from a record: what it is about, where, what was answered, and asking anew."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.kernel.resource import Document
from trunkline.kernel.row import kind_view
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.qualification.api import CHECK_AGAIN
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.sales.qualified import recheck
from trunkline.sales.qualified_asking import ask_from, asked_lines, record_asked_from
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import naming, seen, select_among
from trunkline.web.sales.cart_view import CHECKS_MAX, SITES_MAX, checks_told

CHECK = ProductOfferingQualification.resource


class AvailabilityPage:
    """`/availability/{kind}/{ident}` and asking there."""

    needs = "ProductOfferingQualification:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Show what would be asked, and what was answered before."""
        self._desk.answer(req, resp, partial(self._view, kind=kind, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Ask, and show the answer."""

        def ask(visit: Visit, form: Form) -> Answer:
            site = form.text("site")
            place: Mapping[str, Json] | None = (
                {"id": site, "role": "installation", "@referredType": "GeographicSite"}
                if site
                else None
            )
            try:
                with self._desk.work(visit) as work:
                    found = record_asked_from(work, kind, ident)
                    check = ask_from(
                        work, found, place=place, reserve=form.text("reserve") == "yes"
                    )
            except NotFound:
                raise
            except Refusal as refusal:
                if refusal.status not in (400, 409):
                    raise
                return self._view(visit, kind=kind, ident=ident, refusal=refusal)
            return Moved(f"/qualify/{check.key}")

        self._desk.act(req, resp, ask)

    def on_post_again(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Ask anew what does not hold any more."""

        def again(visit: Visit, _form: Form) -> Answer:
            with self._desk.work(visit) as work:
                found = record_asked_from(work, kind, ident)
                asked = recheck(work, found)
            if len(asked) == 1:
                return Moved(f"/qualify/{asked[0].key}?done=again")
            return Moved(f"/availability/{kind}/{found.key}?done=again")

        self._desk.act(req, resp, again)

    def _view(
        self, visit: Visit, *, kind: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(CHECK, "create")
            record = record_asked_from(work, kind, ident)
            found = _around(work, record)
            shown = seen(work, record)
            may_again = work.actor.may(CHECK_AGAIN) is not None
            values: dict[str, Any] = {
                "key": record.key,
                "kind": kind,
                "title": shown.label,
                "record_address": self._desk.addresses.of_record(record.resource, record.key),
                "address": f"/availability/{kind}/{record.key}",
                "lines": asked_lines(record),
                "sites": [
                    {"id": one.id, "name": one.name or one.key}
                    for one in found
                    if isinstance(one, GeographicSite)
                ],
                "checks": [*checks_told(self._desk, found, work.now)],
            }
        values["needs_site"] = any(not one["places"] for one in values["lines"])
        values["may_again"] = may_again and any(one["expired"] for one in values["checks"])
        values["done"] = visit.req.get_param("done") or ""
        values["problem"] = refusal.told if refusal else ""
        return Shown("sales_availability.html", values, refusal.status if refusal else 200)


def _around(work: Work, record: Document) -> list[Document]:
    """Read the customer's sites and the answers that were asked from a record, at once, as seen."""
    parties = getattr(record, "related_party", ())
    customer = customer_of(parties)
    people = [customer] if customer is not None else []
    branches = [
        naming(work, GeographicSite.resource, "relatedParty", people, SITES_MAX),
        naming(work, CHECK, "checkedFor", [record.id], CHECKS_MAX),
    ]
    found = select_among(work, [one for one in branches if one is not None])
    return [kind_view(one, seen(work, one).document) for one in found]
