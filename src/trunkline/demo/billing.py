"""The demonstration operator's bills: three months of them, paid, half paid and not paid at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from trunkline.access.authority import AuthorityLimit
from trunkline.billing.bill.customer_bill import CustomerBill, CustomerBillRef, TaxTold
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.dunning.policy import DunningPolicy
from trunkline.billing.dunning.running import look_at
from trunkline.billing.payment.payment import Payment, PaymentMethodRefOrValue
from trunkline.billing.payment.settling import unpaid_bills
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import ROUNDS_MAX
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ChannelRef, ProductRef
from trunkline.worker.steps import run_until_idle

At = Callable[[Services, datetime], Services]
BILLED, MONTHS = 20, (3, 2, 1)
UNPAID, HALF_PAID, OVERPAID = 4, 7, 10
"""Places in the list of customers: who pays nothing, half of the last bill, and too much."""
IN_PARTS = (6, 9)
"""Who pays the last bill in instalments: the first one is paid by the first of them."""
RATE, CENT = Decimal(19), Decimal("0.01")
POLICY: dict[str, Json] = {
    "code": "standard", "name": "Standard reminders", "isActive": True,
    "amountMin": [{"unit": "EUR", "value": 10}],
    "step": [
        {"daysOverdue": 5, "action": "reminder", "messageType": "email",
         "subject": "Have you forgotten us?",
         "text": "{amount} on {account} is overdue. Please pay within a week."},
        {"daysOverdue": 14, "action": "fee", "fee": {"unit": "EUR", "value": 5}},
        {"daysOverdue": 21, "action": "reminder", "messageType": "email",
         "subject": "Your services will be suspended", "tellsOfEmergencyCalls": True,
         "text": "{amount} on {account} is overdue. We suspend your services in 14 days; "
                 "emergency calls end with them, too."},
        {"daysOverdue": 28, "action": "callTask"},
        {"daysOverdue": 35, "action": "suspend"},
    ],
    "daysAfterDispute": 14,
    "paymentPlan": [{
        "currency": "EUR", "debtMin": {"unit": "EUR", "value": 20},
        "debtMax": {"unit": "EUR", "value": 2000}, "instalmentMin": {"unit": "EUR", "value": 5},
        "instalmentsMax": 12, "interval": "month", "daysMax": 370, "graceDays": 5,
        "missedMax": 2, "approveAbove": {"unit": "EUR", "value": 200},
        "remindDays": 3, "suspendsWhenBroken": True, "selfCare": True,
    }],
}  # fmt: skip
LIMITS = (("billing", "adjustment", 50), ("billing", "refund", 100), ("billing", "writeOff", 25),
          ("sales", "priceOverride", 100), ("sales_manager", "priceOverride", 5000))  # fmt: skip


def add_billing(services: Services, at: At, people: Sequence[DemoCustomer]) -> None:
    """Bill some customers for three months, take their money, and ask one for what is overdue."""
    with as_system(services, "demo") as work:
        work.add(DunningPolicy.wrap(load(encode(POLICY))))
        for role, kind, most in LIMITS:
            body = {"role": role, "kind": kind, "limit": {"unit": "EUR", "value": most}}
            work.add(AuthorityLimit.wrap(load(encode(body))))
    billed = [(place, one) for place, one in enumerate(people[:BILLED]) if one.kind != "partner"]
    number = 0
    for month in MONTHS:
        then = at(services, services.now() - timedelta(days=30 * month - 6))
        with as_system(then, "demo") as work:
            for _, one in billed:
                number += 1
                _bill(work, one, f"M{number:06d}")
        run_until_idle(then, rounds=ROUNDS_MAX)
        paid = at(services, min(then.now() + timedelta(days=9), services.now()))
        with as_system(paid, "demo") as work:
            for place, one in billed:
                _pay(work, place, one, month)
        run_until_idle(paid, rounds=ROUNDS_MAX)
    _ask(services, at, people[UNPAID].billing_account)
    _pay_in_parts(services, at, [people[place].billing_account for place in IN_PARTS])


def _ask(services: Services, at: At, account: str) -> None:
    """Take the first steps against who has not paid, each on its day."""
    for ago in (50, 40, 30):
        then = at(services, services.now() - timedelta(days=ago))
        with as_system(then, "demo") as work:
            look_at(work, account)
        run_until_idle(then, rounds=ROUNDS_MAX)


def _pay_in_parts(services: Services, at: At, accounts: Sequence[str]) -> None:
    """Agree to payment plans over what is open, and take the first instalment of the first."""
    then = at(services, services.now() - timedelta(days=12))
    first_due = format_instant(then.now() + timedelta(days=5))
    made: list[PaymentPlan] = []
    with as_system(then, "demo") as work:
        for account in accounts:
            bills: list[Json] = [{"id": one.id} for one in unpaid_bills(work, account)]
            body: dict[str, Json] = {
                "billingAccount": {"id": account}, "customerBill": bills,
                "numberOfInstalments": 3, "firstDueDate": None if made else first_due,
            }  # fmt: skip
            made += [work.add(PaymentPlan.wrap(load(encode(body))))] if bills else []
    run_until_idle(then, rounds=ROUNDS_MAX)
    later = at(services, services.now() - timedelta(days=7))
    with as_system(later, "demo") as work:
        for plan in made[:1]:
            work.add(
                Payment(
                    account=plan.billing_account, correlator_id=f"BANK-{plan.key}",
                    channel=ChannelRef(id="bank", name="Bank"), description="Transfer",
                    payment_method=PaymentMethodRefOrValue(name="Bank transfer"),
                    total_amount=plan.instalment[0].amount,
                )
            )  # fmt: skip
    run_until_idle(later, rounds=ROUNDS_MAX)


def _bill(work: Work, one: DemoCustomer, number: str) -> None:
    """Bill what a customer has by the month, a line for each product."""
    products = work.find(Product, {"billingAccount.id": one.billing_account, "status": "active"})
    priced = [(product, net) for product in products if (net := _monthly(product)) > 0]
    if not priced:
        return
    account = BillingAccountRef(id=one.billing_account, referred_type="BillingAccount")
    period = TimePeriod(start_date_time=work.now - timedelta(days=30), end_date_time=work.now)
    net = sum((amount for _, amount in priced), Decimal(0))
    tax = sum((_tax(amount) for _, amount in priced), Decimal(0))
    bill = work.add(
        CustomerBill(
            bill_no=number, category="normal", run_type="onCycle", billing_account=account,
            billing_period=period, tax_excluded_amount=_euro(net),
            tax_item=[TaxTold(tax_category="VAT", tax_rate=RATE, tax_amount=_euro(tax))],
            tax_included_amount=_euro(net + tax),
        )
    )  # fmt: skip
    for product, amount in priced:
        taxed = TaxTold(tax_category="VAT", tax_rate=RATE, tax_amount=_euro(_tax(amount)))
        work.add(
            AppliedCustomerBillingRate(
                name=product.name, type="appliedBillingCharge", is_billed=True,
                bill=CustomerBillRef(id=bill.id, referred_type="CustomerBill"),
                product=ProductRef(id=product.id, referred_type="Product"),
                period_coverage=period, tax_excluded_amount=_euro(amount), applied_tax=[taxed],
                tax_included_amount=_euro(amount + _tax(amount)),
            )
        )  # fmt: skip
    with work.edit(CustomerBill, bill.id) as held:
        held.state = "sent"


def _pay(work: Work, place: int, one: DemoCustomer, month: int) -> None:
    found = work.find(CustomerBill, {"billingAccount.id": one.billing_account}, limit=1)
    due = found[0].amount_due if found else None
    is_open = place == UNPAID or (month == MONTHS[-1] and place % 3 == 0)
    if due is None or is_open:
        return
    share = {HALF_PAID: Decimal("0.5"), OVERPAID: Decimal("1.5")}.get(place, Decimal(1))
    share = share if month == MONTHS[-1] else Decimal(1)
    account = BillingAccountRef(id=one.billing_account, referred_type="BillingAccount")
    work.add(
        Payment(
            account=account, correlator_id=f"BANK-{month}-{place:04d}",
            channel=ChannelRef(id="bank", name="Bank"), description="Transfer",
            payment_method=PaymentMethodRefOrValue(name="Bank transfer"),
            total_amount=_euro((due.amount * share).quantize(CENT, ROUND_HALF_UP)),
        )
    )  # fmt: skip


def _monthly(product: Product) -> Decimal:
    """Return what a product costs by the month, without tax."""
    prices = [
        one.price.duty_free_amount or one.price.tax_included_amount
        for one in product.product_price
        if one.price_type == "recurring"
    ]
    return sum((one.amount for one in prices if one is not None), Decimal(0))


def _tax(net: Decimal) -> Decimal:
    return (net * RATE / 100).quantize(CENT, ROUND_HALF_UP)


def _euro(value: Decimal) -> Money:
    return Money.of(value, "EUR")
