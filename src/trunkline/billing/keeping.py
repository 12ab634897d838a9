"""What the law wants kept of a customer who was erased: bills, their lines, and what was paid."""

from __future__ import annotations

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.payment.payment import Payment, Refund
from trunkline.privacy.keeping import keep

YEARS = 10
REASON = "Bills and payments are kept for tax law."
keep(CustomerBill, years=YEARS, since="billDate", reason=REASON)
keep(AppliedCustomerBillingRate, years=YEARS, since="date", reason=REASON)
keep(Payment, years=YEARS, since="paymentDate", reason=REASON)
keep(Refund, years=YEARS, since="refundDate", reason=REASON)
