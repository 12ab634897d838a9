"""Checks of the inventory module that the operator may ask before a record moves on."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.governance.status_checks import check, left_over
from trunkline.inventory.product import PRODUCT_LIFECYCLE, Product
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of

LIVE = [one for one in PRODUCT_LIFECYCLE.moves if one not in PRODUCT_LIFECYCLE.final]


@check("noActiveProducts", Customer, title="No product is left")
def no_active_products(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find products of a customer that are not terminated."""
    found = left_over(work, Product, "relatedParty", names_of(customer.id, customer.raw), LIVE)
    if found:
        yield Fault("status", "activeProducts", f"{found} must be terminated first")


@check("noActiveProducts", BillingAccount, title="No product is billed on it")
def no_product_is_billed(work: Work, account: BillingAccount) -> Iterator[Fault]:
    """Find products that are billed on an account and not terminated."""
    found = left_over(work, Product, "billingAccount", [account.id], LIVE)
    if found:
        message = f"{found} must be terminated or billed elsewhere first"
        yield Fault("state", "activeProducts", message)
