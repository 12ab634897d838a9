"""Types of records that other systems keep, of which any id is taken; all others are looked up.

An agreement is kept here, too, but one of a group may be out of reach of who orders by it; rules
of orders say whether it may.
"""

from __future__ import annotations

from trunkline.kernel.resource import registry

registry.hold_elsewhere(
    "Agreement",
    "AssociationSpecification",
    "Attachment",
    "Channel",
    "ConnectionPointSpecification",
    "Constraint",
    "MarketSegment",
    "PaymentMethod",
    "ResourceGraphSpecification",
    "ServiceLevelAgreement",
    "ServiceLevelSpecification",
    "TaxDefinition",
)
