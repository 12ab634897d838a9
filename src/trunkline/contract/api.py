"""The published interfaces of contracts, and our own beside them."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF651 = Api("TMF651", "Agreement Management", "4.0.0", "/tmf-api/agreementManagement/v4")
CONTRACT = Api("contract", "Agreements and contracts", "1.0.0", "/api/contract/v1")
WAIVE = "contract:waiveFee"
"""The permission to leave the fee for an early end of a contract uncharged."""
USE = "contract:useEntitlement"
"""The permission to use an entitlement for a case."""
