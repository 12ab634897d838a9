"""Outside names of qualifications: the ids under which clients have asked."""

from __future__ import annotations

from trunkline.qualification.check_service import CheckServiceQualification
from trunkline.qualification.query_service import QueryServiceQualification
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_id

outside_names(CheckServiceQualification, QueryServiceQualification)(external_id)
