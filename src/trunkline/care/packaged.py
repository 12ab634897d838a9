"""What care keeps as configuration, in a package: what is asked for, filed, and made sure how.

They are known by their names. What lies in one installation only, files and people, stays there.
"""

from __future__ import annotations

from trunkline.care.paper import PaperSpecification
from trunkline.care.request_type import RequestType
from trunkline.care.verification import VerificationMethod
from trunkline.governance.packaged_records import named, packaged
from trunkline.governance.packages import Body
from trunkline.kernel.work import Work

STAYS = ("attachment", "lastUpdate", "relatedParty")


def _without_people(_work: Work, body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in STAYS}


packaged(RequestType, "requestTypes", "Request types", key=named("name"), order=70)
packaged(
    PaperSpecification, "documentTypes", "Document types", key=named("name"), order=71,
    outward=_without_people,
)  # fmt: skip
packaged(
    VerificationMethod, "verificationMethods", "Ways to verify somebody", key=named("name"),
    order=72,
)  # fmt: skip
