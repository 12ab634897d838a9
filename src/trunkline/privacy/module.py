"""The privacy module: what is known of a person ends when it has to."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("privacy")
MODULE = Module(
    name="privacy",
    package="trunkline.privacy",
    imports=(
        "trunkline.privacy.erasure_request",
        "trunkline.privacy.legal_hold",
        "trunkline.privacy.keeping",
        "trunkline.privacy.deciding",
        "trunkline.privacy.history",
        "trunkline.privacy.own_stores",
        "trunkline.privacy.running",
        "trunkline.privacy.kept_records",
        "trunkline.privacy.screens",
    ),
)
