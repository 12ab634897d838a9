"""Agreed service levels: what is promised about all service, and what would be less than that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from trunkline.contract.service.service_level import ServiceLevel
from trunkline.documents.errors import Fault
from trunkline.documents.shape import many
from trunkline.shared.catalog_reference import ProductOfferingRef

Comparison: TypeAlias = Literal["atLeast", "atMost"]
TIMES = frozenset({
    "second", "seconds", "s", "minute", "minutes", "min", "hour", "hours", "h", "day", "days",
    "businessday", "businessdays", "week", "weeks", "millisecond", "milliseconds", "ms",
})  # fmt: skip
"""The units of which less is better, where nobody says it."""


class AgreedServiceLevel(ServiceLevel):
    """A promise about everything that is ordered under an agreement.

    It holds for the offerings that it names, for all where it names none. `comparison` says whether
    the target is reached at least or at most; without it times are at most, all else at least.
    """

    comparison: Comparison | None = None
    product_offering: list[ProductOfferingRef] = many()

    @property
    def direction(self) -> Comparison:
        """Whether more or less than the target is worse."""
        is_time = self.unit.replace(" ", "").lower() in TIMES
        return self.comparison or ("atMost" if is_time else "atLeast")


def level_faults(levels: Iterable[AgreedServiceLevel]) -> Iterator[Fault]:
    """Yield two promises about one thing, which could not both be kept to."""
    seen: set[tuple[object, ...]] = set()
    for index, one in enumerate(levels):
        about = (one.metric.lower(), tuple(sorted(each.id for each in one.product_offering)))
        if about in seen:
            message = f"{one.metric} is promised above already; leave one of them"
            yield Fault(f"serviceLevel[{index}].metric", "duplicateItem", message)
        seen.add(about)


def missing(
    agreed: Sequence[AgreedServiceLevel], own: Sequence[ServiceLevel]
) -> list[AgreedServiceLevel]:
    """Return the promises that some levels say nothing about."""
    said = {one.metric.lower() for one in own}
    return [one for one in agreed if one.metric.lower() not in said]


def weakened(
    agreed: Sequence[AgreedServiceLevel], own: Sequence[ServiceLevel], path: str = "serviceLevel"
) -> Iterator[Fault]:
    """Yield what was promised and is missing in some levels, or is promised less of there."""
    for level in missing(agreed, own):
        said = f"{level.metric} of {words_of(level)}"
        yield Fault(path, "serviceLevelMissing", f"{said} was agreed on; it stays promised")
    for level in agreed:
        for index, one in enumerate(own):
            if one.metric.lower() == level.metric.lower() and not is_as_good(one, level):
                message = f"{level.metric} of {words_of(level)} was agreed on; promise that or more"
                yield Fault(f"{path}[{index}].target", "serviceLevelWeakened", message)


def is_as_good(own: ServiceLevel, agreed: AgreedServiceLevel) -> bool:
    """Tell whether a level is as good as what was agreed; in another unit it cannot be compared.

    Hours of another working calendar are other hours: all hours are better than those of any.
    """
    if own.unit != agreed.unit or own.calendar not in (None, agreed.calendar):
        return False
    if agreed.direction == "atLeast":
        return own.target >= agreed.target
    return own.target <= agreed.target


def words_of(level: AgreedServiceLevel) -> str:
    """Return a promise as one says it: at least 99.9 percent."""
    how = "at least" if level.direction == "atLeast" else "at most"
    return f"{how} {level.target} {level.unit}"
