"""Outside names of documents: the ids that other archives give them."""

from __future__ import annotations

from trunkline.care.paper import PaperDocument
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_identifiers

outside_names(PaperDocument)(external_identifiers)
