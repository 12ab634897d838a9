"""Scoring: how promising a lead is, by decision tables of the operator's or by hand.

What somebody writes stands until something changes that the tables ask about. When a table is
changed every open lead is judged anew, in the background.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich, handler, on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.design.decision_table import DecisionTable, Purpose
from trunkline.ordering.design.tables import Decided, tables_of
from trunkline.sales.lead.lead import OPEN, SCORE_MAX, LeadScore, SalesLead, worth
from trunkline.workspace.timer import leased

SCORE: Purpose = "leadScore"
RATING: Purpose = "leadRating"
BY_HAND = "by hand"
JUDGE = "sales.judgeLeads"
AT_ONCE = 200
NEXT = (
    "select id::text from sales_lead where p_stage = any(%s) and (%s::uuid is null or id > %s) "
    "order by id limit %s"
)


def facts(lead: SalesLead) -> dict[str, Json]:
    """Return what tables may ask about a lead; `worth`, `lines` and `score` by conditions."""
    offered = [one.product_offering for one in lead.sales_lead_item]
    if lead.product_offering is not None and not offered:
        offered = [lead.product_offering]
    category = lead.category
    return {
        "source": lead.source,
        "type": lead.lead_type,
        "industry": lead.industry,
        "priority": lead.priority,
        "offering": [said for one in offered for said in (one.id, one.name) if said],
        "category": [said for said in (category.id, category.name) if said] if category else [],
        "isCompany": "true" if lead.company_name else "false",
        "worth": float(worth(lead)),
        "lines": len(lead.sales_lead_item),
    }


def _moved(old: SalesLead, new: SalesLead) -> bool:
    said = (old.score, old.rating) != (new.score, new.rating)
    return said or facts(old) != facts(new)


@enrich(SalesLead, again=_moved)
def lead_is_judged(work: Work, new: SalesLead) -> None:
    """Score and rate a lead by the tables in force; what was just written by hand stands."""
    if new.stage in OPEN:
        judge(work, new)


def judge(work: Work, lead: SalesLead) -> None:
    """Write score, rating, when they were found, and by which rows."""
    tables, given = tables_of(work), facts(lead)
    former = lead.scoring or LeadScore.wrap({})
    score, score_rule = lead.score, former.score_rule
    if score is not None and score != former.score:
        score_rule = BY_HAND
    else:
        found = tables.decide(SCORE, given)
        score, score_rule = _number(found, score if score_rule == BY_HAND else None)
    rating, rating_rule = lead.rating, former.rating_rule
    if rating is not None and rating != former.rating:
        rating_rule = BY_HAND
    else:
        found = tables.decide(RATING, given | {"score": score or 0})
        rating, rating_rule = _word(found, rating if rating_rule == BY_HAND else None)
    lead.score, lead.rating = score, rating
    told = (score, rating, score_rule, rating_rule)
    if told == (former.score, former.rating, former.score_rule, former.rating_rule):
        return
    lead.scoring = LeadScore(
        at=work.now, score=score, rating=rating, score_rule=score_rule, rating_rule=rating_rule
    )


def _number(found: Decided | None, kept: int | None) -> tuple[int | None, str | None]:
    if found is not None and found.result:
        return int(found.result), found.reason
    return kept, BY_HAND if kept is not None else None


def _word(found: Decided | None, kept: str | None) -> tuple[str | None, str | None]:
    if found is not None and found.result:
        return found.result, found.reason
    return kept, BY_HAND if kept is not None else None


@rule(DecisionTable)
def scores_are_numbers(
    _work: Work, _old: DecisionTable | None, new: DecisionTable
) -> Iterator[Fault]:
    """Refuse to have a table of scores on that says something else than 1 to 100."""
    if not new.is_on or new.purpose != SCORE:
        return
    for index, row in enumerate(new.row):
        said = row.result
        if said and not (said.isdecimal() and 1 <= int(said) <= SCORE_MAX):
            message = f"is {said}; a score is a number from 1 to {SCORE_MAX}"
            yield Fault(f"row[{index}].result", "badValue", message)


@on(event(DecisionTable, "created"), event(DecisionTable, "changed"))
def judge_leads_anew(work: Work, table: DecisionTable) -> None:
    """Have the open leads scored and rated again when a table about them was changed."""
    if table.purpose in (SCORE, RATING):
        once = f"{JUDGE} {table.id} {table.meta.version}"
        work.schedule(NewWork(JUDGE, table.id, run_at=work.services.machine_now(), once=once))


@handler(JUDGE)
def judge_next(services: Services, row: Row) -> None:
    """Judge the next open leads, and have those after them judged."""
    with leased(services, row) as work:
        after = (row.payload or {}).get("after")
        found = work.connection.execute(NEXT, [list(OPEN), after, after, AT_ONCE]).fetchall()
        for (ident,) in found:
            with work.edit(SalesLead, ident) as lead:
                judge(work, lead)
        if len(found) == AT_ONCE:
            payload: dict[str, Json] = {"after": found[-1][0]}
            once = f"{JUDGE} {row.id} {found[-1][0]}"
            now = services.machine_now()
            work.schedule(NewWork(JUDGE, row.subject, payload=payload, run_at=now, once=once))
        queue.finish(work.connection, row)
