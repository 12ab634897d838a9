"""Bundle counts: how many of each part a bundle must and may have, and which choices it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.catalog.offering import BundledGroup, BundledProductOffering, ProductOffering
from trunkline.documents.errors import Fault


@dataclass(frozen=True)
class PartLimits:
    """How many of a part a bundle may have; `upper` None means any number.

    A part that may be left out and is taken has at least `lower`.
    """

    lower: int
    upper: int | None
    default: int
    may_be_left_out: bool

    def admits(self, count: int) -> bool:
        """Return whether the bundle may have this many of the part."""
        if count == 0 and self.may_be_left_out:
            return True
        return self.lower <= count and (self.upper is None or count <= self.upper)


def limits_of(part: BundledProductOffering) -> PartLimits:
    """Return the limits of a part; one without any option is there exactly once.

    The default is what the option says; without one it is the lower limit, and at least one for
    a part that is preselected.
    """
    option = part.bundled_product_offering_option
    if option is None:
        left_out = part.mandatory is False
        chosen = 0 if left_out and not part.default_selected else 1
        return PartLimits(1, 1, chosen, left_out)
    lower = option.number_rel_offer_lower_limit or 0
    if part.mandatory:
        lower = max(lower, 1)
    left_out = lower == 0 or part.mandatory is False
    chosen = 0 if left_out and not part.default_selected else max(lower, 1)
    if option.number_rel_offer_default is not None:
        chosen = option.number_rel_offer_default
    return PartLimits(lower, option.number_rel_offer_upper_limit, chosen, left_out)


def default_counts(bundle: ProductOffering) -> dict[str, int]:
    """Return how many of each part (by offering id) a bundle has when nothing is chosen."""
    counts: dict[str, int] = {}
    for part in bundle.bundled_product_offering:
        if part.id is not None:
            counts[part.id] = counts.get(part.id, 0) + limits_of(part).default
    return counts


def count_faults(
    bundle: ProductOffering, counts: Mapping[str, int], *, path: str
) -> Iterator[Fault]:
    """Yield what is wrong with the counts of a bundle's parts, by offering id.

    Codes: bundlePartUnknown, bundlePartCount, bundleGroupCount. `path` is where the parts stand.
    """
    parts = {part.id: part for part in bundle.bundled_product_offering if part.id is not None}
    for offering_id, count in counts.items():
        if offering_id not in parts and count > 0:
            message = f"{bundle.name} has no part {offering_id}; leave it out"
            yield Fault(path, "bundlePartUnknown", message)
    for offering_id, part in parts.items():
        limits = limits_of(part)
        count = counts.get(offering_id, 0)
        if not limits.admits(count):
            name = part.name or offering_id
            message = f"{bundle.name} takes {_range(limits)} of {name}, not {count}"
            yield Fault(path, "bundlePartCount", message)
    for group in bundle.bundled_group:
        yield from _group_faults(bundle, group, counts, path)


def _group_faults(
    bundle: ProductOffering, group: BundledGroup, counts: Mapping[str, int], path: str
) -> Iterator[Fault]:
    chosen = sum(
        1
        for part in bundle.bundled_product_offering
        if part.group == group.name and part.id is not None and counts.get(part.id, 0) > 0
    )
    low, high = group.minimum_options or 0, group.maximum_options
    if chosen < low:
        message = f"choose at least {low} of {group.name}, not {chosen}"
        yield Fault(path, "bundleGroupCount", message)
    elif high is not None and chosen > high:
        message = f"choose at most {high} of {group.name}, not {chosen}"
        yield Fault(path, "bundleGroupCount", message)


def _range(limits: PartLimits) -> str:
    if limits.upper is None:
        text = f"at least {limits.lower}"
    elif limits.lower == limits.upper:
        text = str(limits.lower)
    else:
        text = f"{limits.lower} to {limits.upper}"
    return f"none or {text}" if limits.may_be_left_out and limits.lower > 0 else text


def limit_faults(bundle: ProductOffering) -> Iterator[Fault]:
    """Yield what is wrong with the limits that a bundle declares.

    Codes: minimumAboveMaximum, defaultOutsideLimits, bundleGroupUnknown, bundleGroupTooSmall.
    """
    groups = {group.name for group in bundle.bundled_group}
    for index, part in enumerate(bundle.bundled_product_offering):
        spot = f"bundledProductOffering[{index}]"
        yield from _option_faults(part, f"{spot}.bundledProductOfferingOption")
        if part.group is not None and part.group not in groups:
            message = f"bundledGroup has no group {part.group}; add it or correct the name"
            yield Fault(f"{spot}.group", "bundleGroupUnknown", message)
    for index, group in enumerate(bundle.bundled_group):
        spot = f"bundledGroup[{index}]"
        low, high = group.minimum_options or 0, group.maximum_options
        if high is not None and low > high:
            message = f"must not be above maximumOptions, which is {high}"
            yield Fault(f"{spot}.minimumOptions", "minimumAboveMaximum", message)
        members = sum(1 for part in bundle.bundled_product_offering if part.group == group.name)
        if low > members:
            message = f"is {low}, but only {members} parts are in the group"
            yield Fault(f"{spot}.minimumOptions", "bundleGroupTooSmall", message)


def _option_faults(part: BundledProductOffering, path: str) -> Iterator[Fault]:
    option = part.bundled_product_offering_option
    if option is None:
        return
    limits = limits_of(part)
    if limits.upper is not None and limits.lower > limits.upper:
        message = f"must not be above numberRelOfferUpperLimit, which is {limits.upper}"
        yield Fault(f"{path}.numberRelOfferLowerLimit", "minimumAboveMaximum", message)
    elif option.number_rel_offer_default is not None and not limits.admits(limits.default):
        message = f"must lie within the limits ({_range(limits)})"
        yield Fault(f"{path}.numberRelOfferDefault", "defaultOutsideLimits", message)
