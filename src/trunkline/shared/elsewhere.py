"""Types of records that other systems keep until a module here declares them."""

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
    "Payment",
    "PaymentMethod",
    "ProductOfferingQualification",
    "Quote",
    "ResourceGraphSpecification",
    "ServiceLevelAgreement",
    "ServiceLevelSpecification",
    "TaxDefinition",
)
