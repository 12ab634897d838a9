"""The published interfaces of qualification, and our own beside them."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF645 = Api(
    "TMF645", "Service Qualification Management", "4.0.0",
    "/tmf-api/serviceQualificationManagement/v4",
)  # fmt: skip
TMF679 = Api(
    "TMF679", "Product Offering Qualification Management", "4.0.0",
    "/tmf-api/productOfferingQualification/v4",
)  # fmt: skip
QUALIFICATION = Api(
    "qualification", "Coverage, and answers to qualifications", "1.0.0", "/api/qualification/v1"
)
ANSWER, CHECK_AGAIN, BULK = (
    "qualification:answer",
    "qualification:checkAgain",
    "qualification:checkMany",
)
"""What may be done beside the verbs of records: answer from outside, ask again, check a file."""
