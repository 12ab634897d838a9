"""Snapshots: the part of the catalog that an order needs, read at once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from trunkline.catalog.agreed import NOTHING, Agreed
from trunkline.catalog.closure import closure
from trunkline.catalog.configuration import Allowed, allowed_by
from trunkline.catalog.entry import Specification, settle
from trunkline.catalog.offering import ProductOffering, part_ids
from trunkline.catalog.option import options_of
from trunkline.catalog.price import (
    AnyPrice,
    ProductOfferingPrice,
    ProductOfferingPriceRefOrValue,
    in_currency,
    paid_by,
    price_of,
    unit_of,
    with_agreed,
)
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import (
    Relation,
    is_certain,
    is_placed,
    related_ids,
    relations,
    same_layer_ids,
)
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.kernel.work import Work

T = TypeVar("T")


def _none() -> Mapping[str, T]:
    return MappingProxyType({})


@dataclass(frozen=True)
class CatalogSnapshot:
    """Catalog entries by id, as they were when they were read.

    `customer_type` is that of the customer whose prices are asked for, where it is known;
    `agreed` is what was agreed with it. `currency` is the one that it is billed in: of prices in
    several currencies those in this one are asked; None asks all of them.
    """

    offerings: Mapping[str, ProductOffering] = field(default_factory=_none)
    prices: Mapping[str, ProductOfferingPrice] = field(default_factory=_none)
    product_specifications: Mapping[str, ProductSpecification] = field(default_factory=_none)
    service_specifications: Mapping[str, ServiceSpecification] = field(default_factory=_none)
    resource_specifications: Mapping[str, ResourceSpecification] = field(default_factory=_none)
    customer_type: str | None = None
    agreed: Agreed = NOTHING
    currency: str | None = None
    _allowed: dict[tuple[str, str], Allowed] = field(
        default_factory=dict, repr=False, compare=False
    )
    _placed: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def asks_for_customer_type(self) -> bool:
        """Whether some price is for customers of certain types only."""
        return any(one.customer_type for one in self.prices.values())

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The currencies that any price is in, those agreed with the customer included."""
        given = (one for held in self.offerings.values() for one in held.product_offering_price)
        agreed = (one for held in self.agreed.prices.values() for one in held)
        every: list[AnyPrice] = [*self.prices.values(), *given, *agreed]
        units = {unit_of(one) for one in every}
        return frozenset(one for one in units if one is not None)

    def specification_of(self, offering: ProductOffering) -> ProductSpecification | None:
        """Return the product specification of an offering, where it has one."""
        reference = offering.product_specification
        return self.product_specifications.get(reference.id) if reference else None

    def prices_of(
        self, offering: ProductOffering, at: datetime
    ) -> list[ProductOfferingPrice | ProductOfferingPriceRefOrValue]:
        """Return an offering's prices in force at the instant, for the customer's type.

        What the offering gives by value stands as it is; references are followed. What was agreed
        with the customer takes the place of the same charges. Charges in another currency than
        the customer's are none of them.
        """
        found, agreed = self._in_force(offering, at)
        if self.currency is not None:
            found, agreed = in_currency(found, self.currency), in_currency(agreed, self.currency)
        if self.asks_for_customer_type:
            found = paid_by(found, self.customer_type)
        return with_agreed(found, agreed) if agreed else found

    def currencies_of(self, offering: ProductOffering, at: datetime) -> frozenset[str]:
        """Return the currencies in which an offering has prices in force at the instant."""
        found, agreed = self._in_force(offering, at)
        return frozenset(unit for one in (*found, *agreed) if (unit := unit_of(one)) is not None)

    def _in_force(
        self, offering: ProductOffering, at: datetime
    ) -> tuple[list[AnyPrice], list[ProductOfferingPriceRefOrValue]]:
        """Return the prices of the catalog and those agreed on, in whichever currencies."""
        found: list[AnyPrice] = []
        for one in offering.product_offering_price:
            held = self.prices.get(one.id) if one.id else None
            found += price_of([held], at) if held is not None else price_of([one], at)
        if not self.agreed.prices:
            return found, []
        return found, price_of(self.agreed.prices.get(offering.id) or (), at)

    def allowed(
        self,
        specification: ProductSpecification,
        offering: ProductOffering | None,
        at: datetime,
    ) -> Allowed:
        """Return what the characteristics of a product may hold at the instant.

        It is worked out once for a specification and an offering, unless it depends on the time.
        """
        key = (specification.id, offering.id if offering is not None else "")
        found = self._allowed.get(key)
        if found is None:
            own = specification.characteristics
            uses = offering.prod_spec_char_value_use if offering is not None else ()
            found = allowed_by(own, uses, at=at)
            if not any(one.valid_for for one in options_of(own, uses)):
                self._allowed[key] = found
        return found

    def is_placed(self, specification: Specification) -> bool:
        """Return whether what is made by a specification, or by what it leads to, is at a place."""
        found = self._placed.get(specification.id)
        if found is None:
            reached: dict[str, Specification] = {specification.id: specification}
            waiting = [specification]
            for one in waiting:
                targets = [self.target(each) for each in relations(one) if is_certain(each)]
                new = [each for each in targets if each is not None and each.id not in reached]
                reached |= {each.id: each for each in new}
                waiting += new
            found = self._placed[specification.id] = any(map(is_placed, reached.values()))
        return found

    def target(self, relation: Relation) -> Specification | None:
        """Return the specification that a relation leads to, where the snapshot has it."""
        layers: Mapping[str, Mapping[str, Specification]] = {
            "ProductSpecification": self.product_specifications,
            "ServiceSpecification": self.service_specifications,
            "ResourceSpecification": self.resource_specifications,
        }
        return layers[relation.target].get(relation.target_id)


def load(
    work: Work,
    offering_ids: Iterable[str],
    *,
    specification_ids: Iterable[str] = (),
    service_ids: Iterable[str] = (),
    resource_ids: Iterable[str] = (),
) -> CatalogSnapshot:
    """Return what these offerings and specifications lead to, down to the resources.

    `specification_ids` are those of products; services and resources have theirs.
    """
    offerings = closure(work, ProductOffering, offering_ids, part_ids)
    prices = closure(work, ProductOfferingPrice, _price_ids(offerings.values()), _part_prices)
    wanted = [*specification_ids, *_specification_ids(offerings.values())]
    products = closure(work, ProductSpecification, wanted, same_layer_ids)
    wanted = [*service_ids, *related_ids(products.values(), "ServiceSpecification")]
    services = closure(work, ServiceSpecification, wanted, same_layer_ids)
    above: list[Specification] = [*products.values(), *services.values()]
    wanted = [*resource_ids, *related_ids(above, "ResourceSpecification")]
    resources = closure(work, ResourceSpecification, wanted, same_layer_ids)
    for layer in (products, services, resources):
        settle(layer.values())
    return CatalogSnapshot(
        MappingProxyType(offerings),
        MappingProxyType(prices),
        MappingProxyType(products),
        MappingProxyType(services),
        MappingProxyType(resources),
    )


def _price_ids(offerings: Iterable[ProductOffering]) -> list[str]:
    return [
        price.id
        for offering in offerings
        for price in offering.product_offering_price
        if price.id is not None
    ]


def _part_prices(price: ProductOfferingPrice) -> list[str]:
    bundled = [one.id for one in price.bundled_pop_relationship]
    related = [one.id for one in price.pop_relationship]
    return [one for one in (*bundled, *related) if one is not None]


def _specification_ids(offerings: Iterable[ProductOffering]) -> list[str]:
    return [one.product_specification.id for one in offerings if one.product_specification]
