"""What a customer has already: the products, services and resources that an order touches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from trunkline.catalog.closure import closure
from trunkline.catalog.entry import Specification, once
from trunkline.catalog.relation import Relation, relation_type, relations
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product, ProductDetails
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.node import NodeLayer
from trunkline.ordering.order_line import AFTER, Line, plain_word
from trunkline.ordering.standalone_line import AnyLine, DomainLine, RootOrder, every_line
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import Reference

Record: TypeAlias = Product | Service | Resource
T = TypeVar("T")
D = TypeVar("D", bound=Document)

ENDED = ("terminated", "cancelled", "aborted")


def _none() -> Mapping[str, T]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Installed:
    """Records by id that an order's products consist of, and services that may be shared.

    How they hang together stands in the records themselves (`realizingService`,
    `realizingResource`, `supportingService`, `supportingResource`, `product`). `users` holds, by
    the id of a service or resource, the ids of the live products and services that use it,
    whether in this order or not.
    """

    products: Mapping[str, Product] = field(default_factory=_none)
    services: Mapping[str, Service] = field(default_factory=_none)
    resources: Mapping[str, Resource] = field(default_factory=_none)
    users: Mapping[str, frozenset[str]] = field(default_factory=_none)

    def record(self, ident: str) -> Record | None:
        """Return the product, service or resource of that id."""
        return self.products.get(ident) or self.services.get(ident) or self.resources.get(ident)

    def live(self, idents: Iterable[str]) -> list[Record]:
        """Return those of the records that are here and have not ended, sorted by id."""
        found = (self.record(one) for one in sorted(set(idents)))
        return [one for one in found if one is not None and is_live(one)]

    def parts(self, record: Record) -> list[Record]:
        """Return the live records that a record directly consists of or runs on, by id."""
        return self.live(part_ids(record))

    def records(self) -> Iterator[Record]:
        """Yield every record: products, then services, then resources, each by id."""
        held: tuple[Mapping[str, Record], ...] = (self.products, self.services, self.resources)
        for layer in held:
            yield from (layer[ident] for ident in sorted(layer))


def is_live(record: Record) -> bool:
    """Return whether a record has not ended."""
    if isinstance(record, Product):
        return record.status not in ENDED
    return not (isinstance(record, Service) and record.state in ENDED)


def layer_of(record: Record) -> NodeLayer:
    """Return the layer that a record belongs to."""
    if isinstance(record, Product):
        return "product"
    return "service" if isinstance(record, Service) else "resource"


def product_part_ids(product: ProductDetails) -> list[str | None]:
    """Return what a product consists of and runs on, whether it is a record or an item's."""
    related = (
        one.product.id
        for one in product.product_relationship
        if relation_type(one.relationship_type) == "bundles"
    )
    return [
        *(one.id for one in product.product),
        *related,
        *(one.id for one in product.realizing_service),
        *(one.id for one in product.realizing_resource),
    ]


def part_ids(record: Record) -> list[str]:
    """Return the ids of the records that a record directly consists of or runs on."""
    if isinstance(record, Product):
        found = product_part_ids(record)
    elif isinstance(record, Service):
        found = [one.id for one in record.supporting_service]
        found += [one.id for one in record.supporting_resource]
    else:
        found = [
            one.resource.id
            for one in record.resource_relationship
            if one.resource is not None and relation_type(one.relationship_type) == "bundles"
        ]
    return [one for one in found if one is not None]


def specification_id(record: Record) -> str | None:
    """Return the id of the specification that a record was made from."""
    reference = _specification(record)
    return reference.id if reference is not None else None


def name_of(record: Record) -> str:
    """Return what a record is called: by its specification, else by itself."""
    reference = _specification(record)
    if reference is None and isinstance(record, Product):
        reference = record.product_offering
    return (reference.name if reference is not None else None) or record.name or layer_of(record)


def _specification(record: Record) -> Reference | None:
    if isinstance(record, Product):
        return record.product_specification
    if isinstance(record, Service):
        return record.service_specification
    return record.resource_specification


def values_of(characteristics: Iterable[Characteristic]) -> dict[str, Json]:
    """Return the values by name; a name that is there several times has a list of them."""
    found: dict[str, Json] = {}
    repeated: set[str] = set()
    for one in characteristics:
        value = one.raw.get("value")
        if one.name not in found:
            found[one.name] = value
        elif one.name in repeated:
            found[one.name].append(value)
        else:
            repeated.add(one.name)
            found[one.name] = [found[one.name], value]
    return found


def values(record: Record) -> dict[str, Json]:
    """Return the characteristics of a record by name."""
    if isinstance(record, Product):
        return values_of(record.product_characteristic)
    if isinstance(record, Service):
        return values_of(record.service_characteristic)
    return values_of(record.resource_characteristic)


def place_of(record: Record) -> Json:
    """Return the first place of a record as JSON."""
    if isinstance(record, Resource):
        return record.place.raw if record.place is not None else None
    return next((one.raw for one in record.place), None)


SHARING_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 1))"


def customer_of(parties: Iterable[RelatedParty]) -> str | None:
    """Return the id of the party in the role of the customer."""
    return next((one.id for one in parties if (one.role or "").lower() == "customer"), None)


