"""Outside names of bills, payments and refunds: the numbers that their own systems give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.payment.payment import Payment, Refund
from trunkline.rest.outside_names import OutsideName, outside_names

OWN = "trunkline"
"""Who gives a number where no billing system is named."""
COPIES = frozenset({"duplicate", "trial"})
"""Bills that bear the number of another one, or of none yet."""


@outside_names(CustomerBill)
def number_of_its_billing_system(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the number of a bill, given once by the billing system of its account."""
    number = raw.get("billNo")
    if isinstance(number, str) and number and raw.get("category") not in COPIES:
        yield OutsideName(number, str(raw.get("billingSystem") or OWN), "billNo")


@outside_names(Payment, Refund)
def reference_of_its_channel(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the reference of a payment, given once by the channel that it came in by."""
    reference = raw.get("correlatorId")
    channel = raw.get("channel")
    if isinstance(reference, str) and reference:
        by = channel.get("id") if isinstance(channel, dict) else None
        yield OutsideName(reference, str(by or OWN), "correlatorId")
