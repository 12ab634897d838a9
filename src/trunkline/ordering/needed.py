"""Needed: what other products of a customer need is ended with these, not beside them.

The other side of `requires` (`catalog/compatibility.py`): what needs an offering needs one of it as
long as it is there; and what says that it relies on a product relies on this very one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from trunkline.catalog.compatibility import Bonds, needing, together
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.beside import RUNNING, beside_of, ended_ahead, going_to_end
from trunkline.ordering.installed import name_of
from trunkline.ordering.order_line import AFTER, Line, plain_word
from trunkline.ordering.product_order import ProductOrder

NAMED_MAX = 3


@dataclass(frozen=True)
class User:
    """What needs a product, as it is told; `leaves_with` is the open order that will end it."""

    told: str
    leaves_with: str | None = None


def needed_by(
    work: Work, owners: Collection[str], ending: Sequence[Product], relying: Iterable[Product], *,
    brought: Set[str] = frozenset(), order: ProductOrder | None = None,
    gone: Set[str] = frozenset(),
) -> dict[str, list[User]]:  # fmt: skip
    """Return by product that is to end what goes on needing it.

    `relying` are those that name one of these in a relation, `brought` the offerings that come new,
    `gone` the products that end or change as well; what ends with orders before this one does not
    count either.
    """
    found: dict[str, list[User]] = {}
    by_id = {one.id: one for one in ending}
    users = list(_relying(work, by_id, relying, order, gone))
    leaving = going_to_end(work, order, {one.id for one, _ in users})
    for one, ident in users:
        told = f"{name_of(one)} (product {one.key})"
        found.setdefault(ident, []).append(User(told, leaving.get(one.id)))
    offered: dict[str, list[Product]] = {}
    for product in ending:
        if product.product_offering is not None and product.product_offering.id not in brought:
            offered.setdefault(product.product_offering.id, []).append(product)
    bonds = needing(work, offered) if offered and owners else Bonds()
    if bonds.requires:
        asked = {*bonds.requires, *bonds.others}
        there = together(beside_of(work, owners, asked, order=order, gone=gone))
        for needing_one, needed in bonds.requires.items():
            needy = [
                User(f"{bonds.name(needing_one)} ({one.told})", one.leaves_with)
                for one in there.get(needing_one, ())
            ]
            for ident in needed if needy else ():
                if any(not one.is_leaving for one in there.get(ident, ())):
                    continue
                for product in offered.get(ident, ()):
                    found.setdefault(product.id, []).extend(needy)
    return {ident: list(dict.fromkeys(listed)) for ident, listed in found.items()}


def _relying(
    work: Work,
    ending: Mapping[str, Product],
    naming: Iterable[Product],
    order: ProductOrder | None,
    gone: Set[str],
) -> Iterator[tuple[Product, str]]:
    """Yield the products that say that they rely on one that is to end, each with that one's id."""
    relying = [
        (one, each.product.id)
        for one in naming
        if one.id not in gone and one.status in RUNNING
        for each in one.product_relationship
        if each.product.id in ending and plain_word(each.relationship_type) in AFTER
    ]
    ended = ended_ahead(work, order, [one.id for one, _ in relying]) if relying else frozenset()
    for one, ident in relying:
        if ident is not None and one.id not in ended:
            yield one, ident


def needed_faults(
    lines: Mapping[str, Line], products: Mapping[str, Product], needed: Mapping[str, Sequence[User]]
) -> Iterator[Fault]:
    """Yield the lines that end what others go on needing. Code: stillNeeded."""
    if not needed:
        return
    for line in lines.values():
        if line.action != "delete" or line.item.internal_state == "canceled":
            continue
        for ident in with_parts(line.product_id or "", products):
            if needed.get(ident):
                yield needed_fault(f"{line.path}.product.id", products[ident], needed[ident])


def needed_fault(path: str, product: Product, users: Sequence[User]) -> Fault:
    """Return that a product is not ended because of what needs it, and how to go on.

    What another open order is going to end is in no second order; this one may come after that.
    """
    more = f" and {len(users) - NAMED_MAX} more" if len(users) > NAMED_MAX else ""
    names = ", ".join(one.told for one in users[:NAMED_MAX]) + more
    held = f"{name_of(product)} ({product.key})"
    orders = sorted({one.leaves_with for one in users if one.leaves_with is not None})
    message = f"{held} is needed by {names}; end both in one order, or keep it"
    if orders:
        first = ", ".join(orders)
        message = (
            f"{held} is needed by {names}; end both in one order, let this order follow {first}, "
            "which ends that, or keep it"
        )
    return Fault(path, "stillNeeded", message)


def with_parts(ident: str, products: Mapping[str, Product]) -> list[str]:
    """Return the ids of a product and of all products inside it, as far as they were read."""
    found: list[str] = []
    waiting = [ident]
    while waiting:
        one = waiting.pop()
        held = products.get(one)
        if held is not None and one not in found:
            found.append(one)
            waiting += [part.id for part in held.product if part.id is not None]
    return found
