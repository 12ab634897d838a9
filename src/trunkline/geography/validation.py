"""Validation of addresses (TMF673): is an address complete, and do we know it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.geography.address import (
    AddressLines,
    GeographicAddress,
    GeographicAddressValue,
)
from trunkline.geography.api import TMF673
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import Document, Promoted, event, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible

Result = Literal["success", "partial", "fails"]

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
ALTERNATES_MAX = 10
CANDIDATE_PATHS = (("postcode",), ("city", "streetName"), ("city",))
"""By which attributes known addresses are looked for, the narrowest that finds some wins."""

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
    ),
    promote=(Promoted("state"), Promoted("validationDate", "instant")),
    label=("validationResult",),
    columns=("key", "state", "validationResult", "validationDate"),
)
class GeographicAddressValidation(Extensible, Document):
    """The question whether an address is right, and the answer once it is done."""

    provide_alternative: bool
    submitted_geographic_address: Annotated[GeographicAddressValue, PERSONAL]
    state: Literal["accepted", "inProgress", "done", "terminatedWithError"] | None = None
    validation_date: datetime | None = None
    validation_result: str | None = None
    valid_geographic_address: Annotated[GeographicAddressValue | None, PERSONAL] = None
    alternate_geographic_address: Annotated[list[GeographicAddressValue], PERSONAL] = many()


@on(event(GeographicAddressValidation, "created"))
def answer_validation(work: Work, validation: GeographicAddressValidation) -> None:
    """Compare the submitted address with those we know and answer the validation."""
    if validation.state in TASK_LIFECYCLE.final:
        return
    submitted = validation.submitted_geographic_address
    verdict = judge(submitted, find_candidates(work, submitted))
    with work.edit(GeographicAddressValidation, validation.id) as answer:
        answer.state = "done"
        answer.validation_date = work.now
        answer.validation_result = verdict.result
        if verdict.valid is not None:
            answer.valid_geographic_address = as_value(verdict.valid)
        if answer.provide_alternative and verdict.alternates:
            answer.alternate_geographic_address = [as_value(one) for one in verdict.alternates]


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
        ((likeness(wanted, comparable(one)), one) for one in candidates),
        key=lambda found: (-found[0], found[1].key),
    )
    equal = [one for score, one in known if score == len(wanted)]
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


def is_alike(wanted: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Return whether a known address lies in the wanted one's street or postal area."""
    return any(wanted.get(name) == known.get(name, "") for name in ("street_name", "postcode"))


def normal(text: str | None) -> str:
    """Return a text without case, spaces and punctuation, as addresses are compared."""
    return "".join(one for one in (text or "").casefold() if one.isalnum())


def as_value(address: GeographicAddress) -> GeographicAddressValue:
    """Return a copy of a known address with its id."""
    return GeographicAddressValue.wrap(address.raw | {"id": address.id})
