"""From orders: service contracts for each account and site, with what their products entitle to.

They come with the order, as drafts, in the transaction in which it begins; what changes of the
order have added comes before it is completed. They come into force when it is completed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trunkline.contract.agreement.promised import promises_service
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.definition import (
    Definitions,
    EntitlementDefinition,
    definitions,
)
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.following import bring_lines, prices_of, products_of
from trunkline.contract.service.lasting import FINAL, by_date
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.settling import settle_entitlement
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.companions import companion
from trunkline.ordering.edits import Edits
from trunkline.ordering.macd.commitment import months_later
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.account import BillingAccount
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ProductOrderRef
from trunkline.workspace.timer import leased

START = "contract.startService"
"""The kind of work that starts what serves an order, once that is completed."""
DONE = ("completed", "partial")
NAMES_MAX = 3
DEFINED = ("name", "coverageKind", "unit", "totalUnits", "casesAllowed", "issueType", "channel",
           "serviceLevel")  # fmt: skip


@dataclass
class _Group:
    """What is served for one account at one place."""

    account: dict[str, Json] | None
    place: dict[str, Json] | None
    products: list[Product] = field(default_factory=list)


@companion
def bring_service_contracts(edits: Edits, order: ProductOrder) -> None:
    """Make the service contracts of an order with their entitlements, as far as there are none."""
    work = edits.work
    held, contract = definitions(work), contract_of(work, order)
    is_served = contract is not None or promises_service(work, order)
    if order.ownership_transfer is not None:
        return
    if not (held.are_any or is_served) and _begins(edits, order):
        return  # what names it by now, and who knows why, is looked for at its end
    made = work.find(ServiceContract, {"productOrder.id": order.id})
    made += [  # an order may begin and be completed in one transaction
        one for one, _ in edits.taken(ServiceContract)
        if one.product_order is not None and one.product_order.id == order.id
    ]  # fmt: skip
    if not (held.are_any or is_served or made):
        return
    known = {line.product.id for one in made for line in one.contract_line if line.product}
    fresh = [one for one in _products(edits, order) if one.id not in known]
    for group in _groups(fresh):
        if is_served or any(_required(held, one) for one in group.products):
            made.append(_make(edits, order, contract, held, group))
    if made or contract is not None:
        work.schedule(NewWork(START, order.id))


def _begins(edits: Edits, order: ProductOrder) -> bool:
    """Tell whether an order begins here: its products are being made, and no item is over yet."""
    items = placed_product_items(order.product_order_item)
    return any(before == b"{}" for _, before in edits.taken(Product)) and all(
        item.internal_state == "inProgress" for _, item in items
    )


def contract_of(work: Work, order: ProductOrder) -> Contract | None:
    """Return the contract that an order carries out, the one made of its quote."""
    idents = [one.id for one in order.quote]
    found = work.find(Contract, {"quote.id": idents}) if idents else []
    live = [one for one in found if one.state not in FINAL]
    return next(iter(live or found), None)


def join_order(work: Work, order: ProductOrder) -> None:
    """Bring what serves an order whose contract was made after it had begun."""
    edits = Edits(work)
    bring_service_contracts(edits, order)
    edits.write()


def _products(edits: Edits, order: ProductOrder) -> list[Product]:
    """Return the products that an order adds, whether they are being made or are there."""
    added = {
        item.id for _, item in placed_product_items(order.product_order_item)
        if item.action == "add" and item.internal_state != "canceled"
    }  # fmt: skip
    new = [one for one, before in edits.taken(Product) if before == b"{}"]
    if not new and added:
        new = edits.work.find(Product, {"productOrderItem.productOrder.id": order.id})
        new.reverse()
    return [
        one for one in new
        if one.status not in ENDED_PRODUCT
        and any(
            link.order_item_id in added and link.product_order_id == order.id
            for link in one.product_order_item[:1]
        )
    ]  # fmt: skip


def _groups(products: Iterable[Product]) -> list[_Group]:
    found: dict[tuple[str, str], _Group] = {}
    for one in products:
        account = one.raw.get("billingAccount")
        place = next(iter(one.raw.get("place") or ()), None)
        key = (str((account or {}).get("id")), str((place or {}).get("id")))
        found.setdefault(key, _Group(account, place)).products.append(one)
    return list(found.values())


def _required(held: Definitions, product: Product) -> list[EntitlementDefinition]:
    return held.required(product.product_offering, product.product_specification)


def _make(
    edits: Edits, order: ProductOrder, contract: Contract | None, held: Definitions, group: _Group
) -> ServiceContract:
    work = edits.work
    ident = work.services.chance.uuid()
    raw: dict[str, Json] = {
        "name": _name(group.products),
        "state": "draft",
        "relatedParty": _parties(work, order, group),
        "productOrder": {"id": order.id, "@referredType": "ProductOrder"},
        "validFor": {"startDateTime": format_instant(work.now)},
        "contractLine": [_line(at, one, work.now) for at, one in enumerate(group.products, 1)],
    }
    if group.account is not None:
        raw["billingAccount"] = copied(group.account)
    if group.place is not None and group.place.get("id"):
        raw["place"] = copied(group.place)
    if contract is not None:
        raw["contract"] = {"id": contract.id, "@referredType": "Contract"}
        raw["endsWithContract"] = True
    made = edits.new(ServiceContract.wrap(raw), ident)
    for product in group.products:
        for definition in _required(held, product):
            _entitle(edits, made, product, definition)
    return made


def _name(products: Sequence[Product]) -> str:
    names = list(dict.fromkeys(one.name or one.key for one in products))
    more = len(names) - NAMES_MAX
    return ", ".join(names[:NAMES_MAX])[:180] + (f" +{more}" if more > 0 else "")


def _parties(work: Work, order: ProductOrder, group: _Group) -> list[Json]:
    """Return whose the contract is: the customer whose account pays, else the order's."""
    ident = (group.account or {}).get("id")
    account = work.get(BillingAccount, str(ident)) if ident else None
    listed = [*(account.related_party if account is not None else ()), *order.related_party]
    named = [one for one in listed if (one.role or "").lower() == "customer"] or listed
    return [{**copied(one.raw), "role": "customer"} for one in named[:1]]


