"""One sale: its stages, what it brings, its lines, the quote of them, and how it ended."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.governance.registers import registers
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.sales.opportunity.cycle import Cycle, cycles_of
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.opportunity.quoting import quote_of
from trunkline.sales.opportunity.registers import LOST, WON
from trunkline.sales.quote.quote import Quote
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.values import day, price, state

MERGE = "application/merge-patch+json"
ADDRESS = "/opportunities"
AMOUNTS = (
    ("Amount", "amount"), ("Weighted", "weightedAmount"), ("Once", "oneTime"), ("MRR", "mrr"),
    ("ARR", "arr"), ("ACV", "acv"), ("TCV", "tcv"),
)  # fmt: skip


class OpportunityPage:
    """`/opportunities/{ident}`, its stage and its quote."""

    needs = "SalesOpportunity:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the sale."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post_stage(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Bring the sale into another stage; closing it says why."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    def on_post_quote(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make a quote of the lines that are ticked, all where none is."""
        self._desk.act(req, resp, partial(self._quote, ident=ident))

    def _move(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        patch: dict[str, Json] = {"stage": form.text("stage")}
        for field, name in (("reason", "closeReason"), ("lostTo", "lostTo"),
                            ("note", "outcomeNote")):  # fmt: skip
            if form.text(field):
                patch[name] = form.text(field)
        try:
            with self._desk.work(visit) as work:
                change(work, work.lock(SalesOpportunity, ident), patch, MERGE)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"{ADDRESS}/{ident}?done=saved")

    def _quote(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            with self._desk.work(visit) as work:
                made = quote_of(work, ident, lines=form.all("line"))
                key = made.key
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"{self._desk.addresses.of_record(Quote.resource, key)}?done=created")

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        resource = SalesOpportunity.resource
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            said = record.document
            cycle = cycles_of(work).get(str(said.get("salesCycle")))
            mentions = mentions_of(work, self._desk.addresses, _named(said))
            may_change = work.actor.grant(resource, "update") is not None
            may_quote = may_change and work.actor.grant(Quote.resource, "create") is not None
            reasons = _reasons(work, visit.preferences.language or "")
        is_open = said.get("status") == "open"
        values: dict[str, Any] = self._head(record, mentions) | {
            "stages": _stages(cycle, said),
            "ends": [
                {"stage": one.code, "name": one.name, "kind": one.kind,
                 "reasons": reasons[one.kind]}
                for one in (cycle.stages if cycle else ()) if one.kind != "open"
            ],
            "is_open": is_open,
            "amounts": _amounts(said),
            "lines": [self._line(one, mentions) for one in said.get("salesOpportunityItem") or ()],
            "may_change": may_change,
            "may_quote": may_quote and is_open,
            "problems": problems_of(refusal),
            "done": visit.req.get_param("done") or "",
        }  # fmt: skip
        return Shown("sales_opportunity.html", values, refusal.status if refusal else 200)

    def _head(self, record: Record, mentions: Any) -> dict[str, Any]:
        said, resource = record.document, record.resource
        parties = said.get("relatedParty") or ()
        customer: dict[str, Json] = next(
            (one for one in parties if one.get("role") == "customer"), {}
        )
        primary = said.get("primaryQuote") or {}
        return {
            "label": record.label,
            "key": record.key,
            "state": state(str(said.get("status") or "open")),
            "list": {"address": self._desk.addresses.of_list(resource), "title": "Opportunities"},
            "facts_address": self._desk.addresses.of_facts(resource, record.key),
            "customer": mentions.get(customer.get("id")),
            "primary": mentions.get(primary.get("id")),
            "syncs": bool(said.get("syncsQuote")),
            "probability": said.get("probability"),
            "expected": day(said["expectedCloseDate"]).text
            if said.get("expectedCloseDate")
            else "",
            "who": (said.get("assignee") or {}).get("name") or "",
            "close_reason": said.get("closeReason") or "",
            "kind": resource.name,
            "id": record.id,
        }

    def _line(self, one: dict[str, Json], mentions: Any) -> dict[str, Any]:
        offering = mentions.get((one.get("productOffering") or {}).get("id"))
        places = (one.get("product") or {}).get("place") or [{}]
        place = mentions.get(places[0].get("id"))
        amounts = one.get("amounts") or {}
        return {
            "id": one.get("id"),
            "offering": offering,
            "name": offering.label if offering else (one.get("productOffering") or {}).get("name"),
            "place": place.label if place else places[0].get("name") or "",
            "quantity": one.get("quantity") or 1,
            "term": one.get("term"),
            "one_time": _money(amounts.get("oneTime")),
            "mrr": _money(amounts.get("mrr")),
            "tcv": _money(amounts.get("tcv")),
        }


def _reasons(work: Work, language: str) -> dict[str, list[list[str]]]:
    """Return the reasons for which a sale is won and lost, each by its code and name."""
    known = registers(work)
    found: dict[str, list[list[str]]] = {}
    for kind, name in (("won", WON), ("lost", LOST)):
        listed = known[name].chosen(work.now) if name in known else ()
        found[kind] = [[one.code, one.called.within(language)] for one in listed]
    return found


def _named(said: dict[str, Json]) -> dict[str, list[str]]:
    """Return the ids of what a sale names that its page calls by name."""
    found: dict[str, list[str]] = {}
    for one in said.get("relatedParty") or ():
        if one.get("role") == "customer":
            found.setdefault("Customer", []).append(str(one.get("id")))
    if said.get("primaryQuote"):
        found["Quote"] = [str(said["primaryQuote"].get("id"))]
    for one in said.get("salesOpportunityItem") or ():
        found.setdefault("ProductOffering", []).append(str(one["productOffering"].get("id")))
        for place in (one.get("product") or {}).get("place") or ():
            kind = str(place.get("@referredType") or "GeographicAddress")
            found.setdefault(kind, []).append(str(place.get("id")))
    return found


def _stages(cycle: Cycle | None, said: dict[str, Json]) -> list[dict[str, Any]]:
    """Return the open stages with where the sale is, and which it has passed."""
    if cycle is None:
        return []
    here = said.get("stage")
    codes = [one.code for one in cycle.stages]
    at = codes.index(here) if here in codes else -1
    return [
        {"code": one.code, "name": one.name, "probability": one.probability,
         "here": one.code == here, "next": index == at + 1,
         "past": index < at and said.get("status") != "lost"}
        for index, one in enumerate(cycle.stages)
        if one.kind == "open" or one.code == here
    ]  # fmt: skip


def _amounts(said: dict[str, Json]) -> list[dict[str, Any]]:
    found = [{"title": title, "text": _money(said.get(name))} for title, name in AMOUNTS]
    margin = said.get("marginPercent")
    if margin is not None:
        found.append({"title": "Margin", "text": f"{margin} %"})
    return [one for one in found if one["text"]]


def _money(amount: Json) -> str:
    if not isinstance(amount, dict) or amount.get("value") is None:
        return ""
    return price(Decimal(str(amount["value"])), str(amount.get("unit") or ""))
