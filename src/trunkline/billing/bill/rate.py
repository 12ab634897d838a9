"""Applied billing rates (TMF678): the lines of bills, and what is not billed yet."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from trunkline.billing.api import TMF678
from trunkline.billing.bill.customer_bill import CustomerBillRef, TaxTold
from trunkline.documents.shape import PERSONAL, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.catalog_reference import ProductOfferingPriceRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import ProductRef


class ChargeBasis(Extensible):
    """What a charge of ours was reckoned from.

    `price` of the catalog's `product_offering_price` is for the whole of `whole_period`, of which
    `part` was used in all, from 0 to 1; what the charges of that period say so far is `charged`.
    """

    product_offering_price: ProductOfferingPriceRef | None = None
    price: Annotated[Money | None, PERSONAL] = None
    recurring_charge_period: str | None = None
    whole_period: TimePeriod | None = None
    part: Decimal | None = None
    charged: Annotated[Money | None, PERSONAL] = None


@resource(
    api=TMF678,
    path="appliedCustomerBillingRate",
    prefix="BLR",
    defaults={"date": format_instant},
    server_sets=("issued_to", "charge_group", "basis"),
    promote=(
        Promoted("bill.id"),
        Promoted("isBilled", "boolean"),
        Promoted("date", "instant"),
        Promoted("chargeGroup"),
    ),
    owner=("issuedTo",),
    root="bill",
    columns=("key", "name", "type", "bill", "periodCoverage", "taxExcludedAmount"),
)
class AppliedCustomerBillingRate(Extensible, Document):
    """A charge or a credit: on a bill, or for an account as long as it is not billed.

    Ours: `issued_to`, whom its bill was issued to; what a charge that we reckon ourselves comes
    from (`basis`), and the `charge_group` of the charges of one price for one period, of which
    later ones say the difference to those before.
    """

    date: datetime | None = None
    description: str | None = None
    is_billed: bool | None = None
    name: str | None = None
    type: str | None = None
    applied_tax: list[TaxTold] = many()
    bill: CustomerBillRef | None = None
    billing_account: BillingAccountRef | None = None
    characteristic: list[Characteristic] = many()
    period_coverage: TimePeriod | None = None
    product: ProductRef | None = None
    tax_excluded_amount: Annotated[Money | None, PERSONAL] = None
    tax_included_amount: Annotated[Money | None, PERSONAL] = None
    issued_to: RelatedParty | None = None
    charge_group: str | None = None
    basis: ChargeBasis | None = None
