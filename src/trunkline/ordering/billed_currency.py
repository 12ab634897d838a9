"""Billed currencies: nothing is charged to an account in another currency than its own.

An account that says no currency of its own is billed in whichever it is charged in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from trunkline.catalog.closure import present
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import Line
from trunkline.ordering.price_effect import CHARGED, amounts_of
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.price import OrderPrice, ProductPrice

NO_PRICE = "priceNotInCurrency"
OTHER_CURRENCY = "accountCurrency"
SEVERAL = "accountCurrencyMixed"
NOT_PAYABLE = frozenset({NO_PRICE, OTHER_CURRENCY, SEVERAL})
"""The codes of what cannot be charged to the account that pays."""
PAID = (*CHARGED, "created", "pendingActive")


def billed_currency_faults(
    order: ProductOrder, lines: Mapping[str, Line], context: OrderContext
) -> Iterator[Fault]:
    """Yield the items that would be charged in another currency than their accounts are billed in.

    Codes: priceNotInCurrency (what is ordered has no price in it), accountCurrency (an amount is in
    another one), accountCurrencyMixed (the accounts of one order are billed in several).
    """
    first = None
    for line in lines.values():
        account = _billed_on(line, order, context)
        unit = account.currency if account is not None else None
        yield from _unsold(
            line, account if unit else None, unit or context.catalog.currency, context
        )
        if account is None or unit is None:
            continue
        first = first or unit
        if unit != first:
            message = (
                f"{account.key} is billed in {unit}, but the order is in {first}; order that apart"
            )
            yield Fault(f"{line.path}.billingAccount", SEVERAL, message)
        elif line.action in ("add", "modify"):
            yield from _line_faults(line, account, unit, context)


def _unsold(
    line: Line, account: BillingAccount | None, unit: str | None, context: OrderContext
) -> Iterator[Fault]:
    """Yield an item whose offering is sold in other currencies than its account or its order."""
    offering = context.offering(line)
    if offering is None or unit is None or line.action not in ("add", "modify"):
        return
    has = context.catalog.currencies_of(offering, context.now)
    own = {kind.currency for kind, _ in amounts_of(line.item.item_price)}
    if not has or unit in has or (not own and line.action != "add") or unit in own:
        return
    if account is None and own:  # what is asked in a currency of its own says which the order has
        return
    whose = f"in which {account.key} is billed" if account is not None else "as the order is"
    message = (
        f"{offering.name} has no price in {unit}, {whose}, but in {', '.join(sorted(has))}; "
        "name another account or another offering"
    )
    yield Fault(f"{line.path}.productOffering", NO_PRICE, message)


def _line_faults(
    line: Line, account: BillingAccount, unit: str, context: OrderContext
) -> Iterator[Fault]:
    asked, offering = line.item.item_price, context.offering(line)
    has = context.catalog.currencies_of(offering, context.now) if offering is not None else ()
    wrong = next(iter(_others(asked, unit)), None)
    if wrong is not None and (not has or unit in has):
        index, name, other = wrong
        message = f"is in {other}, but {account.key} is billed in {unit}"
        yield Fault(f"{line.path}.itemPrice[{index}].price.{name}.unit", OTHER_CURRENCY, message)
    held = context.changed(line)
    if held is not None and not asked:
        paid = [one for one in held.product_price if is_current(one, context.now)]
        for _, _, other in _others(paid, unit):
            message = f"costs {other}, but {account.key} is billed in {unit}; name another account"
            yield Fault(f"{line.path}.billingAccount", OTHER_CURRENCY, message)
            return


def _billed_on(line: Line, order: ProductOrder, context: OrderContext) -> BillingAccount | None:
    """Return the account that pays an item; what is there already stays where it is paid."""
    own, held = line.item.product, context.changed(line)
    named: list[BillingAccountRef | None] = [
        line.item.billing_account,
        own.billing_account if own is not None else None,
        held.billing_account if held is not None else None,
        order.billing_account,
    ]
    said = next((one for one in named if one is not None), None)
    return context.accounts.get(said.id) if said is not None else None


def _others(
    prices: Iterable[OrderPrice | ProductPrice], unit: str
) -> Iterator[tuple[int, str, str]]:
    """Yield the amounts in another currency: which price, which amount of it, and its currency."""
    for index, one in enumerate(prices):
        amounts = one.price.raw if one.price is not None else {}
        for name in ("dutyFreeAmount", "taxIncludedAmount"):
            other = (amounts.get(name) or {}).get("unit")
            if isinstance(other, str) and other != unit:
                yield index, name, other


@rule(BillingAccount)
def account_keeps_what_it_pays(
    work: Work, old: BillingAccount | None, new: BillingAccount
) -> Iterator[Fault]:
    """Refuse another currency of an account that pays for products in the former one."""
    if old is None or new.currency is None or old.currency == new.currency:
        return
    wanted = {"billingAccount.id": new.id, "status": [*PAID]}
    for product in work.find(Product, {**wanted}):
        other = paid_otherwise(product, new.currency, work.now)
        if other is not None:
            message = f"{product.key} is paid on it in {other}; let another account pay that first"
            yield Fault("currency", "conflictCurrency", message)
            return


def paid_otherwise(product: Product, unit: str, at: datetime) -> str | None:
    """Return the other currency in which something is paid for a product; None where none is."""
    paid = [one for one in product.product_price if is_current(one, at)]
    return next((other for _, _, other in _others(paid, unit)), None)


@rule(Product)
def product_is_paid_in_the_currency_of_its_account(
    work: Work, old: Product | None, new: Product
) -> Iterator[Fault]:
    """Refuse prices in another currency than that of the account which pays for the product."""
    account = new.billing_account
    if account is None or work.actor.kind == "system" or not new.product_price:
        return
    if old is not None and all(
        old.raw.get(name) == new.raw.get(name) for name in ("billingAccount", "productPrice")
    ):
        return
    found = present(work, BillingAccount, [account.id]).get(account.id)
    if found is None or found.currency is None:
        return
    for index, one in enumerate(new.product_price):
        if not is_current(one, work.now):
            continue
        for _, name, other in _others([one], found.currency):
            message = f"is in {other}, but {found.key} is billed in {found.currency}"
            yield Fault(f"productPrice[{index}].price.{name}.unit", OTHER_CURRENCY, message)
