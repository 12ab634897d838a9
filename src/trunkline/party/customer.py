"""Customers (TMF629): the parties that buy from us, and how far that has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, Json, Limits, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.api import TMF629
from trunkline.party.role import ROLE_MOVES, Role
from trunkline.shared.archivable import ARCHIVED_COLUMN, SET_BY_ARCHIVE, Archivable
from trunkline.shared.code import CODE
from trunkline.shared.contact import ContactPreference
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import periods_are_ordered
from trunkline.shared.reference import ExternalReference, RelatedPlaceRefOrValue

CUSTOMER_LIFECYCLE = Lifecycle(
    attribute="status", initial="prospect", moves=ROLE_MOVES, starts=("active",), is_open=True
)


def names_of(ident: str, document: Mapping[str, Json]) -> list[str]:
    """Return the ids by which records name a customer: its own and its party's."""
    engaged = document.get("engagedParty")
    party = engaged.get("id") if isinstance(engaged, dict) else None
    return [ident, *([party] if isinstance(party, str) and party else [])]


def customer_named(work: Work, ident: str) -> Customer | None:
    """Return the customer by its id, or by that of the party that it is; None for another id."""
    found = work.many(Customer, [ident]).get(ident)
    return found or next(iter(work.find(Customer, {"engagedParty.id": ident}, limit=1)), None)


@resource(
    api=TMF629,
    path="customer",
    prefix="CUS",
    required=("name",),
    lifecycle=CUSTOMER_LIFECYCLE,
    server_sets=SET_BY_ARCHIVE,
    promote=(
        Promoted("name"),
        Promoted("status"),
        Promoted("code"),
        Promoted("customerType"),
        ARCHIVED_COLUMN,
    ),
    owner=("engagedParty",),
    partner=("relatedParty[partner]",),
    live_name=True,
    columns=("key", "name", "engagedParty.name", "status"),
)
class Customer(Role, Archivable, Document):
    """A party in its role as the one who buys.

    Ours: `code`, the key that people give it; `customer_type` (consumer, company, wholesale,
    household), `customer_segment`, `rating`, `line_of_business`, how it wants to be reached,
    `external_reference`, what other systems call it, and `place`, its addresses, each in the role
    that it plays (primary, correspondence, ...).
    """

    engaged_party: RelatedParty
    code: Annotated[str | None, Limits(pattern=CODE)] = None
    customer_type: str | None = None
    customer_segment: str | None = None
    rating: Annotated[str | None, SENSITIVE] = None
    line_of_business: str | None = None
    place: list[RelatedPlaceRefOrValue] = many()
    external_reference: list[ExternalReference] = many()
    contact_preference: Annotated[ContactPreference | None, PERSONAL] = None


characteristics_in(Customer, "characteristic")
rule(Customer)(periods_are_ordered)
