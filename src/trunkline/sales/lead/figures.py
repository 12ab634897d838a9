"""Figures of leads: how many became customers, and how long that took, by what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from trunkline.documents.errors import Fault, Invalid
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.select import scope
from trunkline.kernel.work import Work
from trunkline.sales.lead.lead import OPEN, SalesLead

NOTHING = "null::text"
GROUPS: Mapping[str, tuple[str, str, str]] = {
    "source": ("t.p_source", NOTHING, "source"),
    "owner": ("t.p_assignee_id", "t.p_assignee_name", "assignee.name"),
    "campaign": ("t.doc #>> '{marketingCampaign,id}'", NOTHING, "marketingCampaign.id"),
}
"""What leads are told apart by: where that and its name are kept, and what must be seen for it."""
CAMPAIGN = "MarketingCampaign"
GROUPS_MAX = 500
SQL = """
select l.value, max(l.name), count(*),
  count(*) filter (where stage = 'qualified'), count(*) filter (where stage = 'disqualified'),
  count(*) filter (where stage = any(%s)),
  extract(epoch from avg(took) filter (where stage = 'qualified')),
  extract(epoch from percentile_cont(0.5) within group (order by took)
    filter (where stage = 'qualified'))
from (
  select {value} as value, {name} as name, t.p_stage as stage,
    (t.doc ->> 'closedDate')::timestamptz - t.p_creation_date as took
  from sales_lead t
  where {reach} and t.p_creation_date >= %s and t.p_creation_date < %s
) l group by l.value order by 4 desc, 3 desc, 1 limit %s
"""
DAY_S = 86_400


@dataclass(frozen=True)
class LeadFigure:
    """Leads of one kind that came in a period: what became of them, and the days to conversion.

    `value` is empty for those that say nothing; `name` is what a record is called.
    """

    value: str
    name: str
    count: int
    converted: int
    given_up: int
    open: int
    mean_days: float | None
    median_days: float | None

    @property
    def rate(self) -> float:
        """How many of a hundred leads were converted."""
        return round(100 * self.converted / self.count, 1) if self.count else 0.0


def lead_figures(
    work: Work, *, by: str, start: datetime, end: datetime
) -> tuple[LeadFigure, Sequence[LeadFigure]]:
    """Return the figures of all leads in reach that came in a period, and those of each group.

    Refuses (400) what leads are not told apart by, or what is hidden from who asks.
    """
    grant = work.actor.must(SalesLead.resource, "read")
    if by not in GROUPS:
        message = f"must be one of: {', '.join(GROUPS)}"
        raise Invalid.of([Fault("by", "badValue", message, tuple(GROUPS))])
    value, name, path = GROUPS[by]
    hidden = hidden_paths(SalesLead.resource, grant.sees)
    if hidden is not None and is_hidden(hidden, path):
        raise Invalid.of([Fault("by", "notFilterable", "is hidden from your role")])
    nothing = LeadFigure("", "", 0, 0, 0, 0, None, None)
    whole = _read(work, NOTHING, NOTHING, start, end)
    groups = _read(work, value, name, start, end)
    return next(iter(whole), nothing), _called(work, groups) if by == "campaign" else groups


def _called(work: Work, groups: Sequence[LeadFigure]) -> list[LeadFigure]:
    """Return figures of campaigns with what those are called, where the reader may read that."""
    resource = work.services.registry.resources.get(CAMPAIGN)
    grant = work.actor.grant(resource, "read") if resource is not None else None
    if resource is None or grant is None:
        return list(groups)
    hidden = hidden_paths(resource, grant.sees)
    if hidden is not None and is_hidden(hidden, "name"):
        return list(groups)
    known = work.many(resource.type, [one.value for one in groups if UUID.match(one.value)])
    names = {ident: str(one.raw.get("name") or "") for ident, one in known.items()}
    return [replace(one, name=names.get(one.value, "")) for one in groups]


def _read(work: Work, value: str, name: str, start: datetime, end: datetime) -> list[LeadFigure]:
    reach = scope(SalesLead.resource, work.actor, work.actor.must(SalesLead.resource, "read"))
    text = SQL.format(value=value, name=name, reach=reach.text)
    asked = [list(OPEN), *reach.parameters, start, end, GROUPS_MAX]
    return [
        LeadFigure(
            row[0] or "",
            row[1] or "",
            row[2],
            row[3],
            row[4],
            row[5],
            _days(row[6]),
            _days(row[7]),
        )  # fmt: skip
        for row in work.connection.execute(text, asked).fetchall()
    ]


def _days(seconds: Any) -> float | None:
    return round(float(seconds) / DAY_S, 2) if seconds is not None else None
