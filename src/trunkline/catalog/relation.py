"""Relations between specifications: what a thing consists of and what makes it work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from trunkline.catalog.characteristic import ResourceSpecificationCharacteristic
from trunkline.catalog.entry import Specification, once
from trunkline.documents.condition import VARIABLES
from trunkline.documents.shape import Expression, many
from trunkline.shared.catalog_reference import (
    AssociationSpecificationRef,
    ResourceSpecificationRef,
    ServiceSpecificationRef,
)
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod

Layer = Literal["ProductSpecification", "ServiceSpecification", "ResourceSpecification"]
RelationType = Literal["bundles", "composedOf", "realisedAs", "requires"]

ALLOWED: dict[tuple[str, str], tuple[RelationType, ...]] = {
    ("ProductSpecification", "ProductSpecification"): ("bundles", "composedOf"),
    ("ProductSpecification", "ServiceSpecification"): ("realisedAs",),
    ("ProductSpecification", "ResourceSpecification"): ("requires",),
    ("ServiceSpecification", "ServiceSpecification"): ("bundles", "composedOf", "realisedAs"),
    ("ServiceSpecification", "ResourceSpecification"): ("requires",),
    ("ResourceSpecification", "ResourceSpecification"): ("bundles", "composedOf"),
}
"""Which relation may lead from one layer to another; all but `composedOf` make a domain order."""

RELATION_TYPES: dict[str, RelationType] = {
    "bundles": "bundles",
    "composedof": "composedOf",
    "realisedas": "realisedAs",
    "requires": "requires",
}


class AttributeMapping(Extensible):
    """Where a characteristic of the target gets its value from (our extension).

    Exactly one of `source` (a characteristic of the source), `value` and `expression` (CEL) says
    the value; with a `condition` (CEL) it is set only where that holds.
    """

    target: str
    source: str | None = None
    value: Any = None
    expression: Annotated[str | None, Expression(VARIABLES, is_condition=False)] = None
    condition: Annotated[str | None, Expression(VARIABLES)] = None


class Decomposition(Extensible):
    """How a relation is followed when an order is broken down; all of it is our extension.

    `quantity_characteristic` names the characteristic of the source that gives the number of
    targets. `condition` is CEL over `source`, `item` and `place`. A `shared` target is made once
    per order and site and serves all its sources; `shared_by` names the characteristics (or
    `place`) that must be equal for that.
    """

    relationship_type: str | None = None
    minimum_quantity: int | None = None
    default_quantity: int | None = None
    maximum_quantity: int | None = None
    quantity_characteristic: str | None = None
    mandatory: bool | None = None
    condition: Annotated[str | None, Expression(VARIABLES)] = None
    shared: bool | None = None
    shared_by: list[str] = many()
    mapping: list[AttributeMapping] = many()
    order: int | None = None


class SpecificationRelationship(Decomposition):
    """What relationships to a specification of the same layer say in all three layers."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    valid_for: TimePeriod | None = None


class ProductSpecificationRelationship(
    SpecificationRelationship, targets=("ProductSpecification",)
):
    """How a product specification relates to another one; decomposition is our extension."""

    referred_type: str | None = None


class ServiceSpecRelationship(SpecificationRelationship, targets=("ServiceSpecification",)):
    """How a service specification relates to another one; decomposition is our extension."""

    relationship_type: str
    role: str | None = None
    referred_type: str | None = None


class ResourceSpecificationRelationship(
    SpecificationRelationship, targets=("ResourceSpecification",)
):
    """How a resource specification relates to another one.

    The quantities are published; what else decomposition says is our extension.
    """

    role: str | None = None
    characteristic: list[ResourceSpecificationCharacteristic] = many()


