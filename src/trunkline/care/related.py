"""Related records: what a contact, a request or a document is about or has led to."""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import PERSONAL
from trunkline.shared.extensible import Extensible

RECORD_TARGETS = (
    "ProductOrder", "ServiceOrder", "ResourceOrder", "CustomerRequest", "PartyInteraction",
    "Product", "Service", "Resource", "Customer", "Individual", "Organization", "PartyRole",
    "BillingAccount", "PartyAccount", "ProductOffering", "GeographicSite", "GeographicAddress",
    "CommunicationMessage", "PaperDocument", "TroubleTicket", "ServiceProblem", "WorkOrder",
    "Appointment", "SalesLead", "SalesOpportunity", "Quote", "QuoteRequest", "ShoppingCart",
    "ProductOfferingQualification", "OwnershipTransfer", "Agreement", "Contract",
    "ServiceContract", "Entitlement", "CustomerBill", "AppliedCustomerBillingRate",
    "CustomerBillOnDemand", "Payment", "Refund", "Correction", "DunningCase", "PaymentPlan",
    "FinancialAccount", "SettlementAccount", "PartyCampaign",
)  # fmt: skip
"""Kinds of records that may be pointed at; a ticket's may lie in another system."""


class RelatedRecord(Extensible, targets=RECORD_TARGETS):
    """A record that something is about (`subject`) or has led to (`result`)."""

    id: str | None = None
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    role: str
    referred_type: str | None = None
