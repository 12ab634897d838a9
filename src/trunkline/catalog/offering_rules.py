"""What holds for offerings: live parts, sound bundles, uses that narrow their specification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trunkline.catalog.cardinality import limit_faults
from trunkline.catalog.characteristic import (
    ProductSpecificationCharacteristic,
    ProductSpecificationCharacteristicValueUse,
)
from trunkline.catalog.closure import closure, present
from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.offering import ProductOffering, part_ids
from trunkline.catalog.option import bounds, defaults, value_faults
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.hierarchy import keep_others_out


@rule(ProductOffering)
def live_offering_has_live_parts(
    work: Work, old: ProductOffering | None, new: ProductOffering
) -> Iterator[Fault]:
    """Refuse to bring an offering live before its specification, parts and prices are."""
    if not new.is_live or (old is not None and old.is_live):
        return
    if new.product_specification is not None:
        wanted = {new.product_specification.id: "productSpecification"}
        yield from _not_live(new, wanted, present(work, ProductSpecification, wanted))
    wanted = {
        part.id: f"bundledProductOffering[{index}]"
        for index, part in enumerate(new.bundled_product_offering)
        if part.id is not None
    }
    yield from _not_live(new, wanted, present(work, ProductOffering, wanted))
    wanted = {
        price.id: f"productOfferingPrice[{index}]"
        for index, price in enumerate(new.product_offering_price)
        if price.id is not None
    }
    yield from _not_live(new, wanted, present(work, ProductOfferingPrice, wanted))


def _not_live(
    offering: ProductOffering, wanted: Mapping[str, str], found: Mapping[str, CatalogEntry]
) -> Iterator[Fault]:
    for ident, path in wanted.items():
        part = found.get(ident)
        if part is not None and not part.is_live:
            yield Fault(
                path,
                "partNotLive",
                f"{part.name} is {part.lifecycle_status}; make it Active before {offering.name}",
            )


@rule(ProductOffering)
def bundle_limits_are_sound(
    _work: Work, _old: ProductOffering | None, new: ProductOffering
) -> Iterator[Fault]:
    """Refuse a bundle whose limits and groups contradict each other."""
    yield from limit_faults(new)


@rule(ProductOffering)
def bundle_makes_no_circle(
    work: Work, old: ProductOffering | None, new: ProductOffering
) -> Iterator[Fault]:
    """Refuse a bundle that would in the end consist of itself."""
    if old is None or part_ids(old) == part_ids(new):
        return
    keep_others_out(work, ProductOffering)
    for index, part in enumerate(new.bundled_product_offering):
        if part.id and new.id in closure(work, ProductOffering, [part.id], part_ids):
            message = f"leads back to {new.name} itself; take the part off"
            yield Fault(f"bundledProductOffering[{index}].id", "bundleCircle", message)


@rule(ProductOffering)
def uses_narrow_the_specification(
    work: Work, _old: ProductOffering | None, new: ProductOffering
) -> Iterator[Fault]:
    """Refuse a use of a characteristic that the specification lacks or does not admit."""
    if new.product_specification is None or not new.prod_spec_char_value_use:
        return
    found = present(work, ProductSpecification, [new.product_specification.id])
    for specification in found.values():
        yield from use_faults(
            new.prod_spec_char_value_use, specification.product_spec_characteristic
        )


def use_faults(
    uses: Sequence[ProductSpecificationCharacteristicValueUse],
    characteristics: Sequence[ProductSpecificationCharacteristic],
) -> Iterator[Fault]:
    """Yield what is wrong with an offering's uses of its specification's characteristics."""
    known = {one.name: one for one in characteristics}
    for index, use in enumerate(uses):
        spot = f"prodSpecCharValueUse[{index}]"
        specification = known.get(use.name)
        if specification is None:
            message = f"the product specification has no characteristic {use.name}"
            yield Fault(f"{spot}.name", "characteristicUnknown", message)
            continue
        allowed = bounds(specification, use)
        if allowed.maximum is not None and allowed.minimum > allowed.maximum:
            message = f"leaves no number of values for {use.name}; correct the limits"
            yield Fault(f"{spot}.minCardinality", "minimumAboveMaximum", message)
        options = use.product_spec_characteristic_value
        if len(defaults(options)) > 1 and allowed.maximum == 1:
            message = f"{use.name} takes one value but has several defaults; keep one of them"
            yield Fault(spot, "defaultTwice", message)
        own = bounds(specification)
        for position, option in enumerate(options):
            if option.value is None or option.value_from is not None:
                continue
            items = option.value if isinstance(option.value, list) else [option.value]
            for item in items:
                path = f"{spot}.productSpecCharacteristicValue[{position}].value"
                yield from value_faults(own, item, path)
