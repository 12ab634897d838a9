"""The published interfaces of field work, and our own beside them."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF697 = Api("TMF697", "Work Order Management", "4.0.0", "/tmf-api/workOrderManagement/v4")
TMF646 = Api("TMF646", "Appointment Management", "4.0.0", "/tmf-api/appointment/v4")
FIELDWORK = Api("fieldwork", "Work types and teams, and visits", "1.0.0", "/api/fieldwork/v1")
REPORT, DISPATCH = "fieldwork:report", "fieldwork:dispatch"
"""What may be done beside the verbs of records: report a visit, and move one at the last moment."""
