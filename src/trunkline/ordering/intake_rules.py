"""What holds for a product order that is sent in: every fault of all items in one answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import LiteralString

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import order_context
from trunkline.ordering.billed_currency import billed_currency_faults
from trunkline.ordering.bundle_rules import bundle_faults
from trunkline.ordering.compatible import compatibility_faults
from trunkline.ordering.dependency import connect_lines
from trunkline.ordering.installed import customer_of
from trunkline.ordering.item_rules import line_faults
from trunkline.ordering.moved_parts import told_of_wholes
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import Line, added_inside, lines_of
from trunkline.ordering.product_order import UNSENT, OrderDetails, ProductOrder, must_be_right
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.v5 import INITIAL_STATES
from trunkline.party.customer import Customer
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.price import OrderPrice

# Whoever sends an order under an external id holds this lock until it is stored, so that its twin
# finds it.
LOCK_EXTERNAL_ID = "select pg_advisory_xact_lock(hashtextextended(%s, 622))"
SENT_BEFORE = """
select o.key
from product_order o
join ordering_reference r on r.source = o.id
where o.p_external_id = %s
  and r.target = %s::uuid
  and r.path = 'relatedParty'
  and o.id <> %s::uuid
order by o.id
limit 1
"""


@rule(ProductOrder)
def order_can_be_carried_out(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order that could not be carried out; a draft may be as wrong as it likes."""
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not must_be_right(new):
        return
    yield from order_faults(new, order_context.load(work, new))


@rule(ProductOrder)
def external_id_is_new(work: Work, old: ProductOrder | None, new: ProductOrder) -> Iterator[Fault]:
    """Refuse an order that its customer has sent before, and name that one."""
    if old is None or old.external_id != new.external_id:
        yield from sent_before(work, new, new.id, SENT_BEFORE)


