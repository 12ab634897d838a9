"""The board of leads: a column per stage, and a card that is moved by hand or by the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.sales.lead.lead import OPEN, PUBLISHED, SalesLead, worth
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.governed import Governed, governed
from trunkline.web.records import Branch, seen, select_among
from trunkline.web.values import ago, price

MERGE = "application/merge-patch+json"
ADDRESS = "/leads"
CARDS_MAX, ENDED_MAX = 60, 12
ENDED_DAYS = 30
TITLES = {
    "new": "New", "contacted": "Contacted", "nurturing": "Nurturing", "qualified": "Qualified",
    "disqualified": "Given up",
}  # fmt: skip
PAGES = {"qualified": "convert", "disqualified": "give-up"}
"""Stages that are reached by a page of their own, which asks for what is needed."""


class LeadsBoard:
    """`/leads`, and `/leads/{ident}/stage`, which moves a card."""

    needs = "SalesLead:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the board, of all leads or of one's own."""
        self._desk.answer(req, resp, self._view)

    def on_post_stage(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move a card; the board as it is then is the answer."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    def _move(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        stage = form.text("stage")
        if stage in PAGES:
            return Moved(f"{ADDRESS}/{ident}/{PAGES[stage]}")
        problem = ""
        try:
            with self._desk.work(visit) as work:
                if stage not in OPEN:
                    raise Invalid("badStage", f"there is no stage {stage[:40]}")
                lead = work.lock(SalesLead, ident)
                change(work, lead, {"status": PUBLISHED[stage]}, MERGE)
        except NotFound:
            raise
        except Refusal as refusal:
            problem = refusal.told
        if visit.req.get_header("HX-Request") != "true" and not problem:
            return Moved(ADDRESS + ("?mine=1" if form.text("mine") else ""))
        return self._view(visit, moved=ident, problem=problem, mine=bool(form.text("mine")))

    def _view(
        self, visit: Visit, *, moved: str = "", problem: str = "", mine: bool | None = None
    ) -> Answer:
        visit.actor.must(SalesLead.resource, "read")
        is_mine = visit.req.get_param("mine") == "1" if mine is None else mine
        with self._desk.work(visit) as work:
            found = _read(work, is_mine)
            known = governed(work, SalesLead.resource)
            may_move = work.actor.grant(SalesLead.resource, "update") is not None
            cards = [(one.stage, self._card(work, one, known)) for one in found]
        values: dict[str, Any] = {
            "columns": [
                {"stage": stage, "title": title,
                 "cards": [card for held, card in cards if held == stage],
                 "is_open": stage in OPEN}
                for stage, title in TITLES.items()
            ],
            "mine": is_mine,
            "moved": moved,
            "problem": problem,
            "may_move": may_move,
            "may_make": visit.actor.grant(SalesLead.resource, "create") is not None,
            "is_empty": not cards,
            "list": self._desk.addresses.of_list(SalesLead.resource),
        }  # fmt: skip
        is_part = visit.req.get_header("HX-Request") == "true"
        return Shown("sales_board_part.html" if is_part else "sales_board.html", values)

    def _card(self, work: Work, lead: SalesLead, known: Governed) -> dict[str, Any]:
        record = seen(work, lead)
        said = record.document
        value = worth(SalesLead.wrap(said))
        revenue = said.get("estimatedRevenue") or {}
        lines = [one.get("priceEstimate") or {} for one in said.get("salesLeadItem") or ()]
        currency = next((one["unit"] for one in (*lines, revenue) if one.get("unit")), "")
        held = said.get("assignee") or {}
        return {
            "key": record.key,
            "name": record.label,
            "company": said.get("companyName") or "",
            "rating": known.cell("rating", said.get("rating")) if said.get("rating") else None,
            "score": said.get("score"),
            "worth": price(value, currency) if value and currency else "",
            "who": held.get("name") or "",
            "age": ago(lead.meta.created_at, self._desk.zone, work.now),
            "address": self._desk.addresses.of_record(SalesLead.resource, record.key),
            "moves": [
                {"stage": one, "title": TITLES[one], "page": PAGES.get(one, "")}
                for one in _followers(str(lead.stage))
            ],
        }


def _followers(stage: str) -> Sequence[str]:
    lifecycle = SalesLead.resource.lifecycle
    assert lifecycle is not None
    return lifecycle.moves.get(stage, ())


def _read(work: Work, mine: bool) -> list[SalesLead]:
    """Read the cards of all columns in one statement, the most promising ones first."""
    own = "and t.p_assignee_id = %s" if mine else ""
    who = [work.actor.id] if mine else []
    since = work.now - timedelta(days=ENDED_DAYS)
    branches = [
        Branch(
            SalesLead.resource, f"t.p_stage = %s {own}", [stage, *who],
            "order by t.p_score desc nulls last, t.p_creation_date desc nulls last, t.id desc "
            f"limit {CARDS_MAX}",
        )
        for stage in OPEN
    ] + [
        Branch(
            SalesLead.resource, f"t.p_stage = %s and t.updated_at > %s {own}",
            [stage, since, *who], f"order by t.updated_at desc, t.id desc limit {ENDED_MAX}",
        )
        for stage in PAGES
    ]  # fmt: skip
    return [one for one in select_among(work, branches) if isinstance(one, SalesLead)]
