"""Slots: the parts that a bundle may have, and how many of each a line wants. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.catalog.cardinality import PartLimits, limits_of
from trunkline.catalog.offering import BundledProductOffering, ProductOffering
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.web.capture.cart import ALL_OTHERS, CartLine

DEPTH_MAX = 6


@dataclass(frozen=True)
class Slot:
    """A part of a bundle: the offering, the limits and the number that is wanted.

    `key` is its place in the line, `count` the number as typed, `held` how many are installed.
    """

    key: str
    part: BundledProductOffering
    offering: ProductOffering
    limits: PartLimits
    count: str
    depth: int
    sites: tuple[str, ...] = ()
    held: int = 0

    @property
    def takes_many(self) -> bool:
        """Tell whether the bundle may have several of the part."""
        return self.limits.upper is None or self.limits.upper > 1

    @property
    def is_fixed(self) -> bool:
        """Tell whether there is nothing to choose: it is there, in one number."""
        return not self.limits.may_be_left_out and self.limits.lower == self.limits.upper

    @property
    def number(self) -> int:
        """How many are wanted; what is no number is none."""
        if self.sites:
            return len(self.sites)
        return int(self.count) if self.count.isdecimal() and len(self.count) < 7 else 0


def slots_of(
    line: CartLine,
    offering: ProductOffering,
    catalog: CatalogSnapshot,
    held: Mapping[str, int] | None = None,
) -> list[Slot]:
    """Return the parts of a line's bundle in their order, each before the parts inside it.

    `held` are the installed parts by offering; they are what a changed bundle begins with.
    """
    return list(_slots(line, offering, catalog, "", 0, held))


def _slots(
    line: CartLine,
    offering: ProductOffering,
    catalog: CatalogSnapshot,
    above: str,
    depth: int,
    held: Mapping[str, int] | None,
) -> Iterator[Slot]:
    parts = sorted(
        offering.bundled_product_offering, key=lambda one: (one.order is None, one.order or 0)
    )
    for part in parts if depth < DEPTH_MAX else ():
        found = catalog.offerings.get(part.id or "")
        if found is None:
            continue
        key = f"{above}/{found.id}" if above else found.id
        slot = _slot(line, part, found, key, depth, held)
        yield slot
        if slot.number > slot.held and (held is None or not slot.held):
            yield from _slots(line, found, catalog, key, depth + 1, None)


def _slot(
    line: CartLine,
    part: BundledProductOffering,
    offering: ProductOffering,
    key: str,
    depth: int,
    held: Mapping[str, int] | None,
) -> Slot:
    limits = limits_of(part)
    have = held.get(offering.id, 0) if held is not None else 0
    default = limits.default if held is None else have
    others = (f"{key.rpartition('/')[0]}/{ALL_OTHERS}", ALL_OTHERS)
    said = next((line.counts[one] for one in (key, *others) if one in line.counts), str(default))
    count = _count(said, default)
    many = limits.upper is None or limits.upper > 1
    sites = line.spread.get(key, ()) if many else ()
    return Slot(key, part, offering, limits, count, depth, sites, have)


def _count(text: str, have: int) -> str:
    """Return a count as typed; one with a sign says how many more or fewer than there are."""
    is_difference = text[:1] in {"+", "-"} and text[1:].isdecimal() and len(text) < 7
    return f"{max(0, have + int(text))}" if is_difference else text


def spread_parts(offering: ProductOffering, sites: int) -> list[str]:
    """Return the parts that a bundle must have and may have one of at each of some sites."""
    found = []
    for part in offering.bundled_product_offering:
        limits = limits_of(part)
        takes_many = limits.upper is None or limits.upper > 1
        fits = limits.upper is None or limits.upper >= sites
        if part.id is not None and takes_many and fits and 1 <= limits.lower <= sites:
            found.append(part.id)
    return found
