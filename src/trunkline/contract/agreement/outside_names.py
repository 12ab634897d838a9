"""Outside names of agreements: the ids that clients give them."""

from __future__ import annotations

from trunkline.contract.agreement.agreement import Agreement
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_id

outside_names(Agreement)(external_id)
