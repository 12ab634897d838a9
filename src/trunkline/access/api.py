"""The published interfaces of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF672 = Api("TMF672", "User Roles And Permissions", "4.0.0", "/rolesAndPermissions/v4")
TMF688 = Api("TMF688", "Event Management", "4.0.0", "/tmf-api/event/v4")
BILLING = Api("billing", "What is owed, corrected and asked for", "1.0.0", "/api/billing/v1")
"""What is billed; who decides about money alone is said among it."""
