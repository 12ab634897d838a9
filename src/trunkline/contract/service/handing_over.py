"""Handing over: what contracts say of products goes on for the customer who takes these over.

That customer gets a contract of its own with the lines of these products: the same prices and
terms, to the same end. The giving customer's lines end with the products, for no fee. Neither of
the two contracts names the other one, as neither customer reads what is the other's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from trunkline.contract.service.contract import Contract, ContractLine
from trunkline.contract.service.early_end import BY_PRICE
from trunkline.contract.service.later_order import PRODUCTS_MAX, recurs
from trunkline.contract.service.worth import value_until
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.macd.commitment import months_between
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.ordering.macd.transfer_orders import TRANSFERRED_FROM
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.money import Money, rounded
from trunkline.shared.period import end_of, start_of

THAT_PASS = ("active", "suspended", "draft")
OF_THE_WHOLE = ("name", "termMonths", "serviceLevel", "renewal", "terminationRule")
OF_A_LINE = ("id", "action", "parentLine", "quantity", "productOffering", "productCharacteristic",
             "price", "itemTerm", "place", "terminationRule")  # fmt: skip


@on(event(ProductOrder, "state_changed").to("completed"))
def hand_contracts_over(work: Work, order: ProductOrder) -> None:
    """Give who takes products over a contract that says of them what the former one does."""
    said = order.ownership_transfer
    transfer = work.get(OwnershipTransfer, said.id) if said is not None else None
    taking = transfer.product_order if transfer is not None else None
    if transfer is None or taking is None or taking.id != order.id:
        return  # no transfer, or the order by which the giving customer's products end
    if work.find(Contract, {"productOrder.id": order.id}, limit=1):
        return  # it was done already
    made = work.find(Product, {"productOrderItem.productOrder.id": order.id}, limit=PRODUCTS_MAX)
    passed = dict(_formers(made))
    wanted = {"contractLine.product.id": sorted(passed), "state": list(THAT_PASS)}
    held = work.find(Contract, wanted) if passed else []
    for one in sorted(held, key=lambda one: one.id):
        if one.state == "draft" and not (one.renewed_from is not None and one.begins_by_itself):
            continue  # not in force, nor what goes on after it
        body = taken_over(one, passed, work.now)
        if body:
            customer = {"id": transfer.to_customer.id, "role": "customer"}
            body["relatedParty"] = [{**customer, "@referredType": "Customer"}]
            body["billingAccount"] = {"id": transfer.billing_account.id}
            body["productOrder"] = [{"id": order.id, "@referredType": "ProductOrder"}]
            work.add(Contract.wrap(body))
            rule = one.termination_rule
            if rule is not None and rule.kind not in BY_PRICE and "terminationRule" in body:
                with work.edit(Contract, one.id) as former:
                    former.termination_rule = None  # it has passed on with the whole


def _formers(products: Sequence[Product]) -> Iterator[tuple[str, str]]:
    """Yield the products that were handed over, each with what it has become."""
    for product in products:
        for one in product.product_relationship:
            if one.relationship_type == TRANSFERRED_FROM and one.product.id is not None:
                yield one.product.id, product.id


def taken_over(held: Contract, passed: Mapping[str, str], at: datetime) -> dict[str, Json]:
    """Return what a contract says of products that have passed on, nothing where that is over.

    A sum for ending the whole passes on with the whole alone. What begins later does so there, too;
    what is renewed already goes on in its renewal, which passes on as well. Pure.
    """
    end = end_of(held.valid_for)
    if end is not None and end <= at:
        return {}
    # A line whose product has passed on already was ended by that.
    live = [one for one in held.contract_line if one.state != "expired"]
    going = [one for one in live if _product(one) in passed]
    stays = [one for one in live if one not in going and one.state != "cancelled"]
    if not going:
        return {}
    body: dict[str, Json] = {
        name: copied(held.raw[name]) for name in OF_THE_WHOLE if held.raw.get(name) is not None
    }
    if stays and held.termination_rule is not None and held.termination_rule.kind not in BY_PRICE:
        body.pop("terminationRule")
    if held.renewed_by is not None:
        body.pop("renewal", None)
    start = max(at, start_of(held.valid_for) or at)
    idents = {str(one.id) for one in going}
    lines = [_line(one, passed, idents, start, end) for one in going]
    body |= {"state": "active", "contractLine": lines, "validFor": _period(start, end)}
    if start > at:
        body |= {"state": "draft", "beginsByItself": True}
    value = held.contract_value
    if value is not None and value.unit is not None and end is not None:
        months = months_between(start, end)
        rest = value_until(held.contract_line, idents, value.unit, start, months)
        body["contractValue"] = Money(unit=value.unit, value=rounded(rest, value.unit)).raw
    return body


def _line(
    line: ContractLine, passed: Mapping[str, str], going: Collection[str], at: datetime,
    end: datetime | None,
) -> dict[str, Json]:  # fmt: skip
    raw = {name: copied(line.raw[name]) for name in OF_A_LINE if line.raw.get(name) is not None}
    if raw.get("parentLine") not in going:
        raw.pop("parentLine", None)
    if raw.get("price"):  # what was charged once is not charged again
        raw["price"] = [one for one in raw["price"] if recurs(one)]
    raw["product"] = {"id": passed[_product(line)], "@referredType": "Product"}
    start, own = max(at, start_of(line.valid_for) or at), end_of(line.valid_for) or end
    if (start > at or own != end) and (own is None or own > start):
        raw["validFor"] = _period(start, own)
    return raw


def _period(start: datetime, end: datetime | None) -> dict[str, Json]:
    found: dict[str, Json] = {"startDateTime": format_instant(start)}
    return found | ({"endDateTime": format_instant(end)} if end is not None else {})


def _product(line: ContractLine) -> str:
    return line.product.id if line.product is not None else ""
