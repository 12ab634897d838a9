"""Entitlement definitions: which help comes with which offering or kind of product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal

from trunkline.contract.api import CONTRACT
from trunkline.contract.service.lasting import month_faults
from trunkline.contract.service.service_level import ServiceLevel
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.governance.register_rules import code_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.design.definition import CODE, NAME, TEXT
from trunkline.shared.catalog_reference import ProductOfferingRef, ProductSpecificationRef
from trunkline.shared.reference import Reference

WORD = Limits(length_max=60)


class EntitlementDefinitionRef(Reference, targets=("EntitlementDefinition",)):
    """A reference to what an entitlement was made of."""


@configures
@resource(
    api=CONTRACT,
    path="entitlementDefinition",
    prefix="END",
    immutable=("code",),
    promote=(Promoted("code"),),
    columns=("key", "name", "code", "coverageKind", "totalUnits"),
)
class EntitlementDefinition(Document):
    """What a customer is entitled to who buys certain offerings, or products of a certain kind.

    Every product of one of the offerings or specifications brings an entitlement of its own, for
    `term_months` from its start, or as long as its service contract lasts. One that `is_off` brings
    no new ones.
    """

    code: Annotated[str, CODE]
    name: Annotated[str, NAME]
    description: Annotated[str | None, TEXT] = None
    is_off: bool | None = None
    product_offering: list[ProductOfferingRef] = many()
    product_specification: list[ProductSpecificationRef] = many()
    coverage_kind: Literal["coverage", "coverageAndUsage"]
    unit: Annotated[str | None, WORD] = None
    total_units: Annotated[Decimal | None, Limits(minimum=0)] = None
    cases_allowed: Annotated[int | None, Limits(minimum=0)] = None
    issue_type: list[Annotated[str, WORD]] = many()
    channel: list[Annotated[str, WORD]] = many()
    service_level: list[ServiceLevel] = many()
    term_months: Annotated[int | None, Limits(minimum=1)] = None


@dataclass(frozen=True)
class Definitions:
    """The definitions in force, by the offerings and by the specifications that require them."""

    by_offering: Mapping[str, Sequence[EntitlementDefinition]] = field(default_factory=dict)
    by_specification: Mapping[str, Sequence[EntitlementDefinition]] = field(default_factory=dict)

    @property
    def are_any(self) -> bool:
        """Whether anything requires an entitlement."""
        return bool(self.by_offering or self.by_specification)

    def required(
        self, offering: Reference | None, specification: Reference | None
    ) -> list[EntitlementDefinition]:
        """Return what a product of an offering and of a specification brings, each once."""
        found = [
            *(self.by_offering.get(offering.id, ()) if offering is not None else ()),
            *(self.by_specification.get(specification.id, ()) if specification is not None else ()),
        ]
        return list({one.id: one for one in found}.values())


@rule(EntitlementDefinition)
def definition_is_sound(
    work: Work, old: EntitlementDefinition | None, new: EntitlementDefinition
) -> Iterator[Fault]:
    """Refuse a code that is taken, and units that the kind of coverage does not have or lacks."""
    if old is None:
        yield from code_faults(work, new, new.code)
    yield from unit_faults(new.coverage_kind, new.total_units)
    yield from month_faults("termMonths", new.term_months)


def unit_faults(kind: str | None, total: Decimal | None) -> Iterator[Fault]:
    """Yield a fault where units and the kind of coverage do not go together."""
    if kind == "coverageAndUsage" and total is None:
        yield Fault("totalUnits", "unitsMissing", "say how many units may be used")
    elif kind != "coverageAndUsage" and total is not None:
        message = "are for the coverage kind coverageAndUsage; choose that, or leave them out"
        yield Fault("totalUnits", "unitsUncounted", message)


def definitions(work: Work) -> Definitions:
    """Return the definitions in force."""
    return configured(work, Definitions, _read)


def _read(connection: Any) -> Definitions:
    held = [one for one in all_of(connection, EntitlementDefinition) if not one.is_off]
    by_offering: dict[str, list[EntitlementDefinition]] = {}
    by_specification: dict[str, list[EntitlementDefinition]] = {}
    for one in held:
        for offering in one.product_offering:
            by_offering.setdefault(offering.id, []).append(one)
        for specification in one.product_specification:
            by_specification.setdefault(specification.id, []).append(one)
    return Definitions(by_offering, by_specification)
