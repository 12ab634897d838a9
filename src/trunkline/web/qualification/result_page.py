"""An answer: what can be had of what was asked, why not, what instead, and until when it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.qualification.api import CHECK_AGAIN
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.outside import check_again
from trunkline.sales.qualified_asking import KINDS
from trunkline.sales.qualified_taking import INTO, take_into
from trunkline.shared.reference import PLACE_TARGETS
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.postal import address_line
from trunkline.web.qualification.taking import ITEMS, customer_of, places_of, site_of, take_over
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.values import EMPTY, Cell, instant

CHECK = ProductOfferingQualification.resource
WORDS: Mapping[str, tuple[str, str]] = {
    "qualified": ("Can be had", "good"),
    "alternate": ("Something else can be had", "warn"),
    "unqualified": ("Cannot be had", "bad"),
    "none": ("No answer", "idle"),
    "": ("Being checked", "busy"),
}
"""What the results are called, and the tone of each."""

ORDER = ("qualified", "alternate", "unqualified", "none", "")


class ResultPage:
    """`/qualify/{ident}`, asking again, and taking an offering over."""

    needs = "ProductOfferingQualification:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the answer."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post_again(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask anew."""

        def again(visit: Visit, _form: Form) -> Answer:
            visit.actor.must_have(CHECK_AGAIN)
            visit.actor.must(CHECK, "update")
            with self._desk.work(visit) as work:
                check = check_again(work, ProductOfferingQualification, ident)
            return Moved(f"/qualify/{check.key}?done=again")

        self._desk.act(req, resp, again)

    def on_post_take(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take an offering over into a draft order, and show that."""

        def take(visit: Visit, form: Form) -> Answer:
            with self._desk.work(visit) as work:
                check = record_of(work, CHECK, ident)
                if into_of(check.document):
                    return Moved(self._put(work, check, form))
                order = take_over(work, check, form.text("item"), form.text("alternate"))
            return Moved(f"/order/new?draft={order}")

        self._desk.act(req, resp, take)

    def _put(self, work: Work, check: Record, form: Form) -> str:
        """Put an offering into the quote or cart that was asked from; return its address."""
        own = work.get(ProductOfferingQualification, check.id)
        if own is None:
            raise NotFound("notFound", f"there is no qualification {check.key}")
        into = take_into(work, own, form.text("item"), alternate=form.text("alternate"))
        return self._desk.addresses.of_record(into.resource, into.key)

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            check = record_of(work, CHECK, ident)
            values = self._told(work, check)
            grant = work.actor.grant
            may_again = work.actor.may(CHECK_AGAIN) is not None
            values["may"] = {
                "order": _may_take(work, check),
                "again": may_again and grant(CHECK, "update") is not None,
            }
        values["done"] = visit.req.get_param("done") or ""
        return Shown("qualification_result.html", head_of(self._desk, check) | values)

    def _told(self, work: Work, check: Record) -> dict[str, Any]:
        document = check.document
        customer, site = customer_of(check), site_of(check)
        named: dict[str, list[str]] = {Customer.resource.name: [customer]} if customer else {}
        if site:
            kind = str(site.get("@referredType") or "")
            named[kind if kind in PLACE_TARGETS else PLACE_TARGETS[1]] = [str(site["id"])]
        about = document.get("checkedFor") or {}
        if about.get("id"):
            named.setdefault(str(about.get("@referredType")), []).append(str(about["id"]))
        mentions = mentions_of(work, self._desk.addresses, named)
        ends = document.get("expirationDate")
        place = next((one for one in document.get("place") or () if isinstance(one, dict)), {})
        result = str(document.get("qualificationResult") or "")
        return {
            "customer": mentions.get(customer),
            "about": mentions.get(str(about.get("id"))),
            "into": into_of(document) is not None,
            "site": mentions.get(str(site.get("id"))),
            "line": "" if site else address_line(place),
            "is_several": any(places_of(one) for one in document.get(ITEMS) or ()),
            "result": told_result(result),
            "is_open": not result,
            "is_none": result == "none",
            "checked": instant(document.get("productOfferingQualificationDate"), self._desk.zone),
            "until": instant(ends, self._desk.zone) if ends else EMPTY,
            "is_expired": bool(ends) and parse_instant(str(ends)) <= work.now,
            "items": sorted(self._items(document), key=lambda one: ORDER.index(one["code"])),
            "address": f"/qualify/{check.key}",
        }

    def _items(self, document: Mapping[str, Json]) -> Iterator[dict[str, Any]]:
        for one in document.get(ITEMS) or ():
            offering = one.get("productOffering") or {}
            result = str(one.get("qualificationItemResult") or "")
            reasons = [each.get("label") for each in one.get("eligibilityUnavailabilityReason", ())]
            reasons += [each.get("value") for each in one.get("terminationError", ())]
            expected = one.get("expectedActivationDate")
            kept = one.get("reservation")
            yield {
                "id": one.get("id"),
                "name": offering.get("name") or (one.get("product") or {}).get("name") or "",
                "result": told_result(result),
                "code": result,
                "reasons": [str(each) for each in reasons if each],
                "places": [str(each["name"]) for each in places_of(one) if each.get("name")],
                "from": instant(expected, self._desk.zone) if expected else None,
                "kept": instant(kept.get("until"), self._desk.zone) if kept else None,
                "others": [
                    {
                        "id": each.get("id"),
                        "name": (each.get("alternateProductOffering") or {}).get("name") or "",
                        "from": instant(each["alternateActivationDate"], self._desk.zone)
                        if each.get("alternateActivationDate")
                        else None,
                    }
                    for each in one.get("alternateProductOfferingProposal", ())
                ],
            }


def _may_take(work: Work, check: Record) -> bool:
    into = into_of(check.document)
    if into is not None:
        return work.actor.grant(into, "update") is not None
    return work.actor.grant(ProductOrder.resource, "create") is not None


def into_of(document: Mapping[str, Json]) -> Resource | None:
    """Return of which kind the quote or cart is that an answer was asked from; None if of none."""
    about = document.get("checkedFor") or {}
    kind = str(about.get("@referredType") or "")
    return KINDS[kind].resource if kind in INTO else None


def told_result(result: str) -> Cell:
    """Return the cell of a result: its words and the tone of its colour."""
    text, tone = WORDS.get(result, WORDS[""])
    return Cell("state", text, tone=tone)
