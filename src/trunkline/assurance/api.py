"""The published interfaces of assurance, and our own beside them."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF621 = Api("TMF621", "Trouble Ticket Management", "4.0.0", "/tmf-api/troubleTicket/v4")
TMF656 = Api(
    "TMF656", "Service Problem Management", "4.0.0", "/tmf-api/serviceProblemManagement/v4"
)  # fmt: skip
ASSURANCE = Api("assurance", "Tickets, problems and their clocks", "1.0.0", "/api/assurance/v1")
