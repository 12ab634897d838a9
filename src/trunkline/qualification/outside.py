"""Asking outside: a system that knows is asked without a transaction, and answers now or later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

from trunkline.documents.errors import Conflict, Fault, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.design.given import GivenSystem, given, pause_for
from trunkline.ordering.design.places import leave_places
from trunkline.ordering.progress import CALL_LANE
from trunkline.qualification import (
    offering_answer,
    offering_told,
    query_answer,
    service_answer,
)
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.check_service import CheckServiceQualification, lines_of
from trunkline.qualification.coverage import Finding, Question, Unanswered, coverage_of
from trunkline.qualification.parts import ANSWERED, WAITING
from trunkline.qualification.query_service import QueryServiceQualification
from trunkline.qualification.result import ITEMS, findings_in
from trunkline.workspace.timer import leased, waits

ASK, WAIT = "qualificationAsk", "qualificationWait"
COVERAGE = "coverage-system"
"""The code under which the pace and the hours of the system that knows the coverage are kept."""
PATIENCE = timedelta(minutes=15)
OfServices: TypeAlias = CheckServiceQualification | QueryServiceQualification
Check: TypeAlias = OfServices | ProductOfferingQualification
KINDS: Mapping[str, type[Check]] = {
    "CheckServiceQualification": CheckServiceQualification,
    "QueryServiceQualification": QueryServiceQualification,
    "ProductOfferingQualification": ProductOfferingQualification,
}


@on(
    event(CheckServiceQualification, "created"),
    event(QueryServiceQualification, "created"),
    event(ProductOfferingQualification, "created"),
)
def ask_outside(work: Work, check: Check) -> None:
    """Ask the outside system, where one is connected, about what waits for an answer."""
    if coverage_of(work.services) is not None and check.state in WAITING:
        _schedule(work, ASK, check)


@handler(ASK)
def ask(services: Services, row: Row) -> None:
    """Ask, and take in what is said; nothing of the database is held meanwhile."""
    kind = KINDS[row.payload["kind"]]
    with as_system(services, ASK) as work:
        check = work.get(kind, row.subject)
        if check is None or check.state not in WAITING:
            leave_places(work, [row.subject])
            queue.finish(work.connection, row)
            return
    pause_s = pause_for(services, COVERAGE, row.subject, kind=ASK)
    with as_system(services, ASK) as work:
        if pause_s > 0:
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
        check = work.get(kind, row.subject)
        is_open = check is not None and check.state in WAITING
        questions, decided = _asked_of(work, check) if check is not None and is_open else ([], {})
    told = _told(services, row, questions) if questions else {}
    with leased(services, row) as work:
        queue.finish(work.connection, row)
        if not is_open:
            return
        with work.edit(kind, row.subject) as check:
            if check.state not in WAITING:
                return
            if told is None:
                _wait(work, check, decided)
            else:
                take(work, check, {**decided, **told})


def _told(
    services: Services, row: Row, questions: Sequence[Question]
) -> Mapping[str, Finding] | None:
    outside = coverage_of(services)
    if outside is None:
        return _unanswered(questions, "no system that knows is connected any more")
    try:
        return outside.ask(row.payload["kind"], row.subject, questions)
    except Unanswered as error:
        return _unanswered(questions, str(error))


def _unanswered(questions: Sequence[Question], message: str) -> dict[str, Finding]:
    reasons = {"noAnswer": message}
    return {one.item: Finding("none", reasons) for one in questions}


def _asked_of(work: Work, check: Check) -> tuple[list[Question], dict[str, Finding]]:
    if isinstance(check, CheckServiceQualification):
        return service_answer.asked_of(work, check)
    if isinstance(check, QueryServiceQualification):
        return query_answer.asked_of(work, check), {}
    return offering_answer.looked(work, check).questions, {}


def take(work: Work, check: Check, findings: Mapping[str, Finding]) -> None:
    """Write findings to a check that is being edited."""
    if isinstance(check, CheckServiceQualification):
        service_answer.settle(work, check, findings)
    elif isinstance(check, QueryServiceQualification):
        query_answer.settle(work, check, findings)
    else:
        look = offering_answer.looked(work, check)
        offering_answer.conclude(work, check, look, findings)


def _wait(work: Work, check: Check, decided: Mapping[str, Finding]) -> None:
    if decided:
        take(work, check, decided)
    check.state = "inProgress"
    if isinstance(check, ProductOfferingQualification):
        check.expected_p_o_q_completion_date = work.now + PATIENCE
    else:
        check.estimated_response_date = work.now + PATIENCE
    _schedule(work, WAIT, check)


def _schedule(work: Work, kind: str, check: Check) -> None:
    payload = {"kind": check.resource.name}
    work.schedule(NewWork(kind, check.id, payload=payload, lane=CALL_LANE))


@handler(WAIT)
def wait(services: Services, row: Row) -> None:
    """End a qualification whose answer does not come, by the business clock."""
    kind = KINDS[row.payload["kind"]]
    with leased(services, row) as work:
        check = work.get(kind, row.subject)
        if check is None or check.state != "inProgress":
            queue.finish(work.connection, row)
            return
        until = (
            check.expected_p_o_q_completion_date
            if isinstance(check, ProductOfferingQualification)
            else check.estimated_response_date
        )
        if waits(work, row, until):
            return
        queue.finish(work.connection, row)
        with work.edit(kind, check.id) as late:
            questions, _ = _asked_of(work, late)
            open_ = [one for one in questions if not _has_result(late, one.item)]
            take(work, late, _unanswered(open_, "no answer came in time"))


def _has_result(check: Check, item: str) -> bool:
    if not isinstance(check, ProductOfferingQualification):
        held = check.service_qualification_item
        return any(one.id == item and one.qualification_result for one in held)
    ident = item.partition("|")[0]
    of_item = [one for one in check.product_offering_qualification_item if one.id == ident]
    told = [each.id for one in of_item for each in one.service_qualification_item]
    return item in told or any(one.qualification_item_result for one in of_item)


def take_result(work: Work, kind: type[Check], ident: str, sent: Mapping[str, Json]) -> Check:
    """Take in what an outside system found later; refuses (404) a qualification nobody asked.

    Refuses (400) results that cannot be read, unknown items and items of different lines, (409)
    another result for one that is answered. A repeat changes nothing.
    """
    with work.edit(kind, ident) as check:
        findings = findings_in(sent, _known(check, sent), _lines(check))
        if isinstance(check, ProductOfferingQualification) and check.state != ANSWERED:
            findings = _by_service(work, check, findings)
        new = {item: one for item, one in findings.items() if not _is_said(check, item, one)}
        if new and check.state == ANSWERED:
            raise Conflict("conflictAnswered", f"{check.key} is answered; check it again instead")
        if new:
            take(work, check, new)
        if check.state in WAITING:
            check.state = "inProgress"
    return check


def _by_service(
    work: Work, check: ProductOfferingQualification, findings: Mapping[str, Finding]
) -> dict[str, Finding]:
    """Return findings by what was asked; what is told of an offering is told of all its services.

    Refuses (400) a service that was not asked about.
    """
    asked = [one.item for one in offering_answer.looked(work, check).questions]
    found: dict[str, Finding] = {}
    for ident, one in findings.items():
        of_item = [each for each in asked if each.partition("|")[0] == ident]
        if "|" in ident and ident not in asked:
            refuse([Fault(f"{ITEMS}.id", "unknownItem", f"{ident} was not asked about")])
        found |= dict.fromkeys(of_item, one) or {ident: one}
    return found


def _known(check: Check, sent: Mapping[str, Json]) -> list[str]:
    """Return the items that were asked about; an answered query has let go of some of them."""
    known = _items(check)
    if isinstance(check, QueryServiceQualification) and check.state not in WAITING:
        listed = sent.get(ITEMS)
        named = [one.get("id") for one in listed or () if isinstance(one, dict)]
        known += [str(one) for one in named if one]
    return known


def _items(check: Check) -> list[str]:
    if not isinstance(check, ProductOfferingQualification):
        return [one.id for one in check.service_qualification_item]
    return [one.id for one in check.product_offering_qualification_item]


def _lines(check: Check) -> list[frozenset[str]]:
    if isinstance(check, CheckServiceQualification):
        return [frozenset(one.id for one in line) for line in lines_of(check)]
    return []


def _is_said(check: Check, item: str, finding: Finding) -> bool:
    if not isinstance(check, ProductOfferingQualification):
        held = check.service_qualification_item
        is_let_go = isinstance(check, QueryServiceQualification) and check.state == ANSWERED
        if is_let_go and item not in {one.id for one in held}:
            return finding.result in ("unqualified", "alternate")
        return any(one.id == item and one.qualification_result == finding.result for one in held)
    ident = item.partition("|")[0]
    of_item = [one for one in check.product_offering_qualification_item if one.id == ident]
    told = [each for one in of_item for each in one.service_qualification_item if each.id == item]
    if told:
        return told[0].qualification_result == finding.result
    return finding.result in [one.qualification_item_result for one in of_item]


def check_again(work: Work, kind: type[Check], ident: str) -> Check:
    """Ask anew: what was said before, alternates included, is replaced."""
    if work.get(kind, ident) is None:
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    with work.edit(kind, ident) as check:
        _unanswer(check)
        outside = coverage_of(work.services) is not None
        if outside:
            check.state = "inProgress"
        if isinstance(check, CheckServiceQualification):
            if not outside:
                service_answer.answer_from_map(work, check)
        elif isinstance(check, QueryServiceQualification):
            query_answer.begin(work, check)
        else:
            offering_answer.answer(work, check)
        if outside and check.state == "inProgress":
            _schedule(work, ASK, check)
    return check


def _unanswer(check: Check) -> None:
    if isinstance(check, QueryServiceQualification):
        return  # its items are looked for anew
    check.qualification_result = None
    check.expiration_date = None
    if isinstance(check, CheckServiceQualification):
        for item in check.service_qualification_item:
            service_answer.unanswer(item)
            item.state = "inProgress"
        return
    if check.is_query:
        check.product_offering_qualification_item = []
    for one in check.product_offering_qualification_item:
        offering_told.unanswer(one)
        one.raw.pop("serviceQualificationItem", None)
        one.state = "inProgress"


given(GivenSystem(COVERAGE, "System that knows the coverage",
                  lambda one: bool(coverage_of(one)), (ASK,)))  # fmt: skip
