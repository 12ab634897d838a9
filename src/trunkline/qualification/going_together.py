"""Going together: what the items of a qualification bring, and what is there beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline.catalog.compatibility import Beside, bonds_of, together
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.beside import beside_of, products_of
from trunkline.ordering.intake import is_other
from trunkline.ordering.needed import needed_by, needed_fault, with_parts
from trunkline.qualification.check_offering import OfferingQualificationItem
from trunkline.qualification.eligibility import Asker, Brought


@dataclass(frozen=True)
class Company:
    """What is asked about together: what each item brings, by its id; a query asks one by one."""

    brought: Mapping[str, Sequence[Brought]] = field(default_factory=dict)
    is_query: bool = False

    def around(self, work: Work, asker: Asker, offerings: Iterable[ProductOffering]) -> Asker:
        """Return who asks, with what some offerings exclude and need, and what of it is there."""
        bonds = bonds_of(work, offerings)
        if not bonds.others:
            return asker
        beside = beside_of(work, asker.parties, bonds.others) if asker.parties else (
            products_of(asker.installed))  # fmt: skip
        return replace(asker, bonds=bonds, there=together(beside))

    def ending(self, work: Work, asker: Asker, items: Iterable[OfferingQualificationItem]) -> Asker:
        """Return who asks, with what goes on needing the products that are asked to end."""
        held = {one.id: one for one in asker.installed}
        asked = {one.product.id for one in items if one.action == "delete" and one.product}
        parts = {one: with_parts(one, held) for one in asked if one in held}
        gone = {ident for listed in parts.values() for ident in listed}
        if not gone:
            return asker
        brought = {one.offering.id for listed in self.brought.values() for one in listed}
        relying = work.find(Product, {"productRelationship.product.id": sorted(gone)})
        ending = [held[one] for one in sorted(gone)]
        found = needed_by(work, asker.parties, ending, relying, brought=brought, gone=gone)
        return replace(asker, needed={
            one: needed_fault("", held[ident], found[ident])
            for one, listed in parts.items() for ident in listed if ident in found
        })  # fmt: skip

    def of_item(self, asker: Asker, item: str, instead: Sequence[Brought] | None = None) -> Asker:
        """Return who asks as one item sees it: beside the others, or beside nobody in a query.

        `instead` is what the item would bring in the place of its own.
        """
        if not asker.bonds.others:
            return asker
        seen = {item: self.brought.get(item, ())} if self.is_query else dict(self.brought)
        if instead is not None:
            seen[item] = instead
        own = [
            Beside(one.offering.id, f"item {ident}", one.line)
            for ident, listed in seen.items()
            for one in listed
        ]
        held = (one for listed in asker.there.values() for one in listed)
        return replace(asker, there=together(own, held))


def brought_by(
    catalog: CatalogSnapshot, item: OfferingQualificationItem, offering: ProductOffering | None,
    held: Product | None,
) -> list[Brought]:  # fmt: skip
    """Return what an item newly brings: what it adds with its parts, or changes a product to."""
    is_known = item.product is not None and item.product.id is not None
    action = item.action or ("modify" if is_known else "add")
    if offering is None or action not in ("add", "modify"):
        return []
    if action == "modify" and (held is None or not is_other(offering, held)):
        return []
    return brought_as(catalog, item.id, offering)


def brought_as(catalog: CatalogSnapshot, item: str, offering: ProductOffering) -> list[Brought]:
    """Return an offering and the parts that it never comes without, as what an item brings."""
    return [Brought(f"{item}/{one.id}", one) for one in components(catalog, offering)]


def components(catalog: CatalogSnapshot, offering: ProductOffering) -> Iterator[ProductOffering]:
    """Yield an offering and those of its parts that it never comes without."""
    yield offering
    for part in offering.bundled_product_offering:
        option = part.bundled_product_offering_option
        least = option.number_rel_offer_lower_limit if option is not None else None
        held = catalog.offerings.get(part.id or "")
        if held is not None and least and part.mandatory is not False:
            yield from components(catalog, held)
