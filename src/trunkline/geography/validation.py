"""Validation of addresses (TMF673): is an address complete, and do we know it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from rapidfuzz import fuzz

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.geography.address import (
    AddressLines,
    GeographicAddress,
    GeographicAddressValue,
)
from trunkline.geography.address_register import Result, address_register_of
from trunkline.geography.api import TMF673
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import Document, Promoted, event, resource
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.shared.extensible import Extensible

TASK_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="accepted",
    moves={
        "accepted": ("inProgress", "done", "terminatedWithError"),
        "inProgress": ("done", "terminatedWithError"),
        "done": (),
        "terminatedWithError": (),
    },
)
ASK = "addressRegister"
ALTERNATES_MAX = 10
CANDIDATE_PATHS = (("postcode",), ("city", "streetName"), ("city",))
"""By which attributes known addresses are looked for, the narrowest that finds some wins."""

WEIGHTS = {"street_name": 4, "street_nr": 3, "postcode": 3, "city": 2}
WRITTEN_BY_PEOPLE = frozenset({"street_name", "city", "locality", "state_or_province"})
ALIKE_MIN = 0.8

COMPARED = (
    "country",
    "state_or_province",
    "city",
    "locality",
    "postcode",
    "street_name",
    "street_type",
    "street_suffix",
    "street_nr",
    "street_nr_suffix",
)


@resource(
    api=TMF673,
    path="geographicAddressValidation",
    prefix="GAV",
    operations=("list", "retrieve", "create", "patch"),
    lifecycle=TASK_LIFECYCLE,
    server_sets=(
        "validation_date",
        "validation_result",
        "valid_geographic_address",
        "alternate_geographic_address",
        "answered_by",
        "answer_note",
    ),
    promote=(Promoted("state"), Promoted("validationDate", "instant")),
    label=("validationResult",),
    columns=("key", "state", "validationResult", "validationDate"),
)
class GeographicAddressValidation(Extensible, Document):
    """The question whether an address is right, and the answer once it is done.

    Ours: `answered_by`, an outside register or the addresses that we know, and why the latter did
    where a register was to be asked.
    """

    provide_alternative: bool
    submitted_geographic_address: Annotated[GeographicAddressValue, PERSONAL]
    state: Literal["accepted", "inProgress", "done", "terminatedWithError"] | None = None
    validation_date: datetime | None = None
    validation_result: str | None = None
    valid_geographic_address: Annotated[GeographicAddressValue | None, PERSONAL] = None
    alternate_geographic_address: Annotated[list[GeographicAddressValue], PERSONAL] = many()
    answered_by: Literal["register", "ownAddresses"] | None = None
    answer_note: str | None = None


@on(event(GeographicAddressValidation, "created"))
def answer_validation(work: Work, validation: GeographicAddressValidation) -> None:
    """Have the register asked, or compare the address with those we know and answer by that."""
    if validation.state in TASK_LIFECYCLE.final:
        return
    if address_register_of(work.services) is not None:
        work.schedule(NewWork(ASK, validation.id, once=f"{ASK} {validation.id}"))
        return
    with work.edit(GeographicAddressValidation, validation.id) as answer:
        answer_by_own(work, answer)


def answer_by_own(work: Work, answer: GeographicAddressValidation, note: str | None = None) -> None:
    """Fill in what the addresses that we know say of a submitted one, and why they were asked."""
    submitted = answer.submitted_geographic_address
    verdict = judge(submitted, find_candidates(work, submitted))
    answer.state = "done"
    answer.validation_date = work.now
    answer.validation_result = verdict.result
    answer.answered_by = "ownAddresses"
    answer.answer_note = f"{note} It was held against the addresses known here." if note else None
    if verdict.valid is not None:
        answer.valid_geographic_address = as_value(verdict.valid)
    if answer.provide_alternative and verdict.alternates:
        answer.alternate_geographic_address = [
            as_value(one, confidence(comparable(submitted), comparable(one)))
            for one in verdict.alternates
        ]


def find_candidates(work: Work, submitted: AddressLines) -> Sequence[GeographicAddress]:
    """Return the known addresses that a submitted one may mean."""
    for paths in CANDIDATE_PATHS:
        where = {path: submitted.raw.get(path) for path in paths}
        found = work.find(GeographicAddress, where) if all(where.values()) else []
        if found:
            return found
    return []


@dataclass(frozen=True)
class Verdict:
    """What came out: the result, the known address that it is, and those that are like it."""

    result: Result
    valid: GeographicAddress | None = None
    alternates: tuple[GeographicAddress, ...] = ()


def judge(submitted: AddressLines, candidates: Iterable[GeographicAddress]) -> Verdict:
    """Return what a submitted address is worth against the known ones.

    `success`: it is complete and exactly one known address agrees with it in all that it says.
    `partial`: known addresses are like it; the most alike stand first. `fails`: none is.
    """
    wanted = comparable(submitted)
    known = sorted(
        ((confidence(wanted, comparable(one)), one) for one in candidates),
        key=lambda found: (-found[0], found[1].key),
    )
    equal = [one for _, one in known if likeness(wanted, comparable(one)) == len(wanted)]
    if is_complete(submitted) and len(equal) == 1:
        return Verdict("success", valid=equal[0])
    alike = tuple(one for _, one in known if is_alike(wanted, comparable(one)))[:ALTERNATES_MAX]
    return Verdict("partial", alternates=alike) if alike else Verdict("fails")


def is_complete(address: AddressLines) -> bool:
    """Return whether an address says enough to be found: street and number in a known place."""
    place = address.postcode or address.city or address.locality
    return all(map(normal, (address.street_name, address.street_nr, place)))


def comparable(address: AddressLines) -> Mapping[str, str]:
    """Return what an address says, each part in the form in which parts are compared."""
    parts = {name: normal(getattr(address, name)) for name in COMPARED}
    return {name: part for name, part in parts.items() if part}


def likeness(wanted: Mapping[str, str], known: Mapping[str, str]) -> int:
    """Return in how many parts a known address agrees with the wanted one."""
    return sum(known.get(name) == part for name, part in wanted.items())


def confidence(wanted: Mapping[str, str], known: Mapping[str, str]) -> int:
    """Return in how far a known address is the wanted one, in percent.

    Names count by how alike they are written, so that a slip of the pen costs little; what decides
    between neighbours counts most.
    """
    whole = sum(WEIGHTS.get(name, 1) for name in wanted)
    agreed = sum(
        WEIGHTS.get(name, 1) * _agreement(name, part, known.get(name, ""))
        for name, part in wanted.items()
    )
    return round(100 * agreed / whole) if whole else 0


def _agreement(name: str, wanted: str, known: str) -> float:
    if name not in WRITTEN_BY_PEOPLE:
        return float(wanted == known)
    return fuzz.ratio(wanted, known) / 100


def is_alike(wanted: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Return whether a known address lies in the wanted one's street, however that is written, or
    in its postal area."""
    street = _agreement("street_name", wanted.get("street_name", ""), known.get("street_name", ""))
    return wanted.get("postcode") == known.get("postcode", "") or street >= ALIKE_MIN


def normal(text: str | None) -> str:
    """Return a text without case, spaces and punctuation, as addresses are compared."""
    return "".join(one for one in (text or "").casefold() if one.isalnum())


def as_value(address: GeographicAddress, percent: int = 100) -> GeographicAddressValue:
    """Return a copy of a known address with its id and how sure it is meant."""
    return GeographicAddressValue.wrap(address.raw | {"id": address.id, "confidence": percent})
