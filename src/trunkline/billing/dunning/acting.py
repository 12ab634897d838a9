"""Acting: what a step of dunning does, by the orders, messages and charges that there are."""

from __future__ import annotations

from datetime import timedelta

from trunkline.billing.bill.issuing import payer_of
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.dunning.case import DoneStep, DunningCase, SuspendedProduct
from trunkline.billing.dunning.policy import DunningStep
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.mass.wanted import Wanted, order_of
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.communication_message import CommunicationMessage, Receiver
from trunkline.party.preference import permitted_channel, preferences_of
from trunkline.party.receiving import BILLING, receiver_for
from trunkline.rest.writing import create
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.reference import ProductOrderRef, ProductRef
from trunkline.workspace.about import about
from trunkline.workspace.tasks import TaskText, add_task

SENDER = "Billing"
REASON = "nonPayment"
CATEGORY = "debt"
FEE = "Reminder fee"
HELD = ("active", "pendingTerminate")
MANY = 10_000


def act(asker: Work, work: Work, case: DunningCase, account: BillingAccount, step: DunningStep
        ) -> DoneStep:  # fmt: skip
    """Take a step of a case and return what came of it; `work` writes as the program itself."""
    is_told = None
    if step.action == "reminder":
        is_told, result = _remind(work, case, account, step)
    elif step.action == "callTask":
        result = _have_called(asker, case, account)
    elif step.action == "fee":
        result = _charge(work, account, step)
    else:
        result = _suspend(work, case, account)
    return DoneStep(
        days_overdue=step.days_overdue, action=step.action, at=work.now, result=result,
        is_told=is_told, tells_of_emergency_calls=is_told and step.tells_of_emergency_calls,
    )  # fmt: skip


def _remind(
    work: Work, case: DunningCase, account: BillingAccount, step: DunningStep
) -> tuple[bool, str]:
    """Write to whom the bills go to; return whether that was done, and the message or why not.

    Who does not permit the step's way of writing is written to by one that they do permit.
    """
    payer = payer_of(account)
    if payer is None:
        return False, "nobody to write to"
    receiver = receiver_for(work, dict(payer.raw), BILLING, account=account.id)
    wanted = preferences_of(work, Receiver.wrap(receiver))
    body: dict[str, Json] = {
        "messageType": permitted_channel(wanted, step.message_type or "email"),
        "subject": step.subject or f"Reminder {case.key}",
        "content": _filled(step.text or "", case, account),
        "description": case.key,
        "sender": {"name": SENDER},
        "receiver": [receiver],
    }
    try:
        with work.connection.transaction():
            return True, create(work, CommunicationMessage.resource, body).key
    except Refusal as refusal:  # the case goes on: who is not told is not suspended
        return False, refusal.message


def _filled(text: str, case: DunningCase, account: BillingAccount) -> str:
    """Return a text with what is owed and on which account in the places for it."""
    owed = ", ".join(f"{one.amount:f} {one.unit}" for one in case.overdue)
    return text.replace("{amount}", owed).replace("{account}", account.name)


def _have_called(asker: Work, case: DunningCase, account: BillingAccount) -> str:
    due = (asker.now + timedelta(days=1)).date()
    owed = ", ".join(f"{one.amount:f} {one.unit}" for one in case.overdue)
    title = f"Call about {owed} overdue on {account.key}"
    task, _ = add_task(asker, about(asker, BillingAccount.resource, account.id),
                       TaskText(title, due))  # fmt: skip
    return f"task for {task.assignee_name}"


def _charge(work: Work, account: BillingAccount, step: DunningStep) -> str:
    """Ask the system that bills for a fee: a line that its next bill takes up."""
    fee = step.fee
    if fee is None or (account.currency and fee.unit != account.currency):
        return f"no fee in {account.currency}"
    line = AppliedCustomerBillingRate(
        name=FEE, type="appliedPenaltyCharge", is_billed=False,
        billing_account=BillingAccountRef(id=account.id),
        tax_excluded_amount=Money(unit=fee.unit, value=fee.amount),
    )  # fmt: skip
    return work.add(line).key


def _suspend(work: Work, case: DunningCase, account: BillingAccount) -> str:
    """Order the suspension of what the account pays for; what may not rest is left running."""
    if account.debt_collection is not None and account.debt_collection.may_suspend is False:
        return "the account is not to be suspended"
    reminders = [one for one in case.done if one.action == "reminder" and one.is_told]
    if not reminders:
        return "nobody was reminded before; nothing is suspended"
    told = any(one.tells_of_emergency_calls for one in reminders)
    wanted = Wanted("suspend", f"{case.key}: not paid", suspension_reason=REASON,
                    emergency_told=told)  # fmt: skip
    made, kept = [], []
    for product in _running(work, account.id):
        document = order_of({**product.raw, "id": product.id}, wanted, None)
        document["category"] = CATEGORY
        try:
            order = create(work, ProductOrder.resource, document)
        except Refusal as refusal:
            kept.append(f"{product.key}: {refusal.message}")
            continue
        made.append(order.key)
        ref = ProductOrderRef(id=order.id, referred_type="ProductOrder")
        known = ProductRef(id=product.id, referred_type="Product")
        case.suspended = [*case.suspended, SuspendedProduct(product=known, suspended_by=ref)]
    return "; ".join([*made, *kept]) or "nothing that runs"


def _running(work: Work, account: str) -> list[Product]:
    """Return the products at the top that an account pays for and that run."""
    wanted = {"billingAccount.id": account, "status": list(HELD)}
    found = work.find(Product, wanted, limit=MANY)
    inside = {ident for each in found for ident in order_catalog.child_ids(each)}
    return [one for one in found if one.id not in inside]


def resume(work: Work, case: DunningCase) -> bool:
    """Order again what was suspended for the debt; tell whether nothing is left to be resumed."""
    waits = False
    after = []
    for one in case.suspended:
        product = work.get(Product, one.product.id)
        if one.resumed_by is None and product is not None:
            if product.status == "suspended":
                try:
                    order = _resumption(work, case, product)
                except Refusal:  # the others go on; the next run tries this one again
                    waits = True
                else:
                    one.resumed_by = ProductOrderRef(id=order.id, referred_type="ProductOrder")
            else:
                before = work.get(ProductOrder, one.suspended_by.id)
                waits = waits or (before is not None and before.state not in FINISHED)
        after.append(one)
    case.suspended = after
    return not waits


def _resumption(work: Work, case: DunningCase, product: Product) -> ProductOrder:
    wanted = Wanted("resume", f"{case.key}: paid")
    document = order_of({**product.raw, "id": product.id}, wanted, None)
    document["category"] = CATEGORY
    made = create(work, ProductOrder.resource, document)
    assert isinstance(made, ProductOrder)
    return made
