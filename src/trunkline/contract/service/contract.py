"""Contracts: what a customer has bought, line by line, from when until when, and how it goes on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from trunkline.contract.api import CONTRACT
from trunkline.contract.service.lasting import LASTING, State
from trunkline.contract.service.service_level import ServiceLevel
from trunkline.documents.shape import PERSONAL, Json, Limits, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import Action
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.ordering.product_order_item import OrderTerm
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.price import OrderPrice
from trunkline.shared.reference import (
    AgreementRef,
    ContractRef,
    ProductOrderRef,
    ProductRef,
    QuoteRef,
    RelatedPlaceRefOrValue,
)
from trunkline.shared.termination_rule import TerminationRule

SERVER_SETS = (
    "termination_fee", "root_contract", "renewed_from", "renewed_by", "began_at",
    "ended_at", "dates_before_renewal", "line_change",
)  # fmt: skip
GUARDED = ("contractLine.state", "contractLine.isHeld", "contractLine.datesBeforeRenewal",
           "contractLine.endChargedBy")  # fmt: skip


def from_now(now: datetime) -> Json:
    """Return that something begins now, where nobody says when."""
    return {"startDateTime": format_instant(now)}


class ContractLine(Extensible):
    """What is bought: the offering, how many, the product that it became, its prices and dates.

    `parent_line` is the line that it lies in, `quote_item` and `order_item` are the ids of the
    lines that it comes from. The state follows contract, product and dates; a line that `is_held`
    rests with its contract. `dates_before_renewal` are those that a renewal has cut short.
    `end_charged_by` is the order that charged for its end before the contract was cancelled.
    """

    id: Annotated[str | None, Limits(length_max=40)] = None
    state: State | None = None
    is_held: bool | None = None
    action: Action | None = None
    parent_line: str | None = None
    quote_item: str | None = None
    order_item: str | None = None
    quantity: Annotated[int | None, Limits(minimum=0)] = None
    product_offering: ProductOfferingRef | None = None
    product: ProductRef | None = None
    product_characteristic: list[Characteristic] = many()
    price: list[OrderPrice] = many()
    item_term: list[OrderTerm] = many()
    billing_account: BillingAccountRef | None = None
    place: RelatedPlaceRefOrValue | None = None
    valid_for: TimePeriod | None = None
    dates_before_renewal: TimePeriod | None = None
    termination_rule: TerminationRule | None = None
    end_charged_by: ProductOrderRef | None = None


class LineChange(Extensible):
    """That a later order has changed, ended or added lines: which order, which lines, and when."""

    kind: Literal["changed", "ended", "added"]
    line: list[Annotated[str, Limits(length_max=40)]] = many()
    product_order: ProductOrderRef
    changed_at: datetime | None = None


class ContractDetails(Extensible):
    """What contracts with customers and service contracts say alike.

    With `begins_by_itself` a draft comes into force on its first day. `dates_before_renewal` are
    those that a renewal has cut short; they come back where that comes to nothing. `line_change`
    says what later orders have made of the lines.
    """

    external_id: str | None = None
    name: Annotated[str | None, Limits(length_max=200)] = None
    description: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    state: State | None = None
    state_reason: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    billing_account: BillingAccountRef | None = None
    related_party: list[RelatedParty] = many()
    valid_for: TimePeriod | None = None
    dates_before_renewal: TimePeriod | None = None
    begins_by_itself: bool | None = None
    contract_line: list[ContractLine] = many()
    line_change: list[LineChange] = many()
    service_level: list[ServiceLevel] = many()
    note: list[Note] = many()


class Renewal(Extensible):
    """How a contract goes on after its end.

    `auto`: by itself, for `term_months`. `manual`: when somebody renews it. `none`: not at all.
    The customer is told so many days before the end as `notice_days` say.
    """

    kind: Literal["auto", "manual", "none"]
    term_months: Annotated[int | None, Limits(minimum=1)] = None
    notice_days: list[Annotated[int, Limits(minimum=1)]] = many()


class RenewalNotice(Extensible):
    """That a customer was told of the end to come: how many days before, and when."""

    days: int
    end_date_time: datetime
    told_at: datetime
    is_sent: bool | None = None


@resource(
    api=CONTRACT,
    path="contract",
    prefix="CTR",
    required=("related_party",),
    lifecycle=LASTING,
    server_sets=(*SERVER_SETS, "consolidates", "renewal_notice", "renewal_kind"),
    guarded=GUARDED,
    defaults={"valid_for": from_now},
    promote=(
        Promoted("state"),
        Promoted("externalId"),
        Promoted("validFor.endDateTime", "instant"),
        Promoted("quote.id"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "state", "validFor"),
)
class Contract(ContractDetails, Document):
    """A contract with a customer: what was bought, for how long, and how it goes on.

    It names the quote that it was made of, the orders that carry it out, the agreement whose terms
    it has, the one it was renewed from and the first of that row (`root_contract`). `consolidates`
    are the others that it took in when it was renewed: what they held goes on in it.
    `termination_rule` says what cancelling it before its end costs, `termination_fee` what it has
    cost.
    """

    quote: QuoteRef | None = None
    agreement: list[AgreementRef] = many()
    product_order: list[ProductOrderRef] = many()
    term_months: Annotated[int | None, Limits(minimum=0)] = None
    contract_value: Money | None = None
    renewal: Renewal | None = None
    renewal_kind: Literal["early", "onTime", "late"] | None = None
    renewal_notice: list[RenewalNotice] = many()
    root_contract: ContractRef | None = None
    renewed_from: ContractRef | None = None
    consolidates: list[ContractRef] = many()
    renewed_by: ContractRef | None = None
    termination_rule: TerminationRule | None = None
    fee_waiver_reason: Annotated[str | None, Limits(length_max=1000)] = None
    termination_fee: TerminationFee | None = None
