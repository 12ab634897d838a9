"""What holds for the places of an order: they are its customer's, and a move has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Protocol

from trunkline.catalog.entry import Specification
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.branch import place_name
from trunkline.ordering.installed import place_of
from trunkline.ordering.order_catalog import specification_id
from trunkline.ordering.order_line import Line


class Placed(Protocol):
    """What is known of an order where its places are looked at."""

    @property
    def catalog(self) -> CatalogSnapshot:
        """The part of the catalog that it needs."""

    def offering(self, line: Line) -> ProductOffering | None:
        """Return the offering of an item."""


def foreign_sites(work: Work, lines: Mapping[str, Line], names: Set[str]) -> Mapping[str, str]:
    """Return the keys, by id, of the sites of other customers at which an order delivers.

    `names` are the ids of the order's customer.
    """
    named = {one.id for line in lines.values() if line.item.product is not None
             for one in line.item.product.place if one.id is not None}  # fmt: skip
    return foreign_among(work, named, names)


def foreign_among(work: Work, named: Set[str], names: Set[str]) -> Mapping[str, str]:
    """Return the keys, by id, of those places that are sites of other customers.

    A site that names no customer is nobody's. The sites themselves are read only where one belongs
    to somebody else.
    """
    known = work.directory.known
    others = [
        ident for ident in named
        if (site := known.get(ident)) is not None and site.owner not in {None, *names}
        and site.type == GeographicSite.resource.name
    ]  # fmt: skip
    if not names or not others:
        return {}
    found = {}
    for held in work.many(GeographicSite, [known[one].id for one in others]).values():
        customers = {one.id for one in held.related_party if one.role == "customer"}
        if customers and not customers & names:
            found[held.id] = held.key
    return found


def place_faults(line: Line, held: Product | None, foreign: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with where an item is to be: siteForeign, placeMissing; pure.

    `held` is the existing product that it changes, which may stay where it is. `foreign` are the
    keys, by id, of the sites of other customers.
    """
    spot = f"{line.path}.product.place"
    now = place_name(place_of(held)) if held is not None else None
    for index, one in enumerate(line.item.product.place if line.item.product is not None else ()):
        key = foreign.get(one.id or "")
        if key is not None and one.id != now:
            yield site_fault(f"{spot}[{index}].id", key)
    if line.item.operation == "move" and line.place is None:
        yield Fault(spot, "placeMissing", "name the place to which it moves")


def unplaced_faults(line: Line, context: Placed) -> Iterator[Fault]:
    """Yield that a new item has no place although what it sells is at one: placeMissing.

    Whoever does not know the place yet keeps the order as a draft.
    """
    if line.place is not None:
        return
    catalog, offering = context.catalog, context.offering(line)
    own = catalog.specification_of(offering) if offering is not None else None
    own = own or catalog.product_specifications.get(specification_id(line.item) or "")
    if own is not None and catalog.is_placed(own):
        message = f"{own.name} is at a place; name the place, or keep the order as a draft"
        yield Fault(f"{line.path}.product.place", "placeMissing", message)


def unplaced_fault(
    path: str, specification: Specification, catalog: CatalogSnapshot
) -> Iterator[Fault]:
    """Yield that what a specification makes, or leads to, is at a place, if it is: placeMissing."""
    if catalog.is_placed(specification):
        message = f"{specification.name} is at a place; name the place"
        yield Fault(path, "placeMissing", message)


def site_fault(path: str, key: str) -> Fault:
    """Return that a site is another customer's; pure."""
    message = f"site {key} is another customer's; name one of this customer"
    return Fault(path, "siteForeign", message)
