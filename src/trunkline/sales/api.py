"""The published interfaces of sales, and our own beside them."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF699 = Api("TMF699", "Sales Management", "4.0.0", "/tmf-api/sales/v4")
SALES = Api("sales", "Leads, opportunities and their ways on", "1.0.0", "/api/sales/v1")
REOPEN = "sales:reopen"
"""What may be done beside the verbs of records: open an opportunity again that was won or lost."""
SELF_CARE = "sales:selfCare"
"""The permission of customers to use the portal, over what is their own."""
