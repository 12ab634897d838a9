"""The page of a quote: what is offered where, at which prices, and everything that is done next."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.contract.agreement.agreement import Agreement
from trunkline.documents.errors import Forbidden, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.sales.agreed.from_quote import AGREEABLE, agree_on_quote, agreement_of
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.sales.quote.adjustment import KEEPS
from trunkline.sales.quote.comparing import compare
from trunkline.sales.quote.moving import TARGETS, move_quote
from trunkline.sales.quote.overriding import APPROVE, WAITS
from trunkline.sales.quote.quote import QUOTE_LIFECYCLE, Quote
from trunkline.sales.quote.revising import revise
from trunkline.sales.quote.to_order import order_quote
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.record_page import head_of
from trunkline.web.records import Mention, Record, matching, mentions_of, record_of
from trunkline.web.sales.quote_discount import (
    discount,
    discountable,
    discounts_shown,
    override_shown,
    reasons_of,
)
from trunkline.web.sales.quote_view import (
    can_be_captured,
    comparison_shown,
    doings_shown,
    place_of,
    sites_shown,
    totals_shown,
)
from trunkline.web.values import instant, state
from trunkline.web.wording import words

BASE = "/quote/"
ORDERABLE = ("accepted", "completed")
WITHIN = ("GeographicSite", "GeographicAddress")


class QuotePage:
    """`/quote/{ident}`, its `/discount`, and `/comparison` with its former revision."""

    needs = "Quote:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the quote."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do one thing with it: move it on, revise it, or order of it."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def on_get_comparison(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how it differs from its former revision, line by line."""
        self._desk.answer(req, resp, partial(self._compare, ident=ident))

    def on_post_discount(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a discount on a line or on all of them, or take it away."""
        self._desk.act(req, resp, partial(self._discount, ident=ident))

    # --- the page ------------------------------------------------------------------------------

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            quote = record_of(work, Quote.resource, ident)
            named = _named(quote.document)
            agreement = self._agreed(work, quote)
            if agreement is not None:
                named.setdefault("Agreement", set()).add(agreement.id)
            names = mentions_of(work, self._desk.addresses, named)
            newer = self._newer(work, quote)
            reasons = reasons_of(work, spoken().code)
        document = quote.document
        internal = str(document.get("internalState"))
        sites, discounts = sites_shown(document, names), discounts_shown(document, dict(reasons))
        for row in (one for site in sites for one in site["lines"]):
            row["adjustments"] = discounts["lines"].get(str(row["id"]), ())
        values = head_of(self._desk, quote) | {
            "address": f"{BASE}{quote.key}",
            "state": state(internal),
            "internal": "",
            "revision": document.get("revision"),
            "customer": _mention(_customer(document), names),
            "opportunity": _mention((document.get("opportunity") or {}).get("id"), names),
            "former": _mention((document.get("formerRevision") or {}).get("id"), names),
            "newer": newer,
            "agreements": [
                _mention(one, names) for one in sorted(named.get("Agreement") or ())
            ],
            "may_agree": agreement is None
            and internal in AGREEABLE
            and visit.actor.grant(Agreement.resource, "create") is not None,
            "orders": [
                _mention(one["id"], names) for one in document.get("productOrder") or ()
            ],
            "until": instant((document.get("validFor") or {}).get("endDateTime"), self._desk.zone),
            "starts": instant(document.get("expectedFulfillmentStartDate"), self._desk.zone),
            "accepted": self._acceptance(document),
            "reason": document.get("stateReason") or "",
            "sites": sites,
            "override": override_shown(document),
            "discounts": discounts["whole"],
            "discountable": discountable(document),
            "overwrites": document.get(KEEPS) is False,
            "reasons": reasons,
            "count": len(document.get(QUOTE_WORDS.item) or ()),
            "totals": totals_shown(document),
            "term": document.get("termMonths"),
            "problems": problems_of(refusal),
            "saved": visit.req.get_param("done") == "saved",
        }  # fmt: skip
        values |= self._doings(visit.actor, internal, document)
        return Shown("sales_quote.html", values, refusal.status if refusal else 200)

    def _doings(self, actor: Actor, internal: str, document: dict[str, Json]) -> dict[str, Any]:
        is_active = document.get("isActive") is not False
        may_update = actor.grant(Quote.resource, "update") is not None and is_active
        may_make = actor.grant(Quote.resource, "create") is not None and is_active
        may_order = actor.grant(ProductOrder.resource, "create") is not None and may_update
        return {
            "doings": doings_shown(
                internal,
                may_update=may_update,
                may_approve=actor.may(APPROVE) is not None,
                waits_for_others=_waits_for_others(document, actor),
            ),
            "may_edit": may_update and internal == "draft",
            "is_captured": can_be_captured(document),
            "may_revise": may_make
            and may_update
            and internal != "draft"
            and "revised" in QUOTE_LIFECYCLE.moves.get(internal, ())
            and not document.get("productOrder"),
            "may_order": may_order and internal in ORDERABLE and _is_left(document),
            "is_accepted": internal == "accepted",
        }

    def _acceptance(self, document: dict[str, Json]) -> dict[str, Any] | None:
        held = document.get("acceptance")
        if not held:
            return None
        return {
            "at": instant(held.get("at"), self._desk.zone),
            "name": held.get("name") or "",
            "by": held.get("by") or "",
        }

    def _newer(self, work: Work, quote: Record) -> dict[str, str] | None:
        """Return the revision that took the place of a quote that is not active any more."""
        if quote.document.get("isActive") is not False:
            return None
        found = matching(work, Quote.resource, {"formerRevision.id": [quote.id]}, limit=1)
        if found is None or not found.records:
            return None
        return {"key": found.records[0].key, "address": f"{BASE}{found.records[0].key}"}

    def _agreed(self, work: Work, quote: Record) -> Agreement | None:
        """Return the agreement that was made of a quote, where one may be and is seen."""
        if quote.document.get("internalState") not in AGREEABLE:
            return None
        if work.actor.grant(Agreement.resource, "read") is None:
            return None
        return agreement_of(work, quote.id)

    # --- what is done --------------------------------------------------------------------------

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        must_not_only_look(visit)
        step = form.text("step")
        try:
            with self._desk.work(visit) as work:
                address = self._done(work, form, step, ident)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(address)

    def _discount(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        must_not_only_look(visit)
        try:
            with self._desk.work(visit) as work:
                key = discount(work, ident, form).key
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"{BASE}{key}?done=saved")

    def _done(self, work: Work, form: Form, step: str, ident: str) -> str:
        """Do it and return the address to go to."""
        if step == "order":
            if form.text("completes"):
                move_quote(work, ident, "complete")
            made = order_quote(work, ident, lines=_chosen(form))
            return f"/order/{made.key}?done=created"
        if step == "agree":
            agreement = agree_on_quote(work, ident)
            place = self._desk.addresses.of_facts(Agreement.resource, agreement.key)
            return f"{place}?done=created"
        if step == "revise":
            return f"{BASE}{revise(work, ident, reason=form.text('reason') or None).key}"
        for move in TARGETS:
            if move == step:
                said = form.text("reason") or None
                is_accepted = move == "accept"
                done = move_quote(
                    work, ident, move, reason=None if is_accepted else said,
                    name=said if is_accepted else None,
                )  # fmt: skip
                return f"{BASE}{done.key}?done=saved"
        raise Invalid("badStep", f"nothing is done to a quote that is called {step}")

    # --- comparing -----------------------------------------------------------------------------

    def _compare(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            quote = record_of(work, Quote.resource, ident)
            former = (quote.document.get("formerRevision") or {}).get("id")
            if former is None:
                raise NotFound("notFound", f"{quote.key} is the first revision")
            before = record_of(work, Quote.resource, former)
            named = _named(quote.document)
            for kind, idents in _named(before.document).items():
                named.setdefault(kind, set()).update(idents)
            names = mentions_of(work, self._desk.addresses, named)
        found = compare(Quote.wrap(before.document), Quote.wrap(quote.document))
        values = head_of(self._desk, quote) | comparison_shown(found, names)
        values |= {
            "address": f"{BASE}{quote.key}",
            "revision": quote.document.get("revision"),
            "before": {"key": before.key, "address": f"{BASE}{before.key}",
                       "revision": before.document.get("revision"),
                       "state": words(str(before.document.get("internalState")))},
        }  # fmt: skip
        return Shown("sales_quote_comparison.html", values)


def must_not_only_look(visit: Visit) -> None:
    """Refuse (403) to do anything while one looks at pages as another user."""
    if visit.viewer is not None:
        message = "you only look at this as another user; end that to do something yourself"
        raise Forbidden("onlyLooking", message)


def _waits_for_others(document: dict[str, Json], actor: Actor) -> bool:
    """Tell whether prices wait for another person than who looks, who asked for them."""
    held = document.get("priceOverride") or {}
    return held.get("state") in WAITS and held.get("requestedById") == actor.id


def _is_left(document: dict[str, Json]) -> bool:
    """Tell whether some of the lines is not ordered yet."""
    lines = document.get(QUOTE_WORDS.item) or ()
    return any((one.get("orderedQuantity") or 0) < (one.get("quantity") or 1) for one in lines)


def _chosen(form: Form) -> dict[str, int] | None:
    """Return how many of which lines are to be ordered; None where the page offered no choice."""
    lines = form.fields.get("line", ())
    if not form.text("chooses"):
        return None
    found: dict[str, int] = {}
    for ident in lines:
        text = form.text(f"count.{ident}") or "1"
        found[ident] = int(text) if text.isdecimal() and len(text) < 7 else 0
    return found


def _named(document: dict[str, Json]) -> dict[str, set[str]]:
    """Return what a quote names, by kind: whom, where, out of what, and what became of it."""
    found: dict[str, set[str]] = {"Customer": set(), "ProductOrder": set(), "Quote": set(),
                                  "SalesOpportunity": set(), "ProductOffering": set(),
                                  **{one: set() for one in WITHIN}}  # fmt: skip
    customer = _customer(document)
    if customer:
        found["Customer"].add(customer)
    for name, kind in (("opportunity", "SalesOpportunity"), ("formerRevision", "Quote")):
        if (document.get(name) or {}).get("id"):
            found[kind].add(document[name]["id"])
    found["ProductOrder"] |= {one["id"] for one in document.get("productOrder") or ()}
    found["Agreement"] = {one["id"] for one in document.get("agreement") or ()}
    for _, line in placed_lines(document.get(QUOTE_WORDS.item) or (), QUOTE_WORDS):
        place = place_of(line)
        if place:
            for kind in WITHIN:
                found[kind].add(place)
        offering = (line.get("productOffering") or {}).get("id")
        if offering:
            found["ProductOffering"].add(offering)
    return {kind: idents for kind, idents in found.items() if idents}


def _customer(document: dict[str, Json]) -> str:
    parties = document.get("relatedParty") or ()
    named = (one for one in parties if str(one.get("role") or "").lower() == "customer")
    return next((str(one.get("id") or "") for one in named), "")


def _mention(ident: str | None, names: dict[str, Mention]) -> dict[str, str] | None:
    found = names.get(ident or "")
    if found is None:
        return None
    return {"key": found.key, "label": found.label, "address": found.address}