@rule(ProductOrder)
def initial_state_is_known(
    _work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order that wants to begin in a state that there is not: it would just begin."""
    said = new.raw.get("requestedInitialState")
    before = old.raw.get("requestedInitialState") if old is not None else None
    if said is not None and said != before and said not in INITIAL_STATES:
        message = f"must be one of: {', '.join(INITIAL_STATES)}"
        yield Fault("requestedInitialState", "badValue", message, INITIAL_STATES)


def sent_before(
    work: Work, order: OrderDetails | ResourceOrder, ident: str, statement: LiteralString
) -> Iterator[Fault]:
    """Yield that the customer of an order has sent it before, as a statement finds."""
    external, customer = order.external_id, customer_of(order.related_party)
    if external is None or customer is None or not UUID.match(customer):
        return
    work.connection.execute(LOCK_EXTERNAL_ID, [f"{customer}|{external}"])
    first = work.connection.execute(statement, [external, customer, ident]).fetchone()
    if first is not None:
        message = f"order {first[0]} has it already; look there what became of it"
        yield Fault("externalId", "conflictExternalId", message)


def order_faults(order: ProductOrder, context: OrderContext) -> Iterator[Fault]:
    """Yield everything that is wrong with an order that is sent in.

    Codes of the header: customerMissing, customerTwice, customerUnknown, customerNotActive,
    billingAccountMissing, billingAccountInactive, billingAccountForeign, currencyMixed, else those
    of billed currencies, itemCircle, productTwice; those of items, of bundles and of what does not
    go together stand with them.
    """
    lines = context.lines if context.lines is not None else lines_of(order)
    yield from told_of_wholes(_order_faults(order, lines, context), lines, context.products)


def _order_faults(
    order: ProductOrder, lines: Mapping[str, Line], context: OrderContext
) -> Iterator[Fault]:
    adds = any(line.action == "add" for line in lines.values())
    yield from customer_faults(order.related_party, context.customer, adds=adds)
    yield from account_faults(order, context, lines)
    yield from tuple(billed_currency_faults(order, lines, context)) or _currency_faults(
        order, lines
    )
    yield from connect_lines(lines, {}, {})
    yield from _twice(lines)
    inside = added_inside(lines.values())
    for line in lines.values():
        yield from line_faults(line, lines, context, is_filled=line.id in inside)
    yield from bundle_faults(lines, inside, context)
    yield from compatibility_faults(lines, context)


def customer_faults(
    parties: Sequence[RelatedParty], customer: Customer | None, *, adds: bool
) -> Iterator[Fault]:
    """Yield what is wrong with the customer of an order, whichever kind of order it is.

    `customer` is who the order names as such, None where that is no customer; `adds` says whether
    anything new is ordered.
    """
    named = [index for index, one in enumerate(parties) if (one.role or "").lower() == "customer"]
    if not named:
        message = "name the customer: a related party with the role customer"
        yield Fault("relatedParty", "customerMissing", message)
        return
    for index in named[1:]:
        message = "an order has one customer; take the role customer off the others"
        yield Fault(f"relatedParty[{index}].role", "customerTwice", message)
    spot = f"relatedParty[{named[0]}]"
    if customer is None:
        message = "this party is no customer yet; create the customer first"
        yield Fault(f"{spot}.id", "customerUnknown", message)
        return
    status = customer.status
    if status == "terminated" or (status == "suspended" and adds):
        message = f"customer {customer.key} is {status}; nothing can be ordered for it"
        yield Fault(f"{spot}.id", "customerNotActive", message)


def account_faults(
    order: ProductOrder, context: OrderContext, lines: Mapping[str, Line]
) -> Iterator[Fault]:
    """Yield what is wrong with the accounts that an order names, and where none is named."""
    yield from _account(order.billing_account, "billingAccount", context)
    for line in lines.values():
        yield from _account(line.item.billing_account, f"{line.path}.billingAccount", context)
        if line.item.product is not None:
            spot = f"{line.path}.product.billingAccount"
            yield from _account(line.item.product.billing_account, spot, context)
        if order.billing_account is None and not _says_account(line, context):
            message = "name the account that is billed: here, or one for the whole order"
            yield Fault(f"{line.path}.billingAccount", "billingAccountMissing", message)


def _says_account(line: Line, context: OrderContext) -> bool:
    """Tell whether an item says which account is billed, or its product does."""
    said = (line.item, line.item.product, context.changed(line))
    return line.action is None or any(one and one.billing_account for one in said)


def _account(
    reference: BillingAccountRef | None, path: str, context: OrderContext
) -> Iterator[Fault]:
    account = context.accounts.get(reference.id) if reference is not None else None
    if account is None:  # what names nothing at all is refused as a dangling reference
        return
    if account.state != "active":
        message = f"billing account {account.key} is {account.state}; name an active one"
        yield Fault(f"{path}.id", "billingAccountInactive", message)
    owners = {one.id for one in account.related_party}
    if context.customer is not None and not owners & context.customer_ids:
        message = f"billing account {account.key} is not this customer's; name one that is"
        yield Fault(f"{path}.id", "billingAccountForeign", message)


def _currency_faults(order: ProductOrder, lines: Mapping[str, Line]) -> Iterator[Fault]:
    """Yield the first amount in another currency than the first one of the order."""
    found: list[tuple[str, str]] = []
    for line in lines.values():
        found += _units(line.item.item_price, f"{line.path}.itemPrice")
        found += _units(line.item.item_total_price, f"{line.path}.itemTotalPrice")
    found += _units(order.order_total_price, "orderTotalPrice")
    for path, unit in found:
        if unit != found[0][1]:
            message = f"is in {unit}, but the order is in {found[0][1]}; use one currency"
            yield Fault(path, "currencyMixed", message)
            return


def _units(prices: list[OrderPrice], path: str) -> Iterator[tuple[str, str]]:
    for index, one in enumerate(prices):
        amounts: Mapping[str, Json] = one.price.raw if one.price is not None else {}
        for name in ("dutyFreeAmount", "taxIncludedAmount"):
            unit = (amounts.get(name) or {}).get("unit")
            if isinstance(unit, str):
                yield f"{path}[{index}].price.{name}.unit", unit


def _twice(lines: Mapping[str, Line]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for line in lines.values():
        if line.product_id is None or line.action in (None, "add"):
            continue
        first = seen.setdefault(line.product_id, line.id)
        if first != line.id:
            message = f"item {first} is about the same product; put both into one item"
            yield Fault(f"{line.path}.product.id", "productTwice", message)
