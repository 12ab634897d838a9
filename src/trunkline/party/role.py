"""Party roles (TMF669): what a party is to us or to others: supplier, partner, dealer."""

from __future__ import annotations

from typing import Annotated, Literal

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, Limits, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.api import TMF669
from trunkline.party.credit import CreditProfile
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.contact import RoleContactMedium
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import AccountRef, RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import (
    AgreementRef,
    PaymentMethodRef,
    ProductOrderRef,
    SalesLeadRef,
    TagRef,
)

ROLE_MOVES = {
    "prospect": ("active", "terminated"),
    "active": ("suspended", "terminated"),
    "suspended": ("active", "terminated"),
    "terminated": (),
}

ROLE_LIFECYCLE = Lifecycle(
    attribute="status", initial="active", moves=ROLE_MOVES, starts=("prospect",), is_open=True
)


class Role(Extensible):
    """What every role of a party says: who plays it, and how, by which accounts and papers."""

    name: Annotated[str | None, PERSONAL] = None
    status: Annotated[
        Literal["prospect", "active", "suspended", "terminated"] | None, Limits(is_open=True)
    ] = None
    status_reason: Annotated[str | None, PERSONAL] = None
    valid_for: TimePeriod | None = None
    account: list[AccountRef] = many()
    agreement: list[AgreementRef] = many()
    characteristic: Annotated[list[Characteristic], PERSONAL] = many()
    contact_medium: Annotated[list[RoleContactMedium], PERSONAL] = many()
    credit_profile: Annotated[list[CreditProfile], SENSITIVE] = many()
    payment_method: list[PaymentMethodRef] = many()
    related_party: list[RelatedParty] = many()
    tag: list[TagRef] = many()


@resource(
    api=TMF669,
    path="partyRole",
    prefix="PRL",
    required=("name",),
    lifecycle=ROLE_LIFECYCLE,
    promote=(Promoted("name"), Promoted("status"), Promoted("roleType")),
    owner=("engagedParty",),
    partner=("relatedParty[partner]",),
    live_name=True,
    columns=("key", "name", "engagedParty.name", "status"),
)
class PartyRole(Role, Document):
    """The part that a party plays.

    A person's role names what it is in `role_type` (technical, billing, sales, ...) and for whom
    by `account`, `product_order` and the customer in `related_party`; `sales_lead` is how we met.
    It holds in `valid_for`.
    `responsibility` names the user roles by which the person acts for the customer (see
    `acting.py`). These names are ours.
    """

    engaged_party: RelatedParty | None = None
    role_type: str | None = None
    responsibility: list[str] = many()
    product_order: list[ProductOrderRef] = many()
    sales_lead: list[SalesLeadRef] = many()


characteristics_in(PartyRole, "characteristic")
rule(PartyRole)(periods_are_ordered)
