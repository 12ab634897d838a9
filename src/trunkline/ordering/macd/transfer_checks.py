"""Transfer checks: what may stand against handing products over to another customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from trunkline.catalog.closure import closure, present
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog, order_context
from trunkline.ordering.billed_currency import OTHER_CURRENCY, paid_otherwise
from trunkline.ordering.capture.handing_in import policy_faults
from trunkline.ordering.installed import is_live, users
from trunkline.ordering.macd.operations import operations_of
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer, TransferState
from trunkline.ordering.macd.transfer_orders import ending_order
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of

VALID = timedelta(days=14)
"""How long a wish waits for both consents where it does not say so."""
HELD_MONEY = ("deposit", "credit", "prepaid")
"""What balances are called that the customer has with us, rather than owes."""
HOLDERS = """
select distinct r.target::text, p.key from inventory_reference r join product p on p.id = r.source
where r.target = any(%s::uuid[]) and r.type = 'Product' and r.path = 'product'
  and p.p_status not in ('terminated', 'cancelled', 'aborted')
"""


@dataclass(frozen=True)
class Below:
    """What passes on with some products: those inside them, and the services and resources."""

    products: Mapping[str, Product]
    services: Mapping[str, Service]
    resources: frozenset[str]


@enrich(OwnershipTransfer)
def complete_transfer(work: Work, transfer: OwnershipTransfer) -> None:
    """Let a wish that does not say how long it waits do so for two weeks."""
    if transfer.valid_until is None:
        transfer.valid_until = work.now + VALID


@rule(OwnershipTransfer)
def transfer_can_be_made(
    work: Work, old: OwnershipTransfer | None, new: OwnershipTransfer
) -> Iterator[Fault]:
    """Refuse to hand over what is not the customer's, is busy, shared, or kept by debts."""
    if old is None:
        if new.valid_until is not None and new.valid_until <= work.now:
            yield Fault("validUntil", "validUntilPast", "name a time to come")
        yield from transfer_faults(work, new)


def transfer_faults(work: Work, transfer: OwnershipTransfer) -> Iterator[Fault]:
    """Yield everything that stands against a transfer as things are now.

    Codes: sameCustomer, customerNotActive, billingAccountForeign, billingAccountInactive,
    accountCurrency, productForeign, productNotActive, partOfBundle, sharedService,
    conflictTransfer, conflictOpenOrder, debtOpen, depositMissing, policyRefuses.
    """
    customers = present(work, Customer, [transfer.from_customer.id, transfer.to_customer.id])
    giving = customers.get(transfer.from_customer.id)
    taking = customers.get(transfer.to_customer.id)
    if giving is None or taking is None:
        return  # what names nothing at all is refused as a dangling reference
    if giving.id == taking.id:
        yield Fault("toCustomer.id", "sameCustomer", "has them already; name another customer")
    if taking.status != "active":
        message = f"customer {taking.key} is {taking.status}; it must be active"
        yield Fault("toCustomer.id", "customerNotActive", message)
    yield from _account_faults(work, transfer, taking)
    below = below_of(work, [one.id for one in transfer.product])
    # Of two that hand over the same, the second one waits here until the first is written.
    work.connection.execute(order_context.LOCK, [sorted(below.products)])
    yield from passing_faults(work, transfer, below.products, "inProgress")
    yield from _currency_faults(work, transfer, below)
    wrong = list(_product_faults(work, transfer, giving, below))
    yield from wrong or _shared_faults(work, below)
    yield from _debt_faults(work, transfer, giving)
    yield from policy_faults(work, ending_order(transfer))


def passing_faults(
    work: Work, transfer: OwnershipTransfer, products: Iterable[str], state: TransferState
) -> Iterator[Fault]:
    """Yield that another transfer in a state hands over one of some products."""
    named = sorted(products)
    wanted = {"product.id": named, "state": state}
    for one in work.find(OwnershipTransfer, {**wanted}) if named else ():
        until = one.valid_until if state == "requested" else None
        if one.id != transfer.id and (until is None or until > work.now):
            message = f"{one.key} hands it over already; wait for it or withdraw it"
            yield Fault("product", "conflictTransfer", message)
            return


def _account_faults(work: Work, transfer: OwnershipTransfer, taking: Customer) -> Iterator[Fault]:
    account = present(work, BillingAccount, [transfer.billing_account.id]).get(
        transfer.billing_account.id
    )
    if account is None:
        return
    if not {one.id for one in account.related_party} & set(names_of(taking.id, taking.raw)):
        message = f"billing account {account.key} is not of customer {taking.key}; name one that is"
        yield Fault("billingAccount.id", "billingAccountForeign", message)
    if account.state != "active":
        message = f"billing account {account.key} is {account.state}; name an active one"
        yield Fault("billingAccount.id", "billingAccountInactive", message)


