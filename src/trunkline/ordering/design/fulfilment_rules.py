"""What must hold of how a specification is carried out, as soon as it may be ordered."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.catalog.entry import Specification
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.design.declared import fulfilment_faults
from trunkline.ordering.design.outside_system import systems_of


@rule(ProductSpecification, ServiceSpecification, ResourceSpecification)
def fulfilment_is_sound(
    work: Work, old: Specification | None, new: Specification
) -> Iterator[Fault]:
    """Refuse a specification to go live whose fulfilment says what nobody would understand."""
    said = new.raw.get("fulfilment")
    if said is not None and new.is_live and (old is None or not old.is_live):
        yield from fulfilment_faults(said, frozenset(systems_of(work)))
