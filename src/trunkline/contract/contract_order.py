"""Orders from contracts: what a contract promises is ordered, and what it covers is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from trunkline.contract.agreement.agreement import Agreement
from trunkline.contract.service.contract import Contract, ContractLine
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.rules import ByProgram
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault, NotFound, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.rest.writing import create
from trunkline.shared.reference import ProductOrderRef, ProductRef

OrderAct: TypeAlias = Literal["order", "suspend", "resume", "end"]
ACTS: tuple[OrderAct, ...] = ("order", "suspend", "resume", "end")
ACTIONS: Mapping[OrderAct, str] = {
    "order": "add",
    "suspend": "suspend",
    "resume": "resume",
    "end": "delete",
}
NOTHING_CAME = ("canceled", "rejected", "failed")
"""The states of orders and items by which nothing was added."""
REASONS: Mapping[OrderAct, str] = {"suspend": "suspensionReason", "end": "disconnectionReason"}


@dataclass(frozen=True)
class Asked:
    """What is to be ordered: what is done, with which lines (all that fit where none is named).

    `start` is when it is wanted, as text; `reason` a code of the register for what is suspended or
    ended; `more` are attributes of the order as a client would send them.
    """

    act: OrderAct
    lines: Sequence[str] = ()
    start: str | None = None
    reason: str | None = None
    more: Mapping[str, Json] | None = None


def order_contract(work: Work, ident: str, asked: Asked) -> ProductOrder:
    """Make a product order of lines of a contract and return it; it passes the one intake.

    `order` adds what the lines promise and no product carries out yet, at the contract's prices;
    the other acts are done to the products of the lines. Refuses (409) a contract that is not in
    force, and (400) lines that it does not have, or with which that cannot be done.
    """
    work.actor.must(ProductOrder.resource, "create")
    work.actor.must(Contract.resource, "read")
    found = work.get(Contract, ident)
    if found is None:
        raise NotFound("notFound", f"there is no contract {ident}")
    contract = work.lock(Contract, found.id)
    before = copied(contract.raw)
    if contract.state in FINAL or contract.state == "draft":
        message = f"{contract.key} is {contract.state}; an active contract is ordered of"
        raise Conflict("conflictNotActive", message)
    if asked.act == "order" and contract.product_order and not asked.lines:
        message = f"{contract.key} is ordered already; name the lines that are to be ordered anew"
        raise Conflict("conflictOrdered", message)
    items = _items(work, contract)
    _match(contract, items)
    taken = frozenset(items) if asked.act == "order" else frozenset()
    refuse(list(_faults(contract, asked, taken)))
    body = order_body(contract, asked, taken)
    agreements = _in_force(work, contract) if asked.act == "order" else []
    if agreements:
        body["agreement"] = [{"id": one} for one in agreements]
    made = create(work, ProductOrder.resource, load(encode(body | dict(asked.more or {}))))
    assert isinstance(made, ProductOrder)
    if asked.act == "order":
        _note(contract, made)
        _match(contract, _items(work, contract))
    work.kept[ByProgram] = True  # what becomes of its lines is written by nobody by hand
    try:
        work.save(contract, before)
    finally:
        work.kept.pop(ByProgram, None)
    return made


def _items(work: Work, contract: Contract) -> dict[str | None, ProductOrderItem]:
    """Return by line what its orders add already, without what came to nothing."""
    orders = work.many(ProductOrder, [one.id for one in contract.product_order]).values()
    added = [
        item for order in orders if order.internal_state not in NOTHING_CAME
        for _, item in placed_product_items(order.product_order_item)
        if item.action == "add" and item.internal_state not in NOTHING_CAME
    ]  # fmt: skip
    by_quote = {item.quote_item.id: item for item in added if item.quote_item is not None}
    by_line = {item.id: item for item in added if item.quote_item is None}
    found = {
        one.id: by_quote.get(one.quote_item or "") or by_line.get(one.order_item or "")
        for one in contract.contract_line
    }
    return {ident: item for ident, item in found.items() if item is not None}


def _match(contract: Contract, items: Mapping[str | None, ProductOrderItem]) -> None:
    """Let the lines of a contract name the products that their items became."""
    for line in contract.contract_line:
        item = items.get(line.id)
        made = item.product if item is not None else None
        if line.product is None and made is not None and made.id:
            line.product = ProductRef(id=made.id, referred_type="Product")


def _in_force(work: Work, contract: Contract) -> list[str]:
    """Return the versions in force of the agreements that a contract names."""
    named = work.many(Agreement, [one.id for one in contract.agreement]).values()
    families = dict.fromkeys(one.family for one in named)
    return [
        one.id
        for family in families
        for one in work.find(Agreement, {"firstVersion.id": family, "internalState": "active"})
    ]


def _note(contract: Contract, order: ProductOrder) -> None:
    """Let a contract name an order of its lines, and these their items."""
    if order.id not in {one.id for one in contract.product_order}:
        contract.product_order.append(ProductOrderRef(id=order.id))
    idents = {item.id for _, item in placed_product_items(order.product_order_item)}
    for line in contract.contract_line:
        if line.id in idents:
            line.order_item = line.id


def order_body(
    contract: Contract, asked: Asked, taken: frozenset[str | None] = frozenset()
) -> dict[str, Json]:
    """Return the order as a client would send it, without the lines that are `taken`. Pure."""
    lines = [one for one in contract.contract_line if one.id not in taken]
    chosen = [one for one in lines if _is_chosen(one, asked)]
    idents = {one.id for one in chosen}
    items = [
        _item(one, chosen, asked) for one in chosen if one.parent_line not in idents
    ]  # fmt: skip
    body: dict[str, Json] = {
        "relatedParty": [one.raw for one in contract.related_party],
        "productOrderItem": items,
    }
    if contract.billing_account is not None:
        body["billingAccount"] = contract.billing_account.raw
    if contract.quote is not None and asked.act == "order":
        body["quote"] = [{"id": contract.quote.id, "@referredType": "Quote"}]
    if asked.start:
        body["requestedStartDate"] = asked.start
    return body


def _faults(contract: Contract, asked: Asked, taken: frozenset[str | None]) -> Iterator[Fault]:
    known = {one.id: one for one in contract.contract_line}
    for index, ident in enumerate(asked.lines):
        if ident not in known:
            message = f"{contract.key} has no line {ident}; there are: {', '.join(map(str, known))}"
            yield Fault(f"line[{index}]", "lineUnknown", message)
        elif not _fits(known[ident], asked.act):
            held = "has its product already" if asked.act == "order" else "has no product yet"
            message = f"line {ident} {held}; leave it out"
            yield Fault(f"line[{index}]", "lineDoesNotFit", message)
        elif ident in taken:
            message = f"line {ident} is ordered already; leave it out, or cancel that order first"
            yield Fault(f"line[{index}]", "lineOrdered", message)
    left = [one for one in contract.contract_line if one.id not in taken]
    if not asked.lines and not any(_fits(one, asked.act) for one in left):
        yield Fault("line", "missing", f"{contract.key} has no line with which that can be done")


def _fits(line: ContractLine, act: OrderAct) -> bool:
    if act == "order":
        return line.product is None and line.product_offering is not None
    return line.product is not None and line.state not in FINAL


def _is_chosen(line: ContractLine, asked: Asked) -> bool:
    return _fits(line, asked.act) and (not asked.lines or line.id in asked.lines)


def _item(line: ContractLine, chosen: Sequence[ContractLine], asked: Asked) -> dict[str, Json]:
    item: dict[str, Json] = {"id": line.id, "action": ACTIONS[asked.act]}
    if line.billing_account is not None:
        item["billingAccount"] = line.billing_account.raw
    if asked.act != "order":
        assert line.product is not None, "only lines with a product fit"
        item["product"] = {"id": line.product.id}
        reason = REASONS.get(asked.act)
        if asked.reason and reason:
            item[reason] = asked.reason
        return item
    item["quantity"] = 1 if line.quantity is None else line.quantity
    item["productOffering"] = line.raw["productOffering"]
    product: dict[str, Json] = {}
    if line.product_characteristic:
        product["productCharacteristic"] = line.raw["productCharacteristic"]
    if line.place is not None:
        product["place"] = [line.place.raw]
    if product:
        item["product"] = product
    if line.item_term:
        item["itemTerm"] = line.raw["itemTerm"]
    if line.price:
        item["itemPrice"] = line.raw["price"]
    inside = [_item(one, chosen, asked) for one in chosen if one.parent_line == line.id]
    if inside:
        item["productOrderItem"] = inside
    return item
