"""What is known of the lines of a cart: their offerings, specifications and installed products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from trunkline.catalog.asked_values import asked_values
from trunkline.catalog.closure import closure
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.option import bounds, value_faults
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering import order_catalog
from trunkline.ordering.order_catalog import child_ids
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.screens.asked_value import AskedValue
from trunkline.web.capture.cart import Cart, CartLine
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.slots import Slot, slots_of
from trunkline.web.editing.reading import flat_by_name, flat_values
from trunkline.web.editing.structures import named_kind
from trunkline.web.editing.texts import text_of


@dataclass(frozen=True)
class Known:
    """The catalog and the installed products that a cart is about, at a moment."""

    catalog: CatalogSnapshot
    products: Mapping[str, Product]
    now: datetime
    _asked: dict[str, Sequence[AskedValue]] = field(default_factory=dict, init=False, repr=False)

    def offering(self, line: CartLine) -> ProductOffering | None:
        """Return the offering of a line: the one that is wanted, else the one that it has."""
        found = self.catalog.offerings.get(line.offering)
        return found if found is not None else self.held_offering(line)

    def held_offering(self, line: CartLine) -> ProductOffering | None:
        """Return the offering of the installed product that a line is about."""
        product = self.products.get(line.product)
        held = product.product_offering if product is not None else None
        return self.catalog.offerings.get(held.id) if held is not None else None

    def is_swap(self, line: CartLine) -> bool:
        """Tell whether a line changes its product to another offering."""
        held = self.held_offering(line)
        return bool(line.product and line.offering) and (held is None or held.id != line.offering)

    def slots(self, line: CartLine) -> list[Slot]:
        """Return the parts of the bundle that a line is about."""
        offering = self.offering(line)
        if offering is None or line.action not in ("add", "change"):
            return []
        if line.is_new:
            return slots_of(line, offering, self.catalog)
        return slots_of(line, offering, self.catalog, self.held_parts(line))

    def held_parts(self, line: CartLine) -> dict[str, int]:
        """Return how many of each offering the product of a line consists of."""
        found: dict[str, int] = {}
        for child in self.children(line):
            if child.product_offering is not None:
                ident = child.product_offering.id
                found[ident] = found.get(ident, 0) + 1
        return found

    def children(self, line: CartLine) -> list[Product]:
        """Return the live products inside the product of a line."""
        product = self.products.get(line.product)
        inside = [self.products.get(one) for one in child_ids(product)] if product else []
        return [one for one in inside if one is not None and one.status in ("active", "suspended")]

    def asked(self, offering: ProductOffering) -> Sequence[AskedValue]:
        """Return what an offering asks for, which is the same at each of many sites."""
        if offering.id not in self._asked:
            specification = self.catalog.specification_of(offering)
            uses = offering.prod_spec_char_value_use
            own = specification.characteristics if specification is not None else ()
            self._asked[offering.id] = (
                asked_values(own, uses, self.now, spoken().code) if own else ()
            )
        return self._asked[offering.id]

    def held_values(self, line: CartLine) -> list[dict[str, Json]]:
        """Return the characteristics that the product of a line has."""
        product = self.products.get(line.product)
        return [one.raw for one in product.product_characteristic] if product is not None else []

    def held_by_name(self, line: CartLine) -> dict[str, list[Json]]:
        """Return all values of each characteristic that the product of a line has."""
        return flat_by_name(self.held_values(line))

    def filled(self, cart: Cart, zone: ZoneInfo) -> Cart:
        """Return the cart with what is not typed yet: what is installed, else the defaults."""
        return replace(cart, lines=tuple(self._filled(one, zone) for one in cart.lines))

    def _filled(self, line: CartLine, zone: ZoneInfo) -> CartLine:
        offering = self.offering(line)
        if offering is None or line.action not in ("add", "change"):
            return line
        held = self.held_by_name(line)
        values = {"": self._texts(offering, line.values.get("", {}), held, zone)}
        for slot in self.slots(line):
            if slot.number > slot.held:
                typed = line.values.get(slot.key, {})
                values[slot.key] = self._texts(slot.offering, typed, {}, zone)
        return replace(line, values=values)

    def _texts(
        self,
        offering: ProductOffering,
        typed: Mapping[str, tuple[str, ...]],
        held: Mapping[str, Sequence[Json]],
        zone: ZoneInfo,
    ) -> dict[str, tuple[str, ...]]:
        """Return the texts of what an offering asks for; what is held stays where it is allowed."""
        specification = self.catalog.specification_of(offering)
        uses = {one.name: one for one in offering.prod_spec_char_value_use}
        own = {one.name: one for one in specification.characteristics} if specification else {}
        found = {}
        for one in self.asked(offering):
            if one.name in typed:
                found[one.name] = typed[one.name]
                continue
            allowed = bounds(own[one.name], uses.get(one.name), at=self.now)
            values = list(held.get(one.name, ()))
            if not values or any(any(value_faults(allowed, each, "")) for each in values):
                values = flat_values([{"value": each} for each in one.defaults])
            if not values and one.least > 0 and len(one.choices) == 1:
                values = [one.choices[0].value]
            kind = named_kind(one)
            found[one.name] = tuple(text_of(kind, each, zone) for each in values)
        return found


def known_of(looking: Looking, cart: Cart) -> Known:
    """Return what is known of a cart's lines; products are those that the visitor may read."""
    wanted = [one.product for one in cart.lines if one.product]
    if wanted:
        looking.actor.must(Product.resource, "read")
    for ident in wanted:
        looking.the(Product, ident)
    products = closure(looking, Product, wanted, child_ids) if wanted else {}
    buyers = [{"id": one.id, "role": "customer"} for one in looking.held(Customer)[:1]]
    asked: dict[str, Json] = {"productOrderItem": list(_items(cart)), "relatedParty": buyers}
    if cart.account:
        asked["billingAccount"] = {"id": cart.account}
    catalog = order_catalog.load(looking, ProductOrder.wrap(asked))
    for offering in catalog.offerings.values():
        looking.know(offering)
    return Known(catalog, products, looking.now)


def _items(cart: Cart) -> Sequence[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    for line in cart.lines:
        item: dict[str, Json] = {"id": str(len(found)), "action": "add"}
        if line.offering:
            found.append(item | {"productOffering": {"id": line.offering}})
        if line.product:
            about = {"id": f"p{len(found)}", "action": "modify", "product": {"id": line.product}}
            found.append(about)
    return found
