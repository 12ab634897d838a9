"""Characteristic specifications: which values a product, service or resource may be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from trunkline.documents.shape import Named, many
from trunkline.governance.register import Translation
from trunkline.shared.catalog_reference import ProductSpecificationRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ConstraintRef


class CharacteristicValueSpecification(Extensible):
    """One admitted value, or a range of them.

    Our extension: `label` with its `translation`, and `order`.
    """

    is_default: bool | None = None
    range_interval: str | None = None
    regex: str | None = None
    unit_of_measure: str | None = None
    value_from: int | None = None
    value_to: int | None = None
    value_type: str | None = None
    valid_for: TimePeriod | None = None
    value: Any = None
    label: str | None = None
    translation: list[Translation] = many()
    order: int | None = None


class CharacteristicSpecificationBase(Extensible):
    """What all characteristic specifications say.

    Our extension: `read_only`, `hidden`, `order` and `group` for forms, `translation` of its name
    and description, and `child_characteristic` for the members of a value of type object.
    """

    id: str | None = None
    name: str | None = None
    description: str | None = None
    configurable: bool | None = None
    extensible: bool | None = None
    is_unique: bool | None = None
    min_cardinality: int | None = None
    max_cardinality: int | None = None
    regex: str | None = None
    value_type: str | None = None
    valid_for: TimePeriod | None = None
    value_schema_location: Annotated[str | None, Named("@valueSchemaLocation")] = None
    read_only: bool | None = None
    hidden: bool | None = None
    order: int | None = None
    group: str | None = None
    translation: list[Translation] = many()
    child_characteristic: list[CharacteristicSpecification] = many()

    @property
    def options(self) -> Sequence[CharacteristicValueSpecification]:
        """The admitted values; each kind of specification publishes them under its own name."""
        raise NotImplementedError(f"{type(self).__name__} does not say where its values are")


class CharacteristicSpecificationRelationship(Extensible):
    """How a characteristic hangs together with one of the same or of another specification."""

    characteristic_specification_id: str | None = None
    name: str | None = None
    parent_specification_href: str | None = None
    parent_specification_id: str | None = None
    relationship_type: str | None = None
    valid_for: TimePeriod | None = None


class CharacteristicSpecification(CharacteristicSpecificationBase):
    """A characteristic of a service, or a member of an object value."""

    char_spec_relationship: list[CharacteristicSpecificationRelationship] = many()
    characteristic_value_specification: list[CharacteristicValueSpecification] = many()

    @property
    def options(self) -> Sequence[CharacteristicValueSpecification]:
        """The admitted values."""
        return self.characteristic_value_specification


class ProductSpecificationCharacteristicRelationship(Extensible):
    """How a product characteristic hangs together with another one."""

    id: str | None = None
    href: str | None = None
    char_spec_seq: int | None = None
    name: str | None = None
    relationship_type: str | None = None
    valid_for: TimePeriod | None = None


class ProductSpecificationCharacteristic(CharacteristicSpecificationBase):
    """A characteristic of a product."""

    product_spec_char_relationship: list[ProductSpecificationCharacteristicRelationship] = many()
    product_spec_characteristic_value: list[CharacteristicValueSpecification] = many()

    @property
    def options(self) -> Sequence[CharacteristicValueSpecification]:
        """The admitted values."""
        return self.product_spec_characteristic_value


class ProductSpecificationCharacteristicValueUse(Extensible):
    """How an offering or a price narrows a characteristic of a product specification."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    min_cardinality: int | None = None
    max_cardinality: int | None = None
    value_type: str | None = None
    product_spec_characteristic_value: list[CharacteristicValueSpecification] = many()
    product_specification: ProductSpecificationRef | None = None
    valid_for: TimePeriod | None = None


class ResourceSpecificationCharacteristicRelationship(Extensible):
    """How a resource characteristic hangs together with another one."""

    characteristic_specification_id: str | None = None
    name: str | None = None
    relationship_type: str | None = None
    resource_specification_href: str | None = None
    resource_specification_id: str | None = None
    valid_for: TimePeriod | None = None


class ResourceSpecificationCharacteristic(CharacteristicSpecificationBase):
    """A characteristic of a resource."""

    resource_spec_char_relationship: list[ResourceSpecificationCharacteristicRelationship] = many()
    resource_spec_characteristic_value: list[CharacteristicValueSpecification] = many()

    @property
    def options(self) -> Sequence[CharacteristicValueSpecification]:
        """The admitted values."""
        return self.resource_spec_characteristic_value


class FeatureSpecificationCharacteristicRelationship(Extensible):
    """How a characteristic of a feature hangs together with one of another feature."""

    id: str | None = None
    href: str | None = None
    characteristic_id: str | None = None
    feature_id: str | None = None
    name: str | None = None
    relationship_type: str | None = None
    resource_specification_href: str | None = None
    resource_specification_id: str | None = None
    valid_for: TimePeriod | None = None


class FeatureSpecificationCharacteristic(CharacteristicSpecificationBase):
    """A characteristic of a feature."""

    name: str
    feature_spec_char_relationship: list[FeatureSpecificationCharacteristicRelationship] = many()
    feature_spec_characteristic_value: list[CharacteristicValueSpecification] = many()

    @property
    def options(self) -> Sequence[CharacteristicValueSpecification]:
        """The admitted values."""
        return self.feature_spec_characteristic_value


class FeatureSpecificationRelationship(Extensible):
    """How a feature hangs together with another one (excludes, includes, …)."""

    id: str | None = None
    href: str | None = None
    feature_id: str | None = None
    name: str
    parent_specification_href: str | None = None
    parent_specification_id: str | None = None
    relationship_type: str
    valid_for: TimePeriod | None = None


class FeatureSpecification(Extensible):
    """A part of a service or resource that can be switched on and given values of its own."""

    id: str | None = None
    href: str | None = None
    is_bundle: bool | None = None
    is_enabled: bool | None = None
    name: str | None = None
    version: str | None = None
    constraint: list[ConstraintRef] = many()
    feature_spec_characteristic: list[FeatureSpecificationCharacteristic] = many()
    feature_spec_relationship: list[FeatureSpecificationRelationship] = many()
    valid_for: TimePeriod | None = None
