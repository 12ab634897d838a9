"""Later orders: what a completed order makes of products that contracts cover, these follow.

A changed product changes its lines, one that ends ends them, and what is added comes in where the
order names the contract, or an agreement that one contract alone has. Each contract says once which
order did it; what its lines come to over the months that are left moves its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from trunkline.contract.service.contract import Contract, ContractDetails, ContractLine, LineChange
from trunkline.contract.service.following import prices_of
from trunkline.contract.service.lasting import FINAL, LIVE, by_date
from trunkline.contract.service.renewing import formers_of
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.worth import line_amounts, once, value_until
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.ordering.macd.commitment import months_between
from trunkline.ordering.order_line import action_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.shared.money import Money, rounded
from trunkline.shared.period import TimePeriod, end_of, start_of
from trunkline.shared.reference import ContractRef

PRODUCTS_MAX = 1_000_000
"""More products than any order makes: each of them counts."""
Charged: TypeAlias = Mapping[str, list[dict[str, Json]]]


@dataclass(frozen=True)
class Outcome:
    """What a completed order has made of products, by id: which it made, changed and ended.

    `charged` are the prices that it charges once for a product.
    """

    added: Mapping[str, Product] = field(default_factory=dict)
    changed: Mapping[str, Product] = field(default_factory=dict)
    ended: Mapping[str, Product] = field(default_factory=dict)
    charged: Charged = field(default_factory=dict)


@rule(ProductOrder)
def named_contract_takes_lines(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order into a contract of somebody else, or into one that takes nothing more."""
    if new.contract is None or (old is not None and old.contract == new.contract):
        return
    held = work.get(Contract, new.contract.id)
    customer = customer_of(new.related_party)
    if held is None:
        return  # that there is none is said by what resolves references
    if customer is None or customer_of(held.related_party) != customer:
        message = f"{held.key} is not a contract of this customer; name one of theirs"
        yield Fault("contract.id", "conflictContract", message)
    elif held.state in FINAL:
        message = f"{held.key} is {held.state}; name a contract in force, or leave it out"
        yield Fault("contract.id", "conflictContract", message)


@on(event(ProductOrder, "state_changed").to("completed", "partial"))
def follow_later_order(work: Work, order: ProductOrder) -> None:
    """Let contracts follow what an order has made of products that they cover, or adds to them."""
    if order.ownership_transfer is not None:
        return
    outcome = outcome_of(work, order)
    touched = [*outcome.changed, *outcome.ended]
    into = contract_named(work, order) if outcome.added else None
    taking = _live_line(work, into) if into is not None else []
    named = {"contractLine.product.id": touched, "state": list(LIVE)}
    for one in work.find(ServiceContract, named) if touched else ():
        with work.edit(ServiceContract, one.id) as served:
            follow(served, order, outcome, work.now)
    found = {one.id: one for one in (work.find(Contract, named) if touched else ())}
    for ident in _bought(work, order):
        found.pop(ident, None)
    takers = {one.id: one for one in taking}
    followed = found | takers
    for ident in sorted(followed):
        # What it charges once is said by the first of those that follow one another.
        is_first = not any(one in followed for one in formers_of(followed[ident]))
        with work.edit(Contract, ident) as held:
            # An order that was made of its own lines brings nothing that it does not have.
            is_own = order.id in {one.id for one in held.product_order}
            takes = ident in takers and not is_own
            follow(held, order, outcome, work.now, takes=takes, is_charged=is_first)
    if taking:
        _serve_under(work, order, taking)


def _live_line(work: Work, ident: str) -> list[Contract]:
    """Return what is not over of a contract and of those that follow it, one after the other."""
    return [
        one for one in _line_of(work, ident)
        if one.state in LIVE and by_date(one.valid_for, work.now) != "expired"
    ]  # fmt: skip


def _line_of(work: Work, ident: str) -> Iterator[Contract]:
    """Yield a contract and those that it was renewed into, one after the other."""
    seen: set[str] = set()
    held = work.get(Contract, ident)
    while held is not None and held.id not in seen:
        yield held
        seen.add(held.id)
        held = work.get(Contract, held.renewed_by.id) if held.renewed_by is not None else None


def _bought(work: Work, order: ProductOrder) -> set[str]:
    """Return the contracts whose own order this is, by its quote, and what they go on in.

    Their lines and values say already what it makes.
    """
    quotes = [one.id for one in order.quote]
    made = work.find(Contract, {"quote.id": quotes}) if quotes else []
    return {one.id for first in made for one in _line_of(work, first.id)}


