"""What came of an offering, as it is published: result, reasons and other offerings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.shape import Json
from trunkline.qualification.check_offering import (
    AlternateOfferingProposal,
    OfferingQualificationItem,
    ProductOfferingQualification,
)
from trunkline.qualification.coverage import Instead, Question
from trunkline.qualification.judging import number_of
from trunkline.qualification.parts import (
    ANSWERED,
    FAILED,
    CoverageAreaRef,
    Result,
    TerminationError,
    UnavailabilityReason,
)
from trunkline.shared.catalog_reference import ProductOfferingRef

ALTERNATES_MAX = 3
Fit = tuple[ProductOffering, Mapping[str, Json], frozenset[str]]
"""An offering on sale, the values that it comes with, and the services that realize it."""


@dataclass(frozen=True)
class Judged:
    """What came of an item; `instead` is what coverage would have, each with its question."""

    result: Result
    reasons: Mapping[str, str]
    instead: tuple[tuple[Question, Instead], ...] = ()
    expected_at: datetime | None = None
    area: str | None = None


@dataclass(frozen=True)
class Alternate:
    """An offering that can be had instead, and from when on."""

    offering: ProductOffering
    available_at: datetime | None = None


def alternates(wanted: ProductOffering, judged: Judged, fits: Sequence[Fit]) -> Sequence[Alternate]:
    """Return the offerings that come nearest to what was wanted: those at once before later ones.

    The wanted one stands first where it can be had as it is, but later.
    """
    found: dict[str, tuple[float, Alternate]] = {}
    if len({question.item for question, _ in judged.instead}) > 1:
        return ()
    for question, one in judged.instead:
        if one.specification == question.specification and one.values == question.values:
            found[wanted.id] = (2.0, Alternate(wanted, one.available_at))
        for offering, values, services in fits:
            if offering.id == wanted.id or one.specification not in services:
                continue
            if _within(values, one.values):
                near = _nearness(values, question.values)
                held = found.get(offering.id)
                if held is None or _sooner(one.available_at, held[1].available_at):
                    found[offering.id] = (near, Alternate(offering, one.available_at))
    ordered = sorted(found.values(), key=lambda one: (-one[0], one[1].offering.name))
    return [one for _, one in ordered][:ALTERNATES_MAX]


def write(
    check: ProductOfferingQualification, item: OfferingQualificationItem, judged: Judged,
    others: Sequence[Alternate],
) -> None:  # fmt: skip
    """Write what came of an item to it, less what the asker did not want to know."""
    unanswer(item)
    result = judged.result
    if result == "alternate" and (not others or check.provide_alternative is False):
        result = "unqualified"
    item.qualification_item_result = result
    if result == "none":
        item.state = FAILED
        item.termination_error = [
            TerminationError(id=code, value=text) for code, text in judged.reasons.items()
        ]
        return
    item.state = ANSWERED
    item.expected_activation_date = judged.expected_at
    if judged.area is not None:
        item.coverage_area = CoverageAreaRef(id=judged.area)
    if check.provide_unavailability_reason is not False:
        item.eligibility_unavailability_reason = [
            UnavailabilityReason(code=code, label=text) for code, text in judged.reasons.items()
        ]
    if result == "alternate":
        item.alternate_product_offering_proposal = [*_proposals(others)]


def unanswer(item: OfferingQualificationItem) -> None:
    """Take away what was said of an item."""
    item.qualification_item_result = None
    item.expected_activation_date = None
    item.coverage_area = None
    for name in ("alternateProductOfferingProposal", "eligibilityUnavailabilityReason",
                 "terminationError"):  # fmt: skip
        item.raw.pop(name, None)


def _proposals(others: Sequence[Alternate]) -> Iterator[AlternateOfferingProposal]:
    for number, one in enumerate(others, 1):
        found = AlternateOfferingProposal(
            id=str(number),
            alternate_product_offering=ProductOfferingRef(
                id=one.offering.id, name=one.offering.name
            ),
        )
        found.alternate_activation_date = one.available_at
        yield found


def _within(values: Mapping[str, Json], most: Mapping[str, Json]) -> bool:
    """Tell whether no value is higher than what can be had."""
    pairs = [(number_of(value), number_of(most.get(name))) for name, value in values.items()]
    return all(own is None or top is None or own <= top for own, top in pairs)


def _nearness(values: Mapping[str, Json], wanted: Mapping[str, Json]) -> float:
    """Return how near values come to the wanted ones, from 0 to 1."""
    shares = []
    for name, value in wanted.items():
        own, asked = number_of(values.get(name)), number_of(value)
        if own is not None and asked:
            shares.append(float(min(own, asked) / asked))
    return sum(shares) / len(shares) if shares else 0.0


def _sooner(one: datetime | None, other: datetime | None) -> bool:
    return other is not None and (one is None or one < other)
