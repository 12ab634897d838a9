"""Promised: service levels of agreements, copied to service contracts and not weakened there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkline.catalog.closure import present
from trunkline.contract.agreement.price_list import PriceList
from trunkline.contract.agreement.service_level import (
    AgreedServiceLevel,
    is_as_good,
    missing,
    weakened,
)
from trunkline.contract.agreement.usable import lists_named, usable_lists
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.service_level import ServiceLevel
from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer

LEVELS = "serviceLevel"


@enrich(ServiceContract)
def copy_agreed_levels(work: Work, new: ServiceContract) -> None:
    """Give a new service contract what its customer's agreements promise, where it says nothing."""
    for one in missing(agreed_levels(work, new), new.service_level):
        kept = {name: value for name, value in one.raw.items() if name != "productOffering"}
        new.service_level.append(ServiceLevel.wrap(copied(kept)))


@rule(ServiceContract)
def agreed_levels_are_kept(
    work: Work, old: ServiceContract | None, new: ServiceContract
) -> Iterator[Fault]:
    """Refuse a service contract that promises less than the agreements of its customer."""
    if old is not None and encode(old.raw.get(LEVELS)) == encode(new.raw.get(LEVELS)):
        return
    agreed = agreed_levels(work, new)
    if old is not None:  # what was agreed on later than the contract is not there yet
        known = {one.metric.lower() for one in (*old.service_level, *new.service_level)}
        agreed = [one for one in agreed if one.metric.lower() in known]
    yield from weakened(agreed, new.service_level)


def agreed_levels(work: Work, contract: ServiceContract) -> list[AgreedServiceLevel]:
    """Return what is promised for a service contract, the better where two agreements say it.

    That is by the agreements of its order; without any by all that its customer may order by now.
    """
    offerings = {
        line.product_offering.id for line in contract.contract_line if line.product_offering
    }
    found: dict[str, AgreedServiceLevel] = {}
    for one in _lists(work, contract):
        for level in one.service_level:
            named = {each.id for each in level.product_offering}
            held = found.get(level.metric.lower())
            if (not named or named & offerings) and (held is None or is_as_good(level, held)):
                found[level.metric.lower()] = level
    return list(found.values())


def promises_service(work: Work, order: ProductOrder) -> bool:
    """Tell whether an agreement of an order promises how well its products are served."""
    if not order.agreement:
        return False
    customer = buyer_of(work, order)
    named = [one.id for one in order.agreement]
    lists = lists_named(work, customer, named).values() if customer is not None else ()
    return any(one.service_level for one in lists)


def _lists(work: Work, contract: ServiceContract) -> Iterable[PriceList]:
    ident = customer_of(contract.related_party)
    customer = present(work, Customer, [ident]).get(ident) if ident is not None else None
    if customer is None:
        return ()
    named = contract.product_order.id if contract.product_order is not None else None
    order = present(work, ProductOrder, [named]).get(named) if named is not None else None
    if order is not None and order.agreement:
        return lists_named(work, customer, [one.id for one in order.agreement]).values()
    return usable_lists(work, customer)