def _serve_under(work: Work, order: ProductOrder, taking: Sequence[Contract]) -> None:
    """Let what serves an order end with the last of the contracts that take it in.

    Where that has not begun, it remembers the one before, in case that comes to nothing.
    """
    last = taking[-1]
    former = taking[-2] if last.state == "draft" and len(taking) > 1 else None
    for one in work.find(ServiceContract, {"productOrder.id": order.id}):
        if one.contract is None and one.state not in FINAL:
            with work.edit(ServiceContract, one.id) as served:
                served.contract, served.ends_with_contract = ContractRef(id=last.id), True
                if former is not None:
                    served.former_contract = ContractRef(id=former.id)


def outcome_of(work: Work, order: ProductOrder) -> Outcome:
    """Return what an order that is done has made of products, of those inside others as well."""
    items = {item.id: item for _, item in placed_product_items(order.product_order_item)}
    by_action: dict[str, dict[str, Product]] = {"add": {}, "modify": {}, "delete": {}}
    charged: dict[str, list[dict[str, Json]]] = {}
    named = {"productOrderItem.productOrder.id": order.id}
    for product in work.find(Product, named, limit=PRODUCTS_MAX):
        for link in product.product_order_item:
            item = items.get(link.order_item_id) if link.product_order_id == order.id else None
            action = action_of(item) if item is not None else ""
            if item is not None and action in by_action:  # what rests or resumes stays as it is
                by_action[action][product.id] = product
                prices = [one.raw for one in item.item_price if not recurs(one.raw)]
                charged[product.id] = copied(prices)
    ended = {
        ident: one for ident, one in by_action["delete"].items() if one.status in ENDED_PRODUCT
    }
    added, changed = (
        {ident: one for ident, one in by_action[name].items() if one.status not in ENDED_PRODUCT}
        for name in ("add", "modify")
    )
    changed = {ident: one for ident, one in changed.items() if ident not in added}
    return Outcome(added, changed, ended, charged)


def contract_named(work: Work, order: ProductOrder) -> str | None:
    """Return the contract that takes in what an order adds, None where it names none, or several.

    It is the one that the order names, else the only one in force that has its agreement. What is
    made of a quote has a contract of its own.
    """
    if order.contract is not None:
        return order.contract.id
    customer = customer_of(order.related_party)
    named = [one.id for one in order.agreement]
    if order.quote or customer is None or not named:
        return None
    asked = {"relatedParty.id": customer, "state": ["active", "suspended"], "agreement.id": named}
    found = work.find(Contract, asked, limit=2)
    return found[0].id if len(found) == 1 else None


def follow(
    held: ContractDetails, order: ProductOrder, outcome: Outcome, at: datetime, *,
    takes: bool = False, is_charged: bool = True,
) -> None:  # fmt: skip
    """Bring the lines of a contract to what an order has made of their products, once.

    Its value rises by what is left of its time; by what is charged once where that `is_charged`.
    """
    if held.state in FINAL or any(one.product_order.id == order.id for one in held.line_change):
        return
    lines = list(held.contract_line)
    gone = {ident for one in held.line_change if one.kind == "ended" for ident in one.line}
    live = [one for one in lines if one.id not in gone and _counts(one, outcome)]
    before = _still_to_come(held, live, at)
    ended = [one for one in live if _product(one) in outcome.ended]
    for line in ended:
        _end(held, line, outcome.ended[_product(line)], at)
    held_on = [one for one in live if one not in ended]
    changed = [
        one for one in held_on
        if _product(one) in outcome.changed
        and _bring(one, outcome.changed[_product(one)], outcome.charged, at)
    ]  # fmt: skip
    known = {_product(one) for one in lines}
    fresh = [
        ContractLine.wrap(_line(held, order, one, outcome.charged, at))
        for one in outcome.added.values() if takes and one.id not in known
    ]  # fmt: skip
    held.contract_line += fresh
    rise = _still_to_come(held, [*held_on, *fresh], at) - before
    if is_charged:
        rise += _charged_once(held.contract_line, [*changed, *fresh], outcome, held)
    by_kind = {"ended": ended, "changed": changed, "added": fresh}
    for kind, listed in by_kind.items():
        if listed:
            _note(held, order, kind, [str(one.id) for one in listed], at)
    if rise and isinstance(held, Contract) and held.contract_value is not None:
        unit = held.contract_value.unit
        total = held.contract_value.amount + rise
        held.contract_value = Money(unit=unit, value=rounded(total, unit))


