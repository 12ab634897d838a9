"""Answering a qualification of services: what is asked, and what the findings make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from trunkline.catalog.closure import present
from trunkline.documents.errors import Fault
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.party.customer import Customer
from trunkline.qualification.check_service import (
    ANSWERED_INSIDE,
    CheckServiceQualification,
    ServiceQualificationItem,
    item_faults,
    lines_of,
    referred_to,
)
from trunkline.qualification.coverage import (
    Finding,
    Instead,
    Question,
    coverage_of,
    reasons_said,
)
from trunkline.qualification.coverage_map import ask_map, specifications
from trunkline.qualification.expiry import expires_at
from trunkline.qualification.judging import rolled_up
from trunkline.qualification.parts import (
    ANSWERED,
    FAILED,
    AlternateServiceProposal,
    CheckedService,
    CoverageAreaRef,
    TerminationError,
    UnavailabilityReason,
)
from trunkline.qualification.whereabouts import NOWHERE, whereabouts
from trunkline.shared.catalog_reference import ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic

ENDED = Fault("", "serviceEnded", "the service has ended; ask for a new one")
NOT_THERE = Fault("", "serviceUnknown", "there is no such service of yours")


@enrich(CheckServiceQualification)
def check_is_answered(work: Work, new: CheckServiceQualification) -> None:
    """Answer a new check at once, by the coverage map, unless an outside system is to be asked."""
    new.check_service_qualification_date = work.now
    for item in new.service_qualification_item:
        for name in ANSWERED_INSIDE:
            item.raw.pop(name, None)
        item.state = "accepted"
    if coverage_of(work.services) is None and not any(item_faults(new)):
        answer_from_map(work, new)


def answer_from_map(work: Work, check: CheckServiceQualification) -> None:
    """Let the coverage map answer."""
    questions, decided = asked_of(work, check)
    settle(work, check, decided | ask_map(work, questions))


def asked_of(
    work: Work, check: CheckServiceQualification
) -> tuple[list[Question], dict[str, Finding]]:
    """Return what is to be asked, and what the inventory has decided already, by item."""
    named = {
        one: None
        for item in check.service_qualification_item
        for one in (item.service.id, referred_to(item.service))
        if one
    }
    services = present(work, Service, named)
    questions, decided = [], {}
    for item in check.service_qualification_item:
        wanted = item.service
        ident = wanted.id or referred_to(wanted)
        held = services.get(ident) if ident else None
        if ident and (held is None or _is_anothers(work, check, held)):
            decided[item.id] = Finding("unqualified", reasons_said(NOT_THERE))
        elif wanted.id and held is not None and held.state == "terminated":
            decided[item.id] = Finding("unqualified", reasons_said(ENDED))
        else:
            questions.append(_question(work, item, held))
    return questions, decided


def _is_anothers(work: Work, check: CheckServiceQualification, held: Service) -> bool:
    """Tell whether a service belongs to another customer than the one that is asked for."""
    asking, owning = (customer_of(one.related_party) for one in (check, held))
    if asking is None or owning is None or asking == owning:
        return False
    customers = present(work, Customer, [asking, owning])
    parties = {
        customers[one].engaged_party.id if one in customers else one for one in (asking, owning)
    }
    return len(parties) > 1


def _question(work: Work, item: ServiceQualificationItem, held: Service | None) -> Question:
    """Return what is asked of an item; what it leaves out is as it is in the inventory."""
    wanted, values = item.service, {}
    changed = held if held is not None and wanted.id else None
    if changed is not None:
        values = {one.name: one.value for one in changed.service_characteristic}
    values |= {one.name: one.value for one in wanted.service_characteristic}
    own = changed.service_specification if changed is not None else None
    specification = wanted.service_specification or own
    where = whereabouts(work, wanted.place) if wanted.place else NOWHERE
    if held is not None and not where.is_known:
        where = whereabouts(work, held.place)
    is_same = own is not None and specification is not None and own.id == specification.id
    return Question(
        item.id, where, specification.id if specification else "",
        (specification.name if specification else None) or "", values, installed=is_same,
    )  # fmt: skip


def settle(work: Work, check: CheckServiceQualification, findings: Mapping[str, Finding]) -> None:
    """Write what was found to the items, their lines and the whole; others wait on."""
    items = {one.id: one for one in check.service_qualification_item}
    wanted = [one.service.service_specification for one in items.values()]
    known = specifications(work, [one.id for one in wanted if one is not None])
    for ident, finding in findings.items():
        if ident in items:
            specification = items[ident].service.service_specification
            held = known.get(specification.id) if specification is not None else None
            until = finding.expires_at or expires_at([held.qualification if held else None],
                                                     work.now)  # fmt: skip
            write(items[ident], replace(_wished(check, finding), expires_at=until))
    for line in lines_of(check):
        shared = rolled_up(one.qualification_result for one in line)
        if all(one.qualification_result for one in line):
            for one in line:
                one.qualification_result = shared
    conclude(work, check)


def conclude(work: Work, check: CheckServiceQualification) -> None:
    """Say what came of the whole, once every item is answered."""
    items = list(check.service_qualification_item)
    if not all(one.qualification_result for one in items):
        return
    check.qualification_result = rolled_up(one.qualification_result for one in items)
    check.state = FAILED if check.qualification_result == "none" else ANSWERED
    check.effective_qualification_date = work.now
    ends = [one.expiration_date for one in items if one.expiration_date is not None]
    check.expiration_date = min(ends, default=None)


def write(item: ServiceQualificationItem, finding: Finding) -> None:
    """Write a finding to its item, over what was found before."""
    unanswer(item)
    item.qualification_result = finding.result
    if finding.result == "none":
        item.state = FAILED
        item.termination_error = [
            TerminationError(id=code, value=text) for code, text in finding.reasons.items()
        ]
        return
    item.state = ANSWERED
    item.expiration_date = finding.expires_at
    item.expected_service_availability_date = finding.available_at
    item.eligibility_unavailability_reason = reasons_of(finding)
    item.alternate_service_proposal = [
        _proposal(place, one) for place, one in enumerate(finding.instead, 1)
    ]
    if finding.area is not None:
        item.coverage_area = CoverageAreaRef(id=finding.area)


def finding_of(item: ServiceQualificationItem) -> Finding | None:
    """Return the finding that was written to an item; None where there is none yet."""
    if item.qualification_result is None:
        return None
    said = {one.code or "": one.label or "" for one in item.eligibility_unavailability_reason}
    said |= {one.id or "": one.value or "" for one in item.termination_error}
    return Finding(
        item.qualification_result, said,
        tuple(one for proposal in item.alternate_service_proposal for one in _instead(proposal)),
        item.expected_service_availability_date,
        item.coverage_area.id if item.coverage_area is not None else None,
        item.expiration_date,
    )  # fmt: skip


def _instead(proposal: AlternateServiceProposal) -> Iterator[Instead]:
    service = proposal.alternate_service
    if service is not None and service.service_specification is not None:
        named = service.service_specification
        values = {one.name: one.value for one in service.service_characteristic}
        later = proposal.alternate_service_availability_date
        yield Instead(named.id, named.name or "", values, later)


def unanswer(item: ServiceQualificationItem) -> None:
    """Take away what was said of an item."""
    item.qualification_result = None
    item.expiration_date = None
    item.expected_service_availability_date = None
    item.coverage_area = None
    for name in ("alternateServiceProposal", "eligibilityUnavailabilityReason", "terminationError"):
        item.raw.pop(name, None)


def reasons_of(finding: Finding) -> list[UnavailabilityReason]:
    """Return the reasons of a finding as they are published."""
    return [UnavailabilityReason(code=code, label=text) for code, text in finding.reasons.items()]


def _wished(check: CheckServiceQualification, finding: Finding) -> Finding:
    """Return a finding without what the asker did not want to know."""
    if check.provide_alternative is False and finding.result == "alternate":
        finding = replace(finding, result="unqualified", instead=())
    if check.provide_unavailability_reason is False and finding.result != "none":
        finding = replace(finding, reasons={})
    return finding


def _proposal(place: int, instead: Instead) -> AlternateServiceProposal:
    found = AlternateServiceProposal(
        id=str(place),
        alternate_service=CheckedService(
            service_specification=ServiceSpecificationRef(
                id=instead.specification, name=instead.name or None
            ),
            service_characteristic=[
                Characteristic(name=name, value=value) for name, value in instead.values.items()
            ],
        ),
    )
    found.alternate_service_availability_date = instead.available_at
    return found
