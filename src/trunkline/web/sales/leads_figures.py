"""Figures of leads: which sources, people and campaigns bring customers, and how soon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import falcon

from trunkline.governance.registers import registers
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.sales.lead.figures import LeadFigure, lead_figures
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.values import number
from trunkline.web.wording import words

ADDRESS = "/sales/figures"
PERIODS = (30, 90, 365)
TITLES = {"source": "By source", "owner": "By owner", "campaign": "By campaign"}
HEADS = {"source": "Source", "owner": "Owner", "campaign": "Campaign"}


class LeadFiguresPage:
    """`/sales/figures`."""

    needs = "SalesLead:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the figures of leads that came in the last days."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        asked = visit.req.get_param("days") or ""
        days = int(asked) if asked.isdecimal() and int(asked) in PERIODS else PERIODS[1]
        chosen = visit.req.get_param("by") or ""
        by = chosen if chosen in TITLES else "source"
        with self._desk.work(visit) as work:
            start = work.now - timedelta(days=days)
            whole, groups = lead_figures(work, by=by, start=start, end=work.now)
            called = partial(_source, work) if by == "source" else str
            rows = [_row(one, called) for one in groups]
        values = {
            "days": days,
            "periods": PERIODS,
            "by": by,
            "titles": list(TITLES.items()),
            "title": TITLES[by],
            "first": HEADS[by],
            "whole": _row(whole, str),
            "rows": rows,
            "address": ADDRESS,
        }
        return Shown("sales_figures.html", values)


def _source(work: Work, code: str) -> str:
    """Return what a source of leads is called now; its code as words where it is of no register."""
    known = registers(work).get("leadSource")
    value = known.values.get(code) if known is not None else None
    return value.called.within(spoken().code) if value is not None else words(code)


def _row(one: LeadFigure, called: Callable[[str], str]) -> dict[str, Any]:
    return {
        "title": one.name or (called(one.value) if one.value else ""),
        "count": one.count,
        "converted": one.converted,
        "given_up": one.given_up,
        "open": one.open,
        "share": round(one.rate),
        "mean": number(one.mean_days) if one.mean_days is not None else "",
        "median": number(one.median_days) if one.median_days is not None else "",
    }
