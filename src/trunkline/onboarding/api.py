"""The interface of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

ONBOARDING = Api("onboarding", "Onboarding of customers", "1.0.0", "/api/onboarding/v1")
LOOK_UP = "onboarding:lookUpCompany"
