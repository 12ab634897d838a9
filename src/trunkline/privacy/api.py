"""The interface of this module, and its own permissions."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.kernel.resource import Api

PRIVACY = Api("privacy", "Privacy of people", "1.0.0", "/api/privacy/v1")
ERASE, READ_KEPT = "privacy:erase", "privacy:readKept"
"""To check, approve and refuse an erasure; to read what has to be kept of who was erased."""
declare_verbs("privacy", "erase", "readKept")
