"""Stages: which a sale may be in, what a move brings along, and what closing it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.rest.writing import amends
from trunkline.sales.api import REOPEN
from trunkline.sales.opportunity.cycle import Cycle, Stage, cycles_of
from trunkline.sales.opportunity.opportunity import SalesOpportunity

FIRST = "newCustomer"
CATEGORY = {"won": "won", "lost": "omitted", "open": "pipeline"}


def begin_sale(work: Work, new: SalesOpportunity) -> None:
    """Put a new opportunity at the beginning of its cycle, with the probability of its stage."""
    new.sales_cycle = new.sales_cycle or FIRST
    cycle = cycles_of(work).get(new.sales_cycle)
    if cycle is None:
        return
    new.stage = new.stage or cycle.stages[0].code
    stage = cycle.stage(new.stage)
    if stage is not None and new.probability is None:
        new.probability = stage.probability
    new.forecast_category = new.forecast_category or "pipeline"
    new.stage_date = work.now


@amends(SalesOpportunity)
def stage_brings_along(work: Work, document: Document, after: dict[str, Json]) -> dict[str, Json]:
    """Let a change of the stage change probability, status and dates, unless these were said."""
    before = document.raw
    cycle = cycles_of(work).get(str(after.get("salesCycle")))
    if cycle is None:
        return after
    is_same = after.get("stage") == before.get("stage")
    if is_same and after.get("salesCycle") != before.get("salesCycle"):
        after["stage"] = cycle.stages[0].code
    stage = cycle.stage(str(after.get("stage")))
    if stage is None or after.get("stage") == before.get("stage"):
        return after
    if before.get("status") != "open" and stage.kind == "open":
        work.actor.must_have(REOPEN)
        for name in ("closeReason", "lostTo", "closeDate"):
            after.pop(name, None)
    if after.get("probability") == before.get("probability"):
        after["probability"] = stage.probability
    after["stageDate"] = format_instant(work.now)
    if after.get("status") != stage.kind:
        after["status"] = stage.kind
        if after.get("forecastCategory") == before.get("forecastCategory"):
            after["forecastCategory"] = CATEGORY[stage.kind]
        if stage.kind != "open":
            after["closeDate"] = format_instant(work.now)
    return after


@rule(SalesOpportunity)
def sale_is_in_a_stage_of_its_cycle(
    work: Work, old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse a cycle that there is not, a stage that the cycle does not have, and odd chances."""
    if (new.probability or 0) > 100:
        yield Fault("probability", "badValue", "is from 0 to 100 percent")
    if old is not None and (old.sales_cycle, old.stage) == (new.sales_cycle, new.stage):
        return
    cycles = cycles_of(work)
    cycle = cycles.get(str(new.sales_cycle))
    if cycle is None:
        known = tuple(cycles)
        yield Fault("salesCycle", "cycleUnknown", f"is one of: {', '.join(known)}", known)
        return
    yield from _stage_faults(cycle, cycle.stage(new.stage), new, is_new=old is None)


def _stage_faults(
    cycle: Cycle, stage: Stage | None, new: SalesOpportunity, *, is_new: bool
) -> Iterator[Fault]:
    codes = tuple(one.code for one in cycle.stages if one.kind == "open" or not is_new)
    if stage is None:
        message = f"{new.stage} is no stage of {cycle.name}; choose one of: {', '.join(codes)}"
        yield Fault("stage", "stageUnknown", message, codes)
    elif stage.kind != new.status:
        message = f"a new opportunity is open; begin with one of: {', '.join(codes)}"
        yield Fault("stage", "lifecycleStart", message, codes)


@rule(SalesOpportunity)
def closing_says_why(
    _work: Work, old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse to call an opportunity won or lost without a reason."""
    if old is None or new.status in {old.status, "open"}:
        return
    if not new.close_reason:
        register = "winReason" if new.status == "won" else "lossReason"
        message = f"say why it was {new.status}: a code of the register {register}"
        yield Fault("closeReason", "reasonMissing", message)


@rule(SalesOpportunity)
def closed_sales_keep_their_lines(
    _work: Work, old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse to change what an opportunity is about once it was won or lost."""
    if old is None or old.status == "open" or new.status == "open":
        return
    for name in ("salesOpportunityItem", "estimatedRevenue", "relatedParty", "currency"):
        if old.raw.get(name) != new.raw.get(name):
            message = f"cannot be changed: the opportunity was {old.status}; open it again first"
            yield Fault(name, "opportunityClosed", message)