def load(
    work: Work, order: RootOrder, catalog: CatalogSnapshot, *, holds: bool = True
) -> Installed:
    """Return what an order's records consist of, and what its customer may share with them.

    An order that only adds, of a catalog without shared parts, reads nothing. `holds` lets other
    orders of the customer wait.
    """
    products, service_ids, resource_ids = _named(work, every_line(order).values())
    customer = customer_of(order.related_party)
    shared = shared_ids(catalog)
    if holds and customer is not None and any(shared.values()):
        # Another order of this customer that starts now may make what this one can share.
        work.connection.execute(SHARING_LOCK, [customer])
    services: dict[str, Service] = {}
    if customer is not None and shared["ServiceSpecification"]:
        services = _candidates(
            work, Service, customer, "serviceSpecification.id", shared["ServiceSpecification"]
        )
    resources: dict[str, Resource] = {}
    if customer is not None and shared["ResourceSpecification"]:
        resources = _candidates(
            work, Resource, customer, "resourceSpecification.id", shared["ResourceSpecification"]
        )
    services |= closure(
        work, Service, {*(one for one in service_ids if one), *services}, _lower_services
    )
    resource_ids += [one.id for each in services.values() for one in each.supporting_resource]
    resources |= closure(
        work, Resource, {*(one for one in resource_ids if one), *resources}, part_ids
    )
    return Installed(
        MappingProxyType(products),
        MappingProxyType(services),
        MappingProxyType(resources),
        _users(work, services, resources),
    )


def _named(
    work: Work, lines: Iterable[AnyLine]
) -> tuple[dict[str, Product], list[str | None], list[str | None]]:
    """Return the products that lines name, and the services and resources that these run on.

    Lines of services and resources name their own ones.
    """
    listed = list(lines)
    own = [one for one in listed if isinstance(one, Line)]
    products = closure(
        work, Product, [one.product_id for one in own if one.product_id], _child_products
    )
    given = [one.item.product for one in own if one.item.product is not None]
    above: list[ProductDetails] = [*products.values(), *given]
    services: list[str | None] = [one.id for each in above for one in each.realizing_service]
    resources: list[str | None] = [one.id for each in above for one in each.realizing_resource]
    for one in listed:
        if isinstance(one, DomainLine):
            services += one.supporting("Service")
            resources += one.supporting("Resource")
            (services if one.layer == "service" else resources).append(one.record_id)
    return products, services, resources


def _child_products(product: Product) -> list[str]:
    services = {one.id for one in (*product.realizing_service, *product.realizing_resource)}
    return [one for one in part_ids(product) if one not in services]


def _lower_services(service: Service) -> list[str]:
    return [one.id for one in service.supporting_service if one.id is not None]


def shared_ids(catalog: CatalogSnapshot) -> dict[str, list[str]]:
    """Return the ids of the specifications that some relation shares, by their kind."""
    above: list[Specification] = [
        *catalog.product_specifications.values(),
        *catalog.service_specifications.values(),
        *catalog.resource_specifications.values(),
    ]
    found: dict[str, set[str]] = {"ServiceSpecification": set(), "ResourceSpecification": set()}
    for specification in above:
        for relation in once(specification, _shared):
            found[relation.target].add(relation.target_id)
    return {kind: sorted(idents) for kind, idents in found.items()}


def _shared(specification: Specification) -> list[Relation]:
    found = (one for one in relations(specification) if one.link.shared and one.makes_order)
    return [one for one in found if one.target != "ProductSpecification"]


def _candidates(
    work: Work, kind: type[D], customer: str, path: str, specification_ids: list[str]
) -> dict[str, D]:
    wanted = {"relatedParty.id": customer, path: specification_ids}
    return {one.id: one for one in work.find(kind, wanted)}


def _users(
    work: Work, services: Mapping[str, Service], resources: Iterable[str]
) -> Mapping[str, frozenset[str]]:
    """Return the ids of the live users of each service and resource, by its id.

    What says that it relies on what needs it, too, ends together with that.
    """
    found = {used: {one.id for one in own}
             for used, own in users(work, services, resources).items()}  # fmt: skip
    for used, relying in relying_on(work, services).items():
        held = {*relied_on(services[used]), *part_ids(services[used])}
        found.setdefault(used, set()).update(one.id for one in relying if one.id not in held)
    return MappingProxyType({used: frozenset(own) for used, own in found.items()})


def relied_on(service: Service) -> set[str]:
    """Return the ids of the services that a service says that it relies on."""
    return {
        one.service.id
        for one in service.service_relationship
        if one.service is not None and one.service.id is not None
        and plain_word(one.relationship_type) in AFTER
    }  # fmt: skip


def relying_on(work: Work, services: Collection[str]) -> dict[str, list[Service]]:
    """Return the live services that say that they rely on services, by the id of these."""
    found: dict[str, list[Service]] = {}
    named = {"serviceRelationship.service.id": sorted(services)}
    for one in work.find(Service, named) if services else ():
        for ident in relied_on(one).intersection(services) if is_live(one) else ():
            found.setdefault(ident, []).append(one)
    return found


def users(
    work: Work, services: Iterable[str], resources: Iterable[str]
) -> dict[str, list[Product | Service]]:
    """Return the live users of services and resources by id of what they use.

    They are read by kind of user and kind of use.
    """
    found: dict[str, dict[str, Product | Service]] = {}
    service_ids, resource_ids = sorted(services), sorted(resources)
    readings: tuple[tuple[list[str], Callable[[], Iterable[Product | Service]]], ...] = (
        (service_ids, lambda: work.find(Product, {"realizingService.id": service_ids})),
        (service_ids, lambda: work.find(Service, {"supportingService.id": service_ids})),
        (resource_ids, lambda: work.find(Product, {"realizingResource.id": resource_ids})),
        (resource_ids, lambda: work.find(Service, {"supportingResource.id": resource_ids})),
    )
    for idents, read in readings:
        for user in read() if idents else ():
            for used in part_ids(user) if is_live(user) else ():
                found.setdefault(used, {})[user.id] = user
    return {used: list(own.values()) for used, own in found.items()}