def _line(number: int, product: Product, at: datetime) -> dict[str, Json]:
    raw: dict[str, Json] = {
        "id": str(number),
        "action": "add",
        "quantity": 1,
        "product": {"id": product.id, "@referredType": "Product"},
    }
    if product.name:
        raw["product"]["name"] = product.name
    link = next(iter(product.product_order_item), None)
    if link is not None:
        raw["orderItem"] = link.order_item_id
    for name in ("productOffering", "productCharacteristic"):
        if product.raw.get(name):
            raw[name] = copied(product.raw[name])
    prices = prices_of(product, at)
    if prices:
        raw["price"] = prices
    return raw


def _entitle(
    edits: Edits, contract: ServiceContract, product: Product, definition: EntitlementDefinition
) -> None:
    defined = {name: definition.raw[name] for name in DEFINED if name in definition.raw}
    raw: dict[str, Json] = copied(defined) | {
        "state": "draft",
        "definition": {"id": definition.id, "@referredType": "EntitlementDefinition"},
        "serviceContract": {"id": contract.id, "@referredType": "ServiceContract"},
        "relatedParty": copied(contract.raw["relatedParty"]),
        "product": [{"id": product.id, "@referredType": "Product"}],
        "validFor": copied(contract.raw["validFor"]),
    }
    if contract.raw.get("billingAccount"):
        raw["billingAccount"] = copied(contract.raw["billingAccount"])
    if definition.term_months is None:
        raw["endsWithContract"] = True
    edits.new(Entitlement.wrap(raw), edits.work.services.chance.uuid())