def _still_to_come(held: ContractDetails, counted: Sequence[ContractLine], at: datetime) -> Decimal:
    """Return what lines come to by the month over what is left of a contract, within their ends."""
    unit, end = _unit(held), end_of(held.valid_for)
    since = max(start_of(held.valid_for) or at, at)
    if not unit or end is None or end <= since:
        return Decimal(0)
    months = months_between(since, end)
    return value_until(held.contract_line, {one.id for one in counted}, unit, since, months)


def _charged_once(
    lines: Sequence[ContractLine], charged: Sequence[ContractLine], outcome: Outcome,
    held: ContractDetails,
) -> Decimal:  # fmt: skip
    """Return what an order charges once for lines that it changes or adds."""
    unit = _unit(held)
    copies = [
        ContractLine.wrap({**one.raw, "price": copied(outcome.charged.get(_product(one)) or [])})
        if one in charged else one
        for one in lines
    ]  # fmt: skip
    return once(line_amounts(copies, [one.id for one in charged]), unit) if unit else Decimal(0)


def _unit(held: ContractDetails) -> str:
    value = held.contract_value if isinstance(held, Contract) else None
    return (value.unit or "") if value is not None and value.value is not None else ""


def _counts(line: ContractLine, outcome: Outcome) -> bool:
    """Tell whether a line is in force, or ends with this order, whatever was written first.

    One that had ended by its own date before does not.
    """
    ends = line.state == "cancelled" and _product(line) in outcome.ended
    return line.state not in FINAL or ends


def _product(line: ContractLine) -> str:
    return line.product.id if line.product is not None else ""


def _end(held: ContractDetails, line: ContractLine, product: Product, at: datetime) -> None:
    """End a line where its product has ended, within the dates of its contract."""
    end = min(product.termination_date or at, at)
    first, last = start_of(line.valid_for or held.valid_for), end_of(line.valid_for)
    above = end_of(held.valid_for)
    limits = [one for one in (end, last, above) if one is not None]
    line.state = "cancelled"
    if first is None or first < min(limits):
        line.valid_for = line.valid_for or TimePeriod()
        line.valid_for.end_date_time = min(limits)


def _bring(line: ContractLine, product: Product, charged: Charged, at: datetime) -> bool:
    """Let a line say what its product is and costs by now; what was charged once stays said.

    Tells whether that is anything new.
    """
    former = copied(line.raw)
    for name in ("productOffering", "productCharacteristic", "billingAccount"):
        if product.raw.get(name):
            line.raw[name] = copied(product.raw[name])
    place = next((one for one in product.raw.get("place") or () if one.get("id")), None)
    if place is not None:
        line.raw["place"] = copied(place)
    recurring = [one for one in prices_of(product, at) if recurs(one)]
    kept = [one for one in line.raw.get("price") or () if not recurs(one)]
    prices = [*copied(kept), *recurring, *copied(charged.get(product.id) or [])]
    if prices:
        line.raw["price"] = prices
    return bool(line.raw != former)


def recurs(price: Mapping[str, Json]) -> bool:
    """Tell whether a price is charged again and again."""
    kind = str(price.get("priceType") or "").lower()
    return "recurring" in kind or bool(price.get("recurringChargePeriod"))


def _line(
    held: ContractDetails, order: ProductOrder, product: Product, charged: Charged, at: datetime
) -> dict[str, Json]:
    """Return the line of a product that an order has added, from when its contract begins on."""
    begins = max(start_of(held.valid_for) or at, at)
    link = next(one for one in product.product_order_item if one.product_order_id == order.id)
    raw: dict[str, Json] = {
        "id": f"{order.key}-{product.key}"[:40], "action": "add", "quantity": 1,
        "orderItem": link.order_item_id,
        "product": {"id": product.id, "@referredType": "Product"},
        "validFor": {"startDateTime": format_instant(begins)},
    }  # fmt: skip
    if product.name:
        raw["product"]["name"] = product.name
    line = ContractLine.wrap(raw)
    _bring(line, product, charged, at)
    return raw


def _note(
    held: ContractDetails, order: ProductOrder, kind: str, lines: list[str], at: datetime
) -> None:
    held.line_change.append(LineChange.wrap({
        "kind": kind, "line": lines, "changedAt": format_instant(at),
        "productOrder": {"id": order.id, "@referredType": "ProductOrder"},
    }))  # fmt: skip
