"""The onboarding module: how customers are taken on, by what they are."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.kernel.module import Module

declare_verbs("onboarding", "lookUpCompany")
MODULE = Module(
    name="onboarding",
    package="trunkline.onboarding",
    imports=("trunkline.onboarding.onboard",),
)