@handler(START)
def start_service(services: Services, row: Row) -> None:
    """Name the order in its contract, and start what serves it once it is completed."""
    with leased(services, row) as work:
        queue.finish(work.connection, row)
        order = work.get(ProductOrder, row.subject)
        if order is None:
            return
        contract = contract_of(work, order)
        if contract is not None:
            _name_order(work, contract, order)
        if order.internal_state in DONE:
            for one in work.find(ServiceContract, {"productOrder.id": order.id, "state": "draft"}):
                _start(work, order, contract, one)


@on(event(ProductOrder, "state_changed").to("canceled", "failed", "rejected"))
def give_service_up(work: Work, order: ProductOrder) -> None:
    """Cancel the service contracts of an order that came to nothing."""
    for one in work.find(ServiceContract, {"productOrder.id": order.id, "state": "draft"}):
        with work.edit(ServiceContract, one.id) as held:
            held.state = "cancelled"
            held.state_reason = f"{order.key} is {order.internal_state}"


def _name_order(work: Work, contract: Contract, order: ProductOrder) -> None:
    """Let a contract name its order, and its lines the products that they became."""
    products = {
        item.quote_item.id: item.product.id
        for _, item in placed_product_items(order.product_order_item)
        if item.quote_item is not None and item.product is not None and item.product.id
    }
    if contract.state in FINAL:
        return
    with work.edit(Contract, contract.id) as held:
        if order.id not in {one.id for one in held.product_order}:
            held.product_order.append(ProductOrderRef(id=order.id))
        for line in held.raw.get("contractLine") or ():
            ident = products.get(str(line.get("quoteItem")))
            if ident and not line.get("product"):
                line["product"] = {"id": ident, "@referredType": "Product"}


def _start(
    work: Work, order: ProductOrder, contract: Contract | None, one: ServiceContract
) -> None:
    begun = order.completion_date or work.now
    if one.contract is not None:  # the one that was renewed meanwhile, or what follows it
        contract = work.get(Contract, one.contract.id) or contract
    products = work.many(Product, products_of(one.contract_line))
    end = _bound_until(products.values())
    if contract is not None and contract.valid_for is not None:
        first, end = contract.valid_for.start_date_time, contract.valid_for.end_date_time
        is_first = contract.renewed_from is None
        begun = max(begun, first) if first is not None and is_first else begun
    period = TimePeriod(start_date_time=begun)
    if end is not None and end > begun:
        period.end_date_time = end
    with work.edit(ServiceContract, one.id) as held:
        bring_lines(held, products, work.now)
        held.valid_for = period
        held.begins_by_itself = True
        if contract is not None and contract.state in FINAL:
            held.state, held.state_reason = contract.state, f"{contract.key} is {contract.state}"
        else:
            dated = by_date(period, work.now)
            held.state = "active" if dated == "active" else "draft"
    for entitlement in work.find(Entitlement, {"serviceContract.id": one.id, "state": "draft"}):
        _begin(work, entitlement, period)
        settle_entitlement(work, entitlement.id)


def _begin(work: Work, entitlement: Entitlement, period: TimePeriod) -> None:
    """Let an entitlement begin with its contract, and end by its own term or with that."""
    reference = entitlement.definition
    definition = work.get(EntitlementDefinition, reference.id) if reference is not None else None
    months = definition.term_months if definition is not None else None
    begun, end = period.start_date_time, period.end_date_time
    assert begun is not None
    if months:
        own = months_later(begun, months)
        end = min(own, end) if end is not None else own
    with work.edit(Entitlement, entitlement.id) as held:
        held.valid_for = TimePeriod(start_date_time=begun)
        if end is not None:
            held.valid_for.end_date_time = end


def _bound_until(products: Iterable[Product]) -> datetime | None:
    """Return the last day to which products are bound, None where they are not."""
    ends = [
        term.valid_for.end_date_time
        for one in products
        for term in one.product_term
        if term.valid_for is not None and term.valid_for.end_date_time is not None
    ]
    return max(ends, default=None)
