"""Results from outside: read into findings, or refused with each thing that is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json, parse_instant
from trunkline.qualification.coverage import Finding, Instead
from trunkline.qualification.parts import Result

ITEMS = "serviceQualificationItem"
RESULTS: Mapping[str, Result] = {
    "qualified": "qualified", "alternate": "alternate", "unqualified": "unqualified"
}  # fmt: skip
PENDING = "pending"


def findings_in(
    sent: Mapping[str, Json], known: Sequence[str], lines: Sequence[frozenset[str]]
) -> dict[str, Finding]:
    """Return the findings of a result by item; those that are pending are left out.

    `known` are the items that were asked about, `lines` those that belong together. An item of an
    offering may be told by service, as `item|number`.
    """
    listed = sent.get(ITEMS)
    items = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if not items or len(items) != len(listed or ()):
        refuse([Fault(ITEMS, "resultMissing", "say what came of which items")])
    refuse(list(_faults(items, known, lines)))
    faults: list[Fault] = []
    found = {
        _id(one): _finding(one, f"{ITEMS}[{index}]", faults)
        for index, one in enumerate(items)
        if one["qualificationResult"] != PENDING
    }
    refuse(faults)
    return found


def _faults(
    items: Sequence[Mapping[str, Json]], known: Sequence[str], lines: Sequence[frozenset[str]]
) -> Iterator[Fault]:
    named = set[str]()
    for index, one in enumerate(items):
        path, ident, result = f"{ITEMS}[{index}]", _id(one), one.get("qualificationResult")
        if ident.partition("|")[0] not in known:
            yield Fault(f"{path}.id", "unknownItem", f"{ident or 'nothing'} was not asked about")
        if ident in named:
            yield Fault(f"{path}.id", "duplicateItem", f"{ident} is told twice; say it once")
        named.add(ident)
        if result is None:
            yield Fault(f"{path}.qualificationResult", "resultMissing", "say what came of it")
        elif result not in (*RESULTS, PENDING):
            allowed = ", ".join((*RESULTS, PENDING))
            yield Fault(f"{path}.qualificationResult", "badResult", f"must be one of: {allowed}")
    named &= set(known)
    if lines and named and not any(named <= line for line in lines):
        message = "a result is about one line; send one result for each"
        yield Fault(ITEMS, "differentLines", message)


def _finding(one: Mapping[str, Json], path: str, faults: list[Fault]) -> Finding:
    given = one.get("eligibilityUnavailabilityReason")
    reasons = {
        str(each.get("code") or "unavailable"): str(each.get("label") or "")
        for each in (given if isinstance(given, list) else ())
        if isinstance(each, dict)
    }
    offered = one.get("alternateServiceProposal")
    instead = [
        _instead(each, f"{path}.alternateServiceProposal[{index}]", faults)
        for index, each in enumerate(offered if isinstance(offered, list) else ())
    ]
    available, expires = "expectedServiceAvailabilityDate", "expirationDate"
    return Finding(
        RESULTS[one["qualificationResult"]],
        reasons,
        tuple(each for each in instead if each is not None),
        _instant(one, available, path, faults),
        expires_at=_instant(one, expires, path, faults),
    )


def _instead(one: Json, path: str, faults: list[Fault]) -> Instead | None:
    service = one.get("alternateService") if isinstance(one, dict) else None
    specification = service.get("serviceSpecification") if isinstance(service, dict) else None
    ident = specification.get("id") if isinstance(specification, dict) else None
    if not isinstance(ident, str) or service is None or specification is None:
        message = "name the specification of what can be had instead"
        faults.append(Fault(f"{path}.alternateService", "specificationMissing", message))
        return None
    listed = service.get("serviceCharacteristic")
    values = {
        str(each["name"]): each.get("value")
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and "name" in each
    }
    later = _instant(one, "alternateServiceAvailabilityDate", path, faults)
    return Instead(ident, str(specification.get("name") or ""), values, later)


def _instant(one: Mapping[str, Json], name: str, path: str, faults: list[Fault]) -> datetime | None:
    value = one.get(name)
    if value is None:
        return None
    try:
        return parse_instant(str(value))
    except ValueError:
        message = "must be an instant such as 2026-11-30T12:00:00Z"
        faults.append(Fault(f"{path}.{name}", "badType", message))
        return None


def _id(one: Mapping[str, Json]) -> str:
    return str(one.get("id") or "")
