"""Agreements (TMF651): what is agreed with a company for some time: prices, terms, volumes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.catalog.price import ProductOfferingPriceRefOrValue
from trunkline.contract.agreement.service_level import AgreedServiceLevel
from trunkline.contract.api import TMF651
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.product_order_item import OrderTerm
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import noted_by_staff
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import AgreementRef, ProductRef, QuoteRef, Reference

AgreementState: TypeAlias = Literal[
    "draft", "pendingActivation", "active", "superseded", "expired", "canceled"
]
# What was approved becomes active on its first day and expires after its last one; a newer
# version that becomes active takes the place of the former one. Nobody does that by hand.
AGREEMENT_LIFECYCLE = Lifecycle(
    attribute="status",
    internal="internal_state",
    initial="draft",
    starts=("pendingActivation",),
    moves={
        "draft": ("pendingActivation", "canceled"),
        "pendingActivation": ("draft", "active", "canceled"),
        "active": ("superseded", "expired", "canceled"),
        "superseded": (),
        "expired": (),
        "canceled": (),
    },
    published={
        "draft": "inProcess",
        "pendingActivation": "approved",
        "active": "active",
        "superseded": "superseded",
        "expired": "expired",
        "canceled": "cancelled",
    },
    accepts={
        "inProcess": "draft",
        "approved": "pendingActivation",
        "cancelled": "canceled",
    },
)
CommitmentType: TypeAlias = Literal["volume", "revenue"]


class AgreementTermOrCondition(Extensible):
    """A clause of an agreement."""

    id: str | None = None
    description: str | None = None
    valid_for: TimePeriod | None = None


class PriceAdjustment(Extensible):
    """By how much charges differ from those of the catalog on the day the agreement begins.

    A `percentage`, or an `amount` for each unit; below zero both make it cheaper. `price_type` says
    which charges are meant (`recurring`, `oneTime`, ...), all where it is left out.
    """

    price_type: str | None = None
    percentage: Decimal | None = None
    amount: Money | None = None


class AgreementItem(Extensible):
    """What is agreed about some offerings or products.

    Ours: `product_offering_price`, charges that take the place of the catalog's of the same type
    and period; `price_adjustment`, discounts and surcharges on those; `item_term`, the terms under
    which they are ordered, for everything where the item names no offering.
    """

    id: Annotated[str | None, Limits(length_max=40)] = None
    product: list[ProductRef] = many()
    product_offering: list[ProductOfferingRef] = many()
    term_or_condition: list[AgreementTermOrCondition] = many()
    product_offering_price: list[ProductOfferingPriceRefOrValue] = many()
    price_adjustment: list[PriceAdjustment] = many()
    item_term: list[OrderTerm] = many()


class AgreementAuthorization(Extensible):
    """A signature under an agreement."""

    date: datetime | None = None
    signature_representation: Annotated[str | None, PERSONAL] = None
    state: str | None = None


class Commitment(Extensible):
    """What the customer commits to take: so many products, or so much money in one currency.

    It counts orders of the offerings that it names, of all where it names none, money after the
    discounts of each price. The server counts what is `ordered` and `remaining`, and, once the
    agreement has ended, the `shortfall`.
    """

    id: Annotated[str | None, Limits(length_max=40)] = None
    name: Annotated[str | None, Limits(length_max=200)] = None
    commitment_type: CommitmentType
    product_offering: list[ProductOfferingRef] = many()
    committed: Decimal
    unit: Annotated[str | None, Limits(length_max=20)] = None
    ordered: Decimal | None = None
    remaining: Decimal | None = None
    shortfall: Decimal | None = None


class AgreedOpportunityRef(Reference, targets=("SalesOpportunity",)):
    """A reference to the opportunity that an agreement came of."""

    name: Annotated[str | None, PERSONAL] = None


class PriceListRef(Reference):
    """The price list of an agreement, which itself refers to the agreement."""


class AgreementSpecificationRef(Reference, targets=("AgreementSpecification",)):
    """A reference to the kind of agreement."""

    description: str | None = None


@resource(
    api=TMF651,
    path="agreement",
    prefix="AGR",
    lifecycle=AGREEMENT_LIFECYCLE,
    server_sets=(
        "internal_state", "price_list", "revision", "first_version", "former_version",
        "initial_date", "completion_date",
    ),
    guarded=("commitment.ordered", "commitment.remaining", "commitment.shortfall"),
    defaults={"initial_date": format_instant},
    promote=(
        Promoted("status"),
        Promoted("internalState"),
        Promoted("name"),
        Promoted("externalId"),
        Promoted("agreementPeriod.startDateTime", "instant"),
        Promoted("agreementPeriod.endDateTime", "instant"),
        Promoted("quote.id"),
        Promoted("firstVersion.id"),
    ),
    owner=("engagedParty[customer]", "engagedParty"),
    partner=("engagedParty[partner]",),
    columns=("key", "name", "internalState", "agreementPeriod", "version"),
)  # fmt: skip
class Agreement(Extensible, Document):
    """What is agreed with a company, from draft to its end.

    Ours: the internal state and the reason for it; `opportunity` and `quote`, of which it came;
    `only_agreed`, that the customer is shown nothing but what is agreed on; `commitment`, what the
    customer will take; `service_level`, what is promised about everything that is ordered under
    it; `price_list`, which it has since it is active; and its versions: `revision` counts them,
    `first_version` names the first, `former_version` the one before, `revision_reason` says why
    there is another.
    """

    external_id: str | None = None
    agreement_type: Annotated[str, Limits(length_max=60)]
    description: str | None = None
    document_number: int | None = None
    initial_date: datetime | None = None
    name: Annotated[str, Limits(length_max=200)]
    statement_of_intent: str | None = None
    status: str | None = None
    internal_state: AgreementState | None = None
    state_reason: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    version: str | None = None
    agreement_authorization: list[AgreementAuthorization] = many()
    agreement_item: Annotated[list[AgreementItem], Limits(items_min=1)]
    agreement_period: TimePeriod | None = None
    agreement_specification: AgreementSpecificationRef | None = None
    associated_agreement: list[AgreementRef] = many()
    characteristic: list[Characteristic] = many()
    completion_date: TimePeriod | None = None
    engaged_party: Annotated[list[RelatedParty], Limits(items_min=1)]
    opportunity: AgreedOpportunityRef | None = None
    quote: QuoteRef | None = None
    only_agreed: bool | None = None
    commitment: list[Commitment] = many()
    service_level: list[AgreedServiceLevel] = many()
    price_list: PriceListRef | None = None
    revision: int | None = None
    revision_reason: Annotated[str | None, Limits(length_max=1000)] = None
    first_version: AgreementRef | None = None
    former_version: AgreementRef | None = None

    @property
    def family(self) -> str:
        """The id that all versions of an agreement have in common: that of the first."""
        return self.first_version.id if self.first_version is not None else self.id


noted_by_staff(Agreement, "stateReason")


def customer_ref(agreement: Agreement) -> tuple[str, RelatedParty] | None:
    """Return whom an agreement is with, and where it says so.

    That is the engaged party in the role `customer`, else the first one.
    """
    placed = [(f"engagedParty[{place}]", one) for place, one in enumerate(agreement.engaged_party)]
    named = [(path, one) for path, one in placed if (one.role or "").lower() == "customer"]
    return next(iter([*named, *placed]), None)
