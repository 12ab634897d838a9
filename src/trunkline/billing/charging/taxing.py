"""Taxing: the tax of something that is charged or given back, and where an account pays none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.charging.reckoning import EXEMPT
from trunkline.billing.charging.terms import VAT
from trunkline.party.account import BillingAccount
from trunkline.shared.price import OrderPrice, ProductPrice, rate_of


def tax_of(
    account: BillingAccount | None, rate: Decimal | None, category: str, at: datetime
) -> list[TaxTold]:
    """Return the tax by its rate; none of an account that is exempt, nothing where no rate is."""
    exempt = account.tax_exemption if account is not None else ()
    if any(one.valid_for.contains(at) for one in exempt):
        return [TaxTold(tax_category=EXEMPT, tax_rate=Decimal(0))]
    return [TaxTold(tax_category=category, tax_rate=rate)] if rate is not None else []


def tax_beside(
    account: BillingAccount | None, prices: Iterable[ProductPrice | OrderPrice], at: datetime
) -> list[TaxTold]:
    """Return the tax of what is charged beside some prices: theirs, where they have one only."""
    kinds = {
        (rate, str(one.raw.get("taxCategory") or VAT))
        for one in prices
        if one.price is not None and (rate := rate_of(one.price)) is not None
    }
    alone, category = kinds.pop() if len(kinds) == 1 else (None, VAT)
    return tax_of(account, alone, category, at)
