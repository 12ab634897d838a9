"""Handing over: services and deposits pass to the taking customer, the giving one's products end.

It follows the orders of a transfer: what it does depends on how these stand.
"""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import handler
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering.macd.following import FOLLOW
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.ordering.macd.transfer_checks import below_of, deposits
from trunkline.ordering.macd.transfer_orders import ending_order
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import AccountBalance, BillingAccount
from trunkline.party.customer import Customer, names_of
from trunkline.shared.money import Money
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ProductOrderRef


@handler(FOLLOW)
def follow_transfer(services: Services, row: Row) -> None:
    """Hand over what a transfer's first order brought, or end the transfer."""
    with as_system(services, FOLLOW) as work:
        transfer = work.lock(OwnershipTransfer, row.subject)
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
        before = copied(transfer.raw)
        _go_on(work, transfer)
        work.save(transfer, before)


def _go_on(work: Work, transfer: OwnershipTransfer) -> None:
    if transfer.state != "inProgress":
        return
    taking, ending = _state(work, transfer.product_order), _state(work, transfer.ending_order)
    if ending == "completed":
        transfer.state, transfer.ended_at = "completed", work.now
    elif taking == "canceled":
        transfer.state, transfer.ended_at = "withdrawn", work.now
    elif taking == "completed" and ending is None:
        _hand_over(work, transfer)
        order = work.add(ending_order(transfer))
        transfer.ending_order = ProductOrderRef(id=order.id)


def _state(work: Work, order: ProductOrderRef | None) -> str | None:
    found = work.get(ProductOrder, order.id) if order is not None else None
    return found.internal_state if found is not None else None


def _hand_over(work: Work, transfer: OwnershipTransfer) -> None:
    giving = work.get(Customer, transfer.from_customer.id)
    former = set(names_of(giving.id, giving.raw)) if giving is not None else set()
    below = below_of(work, [one.id for one in transfer.product])
    _pass_on(work, Service, below.services, former, transfer.to_customer.id)
    _pass_on(work, Resource, below.resources, former, transfer.to_customer.id)
    if transfer.deposit is not None and transfer.deposit.treatment == "transferred":
        transfer.deposit_passed = _pass_deposit(work, transfer, former)


def _pass_on(
    work: Work, kind: type[Document], idents: Iterable[str], former: set[str], customer: str
) -> None:
    """Give records to another customer, in two steps.

    First the former one is taken off, then the new one comes: the audit line that the new one
    may read does not tell whose they were.
    """
    for ident in sorted(idents):
        with work.edit(kind, ident) as one:
            parties: list[dict[str, Json]] = one.raw.get("relatedParty") or []
            kept = [each for each in parties if each.get("id") not in former]
            one.raw["relatedParty"] = kept
        with work.edit(kind, ident) as one:
            new = {"id": customer, "role": "customer", "@referredType": "Customer"}
            one.raw["relatedParty"] = [new, *(one.raw.get("relatedParty") or [])]


def _pass_deposit(work: Work, transfer: OwnershipTransfer, former: set[str]) -> bool:
    """Bring a deposit to the account of who takes; tell whether it was there."""
    assert transfer.deposit is not None
    amount = transfer.deposit.amount
    accounts = work.find(BillingAccount, {"relatedParty.id": sorted(former)})
    for account, index in deposits(accounts, transfer):
        with work.edit(BillingAccount, account.id) as one:
            held = one.account_balance[index]
            held.amount = Money.of(held.amount.amount - amount.amount, amount.unit or "")
            kind = held.balance_type
        with work.edit(BillingAccount, transfer.billing_account.id) as other:
            period = TimePeriod.wrap({"startDateTime": format_instant(work.now)})
            passed = AccountBalance(balance_type=kind, amount=amount, valid_for=period)
            other.account_balance.append(passed)
        return True
    return False