class EntitySpecificationRelationship(Extensible):
    """How a specification relates to one of any other kind."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    relationship_type: str
    role: str | None = None
    association_spec: AssociationSpecificationRef | None = None
    referred_type: str | None = None
    valid_for: TimePeriod | None = None


class RealizingServiceSpecification(ServiceSpecificationRef, Decomposition):
    """The service that realizes a product: a reference, with decomposition as our extension."""


class RequiredResourceSpecification(ResourceSpecificationRef, Decomposition):
    """A resource that is required: a reference, with decomposition as our extension."""


class BundledProductSpecification(Decomposition, targets=("ProductSpecification",)):
    """A product specification that is part of a bundle; decomposition is our extension."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    lifecycle_status: str | None = None


LISTS: dict[str, tuple[tuple[str, Layer, RelationType | None], ...]] = {
    "ProductSpecification": (
        ("product_specification_relationship", "ProductSpecification", None),
        ("bundled_product_specification", "ProductSpecification", "bundles"),
        ("service_specification", "ServiceSpecification", "realisedAs"),
        ("resource_specification", "ResourceSpecification", "requires"),
    ),
    "ServiceSpecification": (
        ("service_spec_relationship", "ServiceSpecification", None),
        ("resource_specification", "ResourceSpecification", "requires"),
    ),
    "ResourceSpecification": (("resource_spec_relationship", "ResourceSpecification", None),),
}
"""Where each layer keeps its relations: the list, where that leads, the type if none is said."""


@dataclass(frozen=True)
class Relation:
    """One relation of a specification that an order follows; `path` says where it stands."""

    path: str
    type: RelationType
    source: str
    target: Layer
    target_id: str
    link: Decomposition

    @property
    def is_allowed(self) -> bool:
        """Whether a relation of this type may lead from the one layer to the other."""
        return self.type in ALLOWED[self.source, self.target]

    @property
    def makes_order(self) -> bool:
        """Whether the target gets an order of its own when an order is broken down."""
        return self.type != "composedOf"


def relation_type(name: str | None) -> RelationType | None:
    """Return the relation that a `relationshipType` names, None for those of other purposes.

    Case, punctuation and the two spellings of `realisedAs` do not count.
    """
    word = re.sub("[^a-z]", "", (name or "").lower()).replace("realized", "realised")
    return RELATION_TYPES.get(word)


def relations(specification: Specification) -> Sequence[Relation]:
    """Return the relations of a specification that an order follows, as they are declared.

    Relationships of other types (substitution, migration, …) are left out.
    """
    return once(specification, _relations)


def _relations(specification: Specification) -> Sequence[Relation]:
    return tuple(_declared(specification))


def _declared(specification: Specification) -> Iterator[Relation]:
    source = type(specification).__name__
    for name, target, implied in LISTS[source]:
        json_name = type(specification).attributes()[name].json_name
        links: Sequence[Decomposition] = getattr(specification, name)
        for index, link in enumerate(links):
            kind = relation_type(link.relationship_type)
            if kind is None and link.relationship_type is None:
                kind = implied
            target_id = link.raw.get("id")
            if kind is not None and isinstance(target_id, str):
                yield Relation(f"{json_name}[{index}]", kind, source, target, target_id, link)


def related_ids(specifications: Iterable[Specification], target: Layer) -> list[str]:
    """Return the ids of one layer that the specifications lead to, each once, in their order."""
    found = (
        relation.target_id
        for specification in specifications
        for relation in relations(specification)
        if relation.target == target
    )
    return list(dict.fromkeys(found))


def same_layer_ids(specification: Specification) -> list[str]:
    """Return the ids of the specifications of its own layer that a specification leads to."""
    return [one.target_id for one in relations(specification) if one.target == one.source]


def is_placed(specification: Specification) -> bool:
    """Return whether what is made by a specification is at a place: itself, or what it shares.

    What it leads to only at times, or need not have, is no reason.
    """
    if specification.location_specific:
        return True
    return any("place" in one.link.shared_by for one in relations(specification) if is_certain(one))


def is_certain(relation: Relation) -> bool:
    """Return whether a relation is followed for everything that is made by its source."""
    link = relation.link
    return (
        relation.is_allowed
        and link.condition is None
        and link.quantity_characteristic is None
        and link.mandatory is not False
        and link.minimum_quantity != 0
        and link.default_quantity != 0
    )
