"""What holds for specifications: allowed relations, no circles, sound characteristics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.catalog.characteristic import CharacteristicSpecificationBase
from trunkline.catalog.closure import closure, present
from trunkline.catalog.entry import Specification
from trunkline.catalog.option import admits, bounds, defaults, is_pattern, value_faults
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import ALLOWED, Decomposition, relations, same_layer_ids
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Fault
from trunkline.governance.register_rules import language_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.hierarchy import keep_others_out

LAYERS: dict[str, type[Specification]] = {
    "ProductSpecification": ProductSpecification,
    "ServiceSpecification": ServiceSpecification,
    "ResourceSpecification": ResourceSpecification,
}
CHARACTERISTICS = {
    "ProductSpecification": "productSpecCharacteristic",
    "ServiceSpecification": "specCharacteristic",
    "ResourceSpecification": "resourceSpecCharacteristic",
}
OPTIONS = {
    "ProductSpecificationCharacteristic": "productSpecCharacteristicValue",
    "ResourceSpecificationCharacteristic": "resourceSpecCharacteristicValue",
    "CharacteristicSpecification": "characteristicValueSpecification",
}


@rule(ProductSpecification, ServiceSpecification, ResourceSpecification)
def relations_are_allowed(
    _work: Work, _old: Specification | None, new: Specification
) -> Iterator[Fault]:
    """Refuse relations that the layers do not admit, and decomposition that cannot be followed."""
    yield from relation_faults(new)


@rule(ProductSpecification, ServiceSpecification, ResourceSpecification)
def characteristics_are_sound(
    _work: Work, _old: Specification | None, new: Specification
) -> Iterator[Fault]:
    """Refuse characteristics whose limits, options or defaults contradict each other."""
    yield from characteristic_faults(new.characteristics, CHARACTERISTICS[type(new).__name__])


@rule(ProductSpecification, ServiceSpecification, ResourceSpecification)
def relations_make_no_circle(
    work: Work, old: Specification | None, new: Specification
) -> Iterator[Fault]:
    """Refuse a specification that would in the end consist of itself."""
    if old is None or same_layer_ids(old) == same_layer_ids(new):
        return
    keep_others_out(work, type(new))
    for relation in relations(new):
        if relation.target == relation.source and new.id in closure(
            work, type(new), [relation.target_id], same_layer_ids
        ):
            message = f"leads back to {new.name} itself; take the relation off"
            yield Fault(f"{relation.path}.id", "relationCircle", message)


@rule(ProductSpecification)
def has_one_service_specification(
    _work: Work, _old: ProductSpecification | None, new: ProductSpecification
) -> Iterator[Fault]:
    """Refuse a second service specification on a product specification."""
    if len(new.service_specification) > 1:
        yield Fault(
            "serviceSpecification",
            "tooManyServiceSpecifications",
            "a product is realized by one service specification at most; "
            "relate further ones to that service specification",
        )


@rule(ProductSpecification, ServiceSpecification, ResourceSpecification)
def live_specification_has_live_parts(
    work: Work, old: Specification | None, new: Specification
) -> Iterator[Fault]:
    """Refuse to bring a specification live before everything that it leads to is live."""
    if not new.is_live or (old is not None and old.is_live):
        return
    wanted = list(relations(new))
    for layer in {relation.target for relation in wanted}:
        parts = [relation for relation in wanted if relation.target == layer]
        found = present(work, LAYERS[layer], [part.target_id for part in parts])
        for part in parts:
            target = found.get(part.target_id)
            if target is not None and not target.is_live:
                message = (
                    f"{target.name} is {target.lifecycle_status}; make it Active before {new.name}"
                )
                yield Fault(part.path, "partNotLive", message)


def relation_faults(specification: Specification) -> Iterator[Fault]:
    """Yield what is wrong with the relations of a specification, without looking at the targets."""
    known = {one.name for one in specification.characteristics}
    for relation in relations(specification):
        if not relation.is_allowed:
            allowed = " or ".join(ALLOWED[relation.source, relation.target])
            message = (
                f"{relation.type} may not lead from {relation.source} to {relation.target}; "
                f"use {allowed}"
            )
            yield Fault(f"{relation.path}.relationshipType", "relationForbidden", message)
        yield from _quantity_faults(relation.link, relation.path, known)
        yield from _mapping_faults(relation.link, relation.path)


def _quantity_faults(link: Decomposition, path: str, known: set[str | None]) -> Iterator[Fault]:
    low, high = link.minimum_quantity, link.maximum_quantity
    default = link.default_quantity
    if low is not None and low < 0:
        yield Fault(f"{path}.minimumQuantity", "quantityNegative", "must not be below 0")
    if low is not None and high is not None and low > high:
        message = f"must not be above maximumQuantity, which is {high}"
        yield Fault(f"{path}.minimumQuantity", "minimumAboveMaximum", message)
    elif default is not None and not (low or 0) <= default <= (default if high is None else high):
        message = "must lie between minimumQuantity and maximumQuantity"
        yield Fault(f"{path}.defaultQuantity", "defaultOutsideLimits", message)
    name = link.quantity_characteristic
    if name is not None and name not in known:
        message = f"there is no characteristic {name} here; add it or correct the name"
        yield Fault(f"{path}.quantityCharacteristic", "characteristicUnknown", message)


def _mapping_faults(link: Decomposition, path: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, one in enumerate(link.mapping):
        spot = f"{path}.mapping[{index}]"
        said = [name for name in ("source", "value", "expression") if one.raw.get(name) is not None]
        if len(said) != 1:
            message = "must say exactly one of source, value and expression"
            yield Fault(spot, "mappingUnclear", message)
        if one.target in seen and one.condition is None:
            message = f"{one.target} is set by another mapping already; keep one of them"
            yield Fault(f"{spot}.target", "mappingTwice", message)
        seen.add(one.target)


def characteristic_faults(
    held: Sequence[CharacteristicSpecificationBase], path: str
) -> Iterator[Fault]:
    """Yield what is wrong with characteristic specifications, members of objects included."""
    seen: set[str] = set()
    for index, one in enumerate(held):
        spot = f"{path}[{index}]"
        if one.name is not None and one.name in seen:
            message = f"{one.name} is there twice; give one of them another name"
            yield Fault(f"{spot}.name", "characteristicTwice", message)
        seen.add(one.name or "")
        low, high = one.min_cardinality, one.max_cardinality
        if low is not None and high is not None and low > high:
            message = f"must not be above maxCardinality, which is {high}"
            yield Fault(f"{spot}.minCardinality", "minimumAboveMaximum", message)
        if one.regex and not is_pattern(one.regex):
            yield _pattern_fault(f"{spot}.regex")
        yield from language_faults(one.translation, f"{spot}.")
        yield from _option_faults(one, spot)
        yield from characteristic_faults(one.child_characteristic, f"{spot}.childCharacteristic")


def _option_faults(one: CharacteristicSpecificationBase, path: str) -> Iterator[Fault]:
    allowed = bounds(one)
    if len(defaults(one.options)) > 1 and allowed.maximum == 1:
        message = f"{one.name} takes one value but has several defaults; keep one of them"
        yield Fault(path, "defaultTwice", message)
    for index, option in enumerate(one.options):
        spot = f"{path}.{OPTIONS[type(one).__name__]}[{index}]"
        yield from language_faults(option.translation, f"{spot}.")
        low, high = option.value_from, option.value_to
        if low is not None and high is not None and low > high:
            message = f"must not be above valueTo, which is {high}"
            yield Fault(f"{spot}.valueFrom", "minimumAboveMaximum", message)
        if option.regex and not is_pattern(option.regex):
            yield _pattern_fault(f"{spot}.regex")
        if not option.is_default or option.value is None:
            continue
        value = option.value
        items = value if allowed.type.is_array and isinstance(value, list) else [value]
        for item in items:
            faults = list(value_faults(allowed, item, f"{spot}.value"))
            yield from faults
            if not faults and not admits(option, item):
                message = "lies outside the option's own limits; correct the default or those"
                yield Fault(f"{spot}.value", "defaultOutsideLimits", message)


def _pattern_fault(path: str) -> Fault:
    message = "is not a pattern that can be used (no look-around, no back-references)"
    return Fault(path, "patternInvalid", message)
