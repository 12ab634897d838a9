"""Customers (TMF629): the parties that buy from us, and how far that has come."""

from __future__ import annotations

from trunkline.documents.lifecycle import Lifecycle
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.api import TMF629
from trunkline.party.role import ROLE_MOVES, Role
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import periods_are_ordered

CUSTOMER_LIFECYCLE = Lifecycle(
    attribute="status", initial="prospect", moves=ROLE_MOVES, starts=("active",)
)


@resource(
    api=TMF629,
    path="customer",
    prefix="CUS",
    required=("name",),
    lifecycle=CUSTOMER_LIFECYCLE,
    promote=(Promoted("name"), Promoted("status")),
    owner=("engagedParty",),
    partner=("relatedParty[partner]",),
    live_name=True,
    columns=("key", "name", "engagedParty.name", "status"),
)
class Customer(Role, Document):
    """A party in its role as the one who buys."""

    engaged_party: RelatedParty


rule(Customer)(periods_are_ordered)