def _currency_faults(work: Work, transfer: OwnershipTransfer, below: Below) -> Iterator[Fault]:
    """Yield that the account of who takes is billed in another currency than is paid."""
    ident = transfer.billing_account.id
    account = present(work, BillingAccount, [ident]).get(ident)
    if account is None or account.currency is None:
        return
    for product in below.products.values():
        other = paid_otherwise(product, account.currency, work.now)
        if other is not None:
            message = (
                f"billing account {account.key} is billed in {account.currency}, but {product.key} "
                f"costs {other}; name one that is billed in that"
            )
            yield Fault("billingAccount.id", OTHER_CURRENCY, message)
            return


def below_of(work: Work, idents: Sequence[str]) -> Below:
    """Return what passes on with products."""
    products = {
        ident: one
        for ident, one in closure(work, Product, idents, order_catalog.child_ids).items()
        if ident in idents or is_live(one)
    }
    roots = {one.id for each in products.values() for one in each.realizing_service}
    services = closure(work, Service, roots, _lower)
    resources = {one.id for each in products.values() for one in each.realizing_resource}
    resources |= {one.id for each in services.values() for one in each.supporting_resource}
    return Below(products, services, frozenset(resources))


def _lower(service: Service) -> list[str]:
    return [one.id for one in service.supporting_service if one.id is not None]


def _product_faults(
    work: Work, transfer: OwnershipTransfer, giving: Customer, below: Below
) -> Iterator[Fault]:
    names = set(names_of(giving.id, giving.raw))
    named = [one.id for one in transfer.product]
    busy = operations_of(work, below.products, only_open=True)
    holders = dict(work.connection.execute(HOLDERS, [named]).fetchall())
    for index, ident in enumerate(named):
        path, product = f"product[{index}].id", below.products.get(ident)
        if product is None:
            continue
        if not {one.id for one in product.related_party} & names:
            message = f"product {product.key} is not of customer {giving.key}; name one that is"
            yield Fault(path, "productForeign", message)
            continue
        if product.status != "active":
            message = f"product {product.key} is {product.status}; it must be active"
            yield Fault(path, "productNotActive", message)
        if ident in holders:
            message = f"product {product.key} is a part of {holders[ident]}; hand that over"
            yield Fault(path, "partOfBundle", message)
    for ident, open_ in busy.items():
        key, order = below.products[ident].key, open_[0].order_key
        message = f"product {key} is in order {order}, which is not done; wait for it"
        yield Fault("product", "conflictOpenOrder", message)


def _shared_faults(work: Work, below: Below) -> Iterator[Fault]:
    """Yield a fault for each product or service that would stay and uses what passes on."""
    going = {*below.products, *below.services}
    others = {
        one.key: one.name or one.key
        for own in users(work, below.services, below.resources).values()
        for one in own
        if one.id not in going
    }
    for key, name in sorted(others.items()):
        message = (
            f"what it runs on also serves {name} ({key}); hand that over too, or separate them"
        )
        yield Fault("product", "sharedService", message)


def _debt_faults(work: Work, transfer: OwnershipTransfer, giving: Customer) -> Iterator[Fault]:
    accounts = work.find(BillingAccount, {"relatedParty.id": names_of(giving.id, giving.raw)})
    deposit = transfer.deposit.amount if transfer.deposit is not None else None
    for account in accounts:
        for one in account.account_balance:
            is_held = one.balance_type.lower().startswith(HELD_MONEY)
            if not is_held and one.amount.amount > 0:
                owed = f"{one.amount.amount:f} {one.amount.unit}"
                message = f"{account.key} owes {owed}; it is to be paid first"
                yield Fault("fromCustomer.id", "debtOpen", message)
    if deposit is not None and not any(True for _ in deposits(accounts, transfer)):
        message = f"no account of {giving.key} has a deposit of {deposit.amount:f} {deposit.unit}"
        yield Fault("deposit.amount", "depositMissing", message)


def deposits(
    accounts: Sequence[BillingAccount], transfer: OwnershipTransfer
) -> Iterator[tuple[BillingAccount, int]]:
    """Yield the accounts that have what is to be passed on, with the balance's position."""
    wanted = transfer.deposit.amount if transfer.deposit is not None else None
    if wanted is None:
        return
    for account in accounts:
        for index, one in enumerate(account.account_balance):
            is_deposit = one.balance_type.lower().startswith("deposit")
            held = one.amount
            if is_deposit and held.unit == wanted.unit and held.amount >= wanted.amount:
                yield account, index
