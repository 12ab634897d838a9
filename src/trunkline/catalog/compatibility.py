"""Compatibility: which offerings do not go together, and which one needs another one.

An offering says so in its relationships: `excludes` holds both ways, whichever of the two says it,
`requires` as it is said: without that one it neither comes nor stays. Qualifications, quotes, carts
and orders all ask here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.catalog.closure import present
from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault
from trunkline.kernel.work import Work

RELATED = "productOfferingRelationship"
# The offerings that name one of these in their relationships.
NAMED_BY = """
select distinct r.source::text
from catalog_reference r
where r.target = any(%s::uuid[])
  and r.type = 'ProductOffering'
  and r.path = %s
"""


@dataclass(frozen=True)
class Naming:
    """The offerings that name any of some in their relationships, read before they are asked."""

    asked: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bonds:
    """Which offerings exclude each other and which need which, by id; `names` are by id, too."""

    excludes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    requires: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, offering: str) -> str:
        """Return what an offering is called; one that is gone by its id."""
        return self.names.get(offering, offering)

    @property
    def others(self) -> frozenset[str]:
        """The offerings of which has to be known whether they are there."""
        return frozenset().union(*self.excludes.values(), *self.requires.values())


@dataclass(frozen=True)
class Beside:
    """An offering that is there or to come: as what it is told, and the line that brings it.

    What `is_leaving`, because it is about to end, is nothing that others may count on;
    `leaves_with` is the order that is going to end it.
    """

    offering: str
    told: str
    line: str | None = None
    leaves_with: str | None = None

    @property
    def is_leaving(self) -> bool:
        """Tell whether it is about to end."""
        return self.leaves_with is not None


There = Mapping[str, Sequence[Beside]]
"""What is there or to come, by offering."""


def bonds_of(work: Work, offerings: Iterable[ProductOffering]) -> Bonds:
    """Return what some offerings do not go with and need, whichever offering says so."""
    asked = {one.id: one for one in offerings}
    if not asked:
        return Bonds()
    every = {**present(work, ProductOffering, _naming(work, asked)), **asked}
    found = bonds_among(every.values(), asked, work.now)
    unnamed = found.others - found.names.keys()
    if not unnamed:
        return found
    named = present(work, ProductOffering, unnamed)
    names = {**found.names, **{ident: one.name for ident, one in named.items()}}
    return Bonds(found.excludes, found.requires, names)


def needing(work: Work, offerings: Iterable[str]) -> Bonds:
    """Return the offerings that need some by now, each with those of these that it needs."""
    wanted = frozenset(offerings)
    named = present(work, ProductOffering, _naming(work, wanted)) if wanted else {}
    found = bonds_among(named.values(), named, work.now)
    needed = {
        ident: held
        for ident, own in found.requires.items()
        if (held := [one for one in own if one in wanted])
    }
    return Bonds(requires=needed, names=found.names)


def _naming(work: Work, asked: Iterable[str]) -> Iterable[str]:
    """Return the offerings that name some, read where the transaction has not read it ahead."""
    wanted = sorted(asked)
    known: Naming = work.kept.get(Naming, Naming())
    if known.asked.issuperset(wanted):
        return known.found
    return [ident for (ident,) in work.connection.execute(NAMED_BY, [wanted, RELATED]).fetchall()]


def bonds_among(offerings: Iterable[ProductOffering], asked: Iterable[str], at: datetime) -> Bonds:
    """Return the bonds of the offerings that are asked about, at an instant; pure."""
    wanted = frozenset(asked)
    excludes: dict[str, set[str]] = {}
    requires: dict[str, list[str]] = {}
    names = {}
    for offering in offerings:
        names[offering.id] = offering.name
        for one in offering.product_offering_relationship:
            if one.id is None or (one.valid_for is not None and not one.valid_for.contains(at)):
                continue
            word = (one.relationship_type or "").casefold()
            if word.startswith("exclu"):
                for own, other in ((offering.id, one.id), (one.id, offering.id)):
                    if own in wanted:
                        excludes.setdefault(own, set()).add(other)
            elif word.startswith("requir") and offering.id in wanted:
                requires.setdefault(offering.id, []).append(one.id)
    held = {ident: frozenset(others) for ident, others in excludes.items()}
    return Bonds(held, {ident: list(dict.fromkeys(one)) for ident, one in requires.items()}, names)


def together(*lists: Iterable[Beside]) -> dict[str, list[Beside]]:
    """Return what is there or to come by offering."""
    found: dict[str, list[Beside]] = {}
    for one in (each for listed in lists for each in listed):
        found.setdefault(one.offering, []).append(one)
    return found


def bond_faults(
    offering: ProductOffering, bonds: Bonds, there: There, *, line: str | None = None
) -> Iterator[Fault]:
    """Yield what an offering does not go with, and what it needs and is not there, at no path.

    `line` is the line that brings it, which is not beside itself. Codes: excluded, required.
    """
    for other in sorted(bonds.excludes.get(offering.id, ()), key=bonds.name):
        found = next((one for one in there.get(other, ()) if _is_other(one, line)), None)
        if found is not None:
            message = f"{offering.name} does not go with {bonds.name(other)} ({found.told})"
            yield Fault("", "excluded", f"{message}; leave one out, or end that first")
    for other in bonds.requires.get(offering.id, ()):
        if not any(_is_other(one, line) and not one.is_leaving for one in there.get(other, ())):
            message = f"{offering.name} needs {bonds.name(other)}, which the customer does not have"
            yield Fault("", "required", f"{message}; add it")


def _is_other(beside: Beside, line: str | None) -> bool:
    return line is None or beside.line != line
