"""What care keeps as configuration, in a package: what is asked for, filed, and made sure how.

They are known by their names. What lies in one installation only, files and people, stays there.
"""

from __future__ import annotations

from trunkline.care.paper import PaperSpecification
from trunkline.care.request_type import RequestType
from trunkline.care.verification import VerificationMethod
from trunkline.governance.packaged_records import named, packaged, without

packaged(RequestType, "requestTypes", "Request types", key=named("name"), order=70)
packaged(
    PaperSpecification, "documentTypes", "Document types", key=named("name"), order=71,
    outward=without("attachment", "lastUpdate", "relatedParty"),
)  # fmt: skip
packaged(
    VerificationMethod, "verificationMethods", "Ways to verify somebody", key=named("name"),
    order=72,
)  # fmt: skip
