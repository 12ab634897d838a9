"""The published interfaces of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF683 = Api(
    "TMF683", "Party Interaction Management", "4.0.0", "/tmf-api/partyInteraction/v4"
)  # fmt: skip
TMF667 = Api("TMF667", "Document Management", "4.0.0", "/tmf-api/document/v4")
WATCH = "care:watch"
"""The permission to watch over care: its figures, and what alarms."""
CARE = Api("care", "Requests and contacts of customers", "1.0.0", "/api/care/v1")
