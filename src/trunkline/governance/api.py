"""The published interface of this package."""

from __future__ import annotations

from trunkline.kernel.resource import Api

GOVERNANCE = Api("governance", "Governance", "1.0.0", "/api/governance/v1")
