"""What holds for the places of an order: they are its customer's, and a move has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from trunkline.documents.errors import Fault
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.branch import place_name
from trunkline.ordering.installed import place_of
from trunkline.ordering.order_line import Line


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


def site_fault(path: str, key: str) -> Fault:
    """Return that a site is another customer's; pure."""
    message = f"site {key} is another customer's; name one of this customer"
    return Fault(path, "siteForeign", message)
