"""Bills and payments on timelines."""

from __future__ import annotations

from trunkline.screens.timeline import Family, Happens, happens

BILLS = Family("bill", "Bills", "file", 60)
PAYMENTS = Family("payment", "Payments", "tag", 70)

happens(
    Happens("CustomerBill", BILLS, at="billDate",
            told={"name": "billNo", "amount": "amountDue"}),
    Happens("Payment", PAYMENTS, at="paymentDate", channel="channel.id",
            told={"name": "correlatorId", "amount": "totalAmount"}),
    Happens("Refund", PAYMENTS, at="refundDate", channel="channel.id",
            told={"name": "correlatorId", "amount": "totalAmount"}),
)  # fmt: skip
